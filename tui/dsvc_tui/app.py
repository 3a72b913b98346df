"""The app: opens screens, tells errors and outcomes, keeps keys, theme and state."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding

from dsvc.errors import DsvcError, UsageError
from dsvc.render.safe_text import safe
from dsvc_tui.actions import by_id, key_name
from dsvc_tui.clipboard import copy
from dsvc_tui.drawing import shortened
from dsvc_tui.in_turn import InTurn
from dsvc_tui.messages import Done, Open, Target
from dsvc_tui.palette import ActionPalette
from dsvc_tui.screens import EVERY_ACTION, SCREENS, screen_named
from dsvc_tui.screens.base import BaseScreen
from dsvc_tui.theme import MONOCHROME, THEMES
from dsvc_tui.widgets.said import telling_line, told_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path, PurePath

    from textual.command import Provider
    from textual.notifications import SeverityLevel
    from textual.screen import Screen

    from dsvc_tui.actions import Action
    from dsvc_tui.session import Session


_BY_WIDTH: Final = [(0, "-narrow"), (100, "-wide")]
_BY_HEIGHT: Final = [(0, "-low"), (16, "-high")]
"""Classes that the stylesheets go by."""


class DsvcApp(InTurn):
    """``dsvc tui``. ``keys`` are changes to the keymap: action id to keys, separated by commas.

    ``problem``: what kept the settings from being read; it is told when the first screen is there.
    """

    CSS_PATH: ClassVar[list[str | PurePath]] = ["styles/app.tcss", *(f"styles/{entry.name}.tcss" for entry in SCREENS)]
    TITLE = "dsvc"
    BINDINGS: ClassVar[list[Binding]] = [  # type: ignore[assignment]
        Binding(",".join(action.keys), f"go('{action.opens}')", action.label, show=False, id=action.id)
        for action in EVERY_ACTION
        if action.opens
    ]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActionPalette}
    HORIZONTAL_BREAKPOINTS = _BY_WIDTH
    VERTICAL_BREAKPOINTS = _BY_HEIGHT
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "f12"  # the registry has the keys; Textual wants one of its own
    NOTIFICATION_TIMEOUT = 6

    def __init__(
        self,
        session: Session,
        first: Open,
        *,
        keys: Mapping[str, str] | None = None,
        problem: DsvcError | None = None,
    ) -> None:
        self.session = session
        self._first = first
        self._keys, unknown = known_keys(keys or {})
        self._problem = problem or (_unknown_action(unknown) if unknown else None)
        self.faults: list[Exception] = []
        """Errors that were told, oldest first."""
        super().__init__()
        self.register_theme(MONOCHROME)
        kept = session.state.text("theme")
        self.theme = kept if kept in self.available_themes else THEMES[0]
        self.set_keymap(self._keys)

    def get_default_screen(self) -> Screen[None]:
        """The screen to begin with."""
        return self._make(self._first)

    def _make(self, wanted: Open) -> BaseScreen:
        return screen_named(wanted.screen)(self.session, wanted.target)

    # Screens

    def on_open(self, message: Open) -> None:
        """Show another screen; one of the same kind shows another target."""
        here = self.screen
        if isinstance(here, BaseScreen) and message.screen == here.NAME:
            here.show_target(message.target)
            return
        try:
            self.push_screen(self._make(message))
        except DsvcError as error:
            self.report(error)

    def action_go(self, name: str) -> None:
        """Show the screen of this name for what is shown now."""
        if name == _HOME:
            self.go_home()
            return
        target = self.screen.place() if isinstance(self.screen, BaseScreen) else Target()
        self.post_message(Open(name, target))

    def go_home(self) -> None:
        """Leave the screen shown for Home: the one that is below, else a new one. The very first screen stays."""
        below = any(_is_home(screen) for screen in self.screen_stack)
        place = self.screen.place() if isinstance(self.screen, BaseScreen) else Target()
        while len(self.screen_stack) > 1 and not _is_home(self.screen):
            self.pop_screen()
            if not below:
                break
        if not below:
            self.push_screen(self._make(Open(_HOME, place)))

    def on_done(self, message: Done) -> None:
        """Tell what was done and how it is taken back; let all screens look again."""
        outcome = message.outcome
        undo = key_name(self.keys_of(by_id("app.undo"))[0])
        saved = f"the edits were saved as '{outcome.saved_as}'" if outcome.saved_as and outcome.verb != "undo" else ""
        history = "" if outcome.history == "unchanged" else outcome.history
        lines = [outcome.file, history, saved, *outcome.notes, f"{undo} takes it back" if message.undoable else ""]
        self.notify("\n".join([line for line in lines if line]), title=outcome.verb)
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen):
                screen.look_again()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Tell something in a toast; whatever is in it is shown, never obeyed."""
        shown = safe(shortened(message, _TOLD), newline="keep")
        super().notify(shown, title=safe(shortened(title, _TOLD)), severity=severity, timeout=timeout, markup=False)

    def action_help_quit(self) -> None:
        """Tell who presses Ctrl-C, which copies where text is typed, how to leave."""
        quit_action = by_id("app.quit")
        here = self.screen
        key = here.offered_key(quit_action) if isinstance(here, BaseScreen) else self.keys_of(quit_action)[-1]
        self.notify(f"{key_name(key)} quits")

    # Errors

    def on_ready(self) -> None:
        """Tell what is wrong with the settings, once."""
        if self._problem is not None:
            told, hint = self._problem.message, self._problem.hint
            self.notify(f"{told}\nhint: {hint}", severity="warning", timeout=12)

    def report(self, error: Exception) -> None:
        """Tell an error with its way out; everything goes on."""
        self.faults.append(error)
        expected = isinstance(error, (DsvcError, OSError))
        text, said = told_of(error)
        if not expected:
            text = f"unexpected {type(error).__name__}: {error}"
        hint = (
            error.hint
            if isinstance(error, DsvcError)
            else None
            if expected
            else "this is a fault in dsvc; please report it"
        )
        ending = said.splitlines()
        ending = ending[min(telling_line(ending), max(len(ending) - _LAST_LINES, 0)) :][:_LAST_LINES]
        lines = [text, *ending, *([f"hint: {hint}"] if hint else [])]
        self.notify("\n".join(lines), severity="error", timeout=12)

    def _handle_exception(self, error: Exception) -> None:
        if self.is_running and self._running and len(self.faults) < _FAULTS_BORNE:
            self.report(error)
        else:
            super()._handle_exception(error)

    def copy(self, text: str, folder: Path | None) -> str:
        """Copy a text from a worker thread; the sentence that says where it went."""
        return copy(self, text, folder)

    # Keys and themes

    def keys_of(self, action: Action) -> tuple[str, ...]:
        """The keys of an action, with the changes from the configuration."""
        changed = self._keys.get(action.id)
        return tuple(key.strip() for key in changed.split(",")) if changed else action.keys

    def actions_on(self, screen: BaseScreen) -> list[Action]:
        """All that can be done on a screen, its own first."""
        return [action for action in EVERY_ACTION if action.applies_to(screen.NAME)]

    def next_theme(self) -> None:
        """Go to the next theme, and remember it."""
        at = THEMES.index(self.theme) if self.theme in THEMES else -1
        self.theme = THEMES[(at + 1) % len(THEMES)]
        self.session.state.keep(self.theme, "theme")
        self.notify(f"theme: {self.theme}", timeout=2)


_HOME: Final = "home"
_TOLD: Final = 1000
"""Characters of a message that are shown."""
_LAST_LINES: Final = 8
"""Of what a hook said: a gate tells there which one failed."""
_FAULTS_BORNE: Final = 1000
"""So many errors are told; then something is wrong that never ends."""


def _is_home(screen: Screen[object]) -> bool:
    return isinstance(screen, BaseScreen) and screen.NAME == _HOME


def known_keys(keys: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The keys of actions that there are, and the other names."""
    known = {action.id for action in EVERY_ACTION}
    return {name: key for name, key in keys.items() if name in known}, [name for name in keys if name not in known]


def _unknown_action(names: Sequence[str]) -> UsageError:
    """What to say of keys for actions that there are not; the others count all the same."""
    near = get_close_matches(names[0], [action.id for action in EVERY_ACTION], 3)
    called = " or ".join(f"'{name}'" for name in near)
    more = f" (and {len(names) - 1:,} more)" if len(names) > 1 else ""
    return UsageError(
        f"'tui.keys' has a key for '{names[0]}'{more}, and there is no such action; the other keys count",
        hint=f"did you mean {called}?" if near else "their names: docs/tui.md",
    )
