"""``fsck``: is the data of every version whole here."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import CorruptError, DsvcError, MissingObjectError
from dsvc.repository.going_back.kept import KEEP, all_kept, datasets_only_kept
from dsvc.repository.health.repair_from_files import WorkingBytes
from dsvc.repository.results import Finding
from dsvc.repository.versions import find_dataset, require_dataset
from dsvc.repository.writing.store_folder import show_version
from dsvc.store.objects import ObjectId, is_directory, object_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset


NOT_FETCHED = "not fetched"


def fsck(ctx: Context, target: str | None = None, *, repair: bool = False) -> Iterator[Finding]:
    """Read the data of all versions and yield what is missing or damaged, with the versions that need it.

    Undone versions and saved edits, which local tags keep, are versions like others here. Every stored file is read
    once and compared with its digest. ``repair`` gets good copies from the DVC remote; damaged ones are set aside once
    a good one has come, never deleted. What the remote lacks is taken from working files
    that still have it, an index is made anew. Where the list of a version's files is not here, nobody has fetched that
    version: it is ``not fetched`` rather than ``missing``. Raises LockedError when ``repair`` would write while ``dvc``
    does.
    """
    if repair:
        with ctx.locked():  # told now, and not after everything was read
            pass
    for dataset in _chosen(ctx, target):
        yield from _bookkeeping(ctx, dataset)
        mended = False
        files = WorkingBytes(ctx, dataset) if repair else None
        for oid, needed in _objects(ctx, dataset, repair=repair).items():
            found = _look_at(ctx, dataset, oid, needed, files)
            if found is not None:
                mended = mended or found.repaired
                yield found
        if mended:
            _relink(ctx, dataset)


def _chosen(ctx: Context, target: str | None) -> list[Dataset]:
    """The datasets of HEAD, and those of which there only are undone versions and saved edits."""
    at_head = ctx.versions.datasets(ctx.git.head())
    datasets = at_head + datasets_only_kept(ctx, at_head)
    if target is None:
        return datasets
    return [find_dataset(datasets, target) or require_dataset(at_head, target)]


class _Needed(msgspec.Struct, frozen=True):
    """What a stored file is called, and the versions that need it by what they are called."""

    name: str
    versions: dict[str, LedgerEntry] = msgspec.field(default_factory=dict)


def _look_at(
    ctx: Context, dataset: Dataset, oid: ObjectId, needed: _Needed, files: WorkingBytes | None
) -> Finding | None:
    """What is wrong with a stored file; it is repaired, also from working ``files``, unless these are None."""
    from dsvc.repository.health.damage import damaged_records

    problem = _problem(ctx, oid)
    if problem is None:
        return None
    if problem == "missing" and is_directory(oid) and not all(name.startswith(f"{KEEP}/") for name in needed.versions):
        problem = NOT_FETCHED
    repaired = files is not None and (
        _repair(ctx, oid) or _made_anew(ctx, oid, needed) or _from_files(ctx, oid, needed, files)
    )
    records = () if repaired or problem == NOT_FETCHED else damaged_records(ctx, dataset, oid, needed.versions)
    return Finding(
        dataset=dataset,
        file=needed.name,
        problem=problem,
        versions=tuple(needed.versions),
        repaired=repaired,
        records=records,
    )


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


def _objects(ctx: Context, dataset: Dataset, *, repair: bool) -> dict[ObjectId, _Needed]:
    """Every object that a version needs."""
    found: dict[ObjectId, _Needed] = {}
    for called, entry in _versions(ctx, dataset).items():
        directory = object_id(entry.dir)
        found.setdefault(directory, _Needed("the list of its files")).versions[called] = entry
        for name, oid in _listed(ctx, directory, repair=repair).items():
            found.setdefault(oid, _Needed(name)).versions[called] = entry
    return found


def _versions(ctx: Context, dataset: Dataset) -> dict[str, LedgerEntry]:
    """All versions that are known or kept: by number, by id where two have one number, by the tag that keeps them."""
    found: dict[str, LedgerEntry] = {}
    known = ctx.versions.all_known(dataset, ctx.git.head())
    for entry in known:
        found[entry.number if entry.number not in found else entry.id[:12]] = entry
    ids = {entry.id for entry in known}
    return found | {tag: entry for tag, entry in all_kept(ctx, dataset).items() if entry.id not in ids}


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


def _from_files(ctx: Context, oid: ObjectId, needed: _Needed, files: WorkingBytes) -> bool:
    """Take the bytes from working files that still have them."""
    with ctx.locked(), suppress(DsvcError):
        chunks = files.of(needed.name, needed.versions.values())
        return chunks is not None and ctx.packs.put_sound(oid, chunks)
    return False


def _made_anew(ctx: Context, oid: ObjectId, needed: _Needed) -> bool:
    """Make an index again from the file that it belongs to."""
    if not needed.name.endswith(".idx"):
        return False
    from dsvc.repository.health.index_repair import make_index

    with ctx.locked():
        listings = (_listed(ctx, object_id(entry.dir), repair=False) for entry in needed.versions.values())
        return make_index(ctx.packs, oid, listings) and ctx.packs.verify(oid)
