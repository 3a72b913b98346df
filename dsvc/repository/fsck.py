"""``fsck`` and ``push``: is the data of every version whole here, and is it somewhere else too."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from dsvc.errors import CorruptError, DsvcError, MissingObjectError
from dsvc.repository.damage import damaged_records
from dsvc.repository.kept import all_kept
from dsvc.repository.results import Finding, PushResult
from dsvc.repository.store_folder import show_version
from dsvc.repository.versions import require_dataset
from dsvc.store.objects import ObjectId, is_directory, object_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset


NOT_FETCHED = "not fetched"
LIST_OF_FILES = "the list of its files"


def fsck(ctx: Context, target: str | None = None, *, repair: bool = False) -> Iterator[Finding]:
    """Read the data of all versions and yield what is missing or damaged, with the versions and records that need it.

    Undone versions and saved edits count, which local tags keep. Every stored file is read once and compared with its
    digest. ``repair`` gets good copies from the DVC remote; damaged ones are set aside once a good one has come, never
    deleted. Where the list of a version's files is not here, nobody has fetched that version: it is ``not fetched``
    rather than ``missing``. Raises LockedError when ``repair`` would write while ``dvc`` does.
    """
    head = ctx.git.head()
    datasets = ctx.versions.datasets(head)
    if repair:
        with ctx.locked():  # told now, and not after everything was read
            pass
    for dataset in datasets if target is None else [require_dataset(datasets, target)]:
        yield from _bookkeeping(ctx, dataset)
        mended = False
        for oid, (name, versions) in _objects(ctx, dataset, repair=repair).items():
            problem = _problem(ctx, oid)
            if problem == "missing" and is_directory(oid):
                problem = NOT_FETCHED
            if problem is not None:
                lost = () if problem == NOT_FETCHED else damaged_records(ctx, dataset, name, oid, versions)
                repaired = repair and _repair(ctx, oid)
                mended = mended or repaired
                yield Finding(
                    dataset=dataset,
                    file=name,
                    problem=problem,
                    versions=tuple(versions),
                    repaired=repaired,
                    records=() if repaired else lost,
                )
        if mended:
            _relink(ctx, dataset)


def _relink(ctx: Context, dataset: Dataset) -> None:
    """Let the store folder show good copies: a hard link still leads to what was set aside."""
    with ctx.locked(), suppress(DsvcError):
        current = ctx.versions.current(dataset, ctx.git.head())
        if current is not None:
            show_version(ctx, dataset, current.manifest)


def _bookkeeping(ctx: Context, dataset: Dataset) -> Iterator[Finding]:
    """Manifest, ledger and pointer at HEAD."""
    from dsvc.repository.tracking import require_intact

    try:
        current = ctx.versions.current(dataset, ctx.git.head())
        if current is not None:
            require_intact(ctx, current)
    except CorruptError as error:
        yield Finding(dataset=dataset, file=dataset.manifest_path, problem=error.message, versions=(), repaired=False)


def _objects(ctx: Context, dataset: Dataset, *, repair: bool) -> dict[ObjectId, tuple[str, dict[str, LedgerEntry]]]:
    """Every object that a known version needs: its name in the store, and those versions by what they are called."""
    found: dict[ObjectId, tuple[str, dict[str, LedgerEntry]]] = {}
    for called, entry in _versions(ctx, dataset).items():
        directory = object_id(entry.dir)
        found.setdefault(directory, (LIST_OF_FILES, {}))[1][called] = entry
        for name, oid in _listed(ctx, directory, repair=repair).items():
            found.setdefault(oid, (name, {}))[1][called] = entry
    return found


def _versions(ctx: Context, dataset: Dataset) -> dict[str, LedgerEntry]:
    """All versions that anything here holds: by number, or by the local tag that keeps them."""
    known = ctx.versions.all_known(dataset, ctx.git.head())
    ids = {entry.id for entry in known}
    kept = {tag: entry for tag, entry in all_kept(ctx, dataset).items() if entry.id not in ids}
    return {entry.number: entry for entry in known} | kept


def _listed(ctx: Context, directory: ObjectId, *, repair: bool) -> dict[str, ObjectId]:
    if repair and _problem(ctx, directory) is not None:
        _repair(ctx, directory)
    try:
        return ctx.packs.read_dir(directory)
    except (CorruptError, MissingObjectError):
        return {}


def _problem(ctx: Context, oid: ObjectId) -> str | None:
    if not ctx.packs.has(oid):
        return "missing"
    return None if ctx.packs.verify(oid) else "damaged"


def _repair(ctx: Context, oid: ObjectId) -> bool:
    """Get a good copy from the remote; what is here stays where it is until then."""
    with ctx.locked(), suppress(DsvcError):
        if ctx.packs.has(oid):
            ctx.packs.replace_damaged(oid)
        else:
            ctx.packs.fetch([oid], files=False)
        return ctx.packs.verify(oid)
    return False


def push(ctx: Context, target: str | None = None, *, remote: str | None = None) -> PushResult:
    """Send the data of all known versions to the DVC remote, each object verified before it leaves.

    Versions whose data is not here (nobody fetched it) are left out and named; it is an error only if none is here.
    Raises CorruptError (nothing was sent), RemoteError.
    """
    head = ctx.git.head()
    datasets = ctx.versions.datasets(head)
    chosen = datasets if target is None else [require_dataset(datasets, target)]
    here: list[ObjectId] = []
    sent, absent, kept = [], [], 0
    for dataset in chosen:
        kept += len(_versions(ctx, dataset)) - len(ctx.versions.all_known(dataset, head))
        for entry in ctx.versions.all_known(dataset, head):
            if _is_here(ctx, entry):
                here.append(object_id(entry.dir))
                sent.append(f"{dataset.name}@{entry.number}")
            else:
                absent.append(f"{dataset.name}@{entry.number}")
    if absent and not sent:
        raise MissingObjectError(f"the data of {', '.join(absent[:5])} is not here", hint="dvc pull")
    ctx.packs.push(here, remote=remote)
    return PushResult(versions=tuple(sent), absent=tuple(absent), kept=kept)


def _is_here(ctx: Context, entry: LedgerEntry) -> bool:
    directory = object_id(entry.dir)
    return ctx.packs.has(directory) and all(ctx.packs.has(oid) for oid in ctx.packs.read_dir(directory).values())
