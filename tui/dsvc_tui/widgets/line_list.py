"""A list of lines that are drawn one by one, only those that are visible: a million cost no more than ten.

Every list of the UI is one: versions, records, changes, the fields of a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView

from dsvc_tui.widgets.painted import Painted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.strip import Strip

    from dsvc_tui.app import DsvcApp
    from dsvc_tui.drawing import Part

CURSOR = "▸"
"""Stands before the line under the cursor, so that it is found without colours."""


class LineList(Painted, ScrollView, can_focus=True):
    """Override :meth:`line`, and tell with :meth:`set_count` how many lines there are."""

    DEFAULT_CSS = """
    LineList {
        overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1; background: $surface;
    }
    """
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "jump(0)", show=False),
        Binding("end,G", "jump(-1)", show=False),
    ]

    class CursorMoved(Message):
        """The cursor is on another line."""

        def __init__(self, sender: LineList, index: int) -> None:
            super().__init__()
            self.lines = sender
            self.index = index

        @property
        def control(self) -> LineList:
            """The list."""
            return self.lines

    class Chosen(CursorMoved):
        """The line under the cursor was clicked a second time."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._count = 0
        self._cursor = 0

    @property
    def count(self) -> int:
        """Number of lines."""
        return self._count

    @property
    def cursor(self) -> int:
        """The line that the cursor is on; 0 in an empty list."""
        return self._cursor

    def line(self, index: int, width: int) -> Sequence[Part]:
        """What stands in a line."""
        raise NotImplementedError

    def set_count(self, count: int) -> None:
        """There are this many lines now; the cursor stays where it is if it can."""
        self.extend_to(count)
        if self._cursor >= count:
            self.move_to(count - 1)
        self.refresh()

    def extend_to(self, count: int) -> None:
        """There are this many lines now, and those in sight are as they were: nothing but the scrollbar is drawn."""
        self._count = count
        if count != self.virtual_size.height:
            # Not by assignment, which lays out the whole screen anew: 10 ms for each record that is looked at.
            self.set_reactive(ScrollView.virtual_size, Size(0, count))
            self._scroll_update(self.virtual_size)

    def move_to(self, index: int, *, centre: bool = False) -> None:
        """Put the cursor on a line (the nearest one that there is), and show it."""
        index = max(0, min(index, self._count - 1))
        before, self._cursor = self._cursor, index
        self.refresh_line(before)
        self.refresh_line(index)
        self.show_line(index, centre=centre)
        if before != index:
            self.post_message(self.CursorMoved(self, index))

    def show_line(self, index: int, *, centre: bool = False) -> None:
        """Scroll so that a line is visible."""
        height, top = self.size.height, round(self.scroll_y)
        if not height or top <= index < top + height:
            return
        wanted = index - height // 2 if centre else index if index < top else index - height + 1
        self.scroll_to(y=max(0, wanted), animate=False)

    def render_line(self, y: int) -> Strip:
        """One visible line; a fault in drawing it is shown in its place."""
        index = round(self.scroll_y) + y
        if index >= self._count:
            return self.paint(())
        here = index == self._cursor
        try:
            parts = self.line(index, self._width - 1)
        except Exception as error:
            cast("DsvcApp", self.app).report(error)
            parts = [("warning", f"cannot be shown: {error}")]
        mark = CURSOR if here and (self.has_focus or not self.can_focus) else " "
        base = self._base + self._looks["focused-cursor" if self.has_focus else "cursor"] if here else None
        return self.paint([("key", mark), *parts], base)

    # Moving

    def action_move(self, by: int) -> None:
        """Move the cursor by some lines."""
        self.move_to(self._cursor + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by pages."""
        self.move_to(self._cursor + by * max(1, self.size.height - 1))

    def action_jump(self, to: int) -> None:
        """Move the cursor to the first line, or (-1) to the last one."""
        self.move_to(to if to >= 0 else self._count - 1)

    def on_click(self, event: events.Click) -> None:
        """Choose the line that was clicked."""
        index = round(self.scroll_y) + event.y
        if index >= self._count:
            return
        again = index == self._cursor
        self.move_to(index)
        if again:
            self.post_message(self.Chosen(self, index))

    def on_focus(self) -> None:
        """Show the cursor."""
        self.refresh_line(self._cursor)

    def on_blur(self) -> None:
        """Hide the cursor's mark."""
        self.refresh_line(self._cursor)
