"""Lines of a page that are laid out as far as somebody scrolls: a 1 MB record holds up nothing."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from dsvc_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc_tui.drawing import Part

_AHEAD: Final = 30
"""Lines laid out beyond those that are visible."""


class LaidOut(Protocol):
    """A line of a page."""

    @property
    def parts(self) -> Sequence[Part]:
        """What it is drawn of."""


Line = TypeVar("Line", bound=LaidOut)


class PageLines(LineList, Generic[Line]):
    """Has ``_lines``, and takes more of them from ``_more`` where they come into sight."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._lines: list[Line] = []
        self._more: Iterator[Line] = iter(())

    def line(self, index: int, width: int) -> Sequence[Part]:
        """A line of the page."""
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

    def _need(self, lines: int | None) -> None:
        """Have this many lines, and some more; None: all."""
        fresh = [*self._more] if lines is None else [*islice(self._more, max(0, lines + _AHEAD - len(self._lines)))]
        if fresh:
            self._lines += fresh
            self.set_count(len(self._lines))
