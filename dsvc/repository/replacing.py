"""Putting a version's files in place of the working files: staged, verified, journaled, then renamed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsvc.errors import CorruptError, ProtectedError
from dsvc.repository.base_check import found_base
from dsvc.repository.publish import file_moves
from dsvc.repository.saving import save_edits
from dsvc.working_copy import Base, BaseFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dsvc.layout import FileLayout, VersionId
    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.journal import FileMove
    from dsvc.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class WorkingState:
    """The working files before they are replaced: their base, which of them were edited, which are in the way."""

    base: Base | None
    entry: LedgerEntry | None
    """The base version, as far as it is known."""
    present: tuple[str, ...]
    edited: tuple[str, ...]
    sha256: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Replacement:
    """Staged files and the base they will make (None: of no version)."""

    moves: tuple[FileMove, ...]
    base: Base | None


def working_state(ctx: Context, dataset: Dataset) -> WorkingState:
    """Look at the working files: which exist, and which differ from the version they were written from."""
    from dsvc.repository.scan import working_files

    current = ctx.versions.current(dataset, ctx.git.head())
    base = ctx.working.base(dataset.path)
    try:
        here = [path for path in working_files(ctx.working, dataset) if ctx.working.path(path).exists()]
    except FileNotFoundError:
        here = []
    if base is None and current is not None and here:
        base = found_base(ctx, current)
    known = dict(base.files) if base is not None else {}
    edited = [path for path in here if path not in known or ctx.working.is_edited(path, known[path])]
    entry = _entry(ctx, dataset, base.version) if base is not None else None
    shas = {path: known[path].sha256 if path in known and path not in edited else None for path in here}
    return WorkingState(base, entry, tuple(here), tuple(edited), shas)


def _entry(ctx: Context, dataset: Dataset, version: VersionId) -> LedgerEntry | None:
    known = ctx.versions.all_known(dataset, ctx.git.head())
    return next((entry for entry in known if entry.id == version), None)


def protect(ctx: Context, dataset: Dataset, state: WorkingState, *, force: bool, verb: str) -> str | None:
    """Save edits that are about to be overwritten and give the tag that holds them.

    Raises ProtectedError when there are edits and nobody said ``force``.
    """
    if not state.edited:
        return None
    if not force:
        names = ", ".join(f"'{path}'" for path in state.edited[:3])
        was = f"since {state.entry.number}" if state.entry else "and no version is known to have them"
        raise ProtectedError(
            f"{names} was edited {was}; {verb} would overwrite that",
            hint=f"commit the edits first, or let dsvc save them and go on: dsvc {verb} --force",
        )
    return save_edits(ctx, dataset, state.present, state.entry)


def stage_version(ctx: Context, dataset: Dataset, snapshot: Snapshot, version: VersionId) -> Replacement:
    """Write a version's files beside the working files, verified; files it lacks are marked for removal."""
    state = working_state(ctx, dataset)
    moves: list[tuple[str, Path | None, str | None, str | None]] = []
    files: dict[str, BaseFile] = {}
    try:
        for file in snapshot.layout.files:
            if state.sha256.get(file.path) == file.sha256 and state.base is not None:
                files[file.path] = state.base.files[file.path]
                continue
            temporary = _staged(ctx, snapshot, file)
            moves.append((file.path, temporary, state.sha256.get(file.path), file.sha256))
            files[file.path] = BaseFile(file.sha256, None)
    except BaseException:
        for _, staged, _, _ in moves:
            if staged is not None:
                staged.unlink(missing_ok=True)
        raise
    gone = [path for path in state.present if path not in files and (state.base and path in state.base.files)]
    moves += [(path, None, state.sha256[path], None) for path in gone]
    return Replacement(file_moves(moves), Base(version, files))


def _staged(ctx: Context, snapshot: Snapshot, file: FileLayout) -> Path:
    """A file's content, written and checked as a whole; on a mismatch blocks are checked to name what is damaged."""
    try:
        return ctx.working.stage(file.path, _told(ctx, snapshot.chunks(file, verified=False)), file.sha256)
    except CorruptError:
        for _ in snapshot.chunks(file):
            pass
        raise


def _told(ctx: Context, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if ctx.progress is not None:
            ctx.progress(len(chunk))
        yield chunk
