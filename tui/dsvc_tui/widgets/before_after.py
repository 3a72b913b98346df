"""The first records, one at a time: as they are, and beside it as they will be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from dsvc_tui.drawing import content_of
from dsvc_tui.widgets.bars import TextBar
from dsvc_tui.widgets.record_pane import RecordPane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from dsvc.formats.sampling import Example


class BeforeAfter(Horizontal):
    """One pane for records that stay as they are, two where they become others."""

    DEFAULT_CSS = """
    BeforeAfter {
        height: 1fr; min-height: 3;
        & > Vertical { height: 1fr; width: 1fr; }
        & RecordPane { height: 1fr; }
        & Static { height: auto; max-height: 4; padding: 0 1; }
        & #after-side { border-left: solid $panel-lighten-2; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._items: list[tuple[int, Example, bytes | None, str]] = []
        self._at = 0
        self._target: str | None = None

    def compose(self) -> ComposeResult:
        """Both sides."""
        with Vertical(id="before-side"):
            yield TextBar(id="before-title")
            yield RecordPane(id="before")
        with Vertical(id="after-side"):
            yield TextBar(id="after-title")
            yield Static(id="problem")
            yield RecordPane(id="after")

    def on_mount(self) -> None:
        """Nothing yet."""
        self.show_examples((), None)

    def show_examples(self, examples: Sequence[Example], target: str | None) -> None:
        """Show the first of some records; ``target`` is the shape that they are brought into, if they are."""
        self._target = target
        self._items = []
        for number, example in enumerate(examples, 1):
            for at, after in enumerate(example.after or (None,), 1):
                which = f", {at} of {len(example.after)}" if len(example.after) > 1 else ""
                self._items.append((number, example, after, which))
        self._at = min(self._at, max(len(self._items) - 1, 0))
        self.query_one("#after-side").display = target is not None
        self._show()

    def can_move(self, by: int) -> bool:
        """Whether there is a record before or behind the one that is shown."""
        return 0 <= self._at + by < len(self._items)

    def move(self, by: int) -> None:
        """Show another record."""
        self._at += by
        self._show()

    @property
    def pane(self) -> RecordPane | None:
        """The record that the cursor is in."""
        return next((pane for pane in self.query(RecordPane) if pane.has_focus), None)

    def _show(self) -> None:
        before, after = self.query_one("#before", RecordPane), self.query_one("#after", RecordPane)
        titles = self.query_one("#before-title", TextBar), self.query_one("#after-title", TextBar)
        problem = self.query_one("#problem", Static)
        if not self._items:
            titles[0].show([("dim", "no record to show yet")])
            before.show_record(None)
            after.show_record(None)
            return
        number, example, made, which = self._items[self._at]
        last = self._items[-1][0]
        titles[0].show([("strong", f"record {number} of the first {last}"), ("dim", "  as it is")])
        titles[1].show([("strong", f"as {self._target}"), ("dim", which)])
        content = example.before.rstrip(b"\r\n")
        before.show_record(content, len(content))
        problem.display = example.problem is not None
        problem.update(content_of([("warning", f"! {example.problem}")]))
        shown = None if made is None else made.rstrip(b"\n")
        after.show_record(shown, len(shown or b""))
