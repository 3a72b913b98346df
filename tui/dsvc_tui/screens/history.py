"""History of a record: what each version did to it, newest first, with who, when, from where, why, and the words."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Container

from dsvc.render.numbers import plural
from dsvc_tui.messages import Open, Target
from dsvc_tui.records.change_pages import Sides
from dsvc_tui.records.fields import value_of
from dsvc_tui.records.shape import first_text
from dsvc_tui.screens.base import BaseScreen, is_cancelled
from dsvc_tui.widgets.bars import TextBar
from dsvc_tui.widgets.change_pane import ChangePane
from dsvc_tui.widgets.dialogs import Choose
from dsvc_tui.widgets.line_list import LineList
from dsvc_tui.widgets.step_rows import SIGNS, StepRows, version_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.widget import Widget

    from dsvc.blame.history import RecordHistory
    from dsvc.blame.values import BlamedRecord, RecordStep
    from dsvc.snapshot import Record, Snapshot
    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part


class HistoryScreen(BaseScreen):
    """The steps of one record, and what the one under the cursor changed."""

    NAME: ClassVar[str] = "history"

    def body(self) -> Iterable[Widget]:
        """The record, its steps, and one of them."""
        yield TextBar(id="about")
        yield Container(StepRows(id="steps"), ChangePane(self.in_background, id="change"), id="panes")
        yield TextBar(id="state")

    @property
    def steps(self) -> StepRows:
        """What versions did to the record."""
        return self.query_one("#steps", StepRows)

    @property
    def pane(self) -> ChangePane:
        """The step under the cursor."""
        return self.query_one("#change", ChangePane)

    def on_mount(self) -> None:
        """Look the record up."""
        self.revision = self.target.revision
        self.row = self.target.row or 1
        self._complete = False
        kept = self.session.state.text("diff", "layout")
        self.pane.beside = None if kept is None else kept == "beside"
        self.steps.focus()
        self.look_again()

    def show_target(self, target: Target) -> None:
        """The history of another record."""
        self.revision, self.row = target.revision, target.row or 1
        super().show_target(target)

    def look_again(self) -> None:
        """Follow the record back anew."""
        self.in_background(self._follow, lambda _: None, group="history")

    def _follow(self) -> None:
        if self.revision is None:
            self.revision = self.session.repository.dataset(None).name
        history = self.session.repository.record_history(self.revision, self.row)
        self.app.call_from_thread(self._begun, history)
        for step in history:
            if is_cancelled():
                return
            self.app.call_from_thread(self._found, step)
        self.app.call_from_thread(self._ended)

    def _begun(self, history: RecordHistory) -> None:
        if not self.is_mounted:
            return
        self._complete = False
        self.steps.show_steps([])
        text = first_text(value_of(history.record.content))
        self.query_one("#about", TextBar).show([("strong", f"row {self.row:,}  "), ("", text)])
        self._show_step()

    def _found(self, step: RecordStep) -> None:
        if self.is_mounted:
            self.steps.add(step)
            if self.steps.count == 1:
                self._show_step()
            self._show_state()

    def _ended(self) -> None:
        self._complete = True
        if self.is_mounted:
            self._show_state()

    # What is shown

    def heading(self) -> list[Part]:
        """Which record it is."""
        return [("strong", self.revision or "…"), ("dim", f"  row {self.row:,}")]

    def names(self) -> Mapping[str, str]:
        """Revision, dataset and row as the command line knows them."""
        revision = self.revision or "REV"
        return {"revision": revision, "dataset": revision.partition("@")[0], "row": str(self.row)}

    def place(self) -> Target:
        """The record, as it is in the version that was asked for."""
        return Target(revision=self.revision, row=self.row)

    def _show_step(self) -> None:
        step = self.steps.step
        if step is None:
            self.pane.show_change("", None)
            return
        old, new = (None if record is None else record.content for record in (step.before, step.record))
        self.pane.show_change(SIGNS[step.kind][0], Sides(old, new))

    def _show_state(self) -> None:
        count = self.steps.count
        parts: list[Part] = [("", f"step {self.steps.cursor + 1:,} of {count:,}" if count else "")]
        if not self._complete:
            parts.append(("changed", "  following it back …"))
        step = self.steps.step
        if step is not None and step.moved:
            parts.append(("moved", "  > moved as well"))
        entry = step.attribution.entry if step is not None else None
        if entry is not None:
            parts.append(("dim", f"  {entry.reason.strip()}"))
        self.query_one("#state", TextBar).show(parts)
        self.refresh_bars()

    @on(LineList.CursorMoved, "#steps")
    def _moved(self) -> None:
        self._show_step()
        self._show_state()

    @on(LineList.Chosen, "#steps")
    def _opened(self) -> None:
        self.act_read()

    # Actions

    def why_not(self, action: Action) -> str | None:
        """Most need a step."""
        if action.id.startswith("history.") and not self.steps.count:
            return "nothing was found (yet)"
        step = self.steps.step
        if action.id == "history.browse" and step is not None and not _named(step):
            return "no version that is known has the record so"
        return super().why_not(action)

    def act_back(self) -> None:
        """From the step into the list, then to the screen before."""
        if self.focused is self.pane:
            self.steps.focus()
        else:
            super().act_back()

    def act_read(self) -> None:
        """Into the step."""
        self.pane.display = True
        self.pane.focus()

    def act_beside(self) -> None:
        """Side by side, or one below the other."""
        self.pane.beside = not self.pane.is_beside
        self.session.state.keep("beside" if self.pane.beside else "below", "diff", "layout")
        self.pane.lay_out()

    def act_whole(self) -> None:
        """Show or hide the fields that are the same."""
        self.pane.whole = not self.pane.whole
        self.pane.lay_out()

    def act_browse(self) -> None:
        """Go to the record as this step left it, among its neighbours."""
        step = self.steps.step
        assert step is not None
        entry = step.attribution.entry
        if entry is None:
            self.post_message(Open("browse", self.place()))
            return
        revision = f"{self.names()['dataset']}@{entry.id[:12]}"

        def look_up() -> int | None:
            snapshot = self.session.repository.snapshot(revision)
            return None if step.record is None else row_of(step.record, snapshot)

        def go(row: int | None) -> None:
            self.post_message(Open("browse", Target(revision=revision, row=row)))

        self.in_background(look_up, go, group="browse")

    def act_fields(self) -> None:
        """Ask for a field, and go to the step that gave it its value."""
        revision, row = self.revision, self.row

        def look_up() -> BlamedRecord:
            return next(self.session.repository.blame(revision).records((row, row)))

        self.in_background(look_up, self._ask_for_field, group="fields")

    def _ask_for_field(self, record: BlamedRecord) -> None:
        versions = [part.attribution for part in record.parts]
        names = [part.path if part.steps else "all of it" for part in record.parts]
        choices = [(name, " · ".join(version_of(each))) for name, each in zip(names, versions, strict=True)]

        def take(answer: int | None) -> None:
            if answer is None:
                return
            found = self.steps.place_of(versions[answer].version)
            if found is None:
                self.notify("the step of that version was not found (yet)", severity="warning")
            else:
                self.steps.move_to(found, centre=True)

        title = f"Where {plural(len(choices), 'part')} of the record {'comes' if len(choices) == 1 else 'come'} from"
        self.app.push_screen(Choose(title, choices), take)


def row_of(record: Record, snapshot: Snapshot) -> int:
    """The row of a record (from 1) over all files of its version."""
    before = takewhile(lambda file: file.path != record.file, snapshot.layout.files)
    return sum(file.records for file in before) + record.row


def _named(step: RecordStep) -> bool:
    """Whether a version, or the working file, is there to be browsed."""
    return step.attribution.entry is not None or not step.attribution.committed
