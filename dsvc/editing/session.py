"""An edit session: the records of one working file, edits on them, and the way back."""

from __future__ import annotations

from contextlib import suppress
from threading import RLock
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from dsvc.closing import Closing
from dsvc.editing.field_splice import with_field
from dsvc.editing.history import History, Step
from dsvc.editing.operations import Edit, Line, require_record
from dsvc.editing.original import digest
from dsvc.editing.places import Places
from dsvc.editing.replay import edit_in, note
from dsvc.editing.view import View, Written
from dsvc.errors import NotFoundError, StorageError, storage_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from dsvc.editing.field_splice import Steps
    from dsvc.editing.journal import EditJournal
    from dsvc.editing.original import Original
    from dsvc.record import Json


class WorkingFile(Protocol):
    """The file behind a session, and how it is replaced."""

    def replace(self, view: View, announce: Callable[[Original], None]) -> Original:
        """Put the view's bytes in place of the file, safely; ``announce`` is given them just before."""
        ...

    def is_committed(self, sha256: str) -> bool:
        """Whether a file with this digest is a version."""
        ...

    def has_changed(self) -> bool:
        """Whether something else seems to have written to it, by what the file system says."""
        ...


class EditSession(Closing):
    """Records by row (from 0), with all edits; close it, or use it in a ``with`` block.

    Each edit is in the journal before its method returns. Nothing is written into the file but by :meth:`save`. May be
    read from several threads while one edits.
    """

    def __init__(self, name: str, original: Original, journal: EditJournal, file: WorkingFile) -> None:
        self.name = name
        self.notes: list[str] = []
        """What should be known of how the session began, one sentence each."""
        self._journal, self._file = journal, file
        self._history = History()
        self._view = View.of(original)
        self._lock = RLock()

    # Looking

    @property
    def view(self) -> View:
        """The records as they are now; later edits do not change what you hold."""
        return self._view

    @property
    def unsaved(self) -> int:
        """How many edits the file lacks."""
        return len(self._history.unsaved)

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self._history.done)

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to make again."""
        return bool(self._history.undone)

    def file_has_changed(self) -> bool:
        """Whether something else seems to have written to the file; then a save looks closer, or refuses."""
        return self._file.has_changed()

    def __len__(self) -> int:
        return len(self._view)

    def __getitem__(self, row: int) -> bytes:
        return self._view.content(row)

    def __iter__(self) -> Iterator[bytes]:
        return (line for _, lines in self._view.batches() for line in lines)

    # Editing

    def replace(self, row: int, content: bytes) -> bool:
        """Put another record in place of one; False when it is the same. Raises BadDataError when it is no record."""
        with self._lock:
            old = self._view.line(row)
            if old.content == content:
                return False
            require_record(content, name=self.name, row=row)
            self._make(Edit(kind="replace", row=row, old=old, new=Line(content, old.end)))
            return True

    def set_field(self, row: int, path: Steps, value: Json) -> bool:
        """Give one field another value; the rest of the record keeps its bytes."""
        return self.replace(row, with_field(self[row], path, value, name=self.name, row=row))

    def insert(self, row: int, content: bytes) -> None:
        """Put a record before what stands in a row; with ``len(session)`` behind all. Raises BadDataError."""
        with self._lock:
            if not 0 <= row <= len(self):
                raise IndexError(row)
            require_record(content, name=self.name, row=row)
            self._insert(row, Line(content, self._view.original.line_end))

    def duplicate(self, row: int) -> None:
        """Put the same record behind one."""
        self.insert(row + 1, self[row])

    def delete(self, row: int) -> None:
        """Take a record out."""
        with self._lock:
            self._make(Edit(kind="delete", row=row, old=self._view.line(row)))

    def move(self, row: int, to: int) -> None:
        """Take a record out, and put it so that it stands in row ``to``."""
        with self._lock:
            if not (0 <= row < len(self) and 0 <= to < len(self)):
                raise IndexError(row)
            if row != to:
                self._make(Edit(kind="move", row=row, to=to, old=self._view.line(row)))

    def undo(self) -> Edit:
        """Take the last edit back, also one that was saved; gives what was taken back. Raises NotFoundError."""
        with self._lock:
            if not self.can_undo:
                raise NotFoundError(f"no edit of '{self.name}' can be taken back")
            self._write({"do": "undo"})
            return self._back()

    def redo(self) -> Edit:
        """Make the edit again that was taken back last. Raises NotFoundError."""
        with self._lock:
            if not self.can_redo:
                raise NotFoundError(f"no edit of '{self.name}' was taken back")
            self._write({"do": "redo"})
            return self._again()

    # Ending

    def save(self) -> int:
        """Write the edits into the working file; how many they were. They can still be taken back, until a commit.

        Raises ProtectedError when the file was changed meanwhile, NotFoundError when there is nothing to save.
        """
        with self._lock:
            count = self.unsaved
            if not count:
                raise NotFoundError(f"no edit of '{self.name}' is to be saved")
            original = self._file.replace(self._view, self._announce)
            with suppress(StorageError):  # by its digest the file tells the same
                self._write({"do": "saved"})
            self._view = View.of(original)
            self._history.saved()
            return count

    def discard(self) -> int:
        """Forget all edits that were not saved, and what could be taken back; how many were forgotten."""
        with self._lock:
            count = self.unsaved
            self._journal.clear()
            self._history, self._view = History(), View.of(self._view.original)
            return count

    def close(self) -> None:
        """End; edits that were not saved stay in the journal."""
        with self._lock:
            self.forget_committed()
            self._journal.close()

    def forget_committed(self) -> None:
        """Clear the journal when a version has all of it."""
        with self._lock:
            view = self._view
            if not self.unsaved and self._history.done and self._file.is_committed(view.original.sha256):
                self.discard()

    # Beginning

    def go_on_from(self, entries: Sequence[dict[str, Any]], base: int) -> None:
        """Take over what the journal tells: the file has the entries up to ``base``, the others are made again."""
        for entry in entries[:base]:
            note(self._history, entry)
        self._history.saved()
        for entry in entries[base:]:
            if entry["do"] == "edit":
                self._apply_new(edit_in(entry))
            elif entry["do"] == "undo":
                self._back()
            elif entry["do"] == "redo":
                self._again()

    def make_again(self, edits: Sequence[Edit]) -> list[Edit]:
        """Make edits of another state of the file where their records still are; those that found none.

        The journal says nothing else before all are made.
        """
        places = Places(self._view, edits)
        left = []
        for edit in edits:
            fitted = places.fitted(self._view, edit)
            if fitted is not None:
                self._apply_new(fitted)
            elif not places.has_it_already(self._view, edit):
                left.append(edit)
        made = [{"do": "edit", **step.edit.to_json()} for step in self._history.done]
        if made:
            self._journal.rewrite(self._view.original.sha256, made)
        else:
            self._journal.clear()
        return left

    # Each edit

    def _insert(self, row: int, line: Line) -> None:
        before = digest(self._view.content(row - 1)) if row else None
        self._make(Edit(kind="insert", row=row, new=line, before=before))

    def _make(self, edit: Edit) -> None:
        self._write({"do": "edit", **edit.to_json()})
        self._apply_new(edit)

    def _write(self, entry: dict[str, Any]) -> None:
        try:
            if self._journal.is_empty:
                self._journal.begin(self._view.original.sha256)
            self._journal.append(entry)
        except OSError as error:
            raise storage_error(error) from error

    def _announce(self, staged: Original) -> None:
        self._write({"do": "save", "sha256": staged.sha256, "inode": staged.stamp.inode})

    def _apply_new(self, edit: Edit) -> None:
        old_cell, new_cell = self._apply(edit, None)
        self._history.add(Step(edit, old_cell, new_cell))

    def _back(self) -> Edit:
        step = self._history.done[-1]
        new_cell, old_cell = self._apply(step.edit.opposite(), step.old_cell)
        self._history.back(Step(step.edit, old_cell, new_cell))
        return step.edit

    def _again(self) -> Edit:
        step = self._history.undone[-1]
        old_cell, new_cell = self._apply(step.edit, step.new_cell)
        self._history.again(Step(step.edit, old_cell, new_cell))
        return step.edit

    def _apply(self, edit: Edit, cell: int | None) -> tuple[int | None, int | None]:
        """Carry out an edit; the cell that was taken out, and the one (``cell``, if it is known) that was put in."""
        view = self._view
        cells = view.cells
        old = cells[edit.row] if edit.kind in ("replace", "delete") else None
        if edit.new is not None and cell is None:
            cell = view.first_written + len(view.written)
            view.written.append(Written(edit.new, view.row_in_file(edit.row) if edit.kind == "replace" else None))
        if edit.kind == "replace":
            assert cell is not None
            cells = cells.with_cell(edit.row, cell)
        elif edit.kind == "insert":
            assert cell is not None
            cells = cells.inserted(edit.row, cell)
        elif edit.kind == "delete":
            cells = cells.without(edit.row)
        else:
            assert edit.to is not None
            cells = cells.moved(edit.row, edit.to)
        self._view = replace(view, cells=cells)
        return old, cell if edit.new is not None else None
