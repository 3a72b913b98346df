"""Questions: a line of text, a choice, a confirmation. Escape always leaves without doing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from dsvc.errors import DsvcError
from dsvc.render.safe_text import safe
from dsvc_tui.actions import key_name
from dsvc_tui.drawing import content_of, padded
from dsvc_tui.guarded import Guarded
from dsvc_tui.widgets.fields import TextField
from dsvc_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult

    from dsvc.errors import FoundErrorsError
    from dsvc_tui.drawing import Part

Answer = TypeVar("Answer")


class Dialog(Guarded, ModalScreen["Answer | None"], Generic[Answer]):
    """A question over a screen; None when it was left."""

    BINDINGS: ClassVar[list[Binding]] = [Binding("escape", "dismiss(None)", show=False)]  # type: ignore[assignment]
    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        & > Vertical {
            width: 76; max-width: 100%; height: auto; max-height: 90%;
            border: round $primary; background: $surface; padding: 0 1;
        }
        & Input { background: $panel; }
        & LineList { height: auto; max-height: 18; }
        /* In the layer of the question, which gives way: what is told meanwhile covers none of it. */
        & > ToastRack { layer: default; max-height: 30%; margin-bottom: 0; }
        & > ToastRack Toast { width: auto; max-width: 100%; padding: 0 1; margin-top: 0; }
    }
    """

    def on_screen_resume(self) -> None:
        """What was told before would lie over the question; it is there again when that is answered."""
        self.call_after_refresh(lambda: self.query("Toast").set(display=False))


class Confirm(Dialog[bool]):
    """States what will happen, and does it after a key that is not the one that asked."""

    DEFAULT_CSS = """
    Confirm {
        & #ways-out { dock: bottom; height: auto; background: $surface; }
        & VerticalScroll { height: auto; max-height: 100%; margin-bottom: 1; }
        &.-low VerticalScroll { margin-bottom: 0; }
    }
    """

    def __init__(self, title: str, statement: Sequence[Part], *, asked_with: str, verb: str = "do it") -> None:
        super().__init__()
        self._title, self._statement, self._verb = title, statement, verb
        self.confirm_key = "y" if asked_with != "y" else "Y"

    def compose(self) -> ComposeResult:
        """The statement and both ways out."""
        with Vertical() as box:
            box.border_title = content_of([("strong", self._title)])
            with VerticalScroll(can_focus=False):
                yield Static(content_of(self._statement))
            yield Static(
                content_of(
                    [
                        ("key", self.confirm_key),
                        ("", f" {self._verb}   "),
                        ("key", "Esc"),
                        ("", " leave everything as it is"),
                    ]
                ),
                id="ways-out",
            )

    def on_key(self, event: events.Key) -> None:
        """Only the confirm key confirms; what is longer than the room can be scrolled."""
        event.stop()
        statement = self.query_one(VerticalScroll)
        if event.key == self.confirm_key:
            self.dismiss(True)  # noqa: FBT003 - the answer
        elif event.key in ("escape", "n"):
            self.dismiss(None)
        elif event.key in ("down", "pagedown"):
            statement.scroll_page_down(animate=False)
        elif event.key in ("up", "pageup"):
            statement.scroll_page_up(animate=False)


class Prompt(Dialog[str]):
    """Asks for a line of text. ``check`` raises DsvcError for what makes no sense; it is told and may be mended."""

    def __init__(self, title: str, *, value: str = "", hint: str = "", check: Callable[[str], object] = str) -> None:
        super().__init__()
        self._title, self._value, self._hint, self._check = title, value, hint, check

    def compose(self) -> ComposeResult:
        """The field, and what may be written into it."""
        with Vertical() as box:
            box.border_title = content_of([("strong", self._title)])
            yield TextField(self._value, compact=True)
            yield Static(content_of([("dim", self._hint)]), id="hint")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the answer, or tell what is wrong with it."""
        event.stop()
        try:
            self._check(event.value)
        except DsvcError as error:
            way_out = f"\n{error.hint}" if error.hint else ""
            self.query_one("#hint", Static).update(content_of([("warning", f"{error.message}{way_out}")]))
            return
        self.dismiss(event.value)


def why_errors_may_stay(found: FoundErrorsError) -> Prompt:
    """Asks for the reason that keeps errors which are refused otherwise."""
    return Prompt("Why errors may stay (nothing: stop here)", hint=safe(found.message))


class ChoiceList(LineList):
    """Lines to choose from, each with a note."""

    def __init__(self, choices: Sequence[tuple[str, str]], chosen: set[int] | None = None, *, at: int = 0) -> None:
        super().__init__()
        self._choices = choices
        self.chosen = chosen
        self._at = at
        self._column = max((min(len(text), 40) for text, _ in choices), default=0)

    def on_mount(self) -> None:
        """Show all choices."""
        self.set_count(len(self._choices))
        self.move_to(self._at)
        self.styles.height = min(len(self._choices), 18)

    def line(self, index: int, width: int) -> Sequence[Part]:
        """A choice; with a box where several can be taken."""
        text, note = self._choices[index]
        box = "" if self.chosen is None else "[x] " if index in self.chosen else "[ ] "
        return [("", box), ("strong", padded(text, min(self._column, width))), ("dim", f"  {note}" if note else "")]


class Choose(Dialog[int]):
    """Asks for one of several things."""

    BINDINGS: ClassVar[list[Binding]] = [Binding("enter", "choose", show=False)]

    def __init__(self, title: str, choices: Sequence[tuple[str, str]], *, at: int = 0) -> None:
        super().__init__()
        self._title, self._choices, self._at = title, choices, at

    def compose(self) -> ComposeResult:
        """The choices."""
        with Vertical() as box:
            box.border_title = content_of([("strong", self._title)])
            box.border_subtitle = content_of([("dim", "Enter choose · Esc leave")])
            yield ChoiceList(self._choices, at=self._at)

    def action_choose(self) -> None:
        """Take the choice under the cursor."""
        self.dismiss(self.query_one(ChoiceList).cursor if self._choices else None)

    def on_line_list_chosen(self) -> None:
        """Take the choice that was clicked."""
        self.action_choose()


class ChooseSeveral(Dialog["list[int]"]):
    """Asks for any number of things, in their order."""

    BINDINGS: ClassVar[list[Binding]] = [
        Binding("enter", "take", show=False),
        Binding("space", "switch", show=False),
    ]

    def __init__(self, title: str, choices: Sequence[tuple[str, str]], chosen: set[int]) -> None:
        super().__init__()
        self._title, self._choices, self._chosen = title, choices, chosen

    def compose(self) -> ComposeResult:
        """The choices with their boxes."""
        with Vertical() as box:
            box.border_title = content_of([("strong", self._title)])
            box.border_subtitle = content_of([("dim", f"{key_name('space')} on or off · Enter take · Esc leave")])
            yield ChoiceList(self._choices, self._chosen)

    def action_switch(self) -> None:
        """Switch the choice under the cursor on or off."""
        lines = self.query_one(ChoiceList)
        self._chosen ^= {lines.cursor}
        lines.refresh()

    def on_line_list_chosen(self) -> None:
        """A click switches too."""
        self.action_switch()

    def action_take(self) -> None:
        """Take what is switched on."""
        self.dismiss(sorted(self._chosen))
