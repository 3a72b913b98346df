"""A dialog to edit a text of several lines in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static, TextArea

from dsvc.errors import DsvcError
from dsvc.render.safe_text import safe
from dsvc_tui.drawing import content_of
from dsvc_tui.widgets.dialogs import Dialog

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult

    from dsvc_tui.drawing import Part


class SafeTextArea(TextArea):
    """Takes only text that one can see: what is pasted is made safe first, for it draws its text itself."""

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
        self.insert(safe(text, newline="keep"))


class TextEditor(Dialog[str]):
    """Asks for a text; ``check`` raises DsvcError for one that cannot be taken. One Esc loses nothing."""

    BINDINGS: ClassVar[list[Binding]] = [
        Binding("ctrl+s", "take", show=False, priority=True),
        Binding("escape", "leave", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    TextEditor > Vertical { width: 100; height: 90%; }
    TextEditor TextArea { height: 1fr; border: none; padding: 0; }
    TextEditor #hint { height: auto; max-height: 5; }
    """

    def __init__(self, title: str, text: str, *, note: str = "", check: Callable[[str], object]) -> None:
        super().__init__()
        self._title, self._text, self._note, self._check = title, text, note, check
        self._asked = False

    def compose(self) -> ComposeResult:
        """The text, and what can be done below it."""
        with Vertical() as box:
            box.border_title = content_of([("strong", self._title)])
            yield SafeTextArea(self._text, soft_wrap=True, tab_behavior="indent", compact=True)
            yield Static(id="hint")

    def on_mount(self) -> None:
        """Begin at the end of the text's first line."""
        self._say([("dim", self._note)] if self._note else [])
        self.query_one(TextArea).focus()

    def _say(self, parts: list[Part]) -> None:
        keys: list[Part] = [("key", "Ctrl+S"), ("", " take it   "), ("key", "Esc"), ("", " leave it as it is")]
        self.query_one("#hint", Static).update(content_of([*keys, *([("", "\n"), *parts] if parts else [])]))

    def action_take(self) -> None:
        """Take the text, or tell what is wrong with it."""
        text = self.query_one(TextArea).text
        try:
            self._check(text)
        except DsvcError as error:
            self._say([("warning", error.message), ("dim", f"\n{error.hint}" if error.hint else "")])
            return
        self.dismiss(text)

    def action_leave(self) -> None:
        """Leave; when something was typed, only the second time."""
        if self.query_one(TextArea).text != self._text and not self._asked:
            self._asked = True
            self._say([("warning", "what you changed here is lost with another Esc")])
            return
        self.dismiss(None)
