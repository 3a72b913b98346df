"""Which records a damaged or missing stored file takes along: their places in every version that needs it.

Blocks are whole lines, and so are pieces: what is named is never smaller than what is damaged. Where only the index
could tell (it is absent, or damaged itself), all that the stored file holds of a version is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from dsvc.errors import DsvcError
from dsvc.pack import Index
from dsvc.repository.results import DamagedRecords

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dsvc.layout import FileLayout, Layout, Piece
    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.stores import Packs
    from dsvc.store.objects import ObjectId

Ranges = list[tuple[int, int]]
"""Half-open ranges, ascending and apart."""


def damaged_records(
    ctx: Context, dataset: Dataset, name: str, oid: ObjectId, versions: Mapping[str, LedgerEntry]
) -> tuple[DamagedRecords, ...]:
    """What cannot be read while the stored file ``name`` is as it is; ``versions`` need it, by what they are called."""
    if name.endswith(".idx"):
        return ()  # it holds no records, and those it speaks of are whole unless their own file is named, too
    found: dict[DamagedRecords, list[str]] = {}
    for called, entry in versions.items():
        for place in _in_version(ctx, dataset, name, oid, entry):
            found.setdefault(place, []).append(called)
    return tuple(
        DamagedRecords(file=place.file, unit=place.unit, ranges=place.ranges, versions=tuple(called))
        for place, called in found.items()
    )


def _in_version(
    ctx: Context, dataset: Dataset, name: str, oid: ObjectId, entry: LedgerEntry
) -> Iterator[DamagedRecords]:
    try:
        layout = ctx.versions.layout(entry).layout
        listed = ctx.packs.read_dir(_directory(ctx, entry))
    except DsvcError:  # what says which lines make the version is gone: all of it
        layout, listed = None, {}
    if layout is None or name not in listed or name.endswith(".layout"):
        if entry.counts.records:
            yield DamagedRecords(file=dataset.path, unit="record", ranges=((1, entry.counts.records),))
        return
    damaged = _Damaged.of(ctx.packs, name, oid, layout, listed)
    for file in layout.files:
        ranges = damaged.lines_of(file)
        if ranges:
            told = tuple((first + 1, last) for first, last in ranges)
            yield DamagedRecords(file=file.path, unit="record" if file.lines == file.records else "line", ranges=told)


def _directory(ctx: Context, entry: LedgerEntry) -> ObjectId:
    directory = ctx.versions.store(entry).directory
    assert directory is not None
    return directory


@dataclass(frozen=True, slots=True)
class _Damaged:
    """The damaged bytes of one stored file, as one version's layout looks at it."""

    packs: Packs
    name: str
    oid: ObjectId
    layout: Layout
    index: Index | None
    bytes: Ranges

    @staticmethod
    def of(packs: Packs, name: str, oid: ObjectId, layout: Layout, listed: Mapping[str, ObjectId]) -> _Damaged:
        digest = next((fold.id for fold in layout.folds if fold.file == name), name.removesuffix(".jsonl"))
        index = _sound_index(packs, listed.get(f"{digest}.idx"))
        if index is None or index.id != digest or not packs.has(oid):
            index = None
        ranges = _bad_blocks(packs, oid, index) if index is not None else []
        return _Damaged(packs, name, oid, layout, index if ranges else None, ranges or [(0, 1 << 62)])

    def lines_of(self, file: FileLayout) -> Ranges:
        """The damaged lines of a file of the version, numbered from 0."""
        chosen = np.isin(file.pieces.pack, self._held_packs())
        starts = np.cumsum(file.pieces.lines) - file.pieces.lines
        found: Ranges = []
        for start, piece in zip(starts[chosen].tolist(), file.pieces[chosen], strict=True):
            found += [(start + first, start + last) for first, last in self._lines_in(piece)]
        return _joined(found)

    def _held_packs(self) -> list[int]:
        """The packs that may have bytes in the stored file."""
        own = [number for number, pack in enumerate(self.layout.packs) if f"{pack.id}.jsonl" == self.name]
        runs = [fold.runs.pack.tolist() for fold in self.layout.folds if fold.file == self.name]
        return sorted({*own, *(pack for packs in runs for pack in packs)})

    def _lines_in(self, piece: Piece) -> Iterator[tuple[int, int]]:
        """The damaged lines of a piece, numbered from its first; all of them when it is held in several parts."""
        held, *more = self.layout.holdings.locate(piece.pack, piece.offset, piece.bytes)
        if more:
            parts = [part for part in (held, *more) if part.file == self.name]
            if any(_overlaps(self.bytes, part.offset, part.offset + part.bytes) for part in parts):
                yield 0, piece.lines
            return
        if held.file != self.name:
            return
        begin, end = held.offset, held.offset + held.bytes
        for low, high in _overlaps(self.bytes, begin, end):
            first = 0 if low == begin else self._lines_before(low, begin, end, piece.lines)
            last = piece.lines if high == end else self._lines_before(high, begin, end, piece.lines)
            yield first, min(max(last, first + 1), piece.lines)

    def _lines_before(self, place: int, begin: int, end: int, lines: int) -> int:
        """Lines from ``begin`` to the block border ``place``; counted from the end where ``begin`` is damaged."""
        assert self.index is not None
        border = int(self.index.line_starts[np.searchsorted(self.index.starts, place)])
        if not _overlaps(self.bytes, begin, begin + 1):
            return border - self._lines_up_to(begin, self.index)
        return lines - (self._lines_up_to(end, self.index) - border)

    def _lines_up_to(self, place: int, index: Index) -> int:
        """Lines of the stored file before a line's start or end: the index tells those of whole blocks."""
        block = int(np.searchsorted(index.starts, place, side="right")) - 1
        start = int(index.starts[block])
        data = self.packs.read(self.oid, start, place - start)
        return int(index.line_starts[block]) + data.count(b"\n") + (bool(data) and not data.endswith(b"\n"))


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
        for start, end, digest in zip(
            index.starts[:-1].tolist(), index.starts[1:].tolist(), index.digests, strict=True
        ):
            if xxhash.xxh3_128_digest(reader.read_at(start, end - start)) != digest:
                bad.append((start, end))
    return _joined(bad)


def _overlaps(ranges: Ranges, begin: int, end: int) -> Ranges:
    return [(max(low, begin), min(high, end)) for low, high in ranges if low < end and high > begin]


def _joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Ranges that touch or overlap as one."""
    joined: Ranges = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
