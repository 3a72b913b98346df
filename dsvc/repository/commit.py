"""``commit``: the working files of a dataset become its next version."""

from __future__ import annotations

import stat
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dsvc.errors import NotFoundError, ProtectedError, UsageError
from dsvc.origin import Origin
from dsvc.record import BOM
from dsvc.repository import line_cache
from dsvc.repository.base_check import require_base
from dsvc.repository.comparison import match_working, working_snapshot
from dsvc.repository.datasets import SUFFIX, Dataset, check_name, fold, name_from
from dsvc.repository.first_pass import FirstPass
from dsvc.repository.new_version import Numbering, VersionFacts, build_manifest, with_origins
from dsvc.repository.origins import assign_origins
from dsvc.repository.publish import Draft, publish
from dsvc.repository.results import CommitResult
from dsvc.repository.scan import require_bom_first, scanned
from dsvc.repository.tracking import require_intact, require_untracked
from dsvc.repository.version_writer import NewFile, VersionWriter
from dsvc.repository.versions import find_dataset
from dsvc.repository.working_files import working_files
from dsvc.store.dry_run import DryRunObjects
from dsvc.working_copy import Base, BaseFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsvc.diff.summary import Summary
    from dsvc.manifest import Number
    from dsvc.matching import MatchedFile
    from dsvc.repository.context import Context
    from dsvc.repository.origins import Place
    from dsvc.repository.results import CommitRequest
    from dsvc.repository.scan import ScannedFile
    from dsvc.repository.stores import Objects, PausableLock
    from dsvc.repository.version_writer import StoredVersion
    from dsvc.repository.versions import Current
    from dsvc.snapshot import Snapshot
    from dsvc.store.git_values import CommitId

_TAKEN_FOLDERS = (".git", ".dvc", ".dsvc")


@dataclass(frozen=True, slots=True)
class _Target:
    """What is to be committed, and onto what."""

    dataset: Dataset
    current: Current | None
    parent: CommitId | None
    base: Base | None


def commit(ctx: Context, request: CommitRequest) -> CommitResult:
    """Make the next version of a dataset; the working files are only read.

    Raises BadDataError for lines that are no records, ProtectedError when the working file was written from another
    version than HEAD's or something else keeps the data, SourceNeededError when records were added and no source is
    given, NotFoundError when nothing changed. Then nothing has changed on disk either.
    """
    with ctx.writing():
        target = _target(ctx, request)
        paths = working_files(ctx.working, target.dataset)
        if not paths:
            raise NotFoundError(f"there is no JSONL file in '{target.dataset.path}'", hint="put FILE.jsonl there")
        draft = _Draft.of(ctx, request, target)
        if (
            target.current is None
            and request.source is not None
            and not (request.source_field or request.annotator_field)
        ):
            return _commit_in_one_pass(ctx, draft, paths)
        with scanned(ctx.working, target.dataset, paths, progress=ctx.progress) as files:
            _require_change(target, files, request)
            return _commit_scanned(ctx, draft, files)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A version to be: what was asked, what it stands on, and what is known before its data is read."""

    request: CommitRequest
    target: _Target
    facts: VersionFacts
    numbering: Numbering
    number: Number
    key: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def with_facts(self, facts: VersionFacts, notes: tuple[str, ...]) -> _Draft:
        """With what the records themselves told, and what should be known about that."""
        return replace(self, facts=facts, notes=notes)

    @staticmethod
    def of(ctx: Context, request: CommitRequest, target: _Target) -> _Draft:
        dataset, current = target.dataset, target.current
        key = request.key if request.key is not None else (current.manifest.key if current else ())
        facts = VersionFacts.of(ctx, request, dataset, current, target.parent)
        numbering = Numbering.of(ctx, dataset, current, target.parent)
        number = numbering.choose(request.number, major=request.major)
        return _Draft(request, target, facts, numbering, number, tuple(key))


def _commit_in_one_pass(ctx: Context, draft: _Draft, paths: Sequence[str]) -> CommitResult:
    """A first version whose lines all come from one source: they are stored while they are scanned."""
    request, facts = draft.request, draft.facts
    lock = ctx.packs.lock(ctx.lock_timeout)
    with lock:
        writer = VersionWriter(_objects(ctx, request), None)
        first = FirstPass(writer, Origin(facts.id, request.source, facts.annotators))
        with first, scanned(ctx.working, facts.dataset, paths, progress=ctx.progress, take=first.take) as files:
            stored = writer.describe(files, first.pieces(files), whole=request.whole and not request.dry_run)
            assert request.source is not None
            added = {request.source: sum(file.table.records for file in files)}
            return _record(ctx, draft, files, stored, None, added, lock)


def _commit_scanned(ctx: Context, draft: _Draft, files: Sequence[ScannedFile]) -> CommitResult:
    """The next version: only lines that the current one lacks are stored."""
    request, current, dataset = draft.request, draft.target.current, draft.facts.dataset
    old = ctx.versions.snapshot(dataset, current.entry) if current else None
    matched = match_working(old, files, ctx.state / "cache" / "lines")
    if old is not None and _has_bom(old):
        for file in files:
            require_bom_first(file)
    summary, edited = _compared(dataset, old, files, matched, draft.key)
    origins = assign_origins(request, draft.facts, current, old, edited, files, matched)
    draft = draft.with_facts(with_origins(draft.facts, request, origins), origins.notes)
    lock = ctx.packs.lock(ctx.lock_timeout)
    with lock:
        base = (ctx.versions.layout(current.entry), ctx.versions.store(current.entry)) if current else None
        new_files = [NewFile(f, m, o) for f, m, o in zip(files, matched, origins.lines, strict=True)]
        stored = VersionWriter(_objects(ctx, request), base).write(
            new_files, origins.origins, whole=request.whole and not request.dry_run, progress=ctx.progress
        )
        return _record(ctx, draft, files, stored, summary, origins.records_by_source, lock)


def _objects(ctx: Context, request: CommitRequest) -> Objects:
    ctx.packs.sweep()
    return DryRunObjects(ctx.packs) if request.dry_run else ctx.packs


def _record(
    ctx: Context,
    draft: _Draft,
    files: Sequence[ScannedFile],
    stored: StoredVersion,
    summary: Summary | None,
    added: Mapping[str, int],
    lock: PausableLock,
) -> CommitResult:
    """Write the manifest of a version whose data is stored, and make it visible."""
    for file in files:
        file.require_unchanged()
    target, dataset = draft.target, draft.facts.dataset
    manifest = build_manifest(draft.facts, draft.number, stored, files, summary, added, draft.key)
    notes = (*_file_notes(target.current, files), *draft.notes)
    if draft.request.dry_run:
        return CommitResult(
            dataset=dataset,
            manifest=manifest,
            commit=None,
            tag=None,
            new_bytes=stored.new_bytes,
            notes=notes,
        )
    base = Base(manifest.id, {f.path: BaseFile(f.table.sha256, ctx.working.settled(f.stamp)) for f in files})
    published = publish(
        ctx,
        Draft(
            verb="commit",
            dataset=dataset,
            manifest=manifest,
            directory=stored.directory,
            current=target.current,
            parent=target.parent,
            tag=draft.numbering.tag(draft.number),
            base_before=target.base,
            base_after=base,
        ),
        lock=lock,
    )
    for file in files:
        line_cache.store(ctx.state / "cache" / "lines", file.table)
    return CommitResult(
        dataset=dataset,
        manifest=manifest,
        commit=published.commit,
        tag=published.tag,
        new_bytes=stored.new_bytes,
        notes=(*notes, *published.notes),
    )


def _has_bom(old: Snapshot) -> bool:
    """Whether one of the old lines begins with a byte order mark: fine where it was, wrong wherever it moves to."""
    first = (next(iter(file.pieces), None) for file in old.layout.files)
    return any(p is not None and old.packs.read(p.pack, p.offset, min(p.bytes, len(BOM))) == BOM for p in first)


def _compared(
    dataset: Dataset,
    old: Snapshot | None,
    files: Sequence[ScannedFile],
    matched: Sequence[MatchedFile],
    key: Sequence[str],
) -> tuple[Summary | None, dict[Place, Place]]:
    """The counts of changes, and for each edited line its place now and in the old version."""
    if old is None:
        return None, {}
    from dsvc.diff import diff

    changes = diff(old, working_snapshot(dataset.path, old, files, matched), key=key)
    return changes.counts, dict(changes.edited_places())


def _target(ctx: Context, request: CommitRequest) -> _Target:
    ctx.require_no_merge()
    ctx.git.identity()
    head = ctx.git.head()
    datasets = ctx.versions.datasets(head)
    dataset = find_dataset(datasets, request.target)
    if dataset is None:
        dataset = _new_dataset(ctx, request, datasets)
        require_untracked(ctx, dataset)
        return _Target(dataset, None, head, ctx.working.base(dataset.path))
    if request.name is not None and request.name != dataset.name:
        raise UsageError(
            f"'{dataset.path}' is the dataset '{dataset.name}'; its name cannot be changed",
            hint=f"dsvc commit {dataset.name}",
        )
    current = ctx.versions.current(dataset, head)
    assert current is not None
    require_intact(ctx, current)
    require_untracked(ctx, dataset)
    return _Target(dataset, current, head, require_base(ctx, current, request.base))


def _new_dataset(ctx: Context, request: CommitRequest, datasets: Sequence[Dataset]) -> Dataset:
    path = request.target.rstrip("/")
    if path.split("/", 1)[0] in _TAKEN_FOLDERS:
        raise UsageError(
            f"'{path}' lies in a folder of git, DVC or dsvc itself",
            hint=f"move it: mv '{path}' '{path.split('/')[-1]}'",
        )
    try:
        mode = ctx.working.path(path).stat().st_mode
    except OSError:
        known = ", ".join(dataset.name for dataset in datasets) or "none yet"
        raise NotFoundError(
            f"there is no file or dataset '{request.target}' (datasets here: {known})",
            hint="dsvc commit PATH/TO/FILE.jsonl",
        ) from None
    is_folder = stat.S_ISDIR(mode)
    if not is_folder and not path.endswith(SUFFIX):
        raise UsageError(
            f"'{path}' is not a JSONL file by its name", hint=f"rename it to end in {SUFFIX}, or: dsvc import '{path}'"
        )
    name = check_name(request.name if request.name is not None else name_from(path))
    dataset = Dataset(name, path, "folder" if is_folder else "file")
    for other in datasets:
        _require_apart(dataset, other)
    return dataset


def _require_apart(dataset: Dataset, other: Dataset) -> None:
    if fold(dataset.name) == fold(other.name):
        raise UsageError(
            f"there is a dataset '{other.name}' already ('{other.path}')", hint="choose another one: --name NAME"
        )
    if fold(dataset.state_path) == fold(other.state_path):
        raise ProtectedError(f"'{dataset.path}' and the dataset '{other.path}' would share one place in .dsvc/")
    for outer, inner in ((dataset, other), (other, dataset)):
        if outer.kind == "folder" and inner.path.startswith(f"{outer.path}/"):
            raise ProtectedError(f"'{inner.path}' lies inside '{outer.path}'; a file belongs to one dataset only")


def _file_notes(current: Current | None, files: Sequence[ScannedFile]) -> tuple[str, ...]:
    """Files that came into a folder or left it: nobody named them, so they are told."""
    if current is None:
        return ()
    old, new = {file.path for file in current.manifest.files}, {file.path for file in files}
    name = current.dataset.name
    came = [f"'{path}' is new in '{name}'" for path in sorted(new - old)]
    return (*came, *(f"'{path}' is not in '{name}' any more" for path in sorted(old - new)))


def _require_change(target: _Target, files: Sequence[ScannedFile], request: CommitRequest) -> None:
    current = target.current
    if current is None or request.whole:
        return
    old = {file.path: file.sha256 for file in current.manifest.files}
    same = old == {file.path: file.table.sha256 for file in files}
    if same and (request.key is None or tuple(request.key) == current.manifest.key):
        raise NotFoundError(
            f"nothing to commit: '{target.dataset.path}' is as in {current.manifest.number}", hint="dsvc status"
        )
