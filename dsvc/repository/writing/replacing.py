"""Putting a version's files in place of the working files: staged, verified, journaled, then renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import CorruptError, ProtectedError
from dsvc.repository.committing.base_check import found_base
from dsvc.repository.going_back.kept import called_apart, version_by_id
from dsvc.repository.writing.journal import FileMove
from dsvc.repository.writing.placing import discard
from dsvc.repository.writing.saving import save_edits
from dsvc.working_copy import Base, BaseFile, Stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dsvc.layout import FileLayout
    from dsvc.manifest import LedgerEntry
    from dsvc.origin import VersionId
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.snapshot import Snapshot


_MOST_TOLD = 5
"""So many files of a folder are told one by one."""


class WorkingState(msgspec.Struct, frozen=True):
    """The working files before they are replaced: their base, which of them were edited, which are in the way."""

    base: Base | None
    entry: LedgerEntry | None
    """The base version, as far as it is known."""
    present: tuple[str, ...]
    edited: tuple[str, ...]
    sha256: dict[str, str]
    stamps: dict[str, Stamp]
    """Of the files that are present, as they were when they were looked at."""

    def move(self, path: str, temporary: str | None, sha256: str | None) -> FileMove:
        """The journal's line for a staged file (None: removal) that takes the place of one of these."""
        return FileMove(
            path=path,
            temporary=temporary,
            sha256_before=self.sha256.get(path),
            sha256_after=sha256,
            stamp_before=self.stamps.get(path),
        )


class Replacement(msgspec.Struct, frozen=True):
    """Staged files and the base they will make (None: of no version)."""

    moves: tuple[FileMove, ...]
    base: Base | None


def working_state(ctx: Context, dataset: Dataset) -> WorkingState:
    """Look at the working files: which exist, and which differ from the version they were written from."""
    from dsvc.repository.working_files import working_files

    current = ctx.versions.current(dataset, ctx.git.head())
    base = ctx.working.base(dataset.path)
    try:
        here = [path for path in working_files(ctx.working, dataset) if ctx.working.path(path).exists()]
    except FileNotFoundError:
        here = []
    if base is None and current is not None and here:
        base = found_base(ctx, current)
    known = dict(base.files) if base is not None else {}
    stamps = {path: ctx.working.stamp(path) for path in here}
    shas = {path: _sha256(ctx, path, stamps[path], known.get(path)) for path in here}
    edited = tuple(path for path in here if path not in known or shas[path] != known[path].sha256)
    entry = version_by_id(ctx, dataset, base.version) if base is not None else None
    return WorkingState(base, entry, tuple(here), edited, shas, stamps)


def _sha256(ctx: Context, path: str, stamp: Stamp, known: BaseFile | None) -> str:
    return known.sha256 if known is not None and known.stamp == stamp else ctx.working.sha256(path)


def protect(
    ctx: Context, dataset: Dataset, state: WorkingState, after: Mapping[str, str], *, force: bool, verb: str
) -> str | None:
    """Save edits that are about to be overwritten or taken away, and give the tag that holds them.

    ``after``: the files that will be there and their sha256. A file that no version has is an edit of its folder, like
    any other. Raises ProtectedError when there are edits and nobody said ``force``.
    """
    lost = [path for path in state.edited if after.get(path) != state.sha256[path]]
    if not lost:
        return None
    if not force:
        raise ProtectedError(
            _would_be_lost(ctx, dataset, state, lost, after, verb),
            hint=f"commit the edits first, or let dsvc save them and go on: dsvc {verb} --force",
        )
    return save_edits(ctx, dataset, state.present, state.entry)


def _would_be_lost(
    ctx: Context, dataset: Dataset, state: WorkingState, lost: Sequence[str], after: Mapping[str, str], verb: str
) -> str:
    """One sentence about the edits that a verb would destroy."""
    version = called_apart(ctx, dataset, state.entry) if state.entry is not None else None
    known = state.base.files if state.base is not None else {}
    stray = [path for path in lost if path not in known and path not in after]
    if len(stray) == len(lost):
        was = f"not in {version}" if version else "in no version that is known"
        return f"{_named(stray)} is {was}; {verb} would take it away"
    edited = [path for path in lost if path not in stray]
    if version is None:
        return f"{_named(edited)} has what no version is known to have; {verb} would overwrite that"
    return f"{_named(edited)} was edited since {version}; {verb} would overwrite that"


def _named(paths: Sequence[str]) -> str:
    return ", ".join(f"'{path}'" for path in paths[:3])


def told_by_file(dataset: Dataset, moves: Sequence[FileMove]) -> tuple[str, ...]:
    """What was done to each file of a folder, one sentence each, few of a kind (a single file is told otherwise)."""
    if dataset.kind == "file":
        return ()
    taken = [move.path for move in moves if move.sha256_after is None]
    back = [move.path for move in moves if move.sha256_after is not None and move.sha256_before is None]
    replaced = [move.path for move in moves if move.sha256_after is not None and move.sha256_before is not None]
    told = []
    for paths, what in ((taken, "taken away"), (back, "put there"), (replaced, "replaced")):
        told += [f"'{path}' was {what}" for path in paths[:_MOST_TOLD]]
        if len(paths) > _MOST_TOLD:
            told.append(f"and {len(paths) - _MOST_TOLD:,} more")
    return tuple(told)


def stage_version(
    ctx: Context, dataset: Dataset, snapshot: Snapshot, version: VersionId, state: WorkingState | None = None
) -> Replacement:
    """Write a version's files beside the working files, verified; all others in the folder are marked for removal.

    ``state``: the working files when somebody decided to replace them; what is written to them later is not touched.
    """
    state = state or working_state(ctx, dataset)
    moves: list[FileMove] = []
    files: dict[str, BaseFile] = {}
    try:
        for file in snapshot.layout.files:
            files[file.path] = BaseFile(file.sha256, None)
            if state.sha256.get(file.path) == file.sha256:
                if state.base is not None and state.base.files.get(file.path, files[file.path]).sha256 == file.sha256:
                    files[file.path] = state.base.files.get(file.path, files[file.path])
                continue
            temporary = str(_staged(ctx, snapshot, file))
            moves.append(state.move(file.path, temporary, file.sha256))
    except BaseException:
        discard(moves)
        raise
    gone = [path for path in state.present if path not in files]
    moves += [state.move(path, None, None) for path in gone]
    return Replacement(tuple(moves), Base(version, files))


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
