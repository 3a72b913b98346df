"""Browse: the records of a version, of the working file, or of any JSONL file."""

from __future__ import annotations

from functools import partial
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.containers import Container, Vertical

from dsvc.errors import UsageError
from dsvc.render.numbers import plural
from dsvc.textdiff import json_path
from dsvc_tui.actions import key_name
from dsvc_tui.messages import Open, Target
from dsvc_tui.records.edited_source import EditedSource
from dsvc_tui.records.fields import MISSING, field, text_of, value_of
from dsvc_tui.records.file_source import FileSource
from dsvc_tui.records.pages import PARSED, VIEWS
from dsvc_tui.records.shape import Column, columns_for
from dsvc_tui.screens.base import is_cancelled
from dsvc_tui.screens.browse_editing import Editing
from dsvc_tui.screens.browse_session import WORKING
from dsvc_tui.screens.going_back import GoingBack
from dsvc_tui.widgets.bars import TextBar
from dsvc_tui.widgets.dialogs import Prompt
from dsvc_tui.widgets.line_list import LineList
from dsvc_tui.widgets.record_list import PARSED_BYTES, RecordList
from dsvc_tui.widgets.record_pane import RecordPane

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.widget import Widget

    from dsvc.repository.datasets import Dataset
    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part
    from dsvc_tui.records.source import RecordSource

_SHAPED_BY: Final = 50
"""Records that decide which columns are shown."""
_GROW_EVERY: Final = 0.1
_DRAWN_WITHIN: Final = 0.5
_LOOK_EVERY: Final = 2.0
_SMALL: Final = 64 << 20
"""Working files up to this size are compared with their version unasked."""


class BrowseScreen(Editing, GoingBack):
    """The list of records, and the one under the cursor beside or below it."""

    NAME: ClassVar[str] = "browse"

    def body(self) -> Iterable[Widget]:
        """List and record."""
        yield Container(Vertical(TextBar(id="columns"), RecordList(id="records")), RecordPane(id="record"), id="panes")
        yield TextBar(id="state")

    def on_mount(self) -> None:
        """Open what is to be shown."""
        self.revision = self.target.revision
        self._progress = 0.0
        self._place: int | None = None
        self._shaped = self._told_changed = self._looked_further = False
        self._is_dataset = True
        self._wanted_row = self.target.row or self.session.state.number("rows", self.revision or "")
        self.pane.view = next((view for view in VIEWS if view == self.session.state.text("view")), VIEWS[0])
        self.records.focus()
        self.set_interval(_LOOK_EVERY, self._look_at_file)
        self.look_again()

    def on_screen_resume(self) -> None:
        """Somebody came back, perhaps from a validation."""
        super().on_screen_resume()
        if self.source is not None:
            self.show_checked()

    def go_to_noted_field(self, path: str) -> None:
        """Put the record's cursor on a field."""
        if self.pane.display:
            self.pane.go_to_field(path)

    def on_unmount(self) -> None:
        """Close it, and remember the place."""
        if self.source is not None:
            self._remember_place()
            self.end_session()

    def _look_at_file(self) -> None:
        """Tell once when the file is not the one any more that was read."""
        if not isinstance(self.source, WORKING) or self._told_changed or self._edit_at_work:
            return
        if self.source.changed():
            self._told_changed = True
            key = key_name(self.asking_key("app.reload"))
            self.notify(f"'{self.source.name}' was changed on the disk; {key} reads it again", timeout=10)
            self.show_state()

    def look_again(self) -> None:
        """Open the source anew; the cursor stays in its row."""
        if self.records.row is not None:
            self._wanted_row = self.records.row + 1
        self.in_background(self._open, self._opened, group="open")

    def show_target(self, target: Target) -> None:
        """Other records; what was asked of the ones before is asked of them."""
        self._remember_place()
        self.revision, self._wanted_row = target.revision, target.row
        self.records.clear()
        super().show_target(target)

    def _remember_place(self) -> None:
        if self._place is not None:
            self.session.state.keep(self._place + 1, "rows", self.revision or "")

    def _open(self) -> RecordSource:
        if self.revision is None:
            self.revision = self.session.repository.dataset(None).name
        edited = self.source
        if isinstance(edited, EditedSource):
            if edited.name == self.revision and not edited.changed():
                edited.session.forget_committed()
                return edited
            edited.close()  # its edits are kept, and offered again
            self._offered = False
        return self.session.source(self.revision)

    def _opened(self, source: RecordSource) -> None:
        before, self.source = self.source, source
        self._shaped = self._told_changed = self._looked_further = False
        self.records.show_source(source)
        if before is not None:
            if before is not source:
                before.close()
            self.forget_findings()
        self.show_checked()
        if isinstance(source, FileSource):
            self.in_background(partial(self._scan, source), lambda _: self._grown(source, 1.0), group="scan")
        else:
            self._grown(source, 1.0)

    def look_up_changes_unasked(self) -> None:
        """Mark the changed records where that costs little."""
        source = self.source
        if not isinstance(source, WORKING) or (self.session.state_folder is not None and source.size < _SMALL):
            self.look_up_changes(asked=False)

    def _scan(self, source: FileSource) -> None:
        told = 0.0
        drawn = Event()

        def report(share: float) -> bool:
            nonlocal told
            if share == 1.0:  # told once the file may be edited, too
                return not is_cancelled()
            if monotonic() - told > _GROW_EVERY:
                told = monotonic()
                self.app.call_from_thread(self._grown, source, share)
                if not drawn.is_set():  # two threads at once would take twice as long until the first rows
                    self.app.call_from_thread(self.call_after_refresh, drawn.set)
                    drawn.wait(_DRAWN_WITHIN)
                    drawn.set()
            return not is_cancelled()

        source.scan(self.session.cache, report=report)

    def _grown(self, source: RecordSource, share: float) -> None:
        """More records can be read."""
        if share == 1.0:
            self.offer_kept_edits()
        if source is not self.source or not self.is_mounted:
            return
        first = not self._shaped and len(source) > 0
        self._progress = share
        if first:
            self._shaped = True
            self.records.show_columns(self._columns_of(source))
        self.records.keep_up()
        if self._wanted_row is not None and (len(source) >= self._wanted_row or source.complete):
            self.records.move_to(self._wanted_row - 1, centre=True)
            self._wanted_row = None
        if first:
            self.show_record()
        self.show_state()
        if (first or source.complete) and not self._looked_further:
            self._looked_further = True
            self.call_after_refresh(self._look_further)

    def _look_further(self) -> None:
        """Find out what was changed and whether there is a history; opening the repository, first rows would wait."""
        self.look_up_changes_unasked()
        revision = self.revision
        if revision is not None and self.session.state_folder is not None:
            self.in_background(partial(self.session.dataset, revision), self._dataset_found, group="dataset")

    def _dataset_found(self, dataset: Dataset | None) -> None:
        self._is_dataset = dataset is not None
        self.refresh_bars()

    def _columns_of(self, source: RecordSource) -> list[Column]:
        kept = self.session.state.texts("columns", self.revision or "")
        if kept:
            return [Column(name) for name in kept]
        heads = [source.head(row, PARSED_BYTES) for row in range(min(_SHAPED_BY, len(source)))]
        return columns_for([value_of(head) for head, size in heads if len(head) == size])

    # What is shown

    def heading(self) -> list[Part]:
        """Which records these are."""
        unsaved: list[Part] = [("changed", f"  {plural(self.unsaved, 'unsaved edit')}")] if self.unsaved else []
        return [("strong", self.source.name if self.source is not None else self.revision or "…"), *unsaved]

    def names(self) -> Mapping[str, str]:
        """Revision, dataset and row as the command line knows them."""
        revision = self.revision or "REV"
        row = self.records.row
        return {"revision": revision, "dataset": revision.partition("@")[0], "row": str((row or 0) + 1)}

    def place(self) -> Target:
        """The record under the cursor."""
        row = self.row_in_file(self.records.row)
        return Target(revision=self.revision, row=None if row is None else row + 1)

    def show_state(self) -> None:
        """Show row, number of records, and what was found."""
        source, row = self.source, self.records.row
        if source is None:
            return
        self._place = row
        parts: list[Part] = [
            ("", f"row {row + 1:,}" if row is not None else "no records"),
            ("dim", f" of {plural(len(source), 'record')}"),
        ]
        if not source.complete:
            parts.append(("changed", f"  reading {self._progress:.0%}"))
        if self._told_changed:
            parts.append(("warning", "  ! changed on the disk"))
        parts += [*self.checked_parts(), ("dim", f"  {self.pane.view}"), *self.findings()]
        self.query_one("#state", TextBar).show(parts)
        self.query_one("#columns", TextBar).show(self.records.head_line())
        self.refresh_bars()

    def show_record(self) -> None:
        """Show the record under the cursor."""
        row = self.records.row
        if row is None or self.source is None:
            self.pane.show_record(None)
        elif self.pane.display:
            self.pane.show_record(*self.source.head(row, PARSED), self.notes(row))

    @on(RecordList.Resized)
    def _resized(self) -> None:
        self.query_one("#columns", TextBar).show(self.records.head_line())

    @on(LineList.CursorMoved, "#records")
    def _moved(self) -> None:
        self.show_record()
        self.show_state()

    @on(LineList.Chosen, "#records")
    def _chosen(self) -> None:
        self.act_read()

    @on(LineList.Chosen, "#record")
    def _unfold(self) -> None:
        self.pane.toggle_fold()

    # Actions

    def version_shown(self) -> str | None:
        """The version whose records are shown."""
        return self.revision if self.source is not None and not isinstance(self.source, WORKING) else None

    def dataset_shown(self) -> str | None:
        """The version or working file; whether it is a dataset's is seen when it is looked for."""
        return self.revision if self.session.state_folder is not None else None

    def why_not(self, action: Action) -> str | None:
        """There must be records."""
        if action.id.startswith("edit."):
            return self.why_not_edit(action)
        if action.id == "record.history" and self.session.state_folder is None:
            return "outside of a repository records have no history"
        if action.id == "record.history" and not self._is_dataset:
            return "this file is no dataset: its records have no history"
        if action.id == "record.history" and self.row_in_file(self.records.row) is None:
            return "no record is shown that the file has"
        if not action.id.startswith("browse."):
            return super().why_not(action)
        nothing_shown = not self.records.count and not (action.id == "browse.clear" and (self.conditions or self.sign))
        if nothing_shown and action.id not in ("browse.older", "browse.newer"):
            return "no record is shown" if self.conditions or self.sign else "there are no records here (yet)"
        if action.id in ("browse.next_finding", "browse.previous_finding"):
            return self.why_not_checked()
        if action.id in ("browse.next", "browse.previous") and self.query_text is None:
            return "nothing is searched for"
        if action.id == "browse.clear" and not (self.conditions or self.sign or self.sorted_by):
            return "all records are shown in their order"
        return None

    def act_back(self) -> None:
        """From the record into the list, then to the screen before."""
        if self.focused is self.pane:
            self.records.focus()
        else:
            if self.unsaved:
                self.notify(f"{self._edits(self.unsaved)} kept, and offered when it is opened again")
            super().act_back()

    def act_read(self) -> None:
        """Into the record; there fold or unfold."""
        if self.focused is self.pane:
            self.pane.toggle_fold()
            return
        self.pane.display = True
        self.show_record()
        self.pane.focus()

    def act_pane(self) -> None:
        """Show or hide the record."""
        self.pane.display = not self.pane.display
        self.records.focus()
        self.show_record()

    def act_view(self) -> None:
        """The next view of the record."""
        view = VIEWS[(VIEWS.index(self.pane.view) + 1) % len(VIEWS)]
        self.pane.show_view(view)
        self.session.state.keep(view, "view")
        self.show_state()

    def act_wrap(self) -> None:
        """Wrap or cut long lines."""
        self.pane.toggle_wrap()

    def act_copy(self) -> None:
        """Copy the value of the field under the cursor, in the list the whole record."""
        path = self.pane.path if self.focused is self.pane else None
        content = self._content()
        value = MISSING if not path else field(value_of(content), path)
        self._copy(text_of(value) if value is not MISSING else content.decode("utf-8", "replace"))

    def act_copy_record(self) -> None:
        """Copy the record as it is written."""
        self._copy(self._content().decode("utf-8", "replace"))

    def act_copy_path(self) -> None:
        """Copy the path of the field under the cursor."""
        self._copy(json_path(self.pane.path or ()).removeprefix("$").removeprefix("."))

    def _content(self) -> bytes:
        assert self.source is not None
        assert self.records.row is not None
        return self.source.content(self.records.row)

    def _copy(self, text: str) -> None:
        folder = self.session.state_folder
        self.in_background(partial(self.tui.copy, text, folder), lambda said: self.notify(said), group="copy")

    def act_history(self) -> None:
        """The history of the record."""
        self.post_message(Open("history", self.place()))

    def act_goto(self) -> None:
        """Ask for a row and go there."""
        row = (self.records.row or 0) + 1
        dialog = Prompt(
            "Go to row", value="", hint=f"a row such as {row:,}, or a share such as 50%", check=self._row_from
        )
        self.app.push_screen(dialog, self._go)

    def _go(self, answer: str | None) -> None:
        if answer is None:
            return
        row = self._row_from(answer)
        place = self.records.place_of(row)
        if place is None:
            self.notify(f"row {row + 1:,} is not among those shown", severity="warning")
        else:
            self.records.move_to(place, centre=True)

    def _row_from(self, text: str) -> int:
        """A row (from 0) as somebody writes it."""
        count = len(self.source) if self.source is not None else 0
        plain = text.strip().replace(",", "").replace("_", "")
        try:
            row = round(float(plain[:-1]) / 100 * (count - 1)) if plain.endswith("%") else int(plain) - 1
        except (ValueError, OverflowError):
            raise UsageError(
                f"'{text}' is not a row", hint="write a number such as 1200, or a share such as 50%"
            ) from None
        if not 0 <= row < count:
            raise UsageError(f"there is no row {text}: there are {plural(count, 'record')}")
        return row
