"""A field of a form: its name before it, one line to write into, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from dsvc.render.safe_text import safe
from dsvc_tui.drawing import content_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult


class TextField(Input):
    """A line to write into. What is pasted is made safe first: a field draws its text itself."""

    def on_paste(self, event: events.Paste) -> None:
        """Take the text, line ends as spaces."""
        event.prevent_default()
        event.stop()
        self.insert_text_at_cursor(safe(" ".join(event.text.split())))


class Field(Horizontal):
    """The name and the line; ``id`` is the field's name."""

    DEFAULT_CSS = """
    Field {
        height: 1;
        & > Static { width: 13; padding: 0 1; }
        & > Input { width: 1fr; background: $panel; }
        & > Input:focus { background: $panel-lighten-1; }
    }
    """

    def __init__(self, name: str, *, hint: str = "") -> None:
        super().__init__(id=name)
        self._hint = hint

    def compose(self) -> ComposeResult:
        """Name and line."""
        yield Static(content_of([("strong", self.id or "")]))
        yield TextField(placeholder=self._hint, compact=True, select_on_focus=False)

    @property
    def line(self) -> TextField:
        """What is written into."""
        return self.query_one(TextField)

    @property
    def value(self) -> str:
        """What is written."""
        return self.line.value

    @value.setter
    def value(self, text: str) -> None:
        self.line.value = safe(text)
        self.line.cursor_position = len(self.line.value)

    def offer(self, texts: Sequence[str]) -> None:
        """Complete what is typed from these; right accepts."""
        self.line.suggester = SuggestFromList(texts, case_sensitive=False)

    def say(self, hint: str) -> None:
        """What the empty field says."""
        self.line.placeholder = safe(hint)
