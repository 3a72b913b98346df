"""``identify``: which version a file is that nobody knows any more, or is nearest to."""

from __future__ import annotations

from hashlib import sha256
from itertools import groupby, islice
from json import dumps
from pathlib import PurePath
from shlex import quote
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dsvc.diff import diff
from dsvc.diff.in_common import InCommon
from dsvc.errors import BadDataError, NotFoundError
from dsvc.formats.detection import detect
from dsvc.importers.inside import list_inside, path_to
from dsvc.manifest import Changes
from dsvc.record import check_records, parse
from dsvc.repository.committing.new_version import changes_of
from dsvc.repository.content import open_path
from dsvc.repository.going_back.kept import revision_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dsvc.layout import FileLayout
    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.snapshot import Snapshot

_BATCH = 4096


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """A version that shares records with the unknown file; ``file`` is the one of a folder that does.

    ``shared`` records of the version's ``records`` have the same value.
    """

    dataset: Dataset
    entry: LedgerEntry
    revision: str
    file: str | None
    shared: int
    records: int


class Identified(msgspec.Struct, frozen=True, kw_only=True):
    """What an unknown file is: its ``records``, the versions near it, nearest first, and how it differs from that.

    ``exact``: all bytes are those of the nearest; ``read_as`` is a format that is not JSONL.
    """

    name: str
    records: int
    near: tuple[Near, ...]
    changes: Changes
    exact: bool
    read_as: str | None

    @property
    def nearest(self) -> Near:
        """The version it is, or is nearest to."""
        return self.near[0]

    @property
    def as_near(self) -> tuple[Near, ...]:
        """Other versions that are as near as that, by the records that only one side has; the newest first."""
        first = self.nearest
        if not first.shared:
            return ()
        left = first.records - 2 * first.shared
        return tuple([near for near in self.near[1:] if near.records - 2 * near.shared == left])


def identify(ctx: Context, path: Path, name: str) -> Identified:
    """Look for the version with the fewest records that only one of the two has; of several the newest.

    Where the bytes are those of versions, it is these and no others are looked at: nothing is compared.
    Where no version has a record as it stands there, it is one of the newest versions, by the records that were edited.
    Raises NotFoundError when there is nothing in common with any version, or no such file, BadDataError for a line that
    is no record.
    """
    datasets = ctx.versions.datasets(ctx.git.head())
    with open_path(path, name=name) as unknown:
        if unknown.read_as is None and (same := _same_bytes(ctx, datasets, unknown, whole=path.is_dir())):
            return Identified(
                name=name, records=same[0].records, near=tuple(same), changes=Changes(), exact=True, read_as=None
            )
        _check(unknown)
        total = sum(file.records for file in unknown.layout.files)
        is_folder = path.is_dir()
        found = [
            near for dataset in datasets for near in _along(ctx, dataset, unknown, whole=is_folder) if near.shared > 0
        ]
        found.sort(key=lambda near: total + near.records - 2 * near.shared)  # stable: newest first
        if not found:
            _refuse_wrapped(unknown, name)
            found = _edited_throughout(ctx, datasets, path, name)
        if not found:
            raise NotFoundError(f"no version shares a record with '{name}'", hint="see the datasets here: dsvc status")
    nearest = found[0]
    version = ctx.versions.snapshot(nearest.dataset, nearest.entry)
    version = version if nearest.file is None else version.of_files([nearest.file])
    with open_path(path, version, name=name) as unknown:
        summary = diff(version, unknown).counts
        read_as = unknown.read_as
    return Identified(
        name=name,
        records=total,
        near=tuple(found),
        changes=changes_of(summary, version.layout.files),
        exact=summary.is_empty and read_as is None,
        read_as=read_as,
    )


def _same_bytes(ctx: Context, datasets: Iterable[Dataset], unknown: Snapshot, *, whole: bool) -> list[Near]:
    """The versions, or files of them, whose bytes the unknown file has; the newest first.

    No record is read where no version has as many bytes.
    """
    sizes, digests = _sizes(unknown, whole=whole), None
    found = []
    for dataset in datasets:
        if whole and dataset.kind == "file":
            continue
        for entry, file, snapshot in reversed([*_versions(ctx, dataset, whole=whole)]):
            if _sizes(snapshot, whole=whole) != sizes:
                continue
            digests = digests or [_digest_of(unknown, each) for each in _by_name(unknown)]
            if [each.sha256 for each in _by_name(snapshot)] == digests:
                found.append(_near(ctx, dataset, entry, file, snapshot, shared=len(snapshot)))
    return found


def _by_name(snapshot: Snapshot) -> list[FileLayout]:
    return sorted(snapshot.layout.files, key=lambda file: PurePath(file.path).name)


def _sizes(snapshot: Snapshot, *, whole: bool) -> list[tuple[str, int]]:
    """How many bytes each file has; of a folder with its name."""
    return [(PurePath(file.path).name if whole else "", file.bytes) for file in _by_name(snapshot)]


def _digest_of(snapshot: Snapshot, file: FileLayout) -> str:
    digest = sha256()
    for chunk in snapshot.chunks(file, verified=False):
        digest.update(chunk)
    return digest.hexdigest()


def _near(
    ctx: Context, dataset: Dataset, entry: LedgerEntry, file: str | None, snapshot: Snapshot, *, shared: int
) -> Near:
    return Near(
        dataset=dataset,
        entry=entry,
        revision=revision_for(ctx, dataset, entry),
        file=file,
        shared=shared,
        records=len(snapshot),
    )


def _check(unknown: Snapshot) -> None:
    """Raise BadDataError for the first line that is no record."""
    for file in unknown.layout.files:
        lines = unknown.lines(file)
        first = 1
        while batch := list(islice(lines, _BATCH)):
            ends = np.cumsum([len(line) + 1 for line in batch])
            check_records(b"\n".join([*batch, b""]), ends, name=file.path, numbers=range(first, first + len(batch)))
            first += len(batch)


def _refuse_wrapped(unknown: Snapshot, name: str) -> None:
    """Raise BadDataError for one object around a list of objects, of which no version has one like it."""
    records = [*islice(unknown, 2)]
    value = parse(records[0].content) if len(records) == 1 else None
    if isinstance(value, dict) and detect(value).shape is None and (inside := list_inside(value)) is not None:
        way = ".".join(["", *[dumps(step, ensure_ascii=False) for step in path_to(inside[0])]])
        raise BadDataError(
            f"'{name}' is one object around a list: its '{inside[0]}' holds {inside[1]:,} objects",
            hint=f"take the list out first: jq -c {quote(f'{way}[]')} {quote(name)} > records.jsonl",
        )


def _along(ctx: Context, dataset: Dataset, unknown: Snapshot, *, whole: bool) -> list[Near]:
    """All versions of a dataset, newest first; of a folder each file by itself, unless a folder was asked for."""
    found: list[Near] = []
    versions = list(_versions(ctx, dataset, whole=whole))
    versions.sort(key=lambda each: each[1] or "")
    for _, same_file in groupby(versions, key=lambda each: each[1]):
        common = InCommon(unknown)
        for entry, file, snapshot in same_file:
            found.append(_near(ctx, dataset, entry, file, snapshot, shared=common.records(snapshot)))
    return found[::-1]


def _versions(ctx: Context, dataset: Dataset, *, whole: bool) -> Iterator[tuple[LedgerEntry, str | None, Snapshot]]:
    """Oldest first: a version, the file of a folder that is meant, its content."""
    for entry in ctx.versions.all_known(dataset, ctx.git.head()):
        for file, snapshot in _parts(ctx, dataset, entry, whole=whole):
            yield entry, file, snapshot


def _parts(ctx: Context, dataset: Dataset, entry: LedgerEntry, *, whole: bool) -> Iterator[tuple[str | None, Snapshot]]:
    """What of a version is compared: all of it, or of a folder each file by itself."""
    snapshot = ctx.versions.snapshot(dataset, entry)
    if dataset.kind == "file" or whole:
        yield None, snapshot
    else:
        for file in snapshot.layout.files:
            yield file.path, snapshot.of_files([file.path])


def _edited_throughout(ctx: Context, datasets: Iterable[Dataset], path: Path, name: str) -> list[Near]:
    """The newest versions of which records were edited, those first that leave the fewest others on both sides."""
    found: list[tuple[int, Near]] = []
    for dataset in datasets:
        entry = ctx.versions.all_known(dataset, ctx.git.head())[-1]
        for file, snapshot in _parts(ctx, dataset, entry, whole=path.is_dir()):
            with open_path(path, snapshot, name=name) as unknown:
                counts = diff(snapshot, unknown).counts
            if counts.modified:
                near = _near(ctx, dataset, entry, file, snapshot, shared=0)
                found.append((counts.added + counts.removed, near))
    return [near for _, near in sorted(found, key=lambda each: each[0])]
