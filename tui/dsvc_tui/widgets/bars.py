"""The line on top of a screen, which tells where you are, and the one below it, which tells what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from dsvc.render.safe_text import cell_width
from dsvc_tui.actions import key_name
from dsvc_tui.guarded import Guarded
from dsvc_tui.widgets.painted import Painted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.strip import Strip

    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part


class TextBar(Painted):
    """One line of text."""

    DEFAULT_CSS = """
    TextBar { height: 1; background: $panel; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._parts: Sequence[Part] = ()

    def show(self, parts: Sequence[Part]) -> None:
        """Show other text."""
        if parts != self._parts:
            self._parts = parts
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The text, cut to the width."""
        return self.paint([("", " "), *self._parts])


class ActionBar(Guarded, Widget):
    """The actions that are used most, as many as fit, and always help. What cannot be done now is greyed."""

    DEFAULT_CSS = """
    ActionBar { height: 1; background: $panel; padding: 0 1; dock: bottom; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: Sequence[tuple[Action, str, bool]] = ()
        self._last: tuple[Action, str, bool] | None = None

    def show(self, actions: Sequence[tuple[Action, str, bool]], last: tuple[Action, str, bool]) -> None:
        """Show other actions (action, key, whether it can be done), ``last`` behind all of them."""
        if (actions, last) != (self._shown, self._last):
            self._shown, self._last = actions, last
            self.refresh()

    def render(self) -> Content:
        """The actions that fit."""
        if self._last is None:
            return Content()
        room = self.size.width - _width(self._last)
        shown = []
        for action in self._shown:
            if (room := room - _width(action) - 2) < 0:
                break
            shown.append(_drawn(*action))
        return Content("  ").join([*shown, _drawn(*self._last)])


def _width(shown: tuple[Action, str, bool]) -> int:
    action, key, _ = shown
    return cell_width(key_name(key)) + 1 + cell_width(action.label)


def _drawn(action: Action, key: str, enabled: bool) -> Content:  # noqa: FBT001 - as it is kept
    click = Style.from_meta({"@click": f"screen.perform('{action.id}')"})
    looks = ("bold $text-accent", "$foreground") if enabled else ("dim", "dim strike")
    text = Content.assemble((key_name(key), looks[0]), " ", (action.label, looks[1]))
    return text.stylize(click)
