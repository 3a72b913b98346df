"""The part of Browse that edits records: fields, whole records, delete, duplicate, insert, move, undo, redo."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from dsvc.errors import BadDataError, UsageError
from dsvc_tui.actions import key_name
from dsvc_tui.screens.browse_checked import Checked
from dsvc_tui.widgets.dialogs import Choose
from dsvc_tui.widgets.record_pane import RecordPane

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.editing.session import EditSession
    from dsvc.errors import DsvcError
    from dsvc_tui.records.editable import Draft

_EDITED_HERE: Final = 200_000
"""Characters of a text that a dialog can be asked to lay out."""


class Editing(Checked):
    """Edits the record under the cursor. ``pane`` is set by Browse."""

    @property
    def pane(self) -> RecordPane:
        """The record beside the list."""
        return self.query_one("#record", RecordPane)

    def act_field(self) -> None:
        """Edit the field under the cursor, or ask which one."""
        self._edit_rows_shown(lambda _: self._ask_for_field())

    def _ask_for_field(self) -> None:
        from dsvc_tui.records.editable import fields_of, plain_path

        row, content = self._row_and_content()
        path = self.pane.path if self.focused is self.pane else None
        if path:
            self._edit_field(row, content, path)
            return
        fields = fields_of(content)

        def chosen(index: int | None) -> None:
            if index is not None:
                self._edit_field(row, content, fields[index][0])

        self.app.push_screen(
            Choose("Edit which field", [(plain_path(path) or "(all)", text) for path, text in fields]), chosen
        )

    def _edit_field(self, row: int, content: bytes, path: tuple[str | int, ...]) -> None:
        from dsvc_tui.records.editable import draft_of_field

        self._ask_here(draft_of_field(content, path, file=self.revision or "", row=row), partial(self._replace, row))

    def act_whole(self) -> None:
        """Edit the whole record in the editor that somebody is used to."""
        self._edit_rows_shown(lambda _: self._ask_for_record())

    def _ask_for_record(self) -> None:
        from dsvc_tui.external_editor import editor_command
        from dsvc_tui.records.editable import draft_of_record

        row, content = self._row_and_content()
        draft = draft_of_record(content, file=self.revision or "", row=row)
        command = None if self.app.is_web else editor_command()
        if command is None:
            why = "a browser cannot open $EDITOR" if self.app.is_web else "set $EDITOR to edit it in your own editor"
            self._ask_here(draft, partial(self._replace, row), note=why)
        else:
            self._ask_outside(command, draft, draft.text, partial(self._replace, row))

    def act_insert(self) -> None:
        """Write a new record."""
        self._edit_rows_shown(lambda _: self._ask_for_new())

    def _ask_for_new(self) -> None:
        from dsvc_tui.records.editable import draft_of_new

        row = self.records.row
        content = self.source.content(row) if row is not None and self.source is not None else None
        at = 0 if row is None else row + 1
        draft = draft_of_new(content, file=self.revision or "", row=at)
        self._ask_here(draft, lambda content: self._edit(lambda session: session.insert(at, content), at))

    def _ask_here(self, draft: Draft, then: Callable[[bytes], None], *, note: str = "") -> None:
        from dsvc_tui.widgets.text_editor import TextEditor

        if len(draft.text) > _EDITED_HERE:
            raise UsageError(
                f"{draft.title} has {len(draft.text):,} characters, which is too long to be edited here",
                hint="edit the whole record in your own editor: export EDITOR=nano",
            )
        note = note or ("as JSON" if draft.as_json else "as it reads")
        dialog = TextEditor(f"Edit {draft.title}", draft.text, note=note, check=draft.record)
        self.app.push_screen(dialog, lambda text: then(draft.record(text)) if text is not None else None)

    def _ask_outside(self, command: list[str], draft: Draft, text: str, then: Callable[[bytes], None]) -> None:
        from dsvc_tui.external_editor import edited_outside

        folder = self.session.state_folder
        assert folder is not None
        edited = edited_outside(self.app, command, text, folder / "edits")
        if not edited.strip() or edited == draft.text:
            self.notify("nothing was changed")
            return
        try:
            content = draft.record(edited)
        except BadDataError as error:
            self._ask_whether_again(error, lambda: self._ask_outside(command, draft, edited, then))
            return
        then(content)

    def _ask_whether_again(self, error: DsvcError, again: Callable[[], None]) -> None:
        choices = [("back to the editor", "with the text as it is"), ("drop it", "the record stays as it was")]
        dialog = Choose(error.message, choices)
        self.app.push_screen(dialog, lambda index: again() if index == 0 else None)

    def _replace(self, row: int, content: bytes) -> None:
        self._edit(lambda session: session.replace(row, content), rows_moved=False)

    def act_delete(self) -> None:
        """Take the record out."""
        row, _ = self._row_and_content()
        key = key_name(self.asking_key("edit.take_back"))
        self._edit(lambda session: session.delete(row), row, said=f"row {row + 1:,} is taken out; {key} brings it back")

    def act_duplicate(self) -> None:
        """The same record once more."""
        row, _ = self._row_and_content()
        self._edit(lambda session: session.duplicate(row), row + 1)

    def act_up(self) -> None:
        """The record one row up."""
        self._move(-1)

    def act_down(self) -> None:
        """The record one row down."""
        self._move(1)

    def _move(self, by: int) -> None:
        row, _ = self._row_and_content()
        if 0 <= row + by < len(self.source or ()):
            self._edit(lambda session: session.move(row, row + by), row + by)

    def act_take_back(self) -> None:
        """Take the last edit back."""

        def undo(session: EditSession) -> None:
            self._write(session.undo, lambda edit: self._show_edits(edit.row, rows_moved=True))

        self._open_session(undo)

    def act_make_again(self) -> None:
        """Make the edit again that was taken back."""

        def redo(session: EditSession) -> None:
            self._write(
                session.redo, lambda edit: self._show_edits(edit.row if edit.to is None else edit.to, rows_moved=True)
            )

        self._open_session(redo)

    def _row_and_content(self) -> tuple[int, bytes]:
        assert self.source is not None
        assert self.records.row is not None
        return self.records.row, self.source.content(self.records.row)
