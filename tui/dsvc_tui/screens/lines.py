"""What screens are made of that show lines of text above a line of state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc_tui.screens.base import BaseScreen
from dsvc_tui.widgets.bars import TextBar
from dsvc_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.widget import Widget

    from dsvc_tui.drawing import Part


class Lines(LineList):
    """Lines of text, as they are."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._lines: list[str] = []

    def show(self, lines: list[str]) -> None:
        """Show other lines."""
        self._lines = lines
        self.set_count(len(lines))

    def line(self, index: int, width: int) -> Sequence[Part]:
        """A line; those that begin without a space are headings."""
        text = self._lines[index]
        return [("strong" if text[:1].strip() else "", text)]


class LinesScreen(BaseScreen):
    """Lines of text, and a line of state below them."""

    def body(self) -> Iterable[Widget]:
        """The lines, and the state."""
        yield Lines(id="lines")
        yield TextBar(id="state")

    @property
    def lines(self) -> Lines:
        """The text of the screen."""
        return self.query_one("#lines", Lines)

    def show_state(self, parts: list[Part]) -> None:
        """Say how it stands, and show what the bars say now."""
        self.query_one("#state", TextBar).show(parts)
        self.refresh_bars()
