"""Layouts: which bytes of which packs, in which order, make the files of a version.

A layout is a piece table, as text editors keep one. Pieces are held as four columns of integers (numpy),
because a shuffled dataset has as many pieces as records. Nothing here reads a pack.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from heapq import heappop, heappush
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from dsvc.origin import Origin, PackId

    Column = NDArray[np.int64]


# A pack number and an offset in the pack, together in 63 bits: 8 million packs of 1 TiB.
_OFFSET_BITS = 40


class Pack(msgspec.Struct, frozen=True):
    """An entry of a layout's pack table: id, size in bytes and lines, origin."""

    id: PackId
    bytes: int
    lines: int
    origin: Origin


class Piece(msgspec.Struct, frozen=True):
    """A run of whole lines of one pack (``pack`` is an index into the layout's pack table)."""

    pack: int
    offset: int
    bytes: int
    lines: int


class Pieces(msgspec.Struct, frozen=True, eq=False):
    """An ordered list of pieces, column by column."""

    pack: Column
    offset: Column
    bytes: Column
    lines: Column

    @staticmethod
    def of(rows: Iterable[tuple[int, int, int, int] | Piece]) -> Pieces:
        """Pieces from rows of ``(pack, offset, bytes, lines)``."""
        plain = [(r.pack, r.offset, r.bytes, r.lines) if isinstance(r, Piece) else r for r in rows]
        table = np.array(plain, dtype=np.int64).reshape(-1, 4)
        return Pieces(*(np.ascontiguousarray(table[:, i]) for i in range(4)))

    @staticmethod
    def concat(parts: Sequence[Pieces]) -> Pieces:
        """The pieces of all parts, one after the other."""
        if not parts:
            return Pieces.of([])
        return Pieces(
            np.concatenate([p.pack for p in parts]),
            np.concatenate([p.offset for p in parts]),
            np.concatenate([p.bytes for p in parts]),
            np.concatenate([p.lines for p in parts]),
        )

    def __len__(self) -> int:
        return len(self.pack)

    def __iter__(self) -> Iterator[Piece]:
        columns = (self.pack.tolist(), self.offset.tolist(), self.bytes.tolist(), self.lines.tolist())
        return (Piece(*row) for row in zip(*columns, strict=True))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pieces):
            return NotImplemented
        return all(
            np.array_equal(mine, theirs)
            for mine, theirs in (
                (self.pack, other.pack),
                (self.offset, other.offset),
                (self.bytes, other.bytes),
                (self.lines, other.lines),
            )
        )

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, chosen: slice | NDArray[np.int64] | NDArray[np.bool_]) -> Pieces:
        return Pieces(self.pack[chosen], self.offset[chosen], self.bytes[chosen], self.lines[chosen])

    def ends(self) -> Column:
        """Where each piece ends in its pack."""
        return self.offset + self.bytes

    def places(self) -> Column:
        """Pack number and offset of each piece as one integer, which sorts as the two do."""
        return (self.pack << _OFFSET_BITS) + self.offset

    def renumbered(self, numbers: Column) -> Pieces:
        """The same pieces with pack index ``p`` replaced by ``numbers[p]``."""
        return Pieces(numbers[self.pack], self.offset, self.bytes, self.lines)

    def coalesced(self) -> Pieces:
        """The same bytes with neighbours that continue each other in one pack joined."""
        if len(self) < 2:
            return self
        continues = (self.pack[1:] == self.pack[:-1]) & (self.offset[1:] == self.ends()[:-1])
        if not continues.any():
            return self
        starts = np.flatnonzero(np.concatenate(([True], ~continues)))
        return Pieces(
            self.pack[starts],
            self.offset[starts],
            np.add.reduceat(self.bytes, starts),
            np.add.reduceat(self.lines, starts),
        )


class FileLayout(msgspec.Struct, frozen=True):
    """One file of a version: its pieces, counts, and the sha256 (64 hex digits) of its exact bytes."""

    path: str
    pieces: Pieces
    lines: int
    records: int
    bytes: int
    sha256: str
    split: str | None = None


class Fold(msgspec.Struct, frozen=True):
    """A stored file made of runs of several packs; ``file`` is its name in the store."""

    file: str
    id: PackId
    bytes: int
    runs: Pieces

    def starts(self) -> Column:
        """Where each run starts in the stored file."""
        return np.cumsum(self.runs.bytes) - self.runs.bytes


class Held(msgspec.Struct, frozen=True):
    """Where bytes are held: a stored file's name, an offset in it, a number of bytes."""

    file: str
    offset: int
    bytes: int


class Layout(msgspec.Struct, frozen=True, dict=True):
    """The files of a version as pieces over packs, and the folds that hold some of the packs' bytes."""

    packs: tuple[Pack, ...]
    files: tuple[FileLayout, ...]
    folds: tuple[Fold, ...] = ()

    @cached_property
    def holdings(self) -> Holdings:
        """Where each pack's bytes are held (made at first use)."""
        return Holdings(self.packs, self.folds)

    def file(self, path: str) -> FileLayout:
        """The file with this path; KeyError if the version has none."""
        for candidate in self.files:
            if candidate.path == path:
                return candidate
        raise KeyError(path)

    def all_pieces(self) -> Pieces:
        """The pieces of all files, in the order of the files."""
        return Pieces.concat([file.pieces for file in self.files])

    def stored_files(self) -> list[str]:
        """Names of the packs and folds that the version needs, sorted."""
        return sorted(self.holdings.needed(self.all_pieces()))

    def pruned(self) -> Layout:
        """The same files without packs that no piece uses and folds that hold nothing of them."""
        pieces = self.all_pieces()
        used = np.zeros(len(self.packs), dtype=bool)
        used[pieces.pack] = True
        needed = self.holdings.needed(pieces)
        folds = [fold for fold in current_folds(self.folds) if fold.file in needed]
        for fold in folds:
            used[fold.runs.pack] = True
        if used.all() and len(folds) == len(self.folds):
            return self
        numbers = np.cumsum(used, dtype=np.int64) - 1
        return Layout(
            tuple(pack for pack, keep in zip(self.packs, used.tolist(), strict=True) if keep),
            tuple(replace(file, pieces=file.pieces.renumbered(numbers)) for file in self.files),
            tuple(replace(fold, runs=fold.runs.renumbered(numbers)) for fold in folds),
        )


class Holdings:
    """Answers where a range of a pack is held: each byte in the newest fold that has it, else in the pack itself.

    Of two folds with one file name only the newer is there: ``--whole`` replaces the file of the last time.
    """

    def __init__(self, packs: Sequence[Pack], folds: Sequence[Fold]) -> None:
        self._own = [f"{pack.id}.jsonl" for pack in packs]
        current = current_folds(folds)
        self._names = [fold.file for fold in current]
        self._start, self._stop, self._fold, self._at = _disjoint_runs(current)
        self._bounds: tuple[list[int], list[int]] = (self._start.tolist(), self._stop.tolist())

    def locate(self, pack: int, offset: int, size: int) -> list[Held]:
        """The stored ranges that together are ``size`` bytes of ``pack`` from ``offset`` on."""
        starts, stops = self._bounds
        base = pack << _OFFSET_BITS
        position, end = base + offset, base + offset + size
        number = bisect_right(stops, position)
        found = []
        while position < end:
            if number == len(starts) or starts[number] >= end:
                found.append(Held(self._own[pack], position - base, end - position))
                break
            if starts[number] > position:
                found.append(Held(self._own[pack], position - base, starts[number] - position))
                position = starts[number]
            upto = min(stops[number], end)
            held_at = int(self._at[number]) + position - starts[number]
            found.append(Held(self._names[int(self._fold[number])], held_at, upto - position))
            position, number = upto, number + 1
        return found

    def needed(self, pieces: Pieces) -> set[str]:
        """Names of the stored files that hold these pieces."""
        start = pieces.places()
        end = start + pieces.bytes
        first = np.searchsorted(self._stop, start, side="right")
        last = np.maximum(np.searchsorted(self._start, end, side="left"), first)
        total = np.concatenate(([0], np.cumsum(self._stop - self._start)))
        covered = total[last] - total[first]
        some = np.flatnonzero(last > first)
        covered[some] -= np.maximum(start[some] - self._start[first[some]], 0)
        covered[some] -= np.maximum(self._stop[last[some] - 1] - end[some], 0)
        steps = np.zeros(len(total), dtype=np.int64)
        np.add.at(steps, first, 1)
        np.add.at(steps, last, -1)
        touched = np.cumsum(steps)[:-1] > 0
        own, folds = pieces.pack[covered < pieces.bytes], self._fold[touched]
        names = {self._own[pack] for pack in np.flatnonzero(np.bincount(own)).tolist()}
        return names | {self._names[fold] for fold in np.flatnonzero(np.bincount(folds)).tolist()}


def current_folds(folds: Sequence[Fold]) -> list[Fold]:
    """Folds from oldest to newest without those whose file a newer one replaced."""
    newest = {fold.file: number for number, fold in enumerate(folds)}
    return [fold for number, fold in enumerate(folds) if newest[fold.file] == number]


def _disjoint_runs(folds: Sequence[Fold]) -> tuple[Column, Column, Column, Column]:
    """Start, stop (pack number and offset in one integer), fold number and place in it, of runs without overlaps."""
    runs = Pieces.concat([fold.runs for fold in folds])
    start = runs.places()
    stop = start + runs.bytes
    fold = np.repeat(np.arange(len(folds), dtype=np.int64), [len(f.runs) for f in folds])
    at = np.concatenate([np.empty(0, dtype=np.int64), *(f.starts() for f in folds)])
    order = np.argsort(start, kind="stable")
    start, stop, fold, at = start[order], stop[order], fold[order], at[order]
    if (stop[:-1] > start[1:]).any():
        return _newest_first(start, stop, fold, at)
    return start, stop, fold, at


def _newest_first(start: Column, stop: Column, fold: Column, at: Column) -> tuple[Column, Column, Column, Column]:
    """Cut runs (ascending by start) so that each byte belongs to the newest fold that has it."""
    runs = list(zip((-fold).tolist(), stop.tolist(), start.tolist(), at.tolist(), strict=True))
    covering: list[tuple[int, int, int, int]] = []  # a heap, the newest on top
    cut: list[tuple[int, int, int, int]] = []
    taken = 0
    for low, high in pairwise(np.unique(np.concatenate((start, stop))).tolist()):
        while taken < len(runs) and runs[taken][2] <= low:
            heappush(covering, runs[taken])
            taken += 1
        while covering and covering[0][1] <= low:
            heappop(covering)
        if covering:
            age, _, begin, held_at = covering[0]
            part = (low, high, -age, held_at + low - begin)
            if cut and cut[-1][1:3] == (low, -age) and cut[-1][3] + low - cut[-1][0] == part[3]:
                part = (cut[-1][0], high, -age, cut.pop()[3])
            cut.append(part)
    return tuple(np.array(cut, dtype=np.int64).reshape(-1, 4).T)
