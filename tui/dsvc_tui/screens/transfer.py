"""What the screens Import and Export share: a form, the first records before and after, work that can be stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input, Static

from dsvc.errors import DsvcError
from dsvc_tui.drawing import content_of
from dsvc_tui.in_fields import in_fields
from dsvc_tui.screens.base import BaseScreen
from dsvc_tui.widgets.before_after import BeforeAfter
from dsvc_tui.widgets.dialogs import Choose
from dsvc_tui.widgets.fields import Field
from dsvc_tui.widgets.line_list import LineList
from dsvc_tui.widgets.said import told_of
from dsvc_tui.work import StoppedError, Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from textual.widget import Widget

    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part


_WIDE: Final = 76
_HIGH: Final = 36
"""Columns that two fields need beside each other, and rows from which on all of them fit below each other."""

_SAID: Final = 3000
"""Characters of what a hook said that are shown: its end tells what failed."""


class Form(VerticalScroll):
    """Fields; its upper border says what belongs into the one that the cursor is in."""

    def on_descendant_focus(self) -> None:
        """Another field."""
        field = self.screen.focused.parent if self.screen.focused is not None else None
        if isinstance(field, Field):
            self.border_title = content_of([("strong", field.id or ""), ("dim", f"  {field.line.placeholder}")])

    def on_descendant_blur(self) -> None:
        """None of them."""
        self.border_title = None


class TransferScreen(BaseScreen):
    """Subclasses have ``FIELDS`` (name and hint), the first ``LEADING`` of which stand above what was found."""

    TAKES_TEXT: ClassVar[bool] = True
    FIELDS: ClassVar[Mapping[str, str]] = {}
    LEADING: ClassVar[int] = 1
    BY_OPTION: ClassVar[Mapping[str, str]] = {}
    """Which field an option of the command line is."""
    ANSWERS: ClassVar[Mapping[str, str]] = {}
    """The same, of fields that say yes."""

    def body(self) -> Iterable[Widget]:
        """Where from or where to, what was found, the records, all other fields, and what will happen."""
        made = [Field(name, hint=hint) for name, hint in self.FIELDS.items()]
        yield Vertical(*made[: self.LEADING], id="lead")
        yield VerticalScroll(Static(id="facts"), id="found", can_focus=False)
        yield BeforeAfter(id="records")
        yield Form(*made[self.LEADING :], id="form", can_focus=False)
        yield VerticalScroll(Static(id="told"), Static(id="will"), id="end", can_focus=False)

    def on_mount(self) -> None:
        """Begin with what was typed the last time."""
        self.work: Work | None = None
        """What nobody can do anything beside."""
        self.counting: Work | None = None
        """What goes on in the background."""
        for name in self.FIELDS:
            self.field(name).value = self.session.state.text(self.NAME, name) or ""
        self.set_interval(0.1, self._keep_up)
        first = self.field(next(iter(self.FIELDS))).line
        first.focus()
        first.select_all()  # what is typed takes the place of what was typed the last time

    def on_unmount(self) -> None:
        """Nobody waits for it any more."""
        for work in (self.work, self.counting):
            if work is not None:
                work.stop()

    def on_resize(self) -> None:
        """Where there is little room, fields stand in pairs."""
        low, wide = self.size.height < _HIGH, self.size.width >= _WIDE
        self.query_one(Form).set_class(low and wide, "-paired")
        self._let_scroll()

    def _let_scroll(self) -> None:
        """What is more than fits can be gone to, and scrolled."""

        def let() -> None:
            for box in (self.query_one("#found"), self.query_one("#end")):
                box.can_focus = box.max_scroll_y > 0

        self.call_after_refresh(let)

    # Fields

    def field(self, name: str) -> Field:
        """A field by its name."""
        return self.query_one(f"#{name}", Field)

    def texts(self) -> dict[str, str]:
        """What is written in the fields that are shown."""
        return {name: field.value for name in self.FIELDS if (field := self.field(name)).display}

    def choices(self, name: str) -> Sequence[tuple[str, str]]:
        """What can be chosen for a field, each with a note."""
        return ()

    def typed(self) -> None:
        """Something was typed or left: look whether that changes anything."""

    @on(Input.Changed)
    def _changed(self) -> None:
        for name in self.FIELDS:
            self.session.state.keep(self.field(name).value or None, self.NAME, name)
        self.show()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.typed()
        self.focus_next("TextField")

    @on(Input.Blurred)
    def _left(self) -> None:
        self.typed()

    def forget(self) -> None:
        """What was typed is done."""
        for name in self.FIELDS:
            self.session.state.keep(None, self.NAME, name)

    # What is shown

    def show(self) -> None:
        """Show the facts, and what will happen."""
        if not self.is_mounted:
            return
        self.query_one("#facts", Static).update(content_of(self.facts_shown()))
        self.query_one("#will", Static).update(content_of(self._will()))
        self._let_scroll()
        self.refresh_bars()

    def facts_shown(self) -> list[Part]:
        """What is known."""
        return []

    def statement(self) -> list[Part]:
        """What will happen."""
        return []

    def _will(self) -> list[Part]:
        if self.work is None:
            return self.statement()
        return [*self.work.parts(), ("dim", "" if self.work.stopping else "   Esc stops it; nothing has changed then")]

    def _keep_up(self) -> None:
        if self.work is not None:
            self.query_one("#will", Static).update(content_of(self._will()))
        elif self.counting is not None:
            self.query_one("#facts", Static).update(content_of(self.facts_shown()))

    def tell(self, parts: Sequence[Part]) -> None:
        """Say something above the last lines."""
        told = self.query_one("#told", Static)
        told.update(content_of(parts))
        told.display = bool(parts)
        self._let_scroll()

    def begin(self, label: str, total: int = 0) -> Work:
        """Something begins that nobody can do anything beside."""
        self.work = Work(label, total)
        self.tell([])
        self.show()
        return self.work

    def ended(self) -> None:
        """It is done."""
        self.work = None
        self.show()

    def failed(self, error: Exception) -> None:
        """An error is told in place; all that is typed stays."""
        label = self.work.label if self.work is not None else ""
        self.work = self.counting = None
        if isinstance(error, StoppedError):
            if label:
                self.tell([("warning", f"{label}: stopped, and nothing has changed")])
        elif isinstance(error, (DsvcError, OSError)):
            hint = error.hint if isinstance(error, DsvcError) else None
            told = [("dim", f"\nhint: {self.in_fields(hint)}")] if hint else []
            message, said = told_of(error)
            self.tell([("warning", f"! {self.in_fields(message)}"), *told, ("", f"\n{said[-_SAID:]}" if said else "")])
        else:
            super().failed(error)
        self.show()

    def in_fields(self, text: str) -> str:
        """What a message says, in the words of the form."""
        return in_fields(text, self.BY_OPTION, self.ANSWERS)

    # Actions

    def why_not(self, action: Action) -> str | None:
        """Only one thing at a time."""
        records = self.query_one(BeforeAfter)
        if action.id == "app.reload" and self.work is not None:
            return f"a moment, {self.work.label}"
        if action.id == "transfer.choose":
            return None if self._focused_field() is not None else "the cursor is in no field"
        if action.id == "transfer.fold":
            return None if records.pane is not None else "the cursor is in no record"
        if action.id in ("transfer.next", "transfer.previous"):
            return None if records.can_move(1 if action.id == "transfer.next" else -1) else "there is no other record"
        return super().why_not(action)

    def act_next(self) -> None:
        """The next one of the first records."""
        self.query_one(BeforeAfter).move(1)

    def act_previous(self) -> None:
        """The one before."""
        self.query_one(BeforeAfter).move(-1)

    def act_fold(self) -> None:
        """Fold or unfold what is under the cursor."""
        pane = self.query_one(BeforeAfter).pane
        assert pane is not None
        pane.toggle_fold()

    @on(LineList.Chosen)
    def _clicked(self) -> None:
        if self.query_one(BeforeAfter).pane is not None:
            self.act_fold()

    def act_choose(self) -> None:
        """Choose for the field that the cursor is in."""
        field = self._focused_field()
        assert field is not None
        name = field.id or ""
        choices = self.choices(name)
        if not choices:
            self.notify(f"there is nothing to choose from for {name}")
            return

        def take(answer: int | None) -> None:
            if answer is not None:
                self.chosen(field, choices[answer][0])

        self.app.push_screen(Choose(f"Choose: {name}", choices), take)

    def chosen(self, field: Field, text: str) -> None:
        """Something was chosen for a field."""
        field.value = text
        self.typed()

    def act_back(self) -> None:
        """Stop what is at work; else to the screen before, as the first screen to Home. What was typed stays."""
        if self.work is not None:
            self.work.stop()
            self.show()
        elif len(self.app.screen_stack) > 1:
            super().act_back()
        else:
            self.tui.go_home()

    def _focused_field(self) -> Field | None:
        parent = self.focused.parent if self.focused is not None else None
        return parent if isinstance(parent, Field) else None
