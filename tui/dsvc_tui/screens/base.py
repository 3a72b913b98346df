"""What every screen is made of: bars, actions from the registry, work in the background, errors as messages."""

from __future__ import annotations

from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from rich.text import Text
from textual.screen import Screen
from textual.worker import get_current_worker

from dsvc.render.safe_text import safe
from dsvc_tui.actions import PUNCTUATION, actions_of, bindings_of, by_id, key_name
from dsvc_tui.giving_way import give_way
from dsvc_tui.guarded import Guarded
from dsvc_tui.key_sequence import KeySequence
from dsvc_tui.widgets.bars import ActionBar, TextBar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from textual.app import ComposeResult
    from textual.widget import Widget

    from dsvc_tui.actions import Action
    from dsvc_tui.app import DsvcApp
    from dsvc_tui.drawing import Part
    from dsvc_tui.messages import Target
    from dsvc_tui.session import Session

Found = TypeVar("Found")


class BaseScreen(Guarded, Screen[None]):
    """Subclasses set ``NAME``, yield their widgets in :meth:`body`, and have a method ``act_…`` for each action."""

    NAME: ClassVar[str] = ""
    TITLE = None
    TAKES_TEXT: ClassVar[bool] = False
    """Whether the cursor stands in fields, where letters are written: then other keys are offered."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        cls.BINDINGS = [*bindings_of(cls.NAME)]
        super().__init_subclass__(**kwargs)

    def __init__(self, session: Session, target: Target) -> None:
        super().__init__()
        self.session = session
        self.target = target
        self.begun_key = KeySequence(self)

    @property
    def tui(self) -> DsvcApp:
        """The app, as what it is."""
        return cast("DsvcApp", self.app)

    def compose(self) -> ComposeResult:
        """The screen's own widgets between the two bars."""
        yield TextBar(id="title")
        yield from self.body()
        yield ActionBar()

    def body(self) -> Iterable[Widget]:
        """The widgets of this screen."""
        return ()

    def heading(self) -> list[Part]:
        """What the line on top says; the screen's name stands before it."""
        return []

    def names(self) -> Mapping[str, str]:
        """What stands for ``{revision}`` and the like in command lines."""
        return {}

    def place(self) -> Target:
        """What another screen shows when one goes there from here."""
        return self.target

    def why_not(self, action: Action) -> str | None:
        """Why an action cannot be done now, in a sentence; None when it can."""
        return None

    def offers(self, action: Action) -> bool:
        """Whether an action is told in the footer: not where it never makes sense for what is shown."""
        return True

    def look_again(self) -> None:
        """Read everything again: something was changed."""

    def show_target(self, target: Target) -> None:
        """Show something else."""
        self.target = target
        self.look_again()

    def refresh_bars(self) -> None:
        """Show what changed in title and footer."""
        if not self.is_mounted:
            return
        self.query_one("#title", TextBar).show([("heading", f"{self.NAME.capitalize()}  "), *self.heading()])
        shown = sorted(
            (action for action in actions_of(self.NAME) if action.footer and self.offers(action)),
            key=lambda action: action.footer,
        )
        self.query_one(ActionBar).show(
            [self._in_footer(action) for action in shown], self._in_footer(by_id("app.help"))
        )

    def _in_footer(self, action: Action) -> tuple[Action, str, bool]:
        return action, self.offered_key(action), self.why_not(action) is None

    def offered_key(self, action: Action) -> str:
        """The key of an action that is told here."""
        keys = self.tui.keys_of(action)
        beyond_text = [key for key in keys if len(key) > 1 and key not in PUNCTUATION]
        return next(iter(beyond_text), keys[0]) if self.TAKES_TEXT else keys[0]

    def on_mount(self) -> None:
        """Fill the bars."""
        self.refresh_bars()

    def on_screen_resume(self) -> None:
        """Somebody came back."""
        self.refresh_bars()

    # Actions

    async def action_perform(self, action_id: str) -> None:
        """Do an action of the registry; what a key or a click calls. It may be half of two keys."""
        for action in self.begun_key.take(by_id(action_id)):
            await self.perform(action)

    async def perform(self, action: Action) -> None:
        """Do an action, or say why not."""
        if action.opens:
            self.tui.action_go(action.opens)
            return
        reason = self.why_not(action)
        if reason is not None:
            self.notify(f"{action.label}: {reason}", severity="warning")
            return
        try:
            done = getattr(self, action.method)()
            if isawaitable(done):
                await done
        except Exception as error:
            self.tui.report(error)
        self.refresh_bars()

    def command_line(self, action: Action) -> str:
        """What does the same on the command line, with the names of what is shown here."""
        names = {"revision": "REV", "dataset": "DATASET", "row": "ROW", "old": "OLD", "new": "NEW", **self.names()}
        return action.command_line.format_map(names)

    def asking_key(self, action_id: str) -> str:
        """The key that asks for an action; a confirmation takes another one."""
        return self.tui.keys_of(by_id(action_id))[0]

    # Work in the background

    def in_background(self, work: Callable[[], Found], then: Callable[[Found], None], *, group: str = "") -> None:
        """Do ``work`` in a thread, then ``then`` with what it found here. A newer work of the group takes its place.

        Work that takes long asks :func:`is_cancelled` now and then.
        """
        self.run_worker(
            partial(self._work, work, then),
            thread=True,
            exclusive=bool(group),
            group=group or "work",
            exit_on_error=False,
        )

    def change(self, work: Callable[[], Found], then: Callable[[Found], None]) -> None:
        """Do what changes something, in a thread of the first screen: told also when this one was left meanwhile."""
        first = self.app.screen_stack[0]
        (first if isinstance(first, BaseScreen) else self).in_background(work, then)

    def _work(self, work: Callable[[], Found], then: Callable[[Found], None]) -> None:
        worker = get_current_worker()
        try:
            found = work()
        except Exception as error:
            if not worker.is_cancelled:
                self.app.call_from_thread(self.failed, error)
            return
        if not worker.is_cancelled:
            self.app.call_from_thread(then, found)

    def failed(self, error: Exception) -> None:
        """Work in the background ended with an error."""
        self.tui.report(error)

    # What every screen does

    def act_help(self) -> None:
        """Show the help of this screen."""
        from dsvc_tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self))

    def act_palette(self) -> None:
        """Open the palette."""
        self.app.action_command_palette()

    def act_back(self) -> None:
        """Go back to the screen before."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()
        else:
            self.notify(f"this is the first screen; {key_name(self.offered_key(by_id('app.quit')))} quits")

    def act_reload(self) -> None:
        """Read again what is shown."""
        self.look_again()

    def act_theme(self) -> None:
        """Go to the next theme."""
        self.tui.next_theme()

    def act_undo(self) -> None:
        """Ask whether the last operation shall be taken back."""
        from dsvc_tui.undoing import ask

        ask(self)

    def act_quit(self) -> None:
        """Leave, with a word about what is left to do."""
        screens = [screen for screen in self.app.screen_stack if isinstance(screen, BaseScreen)]
        words = [said for screen in screens if (said := screen.parting_words())]
        self.app.exit(message=Text(safe("\n".join(words), newline="keep")) if words else None)

    def parting_words(self) -> str:
        """What is said when the program ends."""
        return ""


def is_cancelled() -> bool:
    """Whether the work in this thread is not wanted any more; told when the event loop has nothing to do."""
    give_way()
    return get_current_worker().is_cancelled
