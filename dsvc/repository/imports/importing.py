"""``import``: the records of a source become the working files of a dataset, and its next version."""

from __future__ import annotations

import hashlib
import re
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import PurePosixPath
from shlex import quote
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from dsvc.errors import NothingToCommitError, ProtectedError, UsageError
from dsvc.importers.registry import SUFFIXES as OTHER_SUFFIXES
from dsvc.importers.steadiness import Steadiness
from dsvc.line_table import CHUNK_BYTES
from dsvc.render.safe_text import safe
from dsvc.repository.committing.commit import commit
from dsvc.repository.committing.licences import check_licence, spdx
from dsvc.repository.committing.target import base_of_new
from dsvc.repository.datasets import SUFFIX, Dataset, name_from
from dsvc.repository.going_back.checkout import record_replacement
from dsvc.repository.going_back.undo import undo
from dsvc.repository.imports.checks import nothing_in_common, refuse_emptying, refuse_other_edits
from dsvc.repository.imports.tasks import refuse_tasks
from dsvc.repository.versions import find_dataset
from dsvc.repository.writing.placing import discard
from dsvc.repository.writing.replacing import Replacement, protect, working_state

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from dsvc.exporters.annotation.ticket import HandedOut
    from dsvc.importers.source import Part, RecordSource
    from dsvc.repository.context import Context
    from dsvc.repository.results import CommitRequest, CommitResult
    from dsvc.repository.writing.journal import Entry, FileMove
    from dsvc.repository.writing.replacing import WorkingState


def refuse_wrapped(source: RecordSource, given: str) -> None:
    """Raise UsageError for one object around what looks like the records, before it is taken for a record."""
    if source.wrapped is None or source.tool is not None:  # a tool's own object is one record
        return
    key, count = source.wrapped
    raise UsageError(
        f"'{given}' is one object around a list: its '{key}' holds {count:,} objects",
        hint=f"take these: --records {quote(key)}; if the whole is one record: --from json-objects",
    )


def refuse_in_vain(ctx: Context, request: CommitRequest) -> None:
    """Raise UsageError for what no source makes right, of a request and of the settings.

    That is before a pipe is read, or a hub is asked.
    """
    ctx.require_settings()
    if request.licence is not None:
        check_licence(request.licence)
    target = request.target.rstrip("/")
    if target and find_dataset(ctx.versions.datasets(ctx.git.head()), target) is None:
        _require_jsonl_name(target)


class Placement(msgspec.Struct, frozen=True):
    """Which dataset a source goes into, and which part becomes which file; ``whole``: it has no other files then."""

    dataset: Dataset
    files: Mapping[str, Part]
    whole: bool


def import_source(
    ctx: Context,
    source: RecordSource,
    request: CommitRequest,
    *,
    given: str,
    force: bool = False,
    handed: HandedOut | None = None,
) -> CommitResult:
    """Make the records of a source the content of a dataset's working files, and commit that.

    ``request.target`` is a dataset, the repository path of a new JSONL file, or of a folder for several parts; empty:
    the source's name decides. What the request does not say of the source is taken from what lies there. When the
    commit is refused, the working files are put back; undoing the commit puts them back, too. ``given``: the source as
    the user wrote it; ``handed``: the version that its records were handed out from, if they are tasks. Raises what
    reading the source and committing raise.
    """
    steadiness = Steadiness.of(source, given)
    sha256 = source.sha256()
    with ctx.writing():  # one writer for all of it: what is taken back must be its own
        ctx.git.identity()  # who cannot commit shall not find other files first
        placement = _placement(ctx, source, request)
        dataset = placement.dataset
        current = ctx.versions.current(dataset, ctx.git.head())
        said = "" if request.source is None else f" --source {quote(request.source)}"
        verb = f"import {quote(given)} --as {quote(request.target or dataset.path)}{said}"
        if current is None:
            base_of_new(ctx, dataset, request.base)
        else:
            refuse_tasks(ctx, current, handed, source, given, verb)
            refuse_emptying(placement, current, given)
        placement = _steady(placement, steadiness)
        made = described(source, replace(request, target=dataset.path), sha256)
        result = import_parts(ctx, placement, made, given=given, force=force, verb=verb, notes=source.told)
        return replace(result, notes=(*result.notes, *nothing_in_common(result, current, given)))


def import_parts(
    ctx: Context,
    placement: Placement,
    request: CommitRequest,
    *,
    given: str,
    force: bool,
    verb: str,
    notes: Iterable[str] = (),
) -> CommitResult:
    """Bring in files and commit them: both or neither, and one undo takes back both. Who writes holds ``ctx.writing``.

    ``notes`` are told after the files were read.
    """
    before = ctx.journal.next_number()
    with _no_empty_folders(ctx, placement.files):
        bring_in(ctx, placement, force=force, given=given, verb=verb)
        try:
            result = commit(ctx, replace(request, by_others=True))
        except NothingToCommitError as error:
            _take_back(ctx, before)
            raise _edited_only(ctx, placement.dataset, given) or error from None
        except BaseException:
            if (made := _committed(ctx, before)) is not None:  # Ctrl-C came when git had it already
                _link(ctx, before, made)
            else:
                _take_back(ctx, before)
            raise
        result = replace(result, notes=(*notes, *result.notes))
        if request.dry_run:
            _take_back(ctx, before)
            return result
    return _linked(ctx, before, result)


@contextmanager
def _no_empty_folders(ctx: Context, paths: Iterable[str]) -> Iterator[None]:
    """Folders that files are put into, and that were not there before, go again when nothing is left in them."""
    missing = {folder for path in paths for folder in ctx.working.path(path).parents if not folder.exists()}
    try:
        yield
    finally:
        for folder in sorted(missing, key=lambda folder: len(folder.parts), reverse=True):
            with suppress(OSError):  # it holds something, or was never made
                folder.rmdir()


def described(source: RecordSource, request: CommitRequest, sha256: str | None) -> CommitRequest:
    """The request with what is known of the source, where the user did not say otherwise."""
    return replace(
        request,
        source=request.source or source.source,
        source_uri=request.source_uri or source.uri,
        source_sha256=sha256,
        source_revision=source.revision,
        source_tool=source.tool,
        licence=request.licence or (spdx(source.licence) if source.licence is not None else None),
        annotator_field=request.annotator_field or source.annotator_field,
        metadata={**source.metadata, **request.metadata},
    )


def _linked(ctx: Context, before: int, result: CommitResult) -> CommitResult:
    """Let one undo take back both the commit and the bringing in; say where edits were saved."""
    with ctx.writing():
        made = _committed(ctx, before)
        imported = _link(ctx, before, made) if made is not None and made.version == result.manifest.id else None
    if imported is None or imported.saved is None:
        return result
    saved = f"your edits were saved as '{imported.saved}': dsvc checkout {result.dataset.name}@{imported.saved}"
    return replace(result, notes=(*result.notes, saved))


def _committed(ctx: Context, before: int) -> Entry | None:
    """The commit among the operations from a number on, None while there is none that stands."""
    entries = (entry for entry in ctx.journal.entries() if entry.number >= before)
    return next((entry for entry in entries if entry.verb == "commit" and entry.state == "done"), None)


def _link(ctx: Context, before: int, made: Entry) -> Entry | None:
    """Let one undo take back a commit and the bringing in that has this number; that one, None where nothing was."""
    imported = next((entry for entry in ctx.journal.entries() if entry.number == before), None)
    if imported is None or imported.verb != "import" or imported.dataset != made.dataset:
        return None
    ctx.journal.write(replace(made, brought_in=imported.number))
    return imported


def _edited_only(ctx: Context, dataset: Dataset, given: str) -> NothingToCommitError | None:
    """The error for a source that is the version which the working file, edited since, was written from."""
    if not working_state(ctx, dataset).edited:
        return None
    return NothingToCommitError(
        f"nothing to commit: '{given}' is what '{dataset.name}' has; the edits in '{dataset.path}' were left alone",
        hint=f"to give them up (they are saved first): dsvc restore {dataset.name}",
    )


def _take_back(ctx: Context, before: int) -> None:
    """Undo the bringing in, unless there was nothing to bring in: then the last operation is somebody else's.

    Where git died at work and left a lock, the commit is still open: the next writer finishes it or puts it back, and
    until then nobody knows whether the files belong to a version. It puts the files back together with the commit.
    """
    left = ctx.journal.open_entries()
    if ctx.journal.next_number() > before and not left:
        undo(ctx)
        _forget_saved(ctx, before)
    for entry in left:
        if entry.number > before and entry.verb == "commit":
            ctx.journal.write(replace(entry, brought_in=before))


def _forget_saved(ctx: Context, number: int) -> None:
    """Drop the tag of edits that an operation saved and that are back in the working files."""
    entry = next((entry for entry in ctx.journal.entries() if entry.number == number), None)
    if entry is None or entry.saved is None or ctx.git.tagged(entry.saved) is None:
        return
    was = {move.path: move.sha256_before for move in entry.moves if move.sha256_before is not None}
    if all(ctx.working.path(path).exists() and ctx.working.sha256(path) == sha256 for path, sha256 in was.items()):
        ctx.git.delete_tag(entry.saved)


def bring_in(ctx: Context, placement: Placement, *, force: bool = False, given: str, verb: str) -> None:
    """Write the parts of a source into working files. Nothing is committed yet; ``undo`` puts them back.

    ``given`` is the source as the user wrote it, ``verb`` the command that does this. Raises ProtectedError when a
    working file has edits that no version has, and nobody said ``force``; or other files of its folder have some.
    """
    dataset = placement.dataset
    with ctx.writing():
        state = working_state(ctx, dataset)
        refuse_other_edits(placement, state)
        moves: list[FileMove] = []
        try:
            after = dict(state.sha256) if not placement.whole else {}
            for path, part in placement.files.items():
                digest = hashlib.sha256()
                with closing(_checked(ctx, part, digest)) as chunks:
                    staged = ctx.working.stage(path, chunks, None)
                after[path] = digest.hexdigest()
                moves.append(state.move(path, str(staged), after[path]))
            moves = _needed(moves, state, after)
            saved = protect(ctx, dataset, state, after, force=force, verb=verb)
        except BaseException:
            discard(moves)
            raise
        if moves:
            replacement = Replacement(tuple(moves), state.base)
            record_replacement(ctx, "import", dataset, f"'{given}'", state.base, replacement, saved)


def _needed(moves: list[FileMove], state: WorkingState, after: Mapping[str, str]) -> list[FileMove]:
    """Without those that are done already (an import was cut short before its commit), with those that remove files."""
    done = [move for move in moves if state.sha256.get(move.path) == move.sha256_after]
    discard(done)
    gone = [state.move(path, None, None) for path in state.present if path not in after]
    return [*(move for move in moves if move not in done), *gone]


def _checked(ctx: Context, part: Part, digest: hashlib._Hash) -> Generator[bytes, None, None]:
    """The lines in larger chunks, counted into the digest.

    Raises BadDataError with the source's own name for the first line that is no record.
    """
    pending: list[bytes] = []
    size, first = 0, 1
    for line in part.lines():
        pending.append(line)
        size += len(line)
        if size >= CHUNK_BYTES:
            yield _counted(ctx, part, pending, first, digest)
            first += len(pending)
            pending, size = [], 0
    if pending:
        yield _counted(ctx, part, pending, first, digest)


def _counted(ctx: Context, part: Part, lines: list[bytes], first: int, digest: hashlib._Hash) -> bytes:
    import numpy as np

    from dsvc.record import check_records

    chunk = b"".join(lines)
    ends = np.cumsum([*map(len, lines)])
    check_records(chunk, ends, name=part.called, numbers=range(first, first + len(lines)))
    digest.update(chunk)
    if ctx.progress is not None:
        ctx.progress(len(chunk))
    return chunk


def _placement(ctx: Context, source: RecordSource, request: CommitRequest) -> Placement:
    """Where the parts go. Raises UsageError when several would become one file, or one has no name in a folder."""
    target = request.target.rstrip("/") or None
    if target is not None and (plain := safe(target)) != target:
        name = re.sub(r"[^\w./-]+", "-", target)
        raise UsageError(
            f"'{plain}' cannot be the name of a dataset: it has control characters in it", hint=f"--as {name}"
        )
    known = find_dataset(ctx.versions.datasets(ctx.git.head()), target) if target is not None else None
    if known is not None and known.kind == "folder":
        if target is not None and target.endswith(SUFFIX):
            return Placement(known, {target: _only(source, target)}, whole=False)
        return Placement(known, _files_in(known.path, source), whole=not source.picked)
    if known is not None:
        return Placement(known, {known.path: _only(source, known.path)}, whole=True)
    if source.is_folder and not (target or "").endswith(SUFFIX):
        path = target or name_from(source.name)
        dataset = Dataset(request.name or name_from(path), path, "folder")
        return Placement(dataset, _files_in(path, source), whole=True)
    path = _jsonl_path(ctx, target, source) if target is not None else name_from(source.name) + SUFFIX
    return Placement(Dataset(request.name or name_from(path), path, "file"), {path: _only(source, path)}, whole=True)


def _steady(placement: Placement, steadiness: Steadiness) -> Placement:
    """The same, with a look at the files of the source when the last part was read, before anything is replaced."""
    files = dict(placement.files)
    for path, part in [*files.items()][-1:]:
        files[path] = replace(part, lines=partial(_and_then, part, steadiness))
    return replace(placement, files=files)


def _and_then(part: Part, steadiness: Steadiness) -> Iterator[bytes]:
    yield from part.lines()
    steadiness.require()


def _jsonl_path(ctx: Context, target: str, source: RecordSource) -> str:
    """The file that a new dataset is. Raises UsageError when its name means a folder, or another format."""
    if target.endswith(SUFFIX):
        return target
    if ctx.working.path(target).is_dir():
        hint = f"name the file in it: --as {quote(f'{target}/{name_from(source.name)}{SUFFIX}')}"
        raise UsageError(f"'{target}' is a folder", hint=hint)
    _require_jsonl_name(target)
    return target + SUFFIX


def _require_jsonl_name(target: str) -> None:
    other = PurePosixPath(target)
    if other.suffix != SUFFIX and other.suffix.lower() in OTHER_SUFFIXES:
        hint = f"the records become JSONL: --as {quote(str(other.with_suffix(SUFFIX)))}"
        raise UsageError(f"a dataset is not kept as '{other.suffix}'", hint=hint)


def _only(source: RecordSource, path: str) -> Part:
    if len(source.parts) != 1:
        splits = [str(part.split) for part in source.parts]
        raise UsageError(
            f"'{source.name}' has {len(splits)} splits ({', '.join(splits)}), and '{path}' is one file",
            hint=f"name the split: --split {splits[0]}; or a folder for all of them: --as {path.removesuffix(SUFFIX)}",
        )
    return source.parts[0]


def _files_in(folder: str, source: RecordSource) -> dict[str, Part]:
    """A file for each split of a source."""
    files = {}
    for part in source.parts:
        if part.split is None:
            raise ProtectedError(
                f"'{folder}' is a folder of files", hint=f"name the file: --as {quote(f'{folder}/train{SUFFIX}')}"
            )
        files[f"{folder}/{name_from(part.split)}{SUFFIX}"] = part
    if len({path.casefold() for path in files}) < len(source.parts):
        raise UsageError("two splits would become one file", hint="take them one by one: --split NAME")
    return files
