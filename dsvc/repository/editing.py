"""``edit``: a session on a working file, with its journal in the git directory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

import msgspec

from dsvc.durable import sweep
from dsvc.editing.journal import EditJournal
from dsvc.editing.original import Original
from dsvc.editing.replay import reading_for
from dsvc.editing.session import EditSession
from dsvc.errors import BadDataError, CorruptError, DsvcError, ProtectedError, storage_error
from dsvc.render.numbers import rows_text
from dsvc.repository.going_back.kept_edits import KeptEdits, StaleEditsError, file_of, journal_of, unsaved_in

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dsvc.editing.operations import Edit
    from dsvc.editing.view import View
    from dsvc.repository.context import Context

Kept = Literal["continue", "reapply", "discard"]
"""What to do with edits that are kept from before, when the file was changed since by something else."""


def edit(ctx: Context, target: str | None, *, kept: Kept = "continue") -> EditSession:
    """Begin, or go on, to edit the records of a working file.

    Raises StaleEditsError when edits are kept of another state of the file, LockedError while another process edits
    it, UsageError for a folder.
    """
    name = file_of(ctx, target)
    try:
        original = _opened(ctx, name)
        journal = EditJournal(journal_of(ctx, name), name=name)
    except OSError as error:
        raise storage_error(error) from error
    session = EditSession(name, original, journal, _File(ctx, name, original))
    try:
        _take_over(session, journal, original, kept)
    except BaseException as error:
        journal.close()
        if isinstance(error, OSError):
            raise storage_error(error) from error
        raise
    return session


class _File(msgspec.Struct):
    """The file behind a session."""

    ctx: Context
    name: str
    original: Original

    def replace(self, view: View, announce: Callable[[Original], None]) -> Original:
        ctx = self.ctx
        with ctx.writing(), ctx.locked():
            folder = ctx.working.path(self.name).parent
            sweep(folder)
            self._require_unchanged()
            staged = ctx.working.stage(self.name, view.chunks(), None)
            try:
                original = Original(os.open(staged, os.O_RDONLY | os.O_CLOEXEC))
                if len(original) != len(view):
                    raise CorruptError(f"'{self.name}' would have {len(original):,} records, not {len(view):,}")
                announce(original)
                self._require_unchanged()
                ctx.working.put(staged, self.name)
            except BaseException:
                staged.unlink(missing_ok=True)
                raise
            original.look_again()
            self.original = original
            return original

    def is_committed(self, sha256: str) -> bool:
        datasets = self.ctx.versions.datasets(self.ctx.git.head())
        for dataset in datasets:
            if self.name == dataset.path or self.name.startswith(f"{dataset.path}/"):
                base = self.ctx.working.base(dataset.path)
                return base is not None and self.name in base.files and base.files[self.name].sha256 == sha256
        return False

    def has_changed(self) -> bool:
        try:
            return self.ctx.working.stamp(self.name) != self.original.stamp
        except DsvcError:
            return True

    def _require_unchanged(self) -> None:
        """Raise ProtectedError when the file is not the one any more that is edited."""
        working, original = self.ctx.working, self.original
        if original.stamp_is_sure and working.stamp(self.name) == original.stamp:
            return
        if working.sha256(self.name) != original.sha256:
            raise ProtectedError(
                f"'{self.name}' was changed by something else since it was opened to be edited; nothing was written",
                hint="the edits are kept: open it again, and make them again on the records that are still the same",
            )


def _opened(ctx: Context, name: str) -> Original:
    original = Original(ctx.working.open(name), progress=ctx.progress)
    if not original.was_still:
        raise BadDataError(f"'{name}' changed while it was read", hint="wait until nothing writes to it")
    return original


def _take_over(session: EditSession, journal: EditJournal, original: Original, kept: Kept) -> None:
    """Go on with what the journal has, or do what was asked with it."""
    text = journal.text
    if text.torn_bytes:
        session.notes.append(
            "the last entry of the journal of edits was cut off by a crash before it counted; it is dropped"
        )
    if text.lost_lines:
        session.notes.append(f"the journal of edits is damaged; as it is it is kept in '{journal.set_aside()}'")
    if text.head is None:
        journal.clear()
        return
    reading = reading_for(text, original.sha256, original.stamp.inode)
    if reading.fits:
        session.go_on_from(text.entries, reading.base)
        session.forget_committed()
        return
    if reading.probably_saved:
        session.notes.append(
            f"a crash cut the last save off; the file seems to have it, and if not: '{journal.set_aside()}'"
        )
    edits = unsaved_in(journal.path, text, reading.base)
    if edits and kept == "continue":
        raise StaleEditsError(KeptEdits(path=session.name, count=len(edits), fits=False))
    if edits and kept == "reapply":
        _make_again(session, journal, edits)
    else:
        journal.clear()


def _make_again(session: EditSession, journal: EditJournal, edits: Sequence[Edit]) -> None:
    """Make edits again where their records still are; the others stay in a copy of the journal."""
    copy = journal.set_aside()
    left = session.make_again(edits)
    if not left:
        copy.unlink(missing_ok=True)
        return
    rows = rows_text([edit.row + 1 for edit in left[:5]], len(left))
    session.notes.append(
        f"{len(left):,} of {len(edits):,} edits found their record changed ({rows}); they are kept in '{copy}'"
    )
