"""The part of Browse that has an edit session: when it begins, save, discard, and edits kept from before."""

from __future__ import annotations

from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final

from dsvc.render.numbers import plural
from dsvc_tui.actions import key_name
from dsvc_tui.records.edited_source import EditedSource, EditMarks
from dsvc_tui.records.file_source import FileSource
from dsvc_tui.screens.base import BaseScreen
from dsvc_tui.screens.browse_finding import Finding
from dsvc_tui.widgets.dialogs import Choose, Confirm

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.editing.session import EditSession
    from dsvc.repository.editing import Kept
    from dsvc.repository.going_back.kept_edits import KeptEdits
    from dsvc_tui.actions import Action

WORKING: Final = (FileSource, EditedSource)
"""Sources that are working files."""
_WITHOUT_RECORD: Final = ("edit.insert", "edit.take_back", "edit.make_again", "edit.save", "edit.discard")


class EditSessions(Finding):
    """Has the session, as soon as somebody edits."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self._edit_at_work = self._offered = False
        self._idle = Event()
        self._idle.set()

    # What is edited

    @property
    def editing(self) -> EditSession | None:
        """The session, as soon as something was edited here."""
        return self.source.session if isinstance(self.source, EditedSource) else None

    @property
    def unsaved(self) -> int:
        """How many edits the file lacks."""
        return self.editing.unsaved if self.editing is not None else 0

    @property
    def is_shown_still(self) -> bool:
        """Whether the screen was not left meanwhile; a thread may end after that."""
        return self in self.app.screen_stack

    def row_in_file(self, row: int | None) -> int | None:
        """The row that a record has in the file; None for one that the file has not."""
        return self.editing.view.row_in_file(row) if self.editing is not None and row is not None else row

    def parting_words(self) -> str:
        """What is said when the program ends with unsaved edits."""
        if not self.unsaved:
            return ""
        return f"{self._edits(self.unsaved)} kept; to go on: dsvc tui {self.revision}"

    def _edits(self, count: int) -> str:
        return f"{plural(count, 'edit')} of '{self.revision}' {'is' if count == 1 else 'are'}"

    def why_not_edit(self, action: Action) -> str | None:
        """Why an action of this part cannot be done now."""
        session = self.editing
        if not isinstance(self.source, WORKING):
            return "a version never changes; edit the working file" if self.source is not None else "nothing is shown"
        if self.session.state_folder is None:
            return "outside of a repository there is no place to keep edits in"
        if isinstance(self.source, FileSource) and self.source.files != 1:
            return "this is a folder; its files are edited one by one: dsvc tui FOLDER/FILE.jsonl"
        if not self.source.complete:
            return "the file is still being read"
        if self._edit_at_work:
            return "the edit before is still being written"
        if self.records.row is None and action.id not in _WITHOUT_RECORD:
            return "no record is shown"
        if action.id in ("edit.up", "edit.down") and (self.conditions or self.sign or self.sorted_by):
            return "only while all records are shown in their order"
        if action.id in ("edit.save", "edit.discard") and not self.unsaved:
            return "there are no unsaved edits"
        if action.id == "edit.take_back" and session is not None and not session.can_undo:
            return "there is no edit to take back"
        if action.id == "edit.make_again" and (session is None or not session.can_redo):
            return "no edit was taken back"
        return None

    # The session

    def _open_session(self, then: Callable[[EditSession], None], *, kept: Kept = "continue") -> None:
        """Have a session, begun now if there is none. ``then`` goes by the rows that the session has."""
        if self.editing is not None:
            then(self.editing)
            return
        assert self.revision is not None
        self.at_work = "reading the file to edit it"
        self.show_state()
        self._write(partial(self.session.edit, self.revision, kept=kept), partial(self._session_opened, then))

    def _edit_rows_shown(self, then: Callable[[EditSession], None]) -> None:
        """Have a session for an edit of a row as it is shown now; without the edit when rows are not what is shown."""
        if self.editing is not None:
            then(self.editing)
            return
        shown = self.source

        def opened(session: EditSession) -> None:
            if isinstance(shown, FileSource) and shown.changed():
                self.notify(
                    "the file was changed on the disk and is shown anew; nothing was edited", severity="warning"
                )
            elif session.unsaved:
                self.notify(f"{self._edits(session.unsaved)} shown again; nothing else was edited", severity="warning")
            else:
                then(session)

        self._open_session(opened)

    def _session_opened(self, then: Callable[[EditSession], None], session: EditSession) -> None:
        if not self.is_shown_still:
            session.close()
            return
        before, self.source = self.source, EditedSource(session, name=self.revision or session.name)
        row = self.records.row
        self.records.show_source(self.source)
        if row is not None:
            self.records.move_to(row)
        if before is not None:
            before.close()
        for note in session.notes:
            self.notify(note, severity="warning", timeout=20)
        self._show_edits(rows_moved=True)
        then(session)

    def _write(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do what writes, in a thread, to its end even when the screen is left; meanwhile nothing else is edited."""
        self._edit_at_work = True
        self._idle.clear()

        def to_its_end() -> tuple[Any, Exception | None]:
            try:
                return work(), None
            except Exception as error:
                return None, error
            finally:
                self._idle.set()

        def done(ended: tuple[Any, Exception | None]) -> None:
            found, error = ended
            self._edit_at_work, self.at_work = False, ""
            try:
                if error is not None:
                    raise error
                then(found)
            except Exception as told:
                self._edit_failed(told)

        self.change(to_its_end, done)

    def _edit_failed(self, error: Exception) -> None:
        from dsvc.repository.going_back.kept_edits import StaleEditsError

        if isinstance(error, StaleEditsError):
            self._offer(error.kept)
        else:
            self.tui.report(error)
        if self.is_shown_still:
            self.show_state()

    def _edit(
        self, work: Callable[[EditSession], object], row: int | None = None, *, rows_moved: bool = True, said: str = ""
    ) -> None:
        """Do an edit, then show it with the cursor on ``row``, and say what was done."""

        def made(_: object) -> None:
            self._show_edits(row, rows_moved=rows_moved)
            if said and self.is_shown_still:
                self.notify(said, timeout=3)

        self._edit_rows_shown(lambda session: self._write(lambda: work(session), made))

    def _show_edits(self, row: int | None = None, *, rows_moved: bool) -> None:
        if not self.is_shown_still:
            return
        self.show_marks()
        self.show_checked()
        self.records.read_again()
        if rows_moved:
            self.search_again()
        if row is not None:
            place = self.records.place_of(min(row, max(len(self.source or ()) - 1, 0)))
            self.records.move_to(place if place is not None else self.records.cursor)
        self.show_record()
        self.show_state()

    def show_checked(self) -> None:
        """Look what is known of the content shown, and mark it."""

    def show_record(self) -> None:
        """Show the record under the cursor."""

    def show_marks(self) -> None:
        """Mark what was edited here, and else what was changed against the version before."""
        super().show_marks()
        if self.editing is not None:
            self.records.marks = EditMarks(self.editing.view, self.records.marks)

    # Saving

    def act_save(self) -> None:
        """Write the edits into the working file."""
        session = self.editing
        assert session is not None
        self.at_work = "saving"

        def told(count: int) -> None:
            key = key_name(self.asking_key("edit.take_back"))
            self.tui.notify(f"{plural(count, 'edit')} written into '{session.name}'; {key} takes back, until a commit")
            if self.is_shown_still:
                self.changes = None
                self._show_edits(rows_moved=False)
                self.look_up_changes_unasked()
            for screen in self.app.screen_stack:
                if isinstance(screen, BaseScreen) and screen is not self:
                    screen.look_again()

        self._write(session.save, told)
        self.show_state()

    def end_session(self) -> None:
        """The screen goes; what is being written is not waited for here."""
        source = self.source
        if source is None:
            return
        if self._idle.is_set():
            source.close()
            return

        def close_then() -> None:
            self._idle.wait()
            source.close()

        Thread(target=close_then, daemon=True).start()

    def act_discard(self) -> None:
        """Ask whether all unsaved edits shall be forgotten."""
        session = self.editing
        assert session is not None
        statement = [
            ("", f"{self._edits(session.unsaved)} forgotten, for good.\n"),
            ("", "The file stays as it is. Edits saved before cannot be taken back any more."),
        ]
        dialog = Confirm("Discard", statement, asked_with=self.asking_key("edit.discard"), verb="forget them")

        def answered(agreed: bool | None) -> None:  # noqa: FBT001 - the answer
            if agreed:
                self._write(session.discard, lambda _: self._show_edits(self.records.row, rows_moved=True))

        self.app.push_screen(dialog, answered)

    def look_up_changes_unasked(self) -> None:
        """Mark the changed records where that costs little."""

    # Edits kept from before

    def offer_kept_edits(self) -> None:
        """Look whether edits are kept from before, and ask what shall become of them; once."""
        source, revision = self.source, self.revision
        if self._offered or revision is None or not isinstance(source, FileSource) or source.files != 1:
            return
        if self.session.state_folder is None:
            return
        self._offered = True
        self.in_background(lambda: self.session.kept_edits(revision), self._offer)

    def _offer(self, kept: KeptEdits | None) -> None:
        if kept is None or not self.is_shown_still:
            return
        changed = "" if kept.fits else "; the file was changed since"
        go_on: tuple[str, str] = (
            ("go on with them", "") if kept.fits else ("make them again", "on records that are the same")
        )
        choices = [go_on, ("not now", "they stay where they are"), ("discard them", "for good")]
        ways: list[Kept | None] = ["continue" if kept.fits else "reapply", None, "discard"]

        def chosen(index: int | None) -> None:
            way = ways[index] if index is not None else None
            if way == "discard" and kept.fits:
                self._open_session(lambda session: self._write(session.discard, self._shown_after_discard))
            elif way is not None:
                self._open_session(lambda _: None, kept=way)

        self.app.push_screen(Choose(f"{self._edits(kept.count)} kept from before{changed}", choices), chosen)

    def _shown_after_discard(self, _: int) -> None:
        self._show_edits(rows_moved=True)
