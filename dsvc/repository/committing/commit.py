"""``commit``: the working files of a dataset become its next version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - msgspec needs them at run time
from shlex import quote
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from dsvc.delta import Added, Instead, MovedBlock, Removed
from dsvc.errors import NothingToCommitError, UsageError
from dsvc.origin import Origin
from dsvc.pack import MAX_PACK_BYTES
from dsvc.repository.committing import line_cache
from dsvc.repository.committing.checks import allowing, check_new_lines
from dsvc.repository.committing.drafting import ChangedVersion, VersionDraft
from dsvc.repository.committing.first_pass import FirstPass
from dsvc.repository.committing.new_version import is_described_anew, source_notes
from dsvc.repository.committing.target import Target, find_target
from dsvc.repository.comparison import OldVersion
from dsvc.repository.fixing import METADATA, repairs_since
from dsvc.repository.left_out import no_jsonl_file
from dsvc.repository.remote_settings import uncommitted_remote
from dsvc.repository.results import CommitResult
from dsvc.repository.revisions import one_file
from dsvc.repository.scan import ByItself, scanned
from dsvc.repository.splits.memory import changes_rule
from dsvc.repository.splits.provenance import with_memory
from dsvc.repository.tracking import require_intact
from dsvc.repository.versions import require_dataset
from dsvc.repository.working_files import below_notes, files_below, working_files
from dsvc.repository.writing.journal import FileMove  # noqa: TC001
from dsvc.repository.writing.publish import Draft, publish
from dsvc.repository.writing.version_writer import VersionWriter
from dsvc.store.dry_run import DryRunObjects
from dsvc.working_copy import Base, BaseFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.delta import Change
    from dsvc.diff.summary import Summary
    from dsvc.manifest import Manifest
    from dsvc.repository.committing.checks import CommitCheck
    from dsvc.repository.committing.origins import Place
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.results import CommitRequest
    from dsvc.repository.scan import ScannedFile
    from dsvc.repository.stores import Objects, PausableLock
    from dsvc.repository.versions import Current
    from dsvc.repository.writing.version_writer import StoredVersion
    from dsvc.working_copy import WorkingCopy


_MOST_NAMED: Final = 3


class Placing(msgspec.Struct, frozen=True, kw_only=True):
    """A version that is made of other files than the working files, which get its content in the same step.

    ``verb`` is what ``undo`` calls it; ``moves`` put the staged files in place; ``beside`` are more files of the
    commit, by repository path, in the dataset's state folder.
    """

    verb: str
    moves: tuple[FileMove, ...] = ()
    beside: Mapping[str, bytes] = {}


def commit_copy(
    ctx: Context, request: CommitRequest, copy: WorkingCopy, paths: Sequence[str], placing: Placing
) -> CommitResult:
    """Make the next version of a dataset from a copy of its files; to be called under ``ctx.writing()``.

    Raises what :func:`commit` raises.
    """
    head = ctx.git.head()
    dataset = require_dataset(ctx.versions.datasets(head), request.target)
    current = ctx.versions.current(dataset, head)
    assert current is not None
    require_intact(ctx, current)
    target = Target(dataset, current, head, ctx.working.base(dataset.path))
    return _commit_files(ctx, VersionDraft.of(ctx, request, target), copy, paths, placing)


def commit(ctx: Context, request: CommitRequest) -> CommitResult:
    """Make the next version of a dataset; the working files are only read.

    Raises BadDataError for lines that are no records, ProtectedError when the working file was written from another
    version than HEAD's or something else keeps the data, SourceNeededError when records were added and no source is
    given, NothingToCommitError when nothing changed. Then nothing has changed on disk either.
    """
    with ctx.writing():
        target = find_target(ctx, request)
        paths = working_files(ctx.working, target.dataset)
        if not paths:
            raise no_jsonl_file(ctx.working.root / target.dataset.path, target.dataset.path)
        if request.only is not None and target.current is None:
            raise UsageError("a first version has all records: there is none yet that they are changes of")
        if fixes := repairs_since(ctx, target.dataset):
            request = replace(request, metadata={**request.metadata, METADATA: fixes})
        request = with_memory(ctx, target.dataset, request)
        draft = VersionDraft.of(ctx, request, target)
        if (
            target.current is None
            and request.source is not None
            and request.known_source is None
            and not (request.source_field or request.annotator_field or request.key)
            and not _may_be_refused_late(ctx, target.dataset, paths)
        ):
            return _commit_in_one_pass(ctx, draft, paths)
        if request.only is None:
            return _commit_files(ctx, draft, ctx.working, paths)
        assert target.current is not None
        from dsvc.repository.committing.some_changes import with_chosen

        with with_chosen(ctx, target.current, request.only) as (copy, chosen):
            return _commit_files(ctx, draft, copy, chosen, Placing(verb="commit"))


def _commit_in_one_pass(ctx: Context, draft: VersionDraft, paths: Sequence[str]) -> CommitResult:
    """A first version whose lines all come from one source: they are stored while they are scanned."""
    request, facts = draft.request, draft.facts
    with ctx.locked() as lock:
        writer = VersionWriter(_objects(ctx, request), None)
        first = FirstPass(writer, Origin(facts.id, request.source, facts.annotators))
        reading = ByItself(facts.dataset, ctx.progress, first.take)
        with allowing(request), first, scanned(ctx.working, paths, reading) as files:
            checked = check_new_lines(ctx, facts.dataset, request, files)  # nothing of what is refused is kept
            stored = writer.describe(files, first.pieces(files), whole=request.whole and not request.dry_run)
            assert request.source is not None
            added = {request.source: sum(file.table.records for file in files)}
            return _record(ctx, draft, files, stored, None, added, lock, checked)


def _may_be_refused_late(ctx: Context, dataset: Dataset, paths: Sequence[str]) -> bool:
    """Whether a pack would be full, and stored, before all lines were looked at."""
    from dsvc.repository.committing.commit_rules import names_what_is_refused

    size = sum(ctx.working.path(path).stat().st_size for path in paths)
    return size > MAX_PACK_BYTES and names_what_is_refused(ctx, dataset)


def _commit_files(
    ctx: Context, draft: VersionDraft, working: WorkingCopy, paths: Sequence[str], placing: Placing | None = None
) -> CommitResult:
    """The next version, of files in the work tree or (with ``placing``) of a copy of them."""
    dataset, current = draft.target.dataset, draft.target.current
    snapshot = ctx.versions.snapshot(dataset, current.entry) if current else None
    old = OldVersion.of(snapshot, ctx.state / "cache" / "lines")
    with allowing(draft.request), scanned(working, paths, old.along(dataset, ctx.progress)) as files:
        _require_change(ctx, draft, files, is_said=placing is None and not draft.request.by_others)
        return _commit_scanned(ctx, draft, old, files, placing)


def _commit_scanned(
    ctx: Context, draft: VersionDraft, old: OldVersion, files: Sequence[ScannedFile], placing: Placing | None
) -> CommitResult:
    """The next version: only lines that the current one lacks are stored."""
    changed = ChangedVersion.of(draft, old, files)
    request, dataset = draft.request, draft.facts.dataset
    stands = None if placing is None else _as_seen(request, files)
    checked = check_new_lines(ctx, dataset, request, files, changed.new_lines, changed.before, stands)
    with ctx.locked() as lock:
        stored = changed.store(ctx, _objects(ctx, draft.request))
        added = changed.records_by_source
        return _record(ctx, changed.draft, files, stored, changed.summary, added, lock, checked, placing)


def _as_seen(request: CommitRequest, files: Sequence[ScannedFile]) -> Callable[[Place], Place]:
    """Where lines of a copy stand in the files that the user sees: before a correction, or among edits left out."""
    by_path = {file.path: file for file in files}
    chosen = dict(map(_seen, request.only or ()))

    def stands(place: Place) -> Place:
        path, line = place
        return request.edits.get(place) or chosen.get(by_path[path].line(line - 1).removesuffix(b"\r"), place)

    return stands


def _seen(change: Change) -> tuple[bytes | None, Place]:
    """What a chosen change writes (None: no new line), without its line end, and where that is in the working file."""
    edit = change.change if isinstance(change, Instead) else change
    if isinstance(edit, MovedBlock | Removed):
        return None, ("", 0)
    record = edit.record if isinstance(edit, Added) else edit.new
    content = change.content if isinstance(change, Instead) else record.content
    return content.removesuffix(b"\r"), (record.file, record.line)


def _objects(ctx: Context, request: CommitRequest) -> Objects:
    ctx.packs.sweep()
    return DryRunObjects(ctx.packs) if request.dry_run else ctx.packs


def _record(
    ctx: Context,
    draft: VersionDraft,
    files: Sequence[ScannedFile],
    stored: StoredVersion,
    summary: Summary | None,
    added: Mapping[str, int],
    lock: PausableLock,
    checked: CommitCheck,
    placing: Placing | None = None,
) -> CommitResult:
    """Write the manifest of a version whose data is stored, and make it visible."""
    for file in files:
        file.require_unchanged()
    target, dataset = draft.target, draft.facts.dataset
    manifest = replace(draft.manifest(stored, files, summary, added), validation=checked.summary)
    below = files_below(ctx.working, dataset, ctx.versions.datasets(target.parent))
    told = (*_file_notes(target.current, files), *_others_notes(target.current, files, draft.request.target))
    if target.current is not None and placing is None and not draft.request.by_others:
        told = (*told, *source_notes(manifest.sources, target.current.manifest))
    notes = (*told, *draft.notes, *checked.notes, *below_notes(dataset, below))
    if draft.request.dry_run:
        return CommitResult(
            dataset=dataset,
            manifest=manifest,
            commit=None,
            tag=None,
            new_bytes=stored.new_bytes,
            notes=notes,
            kept_errors=checked.kept,
        )
    published = publish(ctx, _publication(ctx, draft, files, manifest, stored, placing), lock=lock)
    for file in files:
        line_cache.store(ctx.state / "cache" / "lines", file.table)
    return CommitResult(
        dataset=dataset,
        manifest=manifest,
        commit=published.commit,
        tag=published.tag,
        new_bytes=stored.new_bytes,
        notes=(*notes, *published.notes, *uncommitted_remote(ctx)),
        kept_errors=checked.kept,
    )


def _publication(
    ctx: Context,
    draft: VersionDraft,
    files: Sequence[ScannedFile],
    manifest: Manifest,
    stored: StoredVersion,
    placing: Placing | None,
) -> Draft:
    """What is to become visible, with the base that working files have from then on."""
    target = draft.target
    stamps = {f.path: None if placing is not None else ctx.working.settled(f.stamp) for f in files}
    return Draft(
        verb=placing.verb if placing is not None else "commit",
        dataset=draft.facts.dataset,
        manifest=manifest,
        directory=stored.directory,
        current=target.current,
        parent=target.parent,
        tag=draft.numbering.tag(draft.number),
        renumbered=draft.numbering.renumbered,
        base_before=target.base,
        base_after=Base(manifest.id, {f.path: BaseFile(f.table.sha256, stamps[f.path]) for f in files}),
        moves=placing.moves if placing is not None else (),
        beside=placing.beside if placing is not None else {},
    )


def _file_notes(current: Current | None, files: Sequence[ScannedFile]) -> tuple[str, ...]:
    """Files that came into a folder or left it: nobody named them, so they are told."""
    if current is None:
        return ()
    old, new = {file.path for file in current.manifest.files}, {file.path for file in files}
    name = current.dataset.name
    came = [f"'{path}' is new in '{name}'" for path in sorted(new - old)]
    return (*came, *(f"'{path}' is not in '{name}' any more" for path in sorted(old - new)))


def _others_notes(current: Current | None, files: Sequence[ScannedFile], named: str) -> tuple[str, ...]:
    """Who names one file of a folder is told which others have come along: a version is of all of them."""
    if current is None or one_file(current.dataset, named) is None:
        return ()
    old = {file.path: file.sha256 for file in current.manifest.files}
    others = [file.path for file in files if file.path != named and old.get(file.path) not in (None, file.table.sha256)]
    return tuple(f"'{path}' was edited, too: a version is of all files of '{current.dataset.name}'" for path in others)


def _require_change(ctx: Context, draft: VersionDraft, files: Sequence[ScannedFile], *, is_said: bool) -> None:
    """Raise NothingToCommitError for files, key, rule and sources that are as before.

    ``is_said``: what is told of a source is what somebody says of it, and no record of where a file was read from.
    """
    request, target, current = draft.request, draft.target, draft.target.current
    if current is None or request.whole:
        return
    old = {file.path: file.sha256 for file in current.manifest.files}
    same = old == {file.path: file.table.sha256 for file in files}
    if (
        same
        and not changes_rule(request, current.manifest)
        and not (is_said and is_described_anew(draft.facts.sources, current.manifest))
        and (request.key is None or tuple(request.key) == current.manifest.key)
    ):
        told = ctx.versions.called_apart(target.dataset, current.entry)
        message = f"nothing to commit: '{target.dataset.path}' is as in {told}"
        raise NothingToCommitError(message, hint=_unsaid(draft.request, current) if is_said else "dsvc status")


def _unsaid(request: CommitRequest, current: Current) -> str:
    """What helps who told something of a source, and of none that the dataset has."""
    names = [source.name for source in current.manifest.sources]
    describes = request.licence is not None or request.source_uri is not None
    if not describes or not names or request.source in names:
        return "dsvc status"
    return f"say of which source: {' or '.join(f'--source {quote(name)}' for name in names[:_MOST_NAMED])}"
