"""Layouts: which bytes of which packs, in which order, make the files of a version.

A layout is a piece table, as text editors keep one. Pieces are held as four columns of integers (numpy),
because a shuffled dataset has as many pieces as records. Nothing here reads a pack.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NewType

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.int64]

PackId = NewType("PackId", str)
"""32 hexadecimal digits: the start of the sha256 of a pack's bytes."""
LayoutId = NewType("LayoutId", str)
"""32 hexadecimal digits: the start of the sha256 of a layout file's bytes."""
VersionId = NewType("VersionId", str)
"""32 random hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Annotator:
    """Who made lines: ``kind`` is ``person``, ``model`` or ``script``."""

    name: str
    kind: str = "person"


@dataclass(frozen=True, slots=True)
class Origin:
    """What a pack's lines came in with: the version, the source's name, the annotators."""

    version: VersionId
    source: str | None = None
    annotators: tuple[Annotator, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """An entry of a layout's pack table: id, size in bytes and lines, origin."""

    id: PackId
    bytes: int
    lines: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of whole lines of one pack (``pack`` is an index into the layout's pack table)."""

    pack: int
    offset: int
    bytes: int
    lines: int


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
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


@dataclass(frozen=True, slots=True)
class FileLayout:
    """One file of a version: its pieces, counts, and the sha256 (64 hex digits) of its exact bytes."""

    path: str
    pieces: Pieces
    lines: int
    records: int
    bytes: int
    sha256: str
    split: str | None = None


@dataclass(frozen=True, slots=True)
class Fold:
    """A stored file made of runs of several packs; ``file`` is its name in the store."""

    file: str
    id: PackId
    bytes: int
    runs: Pieces

    def starts(self) -> Column:
        """Where each run starts in the stored file."""
        return np.concatenate(([0], np.cumsum(self.runs.bytes)[:-1])).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Held:
    """Where bytes are held: a stored file's name, an offset in it, a number of bytes."""

    file: str
    offset: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of a version as pieces over packs, and the folds that hold some of the packs' bytes."""

    packs: tuple[Pack, ...]
    files: tuple[FileLayout, ...]
    folds: tuple[Fold, ...] = ()
    _holdings: list[Holdings] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def holdings(self) -> Holdings:
        """Where each pack's bytes are held (made at first use)."""
        if not self._holdings:
            self._holdings.append(Holdings(self.packs, self.folds))
        return self._holdings[0]

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
        folds = [fold for fold in self.folds if fold.file in needed]
        if used.all() and len(folds) == len(self.folds):
            return self
        folds = [Fold(f.file, f.id, f.bytes, f.runs) for f in folds]
        for fold in folds:
            used[fold.runs.pack] = True
        numbers = np.cumsum(used, dtype=np.int64) - 1
        return Layout(
            tuple(pack for pack, keep in zip(self.packs, used.tolist(), strict=True) if keep),
            tuple(
                FileLayout(f.path, f.pieces.renumbered(numbers), f.lines, f.records, f.bytes, f.sha256, f.split)
                for f in self.files
            ),
            tuple(Fold(f.file, f.id, f.bytes, f.runs.renumbered(numbers)) for f in folds),
        )


class Holdings:
    """Answers where a range of a pack is held: in the newest fold that contains it, else in the pack itself."""

    def __init__(self, packs: Sequence[Pack], folds: Sequence[Fold]) -> None:
        self._files = [f"{pack.id}.jsonl" for pack in packs]
        self._runs: dict[int, list[tuple[int, int, str, int]]] = {}
        claimed: dict[int, list[tuple[int, int, str, int]]] = {}
        for fold in reversed(folds):
            for run, start in zip(fold.runs, fold.starts().tolist(), strict=True):
                claimed.setdefault(run.pack, []).append((run.offset, run.offset + run.bytes, fold.file, start))
        for pack, runs in claimed.items():
            self._runs[pack] = _without_overlaps(runs)

    def locate(self, pack: int, offset: int, size: int) -> list[Held]:
        """The stored ranges that together are ``size`` bytes of ``pack`` from ``offset`` on."""
        runs = self._runs.get(pack)
        if not runs:
            return [Held(self._files[pack], offset, size)]
        return list(self._locate_in_runs(runs, self._files[pack], offset, offset + size))

    def _locate_in_runs(
        self, runs: list[tuple[int, int, str, int]], own_file: str, position: int, end: int
    ) -> Iterator[Held]:
        number = max(bisect_right(runs, position, key=lambda run: run[0]) - 1, 0)
        while position < end:
            while number < len(runs) and runs[number][1] <= position:
                number += 1
            if number == len(runs) or runs[number][0] >= end:
                yield Held(own_file, position, end - position)
                return
            start, stop, file, held_at = runs[number]
            if start > position:
                yield Held(own_file, position, start - position)
                position = start
            upto = min(stop, end)
            yield Held(file, held_at + position - start, upto - position)
            position = upto

    def needed(self, pieces: Pieces) -> set[str]:
        """Names of the stored files that hold these pieces."""
        folded = np.isin(pieces.pack, np.array(list(self._runs), dtype=np.int64))
        names = {self._files[pack] for pack in np.unique(pieces.pack[~folded]).tolist()}
        for piece in pieces[folded]:
            names.update(held.file for held in self.locate(piece.pack, piece.offset, piece.bytes))
        return names


def _without_overlaps(runs: list[tuple[int, int, str, int]]) -> list[tuple[int, int, str, int]]:
    """Runs of one pack by offset; where two overlap, the earlier in the list (the newer fold) wins."""
    runs = list({(start, stop): (start, stop, file, at) for start, stop, file, at in reversed(runs)}.values())[::-1]
    ordered = sorted(runs)
    if all(left[1] <= right[0] for left, right in pairwise(ordered)):
        return ordered
    kept: list[tuple[int, int, str, int]] = []
    for start, stop, file, held_at in runs:
        for free_start, free_stop in _gaps(kept, start, stop):
            kept.append((free_start, free_stop, file, held_at + free_start - start))
        kept.sort()
    return kept


def _gaps(runs: list[tuple[int, int, str, int]], start: int, stop: int) -> list[tuple[int, int]]:
    gaps = []
    position = start
    for run_start, run_stop, _, _ in runs:
        if run_stop <= position or run_start >= stop:
            continue
        if run_start > position:
            gaps.append((position, run_start))
        position = max(position, run_stop)
    if position < stop:
        gaps.append((position, stop))
    return gaps
