"""The lines of a snapshot by number, where each was born, and where a line that was born elsewhere stands in it."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec.structs import replace

from dsvc.diff.earlier import earlier_by_layout
from dsvc.diff.layout_diff import Files, subtract
from dsvc.diff.places import Places
from dsvc.snapshot import Snapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dsvc.layout import Column
    from dsvc.origin import Origin, PackId, VersionId
    from dsvc.snapshot import Record


class Address(msgspec.Struct, frozen=True):
    """Where a line was born: a pack and an offset in it. ``turn``: the how manieth line of its snapshot born there."""

    pack: PackId
    offset: int
    turn: int


class Lines:
    """The lines of a snapshot, numbered from 0 through all its files."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._files = Files.of(snapshot.layout.files)
        self._places = Places(snapshot, self._files)
        self._pieces = snapshot.layout.all_pieces()
        self._ends: Column = np.cumsum(self._pieces.lines)
        self._starts = self._ends - self._pieces.lines

    # Rows

    def of_rows(self, first: int, last: int | None, file: str | None = None) -> Column:
        """The lines of the records in these rows (from 1, both included), over all files or of one of them."""
        low, high = 0, len(self.snapshot)
        if file is not None:
            paths = [each.path for each in self._files.files]
            before = [each.records for each in self._files.files[: paths.index(file)]]
            low = sum(before)
            high = low + self.snapshot.layout.file(file).records
        stop = high if last is None else min(high, low + last)
        return self._places.record_positions(np.arange(low + first - 1, max(stop, low + first - 1), dtype=np.int64))

    def records(self, lines: Column) -> list[Record]:
        """The records on these lines."""
        return list(self._places.records(lines, self.contents(lines)))

    def places(self, lines: Column) -> tuple[list[str], Column, Column]:
        """File, line and row (from 1, in the file) of each line, without reading it."""
        return self._places.numbers(lines)

    def contents(self, lines: Column) -> list[bytes]:
        """The lines without their ends; neighbours are read together."""
        found: list[bytes] = []
        for start, count in _runs(lines, self._files):
            file = int(self._files.at(np.array([start]))[0])
            number = start - int(self._files.starts[file])
            found += islice(self.snapshot.lines_from(self._files.files[file], number), count)
        return found

    # Births

    @cached_property
    def _pack_origins(self) -> list[Origin]:
        return [pack.origin for pack in self.snapshot.layout.packs]

    def packs(self, lines: Column) -> Column:
        """The number of the pack that each line was born in."""
        return self._pieces.pack[self._piece(lines)]

    def origin(self, pack: int) -> Origin:
        """What the lines of a pack came in with."""
        return self._pack_origins[pack]

    def address(self, line: int) -> Address:
        """Where a line was born."""
        at = int(self._piece(np.array([line]))[0])
        pack, offset = int(self._pieces.pack[at]), self._offset(at, line)
        name = self.snapshot.layout.packs[pack].id
        return Address(name, offset, self._born_at(name, offset).index(line))

    def holds(self, address: Address) -> bool:
        """Whether a line that was born there stands in the snapshot."""
        return bool(self._born_at(address.pack, address.offset))

    def find(self, address: Address) -> int | None:
        """The line that was born there; of several the one with the same turn, or the last."""
        born = self._born_at(address.pack, address.offset)
        return born[min(address.turn, len(born) - 1)] if born else None

    def _born_at(self, pack: PackId, offset: int) -> list[int]:
        """Numbers of the lines that were born at one place: several where equal lines share what is stored."""
        numbers = [number for number, each in enumerate(self.snapshot.layout.packs) if each.id == pack]
        pieces = self._pieces
        inside = np.isin(pieces.pack, numbers) & (pieces.offset <= offset) & (offset < pieces.ends())
        return [int(self._starts[at]) + self._lines_before(at, offset) for at in np.flatnonzero(inside).tolist()]

    def _lines_before(self, piece: int, offset: int) -> int:
        start = int(self._pieces.offset[piece])
        if offset == start:
            return 0
        return int(self.snapshot.packs.lines_between(int(self._pieces.pack[piece]), np.array([start, offset]))[1])

    def _offset(self, piece: int, line: int) -> int:
        """Where a line of a piece begins in its pack."""
        found = next(iter(self._pieces[piece : piece + 1]))
        return self.snapshot.line_offset(found, line - int(self._starts[piece]))

    def _piece(self, lines: Column) -> Column:
        return np.searchsorted(self._ends, lines, side="right")

    # Other snapshots

    def found_in(self, birth: Lines, version: VersionId, lines: Column) -> Column:
        """The numbers of these lines in the version that they were born in, whose lines ``birth`` are."""
        mine = self._only(np.isin(np.arange(len(self._pieces)), self._piece(lines)))
        packs = [number for number, origin in enumerate(birth._pack_origins) if origin.version == version]
        theirs = birth._only(np.isin(birth._pieces.pack, packs))
        links = subtract(theirs.snapshot, mine.snapshot)
        asked = np.searchsorted(mine.whole, lines)
        order = _layout_order(links.old_files, theirs.snapshot)
        found = earlier_by_layout(links, asked).line
        known = found >= 0
        found[known] = theirs.whole[order[found[known]]]
        for slot in np.flatnonzero(~known).tolist():  # last lines that lost their line end
            at = birth.find(self.address(int(lines[slot])))
            assert at is not None
            found[slot] = at
        return found

    def _only(self, chosen: NDArray[np.bool_]) -> _Part:
        """A snapshot of some pieces, and the number of each of its lines in this one."""
        files, start = [], 0
        for file in self._files.files:
            mask = chosen[start : start + len(file.pieces)]
            start += len(file.pieces)
            pieces = file.pieces[mask]
            size, lines = int(pieces.bytes.sum()), int(pieces.lines.sum())
            files.append(replace(file, pieces=pieces, lines=lines, records=lines, bytes=size))
        layout = replace(self.snapshot.layout, files=tuple(files))
        counts = self._pieces.lines[chosen]
        steps = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        return _Part(
            Snapshot(self.snapshot.name, layout, self.snapshot.packs), np.repeat(self._starts[chosen], counts) + steps
        )


class _Part(msgspec.Struct, frozen=True, eq=False):
    """Some pieces of a snapshot; ``whole`` are the numbers that its lines have in all of it."""

    snapshot: Snapshot
    whole: Column


def _layout_order(files: Files, snapshot: Snapshot) -> Column:
    """For each line as a subtraction numbers it, its number through the files of the layout."""
    starts, start = {}, 0
    for file in snapshot.layout.files:
        starts[file.path], start = start, start + file.lines
    parts = [np.arange(starts[file.path], starts[file.path] + file.lines) for file in files.files]
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])


def _runs(lines: Column, files: Files) -> list[tuple[int, int]]:
    """First number and length of each run of lines that follow each other in one file."""
    if not len(lines):
        return []
    apart = (lines[1:] != lines[:-1] + 1) | np.isin(lines[1:], files.starts)
    firsts = np.flatnonzero(np.concatenate(([True], apart)))
    counts = np.diff(np.append(firsts, len(lines)))
    return list(zip(lines[firsts].tolist(), counts.tolist(), strict=True))
