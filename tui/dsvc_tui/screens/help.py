"""Help: all actions of a screen with keys, effect and command line; typing searches in all of these."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from dsvc.render.safe_text import cell_width
from dsvc.render.wrapping import wrap
from dsvc_tui.actions import MOVES, key_name
from dsvc_tui.drawing import content_of
from dsvc_tui.guarded import Guarded
from dsvc_tui.widgets.fields import TextField
from dsvc_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import ComposeResult
    from textual.widgets import Input

    from dsvc_tui.app import DsvcApp
    from dsvc_tui.drawing import Part
    from dsvc_tui.screens.base import BaseScreen

_KEYS = 14


class HelpLines(LineList):
    """The lines of the help that fit what was typed."""

    can_focus = False

    def __init__(self, entries: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self._entries = entries
        self._query = ""
        self._lines: list[list[Part]] = []

    def search(self, query: str) -> None:
        """Show only what has all words of the query in it: in its keys, effect or command."""
        self._query = query
        self._lay_out()
        self.move_to(0)

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._lay_out()

    def line(self, index: int, width: int) -> Sequence[Part]:
        """A line."""
        return self._lines[index]

    def _lay_out(self) -> None:
        words = self._query.lower().split()
        fitting = [entry for entry in self._entries if _fits(entry, words)]
        self._lines = [line for entry in fitting for line in self._drawn(*entry)]
        if not fitting:
            self._lines = [[("dim", "nothing here is called so, or does that")]]
        self.set_count(len(self._lines))

    def _drawn(self, keys: str, effect: str, note: str) -> Iterator[list[Part]]:
        room = max(self.size.width - _KEYS - 4, 12)
        first, *more = wrap([(None, effect)], room)
        lead = f"{keys}  " + " " * (_KEYS - cell_width(keys))
        yield [("key", lead), ("", first)]
        yield from ([("", " " * (_KEYS + 2) + line)] for line in more)
        if note:
            yield from ([("dim", " " * (_KEYS + 2) + line)] for line in wrap([(None, note)], room))


def _fits(entry: tuple[str, str, str], words: Sequence[str]) -> bool:
    keys, effect, note = entry
    text = f"{effect} {note}".lower()
    return all(word in text or word in keys.lower().split() for word in words)


class HelpScreen(Guarded, ModalScreen[None]):
    """The help of one screen."""

    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding("escape,f1", "dismiss(None)", show=False),
        *(Binding(key, f"scroll('{key}')", show=False) for key in ("up", "down", "pageup", "pagedown")),
    ]
    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        & > Vertical {
            width: 96; max-width: 100%; height: 90%; border: round $primary; background: $surface; padding: 0 1;
        }
        & Input { background: $panel; margin-bottom: 1; }
        & LineList { height: 1fr; }
    }
    """

    def __init__(self, screen: BaseScreen) -> None:
        super().__init__()
        self._of = screen

    def compose(self) -> ComposeResult:
        """The search field and the lines."""
        with Vertical() as box:
            box.border_title = content_of([("strong", f"Help: {self._of.NAME}")])
            box.border_subtitle = content_of([("dim", "type to search · ↑ ↓ scroll · Esc leave")])
            yield TextField(placeholder="a key, a name, or what it does", compact=True)
            yield HelpLines([*self._entries()])

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search while typing."""
        event.stop()
        self.query_one(HelpLines).search(event.value)

    def action_scroll(self, key: str) -> None:
        """Scroll the lines while the field has the keys."""
        lines = self.query_one(HelpLines)
        step = {"up": -1, "down": 1, "pageup": -lines.size.height, "pagedown": lines.size.height}[key]
        lines.move_to(lines.cursor + step)

    def _entries(self) -> Iterator[tuple[str, str, str]]:
        app = cast("DsvcApp", self.app)
        for action in app.actions_on(self._of):
            keys = " ".join(map(key_name, app.keys_of(action)))
            reason = self._of.why_not(action)
            command = self._of.command_line(action)
            notes = [*([f"not now: {reason}"] if reason else []), *([f"same as: {command}"] if command else [])]
            yield keys, f"{action.label}: {action.help}", " · ".join(notes)
        for keys, effect in MOVES.items():
            yield keys, effect, ""
