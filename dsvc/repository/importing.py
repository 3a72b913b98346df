"""``import``: another file becomes the working file of a dataset, and its next version."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from shlex import quote
from typing import TYPE_CHECKING

from msgspec.structs import replace

from dsvc.errors import ProtectedError
from dsvc.importers import read
from dsvc.line_table import CHUNK_BYTES
from dsvc.repository.commit import commit
from dsvc.repository.datasets import SUFFIX, Dataset, name_from
from dsvc.repository.going_back import record_replacement
from dsvc.repository.publish import file_moves
from dsvc.repository.replacing import Replacement, protect, working_state
from dsvc.repository.target import base_of_new
from dsvc.repository.undo import undo
from dsvc.repository.versions import find_dataset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dsvc.repository.context import Context
    from dsvc.repository.results import CommitRequest, CommitResult


def import_file(
    ctx: Context,
    source: Path,
    request: CommitRequest,
    *,
    format_name: str | None,
    force: bool = False,
    given: str | None = None,
) -> CommitResult:
    """Make the records of another file the content of a dataset's working file, and commit that.

    ``request.target`` is a dataset, or the repository path of a new JSONL file; empty: the source's name decides. What
    the request does not say of the source is taken from the file. When the commit is refused, the working file is put
    back; undoing the commit puts it back, too. ``given``: the source as the user wrote it. Raises what reading the
    source and committing raise.
    """
    digest = hashlib.sha256()
    with source.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    with ctx.writing():  # one writer for all of it: what is taken back must be its own
        return _import(
            ctx, source, request, digest.hexdigest(), read(source, format_name, name=given), force=force, given=given
        )


def _import(
    ctx: Context,
    source: Path,
    request: CommitRequest,
    sha256: str,
    lines: Iterator[bytes],
    *,
    force: bool,
    given: str | None,
) -> CommitResult:
    ctx.git.identity()  # who cannot commit shall not find another file first
    before = ctx.journal.next_number()
    new = _dataset_for(ctx, source, request.target or None)
    if ctx.versions.current(new, ctx.git.head()) is None:
        base_of_new(ctx, new, request.base)
    dataset = bring_in(ctx, source, request.target or None, lines, force=force, given=given)
    request = replace(request, target=dataset.path, source_uri=request.source_uri or source.name, source_sha256=sha256)
    try:
        result = commit(ctx, request)
    except BaseException:
        _take_back(ctx, before)
        raise
    if request.dry_run:
        _take_back(ctx, before)
        return result
    return _linked(ctx, before, result)


def _linked(ctx: Context, before: int, result: CommitResult) -> CommitResult:
    """Let one undo take back both the commit and the bringing in; say where edits were saved."""
    with ctx.writing():
        entries = [entry for entry in ctx.journal.entries() if entry.number >= before]
        made = next((entry for entry in entries if entry.version == result.manifest.id), None)
        imported = next((entry for entry in entries if entry.number == before and entry.verb == "import"), None)
        if made is None or imported is None or imported.dataset != made.dataset:
            return result
        ctx.journal.write(replace(made, brought_in=imported.number))
    if imported.saved is None:
        return result
    saved = f"your edits were saved as '{imported.saved}': dsvc checkout {result.dataset.name}@{imported.saved}"
    return replace(result, notes=(*result.notes, saved))


def _take_back(ctx: Context, before: int) -> None:
    """Undo the bringing in, unless there was nothing to bring in: then the last operation is somebody else's."""
    if ctx.journal.next_number() > before:
        undo(ctx)


def bring_in(
    ctx: Context,
    source: Path,
    target: str | None,
    lines: Iterator[bytes],
    *,
    force: bool = False,
    given: str | None = None,
) -> Dataset:
    """Write the records of another file into a working file. Nothing is committed yet; ``undo`` puts it back.

    ``target`` is a dataset, or the repository path of a new JSONL file; without one the source's name decides.
    Raises ProtectedError when the working file has edits that no version has, and nobody said ``force``.
    """
    with ctx.writing():
        dataset = _dataset_for(ctx, source, target)
        state = working_state(ctx, dataset)
        digest = hashlib.sha256()
        staged = ctx.working.stage(dataset.path, _noted(ctx, lines, digest), None)
        if state.sha256.get(dataset.path) == digest.hexdigest():
            staged.unlink()  # it is there already: an import was cut short before its commit
            return dataset
        try:
            verb = f"import {quote(given or str(source))} --as {quote(target or dataset.path)}"
            after = {dataset.path: digest.hexdigest()}
            saved = protect(ctx, dataset, state, after, force=force, verb=verb)
        except BaseException:
            staged.unlink()
            raise
        moves = file_moves([(dataset.path, staged, state.sha256.get(dataset.path), digest.hexdigest())])
        record_replacement(
            ctx, "import", dataset, f"'{source.name}'", state.base, Replacement(moves, state.base), saved
        )
        return dataset


def _noted(ctx: Context, lines: Iterator[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    """The lines in larger chunks, counted into the digest."""
    pending, size = [], 0
    for line in lines:
        pending.append(line)
        size += len(line)
        if size >= CHUNK_BYTES:
            yield _counted(ctx, b"".join(pending), digest)
            pending, size = [], 0
    if pending:
        yield _counted(ctx, b"".join(pending), digest)


def _counted(ctx: Context, chunk: bytes, digest: hashlib._Hash) -> bytes:
    digest.update(chunk)
    if ctx.progress is not None:
        ctx.progress(len(chunk))
    return chunk


def _dataset_for(ctx: Context, source: Path, target: str | None) -> Dataset:
    datasets = ctx.versions.datasets(ctx.git.head())
    known = find_dataset(datasets, target) if target is not None else None
    if known is not None:
        if known.kind == "folder":
            raise ProtectedError(
                f"'{known.name}' is a folder of files", hint=f"name the file: --as {known.path}/train.jsonl"
            )
        return known
    path = target or f"{name_from(source.stem)}{SUFFIX}"
    if not path.endswith(SUFFIX):
        path += SUFFIX
    return Dataset(name_from(path), str(PurePosixPath(path)), "file")
