"""``adopt``: take over a dataset that plain DVC, git or git-lfs keeps today, with its old versions if wanted.

Each old version becomes a commit behind the branch's tip, with its author, date and message, and one commit on top of
them makes the last one current; the branch moves there at once. The old keeper's commits and tags stay as they are.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from dsvc.durable import make_folders
from dsvc.errors import BadDataError, MissingObjectError, ProtectedError
from dsvc.manifest import Manifest, Number, Person
from dsvc.origin import Annotator
from dsvc.repository.committing.drafting import ChangedVersion, VersionDraft
from dsvc.repository.committing.target import Target, base_of_new
from dsvc.repository.comparison import OldVersion
from dsvc.repository.datasets import Dataset, check_name, name_from, next_number, require_apart
from dsvc.repository.imports.old_tracking import is_pointer, renamed_folder, states, tracking_of, write_state
from dsvc.repository.remote_settings import uncommitted_remote
from dsvc.repository.results import AdoptResult, CommitRequest, LeftOut
from dsvc.repository.scan import scanned
from dsvc.repository.versions import Current, Versions, find_dataset
from dsvc.repository.working_files import working_files
from dsvc.repository.writing.publish import Draft, committable, ignore_change, message, publish
from dsvc.store.git_values import Identity
from dsvc.working_copy import Base, BaseFile, WorkingCopy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.repository.context import Context
    from dsvc.repository.imports.old_tracking import State, Tracking
    from dsvc.repository.writing.version_writer import StoredVersion
    from dsvc.store.git_values import CommitId

_PREFIX: Final = "adopted-"
_TRIAL: Final = "trial-"


class _Version(msgspec.Struct, frozen=True):
    """A version whose data is stored, and which nothing refers to yet."""

    manifest: Manifest
    stored: StoredVersion
    tag: str | None


def adopt(ctx: Context, request: CommitRequest, *, history: bool) -> AdoptResult:
    """Take over ``request.target``; its working file is not touched, and git's history keeps what it has of it.

    Old versions whose bytes are gone, or which are no JSONL, are listed and left where they are. Raises what finding
    the old keeper raises, and BadDataError or MissingObjectError when the last version cannot be read. Nothing has
    changed then.
    """
    with ctx.writing():
        ctx.require_no_merge()
        ctx.require_settings()
        ctx.git.identity()
        head = ctx.git.head()
        dataset, tracking = _target(ctx, request)
        base_of_new(ctx, dataset, None)
        ctx.packs.sweep()
        found = states(ctx, tracking, history=history)
        *older, last = found
        with _storing(ctx, dry_run=request.dry_run) as storing:
            adopted = _Adoption(ctx, storing, dataset, tracking, replace(request, target=dataset.path))
            left_out = [left for left in map(adopted.add_if_there, older) if left is not None]
            adopted.add(last)
        versions = adopted.versions
        notes: tuple[str, ...] = (_SHALLOW,) if history and ctx.git.is_shallow() else ()
        if _is_branched(ctx, found):
            notes = (*notes, _BRANCHED)
        if history and (before := renamed_folder(ctx, tracking, found[0])) is not None:
            notes = (*notes, _not_followed(dataset, found[0], before))
        if request.dry_run:
            return _result(dataset, tracking, versions, left_out, None, notes)
        assert head is not None
        commit, told = adopted.publish(head)
        return _result(dataset, tracking, versions, left_out, commit, (*notes, *told, *uncommitted_remote(ctx)))


@contextmanager
def _storing(ctx: Context, *, dry_run: bool) -> Iterator[Context]:
    """What keeps the versions: of a trial a store that is thrown away, because each one is compared with the last."""
    if not dry_run:
        yield ctx
        return
    with _scratch(ctx, _TRIAL) as folder:
        packs = ctx.packs.beside(folder)
        yield replace(ctx, packs=packs, versions=Versions(ctx.git, packs))


_SHALLOW = "this clone is shallow: versions from before it are not there (git fetch --unshallow, then adopt)"


_BRANCHED = (
    "branches changed the file apart from each other: their versions stand in one line, in the order of their commits, "
    "so a version may take back what the one before it did on another branch"
)


def _not_followed(dataset: Dataset, oldest: State, before: str) -> str:
    """A folder's renaming, which is where its history ends here."""
    return (
        f"commit {oldest.info.id[:10]} renamed '{before}' to '{dataset.path}': folders are not followed, "
        "so what it was before is not among the versions"
    )


def _is_branched(ctx: Context, found: Sequence[State]) -> bool:
    """Whether a state does not build on the one that is told before it."""
    return any(not ctx.git.is_ancestor(one.info.id, other.info.id) for one, other in pairwise(found))


class _Adoption:
    """The versions that were taken over so far, oldest first; ``storing`` is ``ctx`` with the store that keeps them."""

    def __init__(
        self, ctx: Context, storing: Context, dataset: Dataset, tracking: Tracking, request: CommitRequest
    ) -> None:
        self._ctx, self._storing = ctx, storing
        self._dataset, self._tracking, self._request = dataset, tracking, request
        self._current: Current | None = None
        self._draft: VersionDraft | None = None
        self.versions: list[_Version] = []

    def add(self, state: State) -> None:
        """Store what a commit had, unless it is what the one before had."""
        with _scratch(self._ctx, _PREFIX) as folder:
            keeper = write_state(self._ctx, self._tracking, state, folder)
            self._store(WorkingCopy(folder, folder), state, keeper)

    def add_if_there(self, state: State) -> LeftOut | None:
        """The same, or why that cannot be."""
        try:
            self.add(state)
        except (BadDataError, MissingObjectError) as error:
            return LeftOut(commit=state.info.id, at=state.info.authored_at, why=error.message)
        return None

    def _store(self, copy: WorkingCopy, state: State, keeper: str) -> None:
        ctx, current = self._storing, self._current
        snapshot = ctx.versions.snapshot(self._dataset, current.entry) if current is not None else None
        old = OldVersion.of(snapshot, None)
        paths = working_files(copy, self._dataset)
        if not paths:
            raise BadDataError(f"'{self._dataset.path}' had no JSONL file then")
        with scanned(copy, paths, old.along(self._dataset, ctx.progress)) as files:
            if current is not None and {f.path: f.sha256 for f in current.manifest.files} == {
                f.path: f.table.sha256 for f in files
            }:
                return
            changed = ChangedVersion.of(self._next(state, keeper), old, files)
            with ctx.locked():
                stored = changed.store(ctx, ctx.packs)
            manifest = changed.draft.manifest(stored, files, changed.summary, changed.records_by_source)
        tag = changed.draft.numbering.tag(manifest.number)
        self.versions.append(_Version(manifest, stored, tag))
        ledger = tuple(version.manifest.ledger_entry() for version in self.versions)
        self._current = Current(self._dataset, state.info.id, manifest, ledger)

    def _next(self, state: State, keeper: str) -> VersionDraft:
        ctx, info = self._ctx, state.info
        reason = info.message.strip() or f"commit {info.id[:10]}"
        request = replace(
            self._request,
            source=self._request.source or f"before dsvc ({keeper})",
            reason=reason,
            annotators=self._request.annotators or (Annotator(info.author.name or "unknown"),),
            metadata={"adopted": {"from": keeper, "commit": info.id}},
        )
        head = ctx.git.head()
        if self._draft is None:
            draft = VersionDraft.of(ctx, request, Target(self._dataset, None, head, None))
        else:
            draft = self._after(self._draft, request)
        self._draft = draft
        author = Person(name=info.author.name, email=info.author.email)
        facts = replace(draft.facts, at=info.authored_at, author=author, recorded=(draft.facts.at, draft.facts.author))
        return replace(draft, facts=facts)

    def _after(self, before: VersionDraft, request: CommitRequest) -> VersionDraft:
        """The draft behind another one that no commit has yet."""
        assert self._current is not None or not self.versions
        numbering = before.numbering
        if self._current is not None:
            number = self._current.manifest.number
            numbering = replace(numbering, taken=numbering.taken | {number}, current=number)
        target = replace(before.target, current=self._current)
        fresh = VersionDraft.of(self._ctx, request, target)
        number = Number(next_number(set(numbering.taken), numbering.current, major=False))
        return replace(fresh, numbering=numbering, number=number)

    def publish(self, head: CommitId) -> tuple[CommitId, tuple[str, ...]]:
        """Write the commits of the older versions, and make the last one current on top of them."""
        ctx, dataset, tracking = self._ctx, self._dataset, self._tracking
        *older, last = self.versions
        notes: list[str] = []
        ignored = ignore_change(ctx, dataset, notes)
        shared = {path: ignored[path][1].encode("utf-8", "surrogateescape") for path in committable(ctx, ignored)}
        earlier: list[tuple[str, str | None]] = []
        parent, ledger = head, b""
        for version in older:
            manifest = version.manifest
            ledger += manifest.ledger_entry().encode()
            files = {
                dataset.manifest_path: manifest.encode(),
                dataset.ledger_path: ledger,
                dataset.pointer_path: ctx.packs.pointer_bytes(
                    version.stored.directory, size=manifest.store.bytes, nfiles=manifest.store.files
                ),
                dataset.ignore_path: b"/store\n",
                **shared,
            }
            parent = ctx.git.commit_detached(
                files,
                message(manifest),
                parent=parent,
                without=tracking.untracked,
                author=_identity(manifest.author),
                authored_at=manifest.authored_at,
            )
            earlier.append((parent, version.tag))
        with ctx.locked() as lock:
            published = publish(
                ctx,
                Draft(
                    verb="adopt",
                    dataset=dataset,
                    manifest=last.manifest,
                    directory=last.stored.directory,
                    current=None,
                    parent=head,
                    tag=last.tag,
                    base_before=None,
                    base_after=Base(last.manifest.id, {f.path: BaseFile(f.sha256, None) for f in last.manifest.files}),
                    untracked=tracking.untracked,
                    retired=tracking.retired,
                    earlier=tuple(earlier),
                ),
                lock=lock,
            )
        return published.commit, (*_warnings(ctx, tracking, dataset), *published.notes)


def _warnings(ctx: Context, tracking: Tracking, dataset: Dataset) -> Iterator[str]:
    """What git does with a file that older commits track and newer ones ignore; what lies there instead of it."""
    if tracking.keeper == "dvc":
        return
    if tracking.keeper == "git-lfs" and any(map(is_pointer, map(ctx.working.path, tracking.untracked))):
        yield f"git-lfs left its pointer in the place of the content: dsvc restore {dataset.name}"
    yield (
        f"commits from before track the file: git switch to one of them overwrites '{dataset.path}' without a word, "
        f"and coming back removes it: dsvc commit first, and dsvc restore {dataset.name} after (whoever pulls, too)"
    )


def _identity(person: Person) -> Identity:
    return Identity(person.name or "unknown", person.email)


def _target(ctx: Context, request: CommitRequest) -> tuple[Dataset, Tracking]:
    datasets = ctx.versions.datasets(ctx.git.head())
    path = request.target.rstrip("/").removesuffix(".dvc")
    known = find_dataset(datasets, path)
    if known is not None:
        raise ProtectedError(f"'{path}' is a dataset of dsvc already", hint=f"dsvc log {known.name}")
    tracking = tracking_of(ctx, path)
    name = check_name(request.name if request.name is not None else name_from(path))
    dataset = Dataset(name, path, tracking.kind)
    for other in datasets:
        require_apart(dataset, other)
    return dataset, tracking


def _result(
    dataset: Dataset,
    tracking: Tracking,
    versions: list[_Version],
    left_out: list[LeftOut],
    commit: CommitId | None,
    notes: tuple[str, ...],
) -> AdoptResult:
    return AdoptResult(
        dataset=dataset,
        keeper=tracking.keeper,
        versions=tuple(version.manifest.ledger_entry() for version in versions),
        left_out=tuple(left_out),
        commit=commit,
        new_bytes=sum(version.stored.new_bytes for version in versions),
        notes=notes,
    )


@contextmanager
def _scratch(ctx: Context, prefix: str) -> Iterator[Path]:
    """A folder for what is needed once."""
    make_folders(ctx.state)
    for left in ctx.state.glob(f"{prefix}*"):  # by an adoption that was killed; there is no other one now
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=ctx.state) as folder:
        yield Path(folder)
