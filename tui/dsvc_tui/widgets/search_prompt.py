"""Asks what to search for, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, Static

from dsvc.errors import DsvcError
from dsvc_tui.drawing import content_of
from dsvc_tui.records.search import MODES, Query
from dsvc_tui.widgets.dialogs import Dialog
from dsvc_tui.widgets.fields import TextField

if TYPE_CHECKING:
    from textual.app import ComposeResult

_EXPLAINED = {
    "plain": "as it reads; small letters find capitals too",
    "regex": "a regular expression, over the whole record",
    "fuzzy": "roughly: also with some letters wrong; slower",
}


class SearchPrompt(Dialog[Query]):
    """A text, and one of the three modes."""

    BINDINGS: ClassVar[list[Binding]] = [Binding("tab", "mode", show=False, priority=True)]

    def __init__(self, before: Query | None) -> None:
        super().__init__()
        self._before = before or Query("")
        self._mode = self._before.mode

    def compose(self) -> ComposeResult:
        """The field, and the mode below it."""
        with Vertical() as box:
            box.border_title = content_of([("strong", "Search")])
            yield TextField(self._before.text, compact=True)
            yield Static(id="hint")

    def on_mount(self) -> None:
        """Tell the mode."""
        self._explain()

    def _explain(self, wrong: str = "") -> None:
        parts = [("key", "Tab"), ("", f" {self._mode}: "), ("dim", _EXPLAINED[self._mode])]
        self.query_one("#hint", Static).update(content_of([*parts, ("warning", f"\n{wrong}" if wrong else "")]))

    def action_mode(self) -> None:
        """The next mode."""
        self._mode = MODES[(MODES.index(self._mode) + 1) % len(MODES)]
        self._explain()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the query if it can be looked for; an empty one ends the search."""
        event.stop()
        query = Query(event.value, self._mode)
        try:
            query.matcher()
        except DsvcError as error:
            self._explain(error.message)
            return
        self.dismiss(query)
