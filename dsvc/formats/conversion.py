"""Records from one shape into another, one by one: read, fitted to the kind of the target, written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NoReturn

from dsvc.errors import BadDataError, UsageError
from dsvc.formats.detection import Census, detect, layout_of
from dsvc.formats.fit import POSSIBLE, fitted, possible, why_not
from dsvc.formats.json_text import line_of
from dsvc.formats.misfit import SEE_SHAPES, Misfit, UnfitError
from dsvc.formats.registry import NAMES, shape
from dsvc.formats.renaming import Renaming
from dsvc.formats.report import Told
from dsvc.record import BOM, check_record, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dsvc.formats.canonical import Canonical
    from dsvc.formats.definition import Reasoning, Shape
    from dsvc.formats.demands import Demands
    from dsvc.formats.detection import Layout
    from dsvc.record import Json


class Conversion:
    """Converts lines to ``target``. Without ``source`` each record is read as what it looks like.

    ``told`` and ``census`` fill while lines pass, and so do ``columns``, the fields of what was written, and the
    counts of ``records`` read and ``written``. ``reasoning`` chooses how a target that has messages spells it;
    ``limit`` is the number of records after which it stops; with ``skip`` a record that cannot be converted is left
    out, counted in ``left_out``, and the first ones kept in ``skipped``, as the errors that they would have been.
    ``demands`` are those of the trainer that will read it: a record of the target's shape then stays as it is only
    where the trainer takes it so. ``rename`` gives fields other names first. Raises UsageError at once for what makes
    no sense.
    """

    def __init__(
        self,
        target: str,
        source: str | None = None,
        *,
        reasoning: Reasoning | None = None,
        limit: int | None = None,
        skip: bool = False,
        demands: Demands | None = None,
        rename: Mapping[str, str] | None = None,
    ) -> None:
        self.renaming = Renaming(rename or {})
        self.target = shape(target)
        self.source = shape(source) if source is not None else None
        self.told = Told()
        self.census = Census()
        self.columns: set[str] = set()
        self._known = frozenset(field.name for field in self.target.fields)
        self.records = 0
        self.written = 0
        self.left_out = 0
        self.skipped: list[BadDataError] = []
        self._limit = limit
        self._skip = skip
        self._demands = demands
        self._layouts: dict[Layout, tuple[Shape, tuple[str, ...]]] = {}
        self._alike: dict[tuple[str, ...], Shape] = {}
        self._keys: set[tuple[str, ...]] = set()
        self._reasoning = reasoning
        if reasoning is not None and self.target.write_reasoning is None:
            raise UsageError(f"'{target}' writes reasoning in one way only", hint="--reasoning is for: openai, trl")
        if self.source is not None:
            self._require_possible(self.source)

    def _require_possible(self, source: Shape) -> None:
        if not possible(source.kind, self.target.kind):
            raise UsageError(
                f"'{source.name}' cannot become '{self.target.name}': {why_not(self.target.kind)}",
                hint=f"see what it becomes: dsvc formats {source.name}",
            )

    def lines(self, lines: Iterable[bytes], name: str, *, counted: str = "line") -> Iterator[bytes]:
        """The converted records as lines, with their ends. Blank lines are passed over.

        ``counted`` says what the number of a line is in messages: of a ``line`` in the file ``name``, or of a
        ``record`` in it. Raises BadDataError (file, line, field, way out) for a record that is of no known shape, or
        cannot be written in the target's.
        """
        for number, line in enumerate(lines, 1):
            if line.isspace() or not line:
                continue
            if self.records == self._limit:
                return
            self.records += 1
            self.told.row = self.records
            try:
                made = self._converted(line)
            except Misfit as misfit:
                place = _place(name, number, counted)
                subject = f"'{misfit.field}'" if misfit.field else "the record"
                error = UnfitError(f"cannot convert {place}: {subject} {misfit.what}", hint=misfit.hint)
                if not self._skip:
                    raise error from None
                self.left_out += 1
                self.told.forget()
                if len(self.skipped) < _MOST_KEPT:
                    self.skipped.append(error)
                continue
            except ValueError as broken:
                if counted == "line":
                    check_record(line.removesuffix(b"\n"), name=name, line_number=number)
                raise BadDataError(f"cannot read {_place(name, number, counted)}: {broken}") from None
            except RecursionError:
                raise BadDataError(
                    f"cannot convert {_place(name, number, counted)}: nested too deeply",
                    hint="keep what is nested hundreds of levels deep as a string",
                ) from None
            self.written += len(made)
            yield from made

    def new_file(self) -> None:
        """Forget the ``columns`` so far: what is written from here on goes into another file."""
        self.columns = set()
        self._keys.clear()
        if self._demands is not None and self._demands.new_file is not None:
            self._demands.new_file()

    def _converted(self, content: bytes) -> list[bytes]:
        found = parse(content)
        if type(found) is not dict:
            raise Misfit("", "is not a JSON object", "a record is one object on a line")
        value = self.renaming.apply(found)
        source, equal = self._shape_of(value)
        try:
            made = self._written(value, source)
        except Misfit as misfit:
            if self.source is None or (looks := detect(value)).shape is None or source.name in looks.equal:
                raise
            way = f"it looks like '{looks.shape}': leave out --from"
            raise Misfit(misfit.field, misfit.what, misfit.hint or way) from None
        self.census.add(equal)
        if made is None and value is not found:
            made = [value]
        if made is None:
            self._note_columns(value)
            return [content.strip().removeprefix(BOM) + b"\n"]
        _tell_repeated(content, found, self.told)
        lines = []
        for one in made:
            self._note_columns(one)
            lines.append(line_of(one))
        return lines

    def _note_columns(self, value: dict[str, Json]) -> None:
        if (keys := tuple(value)) not in self._keys:
            _bound(self._keys)
            self._keys.add(keys)
            self.columns |= self._known.intersection(keys)

    def _shape_of(self, value: dict[str, Json]) -> tuple[Shape, tuple[str, ...]]:
        """The shape to read a record as: what it looks like by itself, whatever the records before it are."""
        if self.source is not None:
            return self.source, (self.source.name,)
        layout = layout_of(value)
        found = self._layouts.get(layout)
        if found is None:
            detected = detect(value)
            if detected.shape is None:
                self._refuse(value)
            found = shape(detected.shape), detected.equal
            _bound(self._layouts)
            self._layouts[layout] = found
            _bound(self._alike)
            self._alike[tuple(value)] = found[0]
        return found

    def _refuse(self, value: dict[str, Json]) -> NoReturn:
        """Raise Misfit for a record of no shape: what it lacks to be what others with its keys are, where there are."""
        keys = tuple(value)
        if (others := self._alike.get(keys)) is not None:
            others.read(value, Told())
        raise Misfit("", f"has no known shape (keys: {_some(keys)})", SEE_SHAPES)

    def _written(self, value: dict[str, Json], source: Shape) -> list[dict[str, Json]] | None:
        """The records that a record becomes; None when it stays as it is."""
        target, told = self.target, self.told
        if source is target and self._reasoning is None:
            if self._demands is not None:
                return self._taken(value, self._demands)
            heard = Told()
            source.read(value, heard)
            told.take_notes(heard)
            return None
        if source.kind != target.kind and not possible(source.kind, target.kind):
            raise Misfit(
                "",
                f"of shape '{source.name}' cannot become '{target.name}': {why_not(target.kind)}",
                f"see what it becomes: dsvc formats {source.name}",
            )
        read = source.read(value, told)
        if read.standard and not target.bare:
            told.rewritten("prompt", "bare texts become messages or fields")
        if source.kind == target.kind and self._demands is None and self._reasoning is None:  # most conversions
            return [target.write(read, told)]
        records = [read] if source.kind == target.kind else fitted(read, source.kind, target.kind, told)
        if self._demands is not None:
            return [self._finished(one, self._demands) for one in records]
        return [self._made(one, told) for one in records]

    def _made(self, read: Canonical, told: Told) -> dict[str, Json]:
        if self._reasoning is not None and self.target.write_reasoning is not None:
            return self.target.write_reasoning(read, told, self._reasoning)
        return self.target.write(read, told)

    def _finished(self, read: Canonical, demands: Demands) -> dict[str, Json]:
        """A record as it is written for a trainer."""
        if demands.look is not None:
            demands.look(read, self.told)
        made = self._made(read, self.told)
        return demands.finish(made, self.told) if demands.finish is not None else made

    def _taken(self, value: dict[str, Json], demands: Demands) -> list[dict[str, Json]] | None:
        """None when a record of the target's shape stays as it is: writing it anew would not change who says what."""
        heard = Told()
        read = self.target.read(value, heard)
        self.target.write(read, heard)
        if any(entry.field in _OF_ORDER for entry in heard.entries):
            self.target.read(value, self.told)
            return [self._finished(read, demands)]
        if demands.look is not None:
            demands.look(read, self.told)
        made = demands.finish(value, self.told) if demands.finish is not None else value
        return None if made is value else [made]


def _bound(cache: dict[Any, Any] | set[Any]) -> None:
    """Begin anew before a cache grows with the file: records may have keys that no other one has."""
    if len(cache) >= _MOST_KEPT:
        cache.clear()


_MOST_KEPT: Final = 1000
_OF_ORDER: Final = frozenset(("role of messages", "from of messages", "role", "conversations"))
"""What is told of roles and their order: trainers drop records over it, silently."""


def targets_of(name: str) -> list[str]:
    """The shapes that a shape can become, without itself."""
    kind = shape(name).kind
    return [other for other in NAMES if other != name and possible(kind, shape(other).kind)]


def how(source: str, target: str) -> str | None:
    """What happens to records of one kind that become another kind, None when nothing does."""
    return POSSIBLE.get((shape(source).kind, shape(target).kind))


def _tell_repeated(content: bytes, value: dict[str, Json], told: Told) -> None:
    """Tell keys that stand twice in an object: only the last one is in the value, which has fewer quotes then.

    Each comparison is dearer than the one before it, and most records are through with the first or the second.
    """
    kinds = [*map(type, value.values())]
    if dict not in kinds and list not in kinds and content.count(b'"') == 2 * (len(kinds) + kinds.count(str)):
        return
    again = line_of(value)
    if again == content or (again.count(b'"') == content.count(b'"') and _ESCAPED_QUOTE.search(content) is None):
        return
    if _quotes(again) == _quotes(content):
        return

    def look(found: list[tuple[str, object]]) -> None:
        seen: set[str] = set()
        for key, _ in found:
            if key in seen:
                told.lost(key, "stands twice in one object; the last one counts")
            seen.add(key)

    json.loads(content.removeprefix(BOM), object_pairs_hook=look)


_ESCAPED_QUOTE: Final = re.compile(rb"\\u0022")


def _quotes(content: bytes) -> int:
    """How many quotes stand around keys and texts."""
    if b"\\" not in content:
        return content.count(b'"')
    plain = content.replace(b"\\\\", b"")  # backslashes pair from the left, so what is left of a run is one or none
    return plain.count(b'"') - plain.count(b'\\"')


def _place(name: str, number: int, counted: str) -> str:
    return f"'{name}:{number}'" if counted == "line" else f"{counted} {number:,} of '{name}'"


def _some(keys: tuple[str, ...]) -> str:
    told = ", ".join([key[:40] for key in keys[:8]])
    return told + (f" and {len(keys) - 8} more" if len(keys) > 8 else "")
