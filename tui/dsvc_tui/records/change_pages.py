"""A change as lines to read: which fields, which words; one below the other, or old and new side by side.

What was removed and added is told by marks as well as by colour: ``[-old-]`` and ``{+new+}``, or the side it stands on.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from dsvc.delta import Reformatted
from dsvc.render.field_text import value_text
from dsvc.render.not_json import record_changes
from dsvc.render.reformatting import how_reformatted, in_words
from dsvc.render.safe_text import cell_width, safe
from dsvc.render.wrapping import broken
from dsvc.snapshot import Record
from dsvc.textdiff import json_path
from dsvc_tui.drawing import cut as cut_to
from dsvc_tui.records.fields import MISSING, text_of, value_of
from dsvc_tui.records.pages import LAID_OUT, page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.render.wrapping import Segment
    from dsvc.textdiff import FieldChange
    from dsvc_tui.drawing import Part

_SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    "added": ("+", "added"),
    "removed": ("-", "removed"),
    "changed": ("~", "changed"),
}
_TOLD: Final = frozenset({"added", "removed", "warning"})
"""Looks of what nobody may miss."""
_GUTTER: Final = " │ "
_NEAR: Final = 2
"""Lines shown before and after a changed one."""


@dataclass(frozen=True, slots=True)
class ChangePageLine:
    """A line; ``field`` numbers the changed field that begins here, None elsewhere."""

    parts: tuple[Part, ...]
    field: int | None = None


@dataclass(frozen=True, slots=True)
class Sides:
    """Both records of a change, None on a side that lacks it; ``cut``: only their beginnings, they are too large."""

    old: bytes | None
    new: bytes | None
    cut: bool = False

    @property
    def size(self) -> int:
        """Bytes of both."""
        return len(self.old or b"") + len(self.new or b"")


def change_page(sign: str, sides: Sides, width: int, *, beside: bool, whole: bool) -> Iterator[ChangePageLine]:
    """The lines of a change.

    ``beside``: old and new side by side. ``whole``: with the fields, and the lines of long texts, that are the same.
    """
    if sides.cut:
        yield ChangePageLine((("warning", "too large: only the beginning, as it is written"),))
    if sides.old is not None and sides.new is not None and sign != ">":
        old, new = Record(sides.old, "", 1, 1), Record(sides.new, "", 1, 1)
        if sign == "=":
            yield from _reformatted(old, new, width)
        else:
            yield from _modified(old, new, width, beside=beside, whole=whole, cut=sides.cut)
        return
    content = sides.new if sides.new is not None else sides.old
    assert content is not None
    look = {"+": "added", "-": "removed"}.get(sign, "")
    for line in page(content, len(content), "conversation", width - 2, wrapped=True, switched=()):
        parts = [(look if name == "" and look == "added" else name, text) for name, text in line.parts]
        yield ChangePageLine(((look or "moved", f"{sign} "), *parts))


def _reformatted(old: Record, new: Record, width: int) -> Iterator[ChangePageLine]:
    how = in_words(how_reformatted(Reformatted(old, new)))
    yield ChangePageLine((("same", f"= the same value, other {how}"),))
    for sign, look, record in (("-", "removed", old), ("+", "added", new)):
        yield ChangePageLine(())
        for line in _wrapped([(None, _written(record.content))], width - 2):
            yield ChangePageLine(((look, f"{sign} "), *line))


def _written(content: bytes) -> str:
    return safe(content[:LAID_OUT].decode("utf-8", "replace"))


def _modified(
    old: Record, new: Record, width: int, *, beside: bool, whole: bool, cut: bool
) -> Iterator[ChangePageLine]:
    changes, both_json = record_changes(old, new)
    if not both_json and not cut:
        yield ChangePageLine((("warning", "one of the lines is not JSON; they are compared as they are written"),))
    for number, change in enumerate(changes):
        if number:
            yield ChangePageLine(())
        sign, look = _SIGNS[change.kind]
        yield ChangePageLine(((look, f"{sign} {change.path}"),), number)
        lines = _beside(change, width) if beside else _below(change, width)
        if not whole:
            lines = _near_changes(lines)
        yield from (ChangePageLine(tuple(line)) for line in lines)
    yield from _unchanged(changes, new, width, whole=whole)


def _unchanged(changes: Sequence[FieldChange], new: Record, width: int, *, whole: bool) -> Iterator[ChangePageLine]:
    value = value_of(new.content)
    touched = {change.steps[0] for change in changes if change.steps}
    rest = [name for name in value if name not in touched] if isinstance(value, dict) else []
    if not rest or not isinstance(value, dict):
        return
    yield ChangePageLine(())
    if not whole:
        names = ", ".join(json_path((name,)) for name in rest)
        yield ChangePageLine((("dim", cut_to(f"  unchanged: {names}", width)),))
        return
    for name in rest:
        yield ChangePageLine((("dim", f"  {json_path((name,))}"),))
        for line in _wrapped([(None, value_text(value[name]))], width - 4):
            yield ChangePageLine((("", "    "), *[("dim", text) for _, text in line]))


def _near_changes(lines: Iterator[list[Part]]) -> Iterator[list[Part]]:
    """The lines that a change touches and those next to them; longer runs of other lines are counted in one line."""
    run: list[list[Part]] = []  # its last lines
    length, shown_after = 0, 0
    for line in lines:
        if any(look in _TOLD for look, _ in line):
            yield from _shortened(run, length)
            yield line
            run, length, shown_after = [], 0, _NEAR
        elif shown_after:
            yield line
            shown_after -= 1
        else:
            run, length = [*run[-_NEAR:], line], length + 1
    if length > 1:
        yield _same_lines(length)
    else:
        yield from run


def _shortened(run: Sequence[list[Part]], length: int) -> Iterator[list[Part]]:
    if length > len(run):
        yield _same_lines(length - _NEAR)
        yield from run[-_NEAR:]
    else:
        yield from run


def _same_lines(count: int) -> list[Part]:
    return [("dim", f"    … {count:,} lines are the same")]


def _below(change: FieldChange, width: int) -> Iterator[list[Part]]:
    for line in _wrapped(_marked(change), width - 4):
        yield [("", "    "), *line]


def _marked(change: FieldChange) -> list[Segment]:
    """Both values in one text, what differs in marks."""
    words = change.words
    if words:
        return [
            (None, span.text)
            if span.kind == "equal"
            else (span.kind, f"[-{span.text}-]" if span.kind == "removed" else f"{{+{span.text}+}}")
            for span in words
        ]
    old, new = _text(change.old), _text(change.new)
    if change.kind == "added":
        return [("added", new)]
    if change.kind == "removed":
        return [("removed", old)]
    return [("removed", f"[-{old}-]"), ("added", f"{{+{new}+}}")]


def _beside(change: FieldChange, width: int) -> Iterator[list[Part]]:
    """The old value on the left, the new one on the right; what differs keeps its marks."""
    room = (width - len(_GUTTER) - 2) // 2
    marked = _marked(change)
    left = _wrapped([segment for segment in marked if segment[0] != "added"], room)
    right = _wrapped([segment for segment in marked if segment[0] != "removed"], room)
    for one, other in zip_longest(left, right, fillvalue=()):
        used = sum(cell_width(text) for _, text in one)
        yield [("", "  "), *one, ("", " " * (room - used)), ("dim", _GUTTER), *other]


def _text(value: object) -> str:
    if value is MISSING:
        return ""
    return text_of(value) if isinstance(value, str) and value else value_text(value)  # type: ignore[arg-type]


def _wrapped(segments: Sequence[Segment], columns: int) -> Iterator[list[Part]]:
    """Segments in lines of safe text; a line feed ends a line, as it does for a reader."""
    for paragraph in _paragraphs(segments):
        for line in broken(paragraph, columns):
            yield [(role or "", text) for role, text in line]


def _paragraphs(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    paragraph: list[Segment] = []
    left = LAID_OUT
    for role, text in segments:
        first, *more = safe(text[:left], newline="keep").split("\n")
        paragraph.append((role, first))
        for following in more:
            yield paragraph
            paragraph = [(role, following)]
        left -= len(text)
        if left < 0:
            paragraph.append(("warning", f" … {-left:,} more characters are not laid out"))
            break
    yield paragraph
