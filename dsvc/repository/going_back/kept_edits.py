"""Edits of working files that were not saved: what is kept of them, and when it is forgotten."""

from __future__ import annotations

from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from dsvc.editing.journal import EditJournal, journal_path, read_text
from dsvc.editing.replay import reading_for, saved_last, unsaved_edits
from dsvc.errors import CorruptError, DsvcError, ProtectedError, UsageError
from dsvc.repository.versions import find_dataset, require_dataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dsvc.editing.journal import JournalText
    from dsvc.editing.operations import Edit
    from dsvc.repository.context import Context

_OWN_FOLDERS = (".git", ".dvc", ".dsvc")


class KeptEdits(msgspec.Struct, frozen=True, kw_only=True):
    """Edits of a file that were neither saved nor discarded."""

    path: str
    count: int
    fits: bool
    """Whether the file is still the one that they were made on."""


class StaleEditsError(ProtectedError):
    """The file is not the one any more that the kept edits were made on. ``kept`` tells them."""

    def __init__(self, kept: KeptEdits) -> None:
        edits = "an edit" if kept.count == 1 else f"{kept.count:,} edits"
        super().__init__(
            f"'{kept.path}' was changed since {edits} of it {'was' if kept.count == 1 else 'were'} kept",
            hint="make them again on records that are still the same, or discard them: "
            "repo.edit(..., kept='reapply' or 'discard')",
        )
        self.kept = kept


def kept_edits(ctx: Context, target: str | None) -> KeptEdits | None:
    """What an edit session would go on with, None when there is nothing; reads the file if there may be."""
    name = file_of(ctx, target)
    path = journal_of(ctx, name)
    if not path.exists():
        return None
    text = read_text(path.read_bytes())
    if not text.entries:
        return None
    reading = reading_for(text, ctx.working.sha256(name), ctx.working.stamp(name).inode)
    count = len(unsaved_in(path, text, reading.base))
    return KeptEdits(path=name, count=count, fits=reading.fits) if count else None


def forget_committed(ctx: Context, files: Mapping[str, str]) -> None:
    """Clear the journals of files (path and sha256) that became a version; those with unsaved edits stay.

    One that somebody has open is cleared when they end.
    """
    for name, sha256 in files.items():
        path = journal_of(ctx, name)
        if path.exists():
            with suppress(OSError, DsvcError):
                _forget_committed(EditJournal(path, name=name), sha256)


def _forget_committed(journal: EditJournal, sha256: str) -> None:
    text = journal.text
    try:
        if text.head is not None and not text.lost_lines:
            reading = reading_for(text, sha256, inode=0)
            if reading.fits and not unsaved_in(journal.path, text, reading.base):
                journal.clear()
    finally:
        journal.close()


def file_of(ctx: Context, target: str | None) -> str:
    """The working file that is meant. Raises UsageError for a dataset of several files."""
    datasets = ctx.versions.datasets(ctx.git.head())
    dataset = require_dataset(datasets, None) if target is None else find_dataset(datasets, target)
    is_file = target is not None and (ctx.working.root / target).is_file()
    if dataset is not None and dataset.kind == "folder" and not is_file:
        raise UsageError(
            f"'{dataset.name}' is a folder of files, which are edited one by one",
            hint=f"name one of them: {dataset.path}/FILE.jsonl",
        )
    name = dataset.path if dataset is not None and dataset.kind == "file" else str(target)
    if PurePosixPath(name).parts[:1] and PurePosixPath(name).parts[0] in _OWN_FOLDERS:
        raise UsageError(f"'{name}' is not yours to edit: it belongs to git, DVC or dsvc")
    return name


def unsaved_notes(ctx: Context, names: Iterable[str]) -> tuple[str, ...]:
    """A sentence for each of these files that has edits which were not saved; as far as their journals tell."""
    notes = []
    for name in names:
        path = journal_of(ctx, name)
        with suppress(OSError, DsvcError):
            text = read_text(path.read_bytes())
            count = len(unsaved_in(path, text, saved_last(text)))
            edits = "1 edit" if count == 1 else f"{count:,} edits"
            if count:
                notes.append(f"{edits} of '{name}' {'is' if count == 1 else 'are'} not saved yet: dsvc tui {name}")
    return tuple(notes)


def unsaved_in(path: Path, text: JournalText, base: int) -> list[Edit]:
    """What the file lacks of a journal. Raises CorruptError for a journal that makes no sense."""
    try:
        return unsaved_edits(text.entries, base)
    except (ValueError, KeyError) as error:
        raise CorruptError(
            f"cannot read the edits in '{path}': {error}", hint=f"put it away: mv '{path}' '{path}.damaged'"
        ) from error


def journal_of(ctx: Context, name: str) -> Path:
    """Where the journal of a file lies."""
    return journal_path(ctx.state / "edits", name)
