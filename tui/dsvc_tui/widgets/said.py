"""What another program said, such as a git hook that refused: the end is in sight, the rest can be scrolled to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.errors import HookError
from dsvc_tui.records.pages import lines_of
from dsvc_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc_tui.drawing import Part

_HIGHEST: Final = 6


def told_of(error: Exception) -> tuple[str, str]:
    """An error in a line, and all that a hook of git said, where that is more than a line."""
    if isinstance(error, HookError) and "\n" in error.output:
        return error.who or str(error), error.output
    return str(error), ""


def telling_line(lines: Sequence[str]) -> int:
    """The line to look at first: the last one with a warning's mark (as a gate that failed has it), or the end."""
    marked = [number for number, line in enumerate(lines) if line.startswith("! ")]
    return marked[-1] if marked else max(len(lines) - 1, 0)


class Said(LineList):
    """Lines of a text; not there while there is none."""

    DEFAULT_CSS = """
    Said { margin: 0 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._text = ""
        self._lines: list[str] = []
        self.display = False

    def show(self, text: str) -> None:
        """Show another text; none: nothing."""
        self._text = text
        self.display = bool(text)
        self.styles.height = min(text.count("\n") + 1, _HIGHEST)
        self._lay_out()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.size.width - 2
        self._lines = [*lines_of(self._text, width)] if self._text and width > 0 else []
        self.set_count(len(self._lines))
        at = telling_line(self._lines)
        self.move_to(at)
        self.scroll_to(y=max(0, at - _HIGHEST // 2), animate=False)

    def line(self, index: int, width: int) -> Sequence[Part]:
        """A line of it."""
        return [("", self._lines[index])]
