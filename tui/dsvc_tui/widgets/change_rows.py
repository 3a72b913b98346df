"""The changes of a diff, one a line: sign, row, which fields, and what the record is about."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from dsvc.render.numbers import plural
from dsvc_tui.drawing import padded
from dsvc_tui.records.fields import MISSING, value_of
from dsvc_tui.records.shape import first_text
from dsvc_tui.widgets.line_list import LineList
from dsvc_tui.widgets.record_list import PARSED_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dsvc_tui.drawing import Part
    from dsvc_tui.records.change_list import Change, ChangeList

LOOKS: Final[Mapping[str, str]] = {"+": "added", "-": "removed", "~": "changed", ">": "moved", "=": "same"}
MARK: Final = "●"
_REMEMBERED: Final = 400
_FIELDS_WIDTH: Final = 24


class ChangeRows(LineList):
    """Shows all changes, or those of some numbers."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._changes: ChangeList | None = None
        self._chosen: Sequence[int] | None = None
        self._texts: OrderedDict[int, str] = OrderedDict()
        self.marked: set[int] = set()
        """Numbers of the changes that are marked."""
        self.signs_of: Callable[[Change], list[Part]] | None = None
        """What else a change is marked with, as wide for each; None: nothing."""

    def show_changes(self, changes: ChangeList | None, chosen: Sequence[int] | None = None) -> None:
        """Show a diff's changes; ``chosen`` are the numbers of those to show, None: all."""
        if changes is not self._changes:
            self._texts.clear()
            self.marked.clear()
        self._changes, self._chosen = changes, chosen
        self.grow()

    def grow(self) -> None:
        """More changes may be there than before."""
        shown = self._chosen if self._chosen is not None else self._changes or ()
        self.set_count(len(shown))

    @property
    def change(self) -> Change | None:
        """The change under the cursor."""
        return self._at(self.cursor)

    @property
    def number(self) -> int | None:
        """Its number among all changes."""
        return self._number(self.cursor) if 0 <= self.cursor < self.count else None

    def _number(self, index: int) -> int:
        return index if self._chosen is None else self._chosen[index]

    @property
    def numbers(self) -> Sequence[int]:
        """The numbers of all changes that are shown."""
        return range(self.count) if self._chosen is None else self._chosen

    def _at(self, index: int) -> Change | None:
        if self._changes is None or not 0 <= index < self.count:
            return None
        return self._changes[self._number(index)]

    def line(self, index: int, width: int) -> Sequence[Part]:
        """A change in a line."""
        change = self._at(index)
        assert change is not None
        assert self._changes is not None
        look = LOOKS[change.sign]
        row = change.new if change.new is not None else change.old
        assert row is not None
        digits = len(f"{max(len(self._changes.old), len(self._changes.new)):,}")
        mark = [("key", MARK if self._number(index) in self.marked else " ")] if self.marked else []
        signs = self.signs_of(change) if self.signs_of is not None else []
        parts: list[Part] = [*mark, (look, f"{change.sign} {row + 1:>{digits},} "), *signs]
        if change.sign == ">":
            old = change.old if change.old is not None else 0
            return [*parts, (look, f" {plural(change.lines, 'record')} from {old + 1:,}  "), ("", self._text(change))]
        if change.moved and change.old is not None:
            parts.append((LOOKS[">"], f" from {change.old + 1:,} "))
        if width > 3 * _FIELDS_WIDTH:
            parts.append(("dim", f" {padded(', '.join(sorted(change.fields)), _FIELDS_WIDTH)}"))
        return [*parts, ("", f" {self._text(change)}")]

    def _text(self, change: Change) -> str:
        assert self._changes is not None
        key = change.new if change.new is not None else -1 - (change.old or 0)
        text = self._texts.get(key)
        if text is None:
            source = self._changes.new if change.new is not None else self._changes.old
            row = change.new if change.new is not None else change.old or 0
            head, size = source.head(row, PARSED_BYTES)
            value = value_of(head) if len(head) == size else MISSING
            text = head[:400].decode("utf-8", "replace") if value is MISSING else first_text(value)[:400]
            self._texts[key] = text
            if len(self._texts) > _REMEMBERED:
                self._texts.popitem(last=False)
        return text
