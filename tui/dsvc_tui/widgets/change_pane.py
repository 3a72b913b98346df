"""One change to read: the changed words of its fields, unified or side by side."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from dsvc_tui.records.change_pages import ChangePageLine, Sides, change_page
from dsvc_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc_tui.drawing import Part

BESIDE_FROM: Final = 120
"""Columns of the terminal from which on old and new stand side by side, unless somebody chose otherwise."""
_AHEAD: Final = 30


class ChangePane(LineList):
    """Lays out a change as far as somebody scrolls."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._shown: tuple[str, Sides] | None = None
        self._lines: list[ChangePageLine] = []
        self._more: Iterator[ChangePageLine] = iter(())
        self.beside: bool | None = None
        """Side by side or not; None: as there is room."""
        self.whole = False

    @property
    def is_beside(self) -> bool:
        """Whether old and new stand side by side now."""
        return self.app.size.width >= BESIDE_FROM if self.beside is None else self.beside

    def show_change(self, sign: str, sides: Sides | None) -> None:
        """Show a change; None: nothing."""
        shown = None if sides is None else (sign, sides)
        if shown != self._shown:
            self._shown = shown
            self.lay_out()
            self.move_to(0)
            self.scroll_to(y=0, animate=False)

    def lay_out(self) -> None:
        """Break the lines anew."""
        self._lines, self._more = [], iter(())
        if self._shown is not None and self.size.width:
            sign, sides = self._shown
            width = self.size.width - 2
            self._more = change_page(sign, sides, width, beside=self.is_beside, whole=self.whole)
        self._need(self.size.height)
        self.set_count(len(self._lines))

    @property
    def field(self) -> int | None:
        """The number of the changed field that the cursor is in."""
        begun = [line.field for line in self._lines[: self.cursor + 1] if line.field is not None]
        return begun[-1] if begun else None

    def to_field(self, by: int) -> bool:
        """Go to the next (1) or previous (-1) changed field; whether there is one."""
        self._need(None)
        fields = [index for index, line in enumerate(self._lines) if line.field is not None]
        found = [i for i in fields if i > self.cursor] if by > 0 else [i for i in fields if i < self.cursor][::-1]
        if found:
            self.move_to(found[0], centre=True)
        return bool(found)

    def line(self, index: int, width: int) -> Sequence[Part]:
        """A line of the change."""
        return self._lines[index].parts

    def move_to(self, index: int, *, centre: bool = False) -> None:
        """Put the cursor on a line; lines after it are laid out first."""
        self._need(index + self.size.height)
        super().move_to(index, centre=centre)

    def action_jump(self, to: int) -> None:
        """To the first line, or to the last one: then all lines are laid out."""
        if to < 0:
            self._need(None)
        super().action_jump(to)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Lay out what comes into sight."""
        super().watch_scroll_y(old_value, new_value)
        self._need(round(new_value) + self.size.height)

    def on_resize(self) -> None:
        """Break the lines anew."""
        self.lay_out()

    def _need(self, lines: int | None) -> None:
        """Have this many lines, and some more; None: all."""
        fresh = [*self._more] if lines is None else [*islice(self._more, max(0, lines + _AHEAD - len(self._lines)))]
        if fresh:
            self._lines += fresh
            self.set_count(len(self._lines))
