"""Which records a damaged or missing stored file takes along: their places in every version that needs it.

Blocks are whole lines, and so are pieces: what is named is never smaller than what is damaged. Where only the index
could tell (it is absent, or damaged itself), all that the stored file holds of a version is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
import xxhash

from dsvc.errors import DsvcError
from dsvc.layout import Pieces
from dsvc.origin import PackId
from dsvc.pack import Index, count_lines
from dsvc.repository.results import DamagedRecords

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dsvc.layout import FileLayout, Layout, Piece
    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.stores import Packs
    from dsvc.store.objects import ObjectId

Unit = Literal["record", "line"]
Ranges = list[tuple[int, int]]
"""Half-open ranges, ascending and apart."""


def damaged_records(
    ctx: Context, dataset: Dataset, oid: ObjectId, versions: Mapping[str, LedgerEntry]
) -> tuple[DamagedRecords, ...]:
    """What cannot be read while a stored file is as it is; ``versions`` need it, by what they are called.

    Only what is here is read: nothing is fetched.
    """
    stored = _StoredFile(ctx.packs, oid)
    found: dict[tuple[str, Unit, tuple[tuple[int, int], ...]], list[str]] = {}
    for called, entry in versions.items():
        for file, unit, ranges in _in_version(ctx, dataset, stored, entry):
            found.setdefault((file, unit, tuple((first + 1, last) for first, last in ranges)), []).append(called)
    return tuple(
        DamagedRecords(file=file, unit=unit, ranges=ranges, versions=tuple(called))
        for (file, unit, ranges), called in found.items()
    )


def _in_version(
    ctx: Context, dataset: Dataset, stored: _StoredFile, entry: LedgerEntry
) -> Iterator[tuple[str, Unit, Ranges]]:
    """File, unit and ranges (from 0) of what a version loses."""
    listed = _listed(ctx, entry)
    names = {name for name, oid in listed.items() if oid == stored.oid}
    if names and all(name.endswith(".idx") for name in names):
        return  # it holds no records
    layout = _layout(ctx, entry, listed)
    if layout is None:  # what says which lines make the version is gone: all of it
        if entry.counts.records:
            yield dataset.path, "record", [(0, entry.counts.records)]
        return
    damage = stored.damage(_digest(layout, names), listed)
    for file in layout.files:
        ranges = _View(layout, names, damage).lines_of(file)
        if ranges:
            yield file.path, "record" if file.lines == file.records else "line", ranges


def _listed(ctx: Context, entry: LedgerEntry) -> dict[str, ObjectId]:
    """The stored files of a version; empty when its list is not here or damaged."""
    directory = ctx.versions.store(entry).directory
    assert directory is not None
    try:
        return ctx.packs.read_dir(directory)
    except DsvcError:
        return {}


def _layout(ctx: Context, entry: LedgerEntry, listed: Mapping[str, ObjectId]) -> Layout | None:
    """A version's layout if all of it is here and sound."""
    needed = [oid for name, oid in listed.items() if name.endswith(".layout")]
    if not needed or not all(ctx.packs.has(oid) for oid in needed):
        return None
    try:
        return ctx.versions.layout(entry).layout
    except DsvcError:
        return None


def _digest(layout: Layout, names: set[str]) -> PackId:
    """The id of the pack or fold that a layout keeps under one of these names."""
    folds = {fold.file: fold.id for fold in layout.folds}
    return next(folds.get(name, PackId(name.removesuffix(".jsonl"))) for name in sorted(names))


class _StoredFile:
    """A damaged stored file, examined once for all versions."""

    def __init__(self, packs: Packs, oid: ObjectId) -> None:
        self._packs = packs
        self.oid = oid
        self._damage: _Damage | None = None

    def damage(self, digest: PackId, listed: Mapping[str, ObjectId]) -> _Damage:
        """The damaged bytes; ``listed`` are the stored files of a version that has it, among them its index."""
        if self._damage is None:
            index = _sound_index(self._packs, listed.get(f"{digest}.idx"))
            usable = index is not None and index.id == digest and self._packs.has(self.oid)
            blocks = _bad_blocks(self._packs, self.oid, index) if index is not None and usable else []
            self._damage = _Damage(self._packs, self.oid, index if blocks else None, blocks)
        return self._damage


class _Damage(msgspec.Struct, frozen=True):
    """The damaged bytes of a stored file; without an index all of them."""

    packs: Packs
    oid: ObjectId
    index: Index | None
    blocks: Ranges

    def overlaps(self, begin: int, end: int) -> Ranges:
        """The damaged ranges between two offsets."""
        if self.index is None:
            return [(begin, end)]
        return [(max(low, begin), min(high, end)) for low, high in self.blocks if low < end and high > begin]

    def lines_before(self, place: int) -> int | None:
        """Lines of the sound file before a line's start or end; None inside a damaged block."""
        assert self.index is not None
        block = int(np.searchsorted(self.index.starts, place, side="right")) - 1
        start, lines = int(self.index.starts[block]), int(self.index.line_starts[block])
        if place == start:
            return lines
        if self.overlaps(start, place):
            return None
        data = self.packs.read(self.oid, start, place - start)
        return lines + int(count_lines(data, np.array([len(data)], dtype=np.int64))[0])


class _View(msgspec.Struct, frozen=True):
    """A damaged stored file as one version's layout looks at it, under the names that it has there."""

    layout: Layout
    names: set[str]
    damage: _Damage

    def lines_of(self, file: FileLayout) -> Ranges:
        """The damaged lines of a file of the version, numbered from 0."""
        chosen = np.isin(file.pieces.pack, self._held_packs())
        starts = np.cumsum(file.pieces.lines) - file.pieces.lines
        found: Ranges = []
        for start, piece in zip(starts[chosen].tolist(), file.pieces[chosen], strict=True):
            found += [(start + first, start + last) for first, last in self._lines_in(piece)]
        return _merged_ranges(found)

    def _held_packs(self) -> list[int]:
        """The packs that may have bytes in the stored file."""
        own = [number for number, pack in enumerate(self.layout.packs) if f"{pack.id}.jsonl" in self.names]
        runs = Pieces.concat([fold.runs for fold in self.layout.folds if fold.file in self.names])
        return sorted({*own, *np.unique(runs.pack).tolist()})

    def _lines_in(self, piece: Piece) -> Ranges:
        """The damaged lines of a piece, numbered from its first; all of them where it cannot be told which."""
        held, *more = self.layout.holdings.locate(piece.pack, piece.offset, piece.bytes)
        if more:
            parts = [part for part in (held, *more) if part.file in self.names]
            hit = any(self.damage.overlaps(part.offset, part.offset + part.bytes) for part in parts)
            return [(0, piece.lines)] if hit else []
        begin, end = held.offset, held.offset + held.bytes
        hits = self.damage.overlaps(begin, end) if held.file in self.names else []
        if hits in ([], [(begin, end)]):
            return [(0, piece.lines)] if hits else []
        return self._between(hits, begin, end, piece.lines)

    def _between(self, hits: Ranges, begin: int, end: int, lines: int) -> Ranges:
        """The lines of damaged ranges between ``begin`` and ``end``, counted from whichever of both is sound."""
        first, last = self.damage.lines_before(begin), self.damage.lines_before(end)
        if first is None:
            if last is None:
                return [(0, lines)]
            first = last - lines
        borders = [(self.damage.lines_before(low), self.damage.lines_before(high)) for low, high in hits]
        return [
            (0 if low is None else low - first, lines if high is None else min(high - first, lines))
            for low, high in borders
        ]


def _sound_index(packs: Packs, oid: ObjectId | None) -> Index | None:
    if oid is None or not packs.has(oid) or not packs.verify(oid):
        return None
    try:
        return Index.decode(packs.read(oid))
    except DsvcError:
        return None


def _bad_blocks(packs: Packs, oid: ObjectId, index: Index) -> Ranges:
    """The ranges of blocks that are not what the index says."""
    bad = []
    with packs.open(oid) as reader:
        starts = index.starts.tolist()
        for start, end, digest in zip(starts[:-1], starts[1:], index.digests, strict=True):
            if xxhash.xxh3_128_digest(reader.read_at(start, end - start)) != digest:
                bad.append((start, end))
    return _merged_ranges(bad)


def _merged_ranges(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Ranges that touch or overlap as one."""
    joined: Ranges = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
