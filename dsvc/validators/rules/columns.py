"""Fields of many records compared: types that differ, fields that are missing, shapes that are mixed."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from dsvc.formats.registry import shape as shape_of
from dsvc.validators.finding import Finding
from dsvc.validators.likeness import kinds_of_all, likenesses_of_all
from dsvc.validators.naming import short
from dsvc.validators.rule import DatasetCheck, Example, NoOptions, Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dsvc.validators.finding import Place, Severity
    from dsvc.validators.likeness import Kinds, Likeness, Rows

_TOLD: Final = 10_000
"""So many rows are told one by one for each thing that is found: nobody reads half of a million."""
_MOST_PATHS: Final = 10_000
"""Objects whose keys are data (ids, words) would make a column of each."""


class _Places:
    """How often something occurs, and its first places: as numbers, because of most that occurs nothing is told."""

    def __init__(self) -> None:
        self.count = 0
        self._blocks: list[tuple[Sequence[Place], list[Rows]]] = []

    def add(self, places: Sequence[Place], rows: Rows) -> None:
        """Rows of a block (from 0 there) whose records stand at these places; blocks come in their order."""
        before, self.count = self.count, self.count + len(rows)
        if self._blocks and self._blocks[-1][0] is places:
            self._blocks[-1][1].append(rows)
        elif before < _TOLD:
            self._blocks.append((places, [rows]))

    @property
    def first(self) -> Place:
        """The earliest place."""
        return next(self._places())

    def _places(self) -> Iterator[Place]:
        for places, rows in self._blocks:
            yield from (places[row] for row in np.sort(np.concatenate(rows)).tolist())

    def told(self, severity: Severity, message: str, path: str, fix: str) -> Iterator[Finding]:
        """A finding for each of the first places, and one that stands for all others."""
        for place in islice(self._places(), _TOLD):
            yield Finding("", severity, message, place, path=path, fix=fix)
        more = self.count - _TOLD
        if more > 0:
            yield Finding("", severity, f"{more:,} more rows: {message}", path=path, fix=fix, stands_for=more)


class _Types:
    """The types of each column."""

    def __init__(self) -> None:
        self._columns: dict[str, dict[str, _Places]] = {}

    def take(self, places: Sequence[Place], summary: list[tuple[Kinds, Rows]]) -> None:
        for found, rows in summary:
            for path, kind in found:
                column = self._columns.get(path)
                if column is None:
                    if len(self._columns) >= _MOST_PATHS:
                        continue
                    column = self._columns[path] = {}
                column.setdefault(kind, _Places()).add(places, rows)

    def finish(self) -> Iterator[Finding]:
        for path in sorted(self._columns):
            column = self._columns[path]
            if len(column) < 2:
                continue
            usual = max(column, key=lambda kind: (column[kind].count, _earliest(column[kind])))
            count = column[usual].count
            for kind in sorted(column.keys() - {usual}):
                where = f"{short(path)} is {kind} here"
                elsewhere = f"{usual} in {count:,} record{'s' * (count != 1)}"
                severity: Severity = "warning" if _may_differ(path, column.keys()) else "error"
                fix = f"make it {usual} everywhere, or null where there is none"
                yield from column[kind].told(severity, f"{where}, {elsewhere}", path, fix)


def _may_differ(path: str, kinds: Collection[str]) -> bool:
    """Whether a shape itself allows both: OpenAI's content is a text, or a list of parts."""
    return path.endswith("[].content") and {*kinds} == {"a text", "a list"}


def _earliest(found: _Places) -> tuple[int, ...]:
    return (-found.first.line,)


class _Shapes:
    """The shapes of all records."""

    def __init__(self) -> None:
        self._likes: dict[Likeness, _Places] = {}

    def take(self, places: Sequence[Place], summary: list[tuple[Likeness, Rows]]) -> None:
        for like, rows in summary:
            self._likes.setdefault(like, _Places()).add(places, rows)

    def usual(self) -> tuple[str, int] | None:
        """The shape that most records may have, and how many; None where no record has a known one."""
        votes: Counter[str] = Counter()
        for like, found in self._likes.items():
            for name in like.shapes:
                votes[name] += found.count
        if not votes:
            return None
        best = max(votes.values())
        ranked = [name for like in self._likes for name in like.shapes if votes[name] == best]
        return ranked[0], best

    def others(self) -> Iterator[tuple[Likeness, _Places, tuple[str, ...]]]:
        """Records that are not of the usual shape, and the fields of it that they lack."""
        found = self.usual()
        if found is None:
            return
        needed = shape_of(found[0]).required
        for like, places in self._likes.items():
            if found[0] not in like.shapes:
                yield like, places, tuple(name for name in needed if name not in like.fields)


def _is_lacking(like: Likeness, lacking: tuple[str, ...], usual: str) -> bool:
    """Whether a record is one of the usual shape without some fields, rather than one of another shape."""
    known = {field.name for field in shape_of(usual).fields}
    if not lacking or known.isdisjoint(like.fields):
        return False
    return not like.shapes or set(shape_of(like.shapes[0]).required) <= known


class Missing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``from_share``: a field that at least this share of the records has (0 to 1) should be in all of them."""

    from_share: float = 0.9


class _Missing(_Shapes):
    def __init__(self, options: Missing) -> None:
        super().__init__()
        self._options = options

    def finish(self) -> Iterator[Finding]:
        found = self.usual()
        told_of: set[tuple[Likeness, str]] = set()
        for like, places, lacking in self.others():
            assert found is not None
            if not _is_lacking(like, lacking, found[0]):
                continue
            told_of.update((like, name) for name in lacking)
            names = " and ".join(map(short, lacking))
            verb = "is" if len(lacking) == 1 else "are"
            told = f"{names} {verb} missing; the shape '{found[0]}', which {found[1]:,} records have, needs it"
            yield from places.told("error", told, "", "write what belongs there, or leave the record out")
        yield from self._rare(told_of)

    def _rare(self, told_of: set[tuple[Likeness, str]]) -> Iterator[Finding]:
        """Records without a field that nearly all have, whatever its shape says of it."""
        counts: Counter[str] = Counter()
        for like, places in self._likes.items():
            for name in like.fields:
                counts[name] += places.count
        total = sum(places.count for places in self._likes.values())
        for name, count in counts.items():
            if not total * self._options.from_share <= count < total:
                continue
            for like, places in self._likes.items():
                if name not in like.fields and (like, name) not in told_of:
                    told = f"{short(name)} is missing; {count:,} of {total:,} records have it"
                    fix = "look whether it has another spelling here"
                    yield from places.told("warning", told, "", fix)


class _Mixed(_Shapes):
    def finish(self) -> Iterator[Finding]:
        found = self.usual()
        if found is None:
            return
        name, count = found
        own = [(like, places) for like, places, lacking in self.others() if _is_own(like, lacking, name)]
        shapeless = sum(places.count for _, places in own)
        if shapeless > count:  # a form of their own, which is the usual one
            odd = [(like, places) for like, places in self._likes.items() if like.shapes]
            others = f"{_others(shapeless)} no known shape"
        else:
            odd = own
            odd += [(like, places) for like, places, lacking in self.others() if _is_of_another(like, lacking, name)]
            others = f"{_others(count)} the shape '{name}'"
        for like, places in odd:
            has = f"has the shape '{like.shapes[0]}'" if like.shapes else "has no known shape"
            told = f"the record {has}; {others}"
            yield from places.told("warning", told, "", "bring it into that shape, or into a file of its own")


def _is_own(like: Likeness, lacking: tuple[str, ...], usual: str) -> bool:
    """Whether a record has a form of its own. Fields that are missing, empty, or of a wrong type are told elsewhere."""
    return not like.shapes and bool(lacking) and not _is_lacking(like, lacking, usual)


def _is_of_another(like: Likeness, lacking: tuple[str, ...], usual: str) -> bool:
    return bool(like.shapes) and not _is_lacking(like, lacking, usual)


def _others(count: int) -> str:
    return f"{count:,} others have" if count > 1 else "another one has"


def _column_types(options: NoOptions) -> DatasetCheck:
    return DatasetCheck(kinds_of_all, _Types)


def _missing(options: Missing) -> DatasetCheck:
    return DatasetCheck(likenesses_of_all, lambda: _Missing(options))


def _mixed(options: NoOptions) -> DatasetCheck:
    return DatasetCheck(likenesses_of_all, _Mixed)


_ALPACA: Final = '{"instruction": "a", "input": "", "output": "b"}'
_ASKED: Final = '{"role": "user", "content": "a"}'
_ANSWERED: Final = '{"role": "assistant", "content": "b"}'
_CALL: Final = '{"messages": [%s, {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": %s}}]}]}'

RULES: Final = (
    Rule(
        id="column-type",
        topic="structure",
        severity="error",
        title="a field is of another type than in other records",
        why="A table has one type a column: Hugging Face datasets stops with an error of pyarrow that names no row, or "
        "fails only when the rows come in another order.",
        example=Example(
            bad=('{"label": "1"}', '{"label": "0"}', '{"label": 1}'),
            good=('{"x": 1, "y": null, "z": []}', '{"x": 1.5, "y": "a", "z": ["a"]}', '{"y": "b", "w": true}'),
        ),
        make=_column_types,
        sources=("huggingface/datasets issues 5596, 6845, 7222", "pyarrow.json.read_json"),
    ),
    Rule(
        id="missing-field",
        topic="structure",
        severity="error",
        title="a field is missing that the shape of the other records needs, or that nearly all of them have",
        why="Where a trainer reads the field the run ends, or the record is dropped; often it has another spelling.",
        example=Example(
            bad=(_ALPACA, _ALPACA, '{"instruction": "a", "input": "", "outptu": "b"}'),
            good=(_ALPACA, '{"instruction": "a", "output": "b", "system": "s"}'),
        ),
        make=_missing,
        options=Missing,
    ),
    Rule(
        id="mixed-shapes",
        topic="structure",
        severity="warning",
        title="records of different shapes in one dataset",
        why="A trainer reads one shape with one setting: records of another shape are dropped, or trained as empty "
        "ones, or end the run.",
        example=Example(
            bad=(_ALPACA, _ALPACA, f'{{"messages": [{_ASKED}, {_ANSWERED}]}}'),
            good=(
                f'{{"messages": [{_ASKED}, {_ANSWERED}]}}',
                f'{{"messages": [{{"role": "system", "content": "s"}}, {_ASKED}, {_ANSWERED}], "tools": []}}',
                _CALL % (_ASKED, '{"x": 1}'),
            ),
        ),
        make=_mixed,
        version=2,
    ),
)
