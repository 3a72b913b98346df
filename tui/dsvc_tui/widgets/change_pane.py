"""One change to read: the changed words of its fields, unified or side by side."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from textual.worker import get_current_worker

from dsvc_tui.records.change_pages import ChangePageLine, Sides, change_page
from dsvc_tui.widgets.page_lines import PageLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


Found = TypeVar("Found")


class InBackground(Protocol):
    """Does work in a thread, and then something with what it found; newer work of the group takes its place."""

    def __call__(self, work: Callable[[], Found], then: Callable[[Found], None], *, group: str = "") -> None:
        """Begin."""


BESIDE_FROM: Final = 120
"""Columns of the terminal from which on old and new stand side by side, unless somebody chose otherwise."""
_AT_ONCE: Final = 16 << 10
"""Bytes of both records up to which the words are compared between two key strokes: some 20 ms."""
_MEANT: Final = 0.05
"""Seconds that a larger change must be stayed on: who runs past it does not want it compared."""


class ChangePane(PageLines[ChangePageLine]):
    """Lays out a change as far as somebody scrolls."""

    def __init__(self, in_background: InBackground, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._in_background = in_background
        self._shown: tuple[str, Sides] | None = None
        self._page: Iterator[ChangePageLine] | None = None
        """What is laid out in the background."""
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
        self._lines, self._more, self._page = [], iter(()), None
        if self._shown is not None and self.size.width:
            sign, sides = self._shown
            width = self.size.width - 2
            page = change_page(sign, sides, width, beside=self.is_beside, whole=self.whole)
            if sides.size <= _AT_ONCE or sign not in "~=":
                self._more = page
            else:
                self._lines = [ChangePageLine((("dim", "comparing …"),))]
                self._page = page
                self._in_background(partial(_all_lines, page), partial(self._compared, page), group="change")
        self._need(self.size.height)
        self.set_count(len(self._lines))

    def _compared(self, page: Iterator[ChangePageLine], lines: list[ChangePageLine]) -> None:
        """Show the lines of a large change, unless something else is shown by now."""
        if page is self._page:
            self._lines = lines
            self.set_count(len(lines))

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

    def on_resize(self) -> None:
        """Break the lines anew."""
        self.lay_out()


def _all_lines(page: Iterator[ChangePageLine]) -> list[ChangePageLine]:
    time.sleep(_MEANT)
    worker = get_current_worker()
    lines: list[ChangePageLine] = []
    while not worker.is_cancelled and (line := next(page, None)) is not None:
        lines.append(line)
    return lines
