"""Subtract one layout from another: what both hold is matched without reading it, the rest is left over.

All pieces of both sides are cut at each other's ends into *atoms*; equal atoms are the same bytes of the same pack.
Packs are read only to count lines where a piece is cut (``docs/format.md`` section 4: pieces carry line counts).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dsvc.alignment import align
from dsvc.diff.file_names import paired_files
from dsvc.diff.summary import Totals
from dsvc.layout import Pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dsvc.layout import Column, FileLayout
    from dsvc.origin import PackId
    from dsvc.snapshot import PackReader, Snapshot

_NEAR_BYTES = 64 * 1024
"""Cuts closer together than this are counted with one read."""
_MOST_BYTES = 4 * 1024 * 1024
_BACK_BYTES = 64 * 1024


class Files(msgspec.Struct, frozen=True, eq=False):
    """The files of one side in the order of a diff; line *positions* (from 0) run through all of them."""

    files: tuple[FileLayout, ...]
    starts: Column

    @staticmethod
    def of(files: Sequence[FileLayout]) -> Files:
        """Files one after the other."""
        return Files(tuple(files), _starts(np.array([file.lines for file in files], dtype=np.int64)))

    def at(self, positions: Column) -> Column:
        """The index of the file that holds each position."""
        return np.searchsorted(self.starts, positions, side="right") - 1


class Links(msgspec.Struct, frozen=True, eq=False):
    """Runs of lines that are the same in both versions: where they start on each side, how many."""

    old: Column
    new: Column
    lines: Column


class Leftovers(msgspec.Struct, frozen=True, eq=False):
    """Ranges of lines that only one side has: position of the first line, lines, and where the bytes lie."""

    position: Column
    lines: Column
    pieces: Pieces


class LayoutDiff(msgspec.Struct, frozen=True, eq=False):
    """What two layouts share and what not.

    ``partners[i]`` is the index (in ``old_files``) of the file that ``new_files[i]`` was, or -1. Old files stand in
    the order of their partners, those without one last.
    """

    old_files: Files
    new_files: Files
    partners: tuple[int, ...]
    links: Links
    old: Leftovers
    new: Leftovers

    @property
    def totals(self) -> Totals:
        """Bytes and lines that only one side has."""
        return Totals(
            lines_added=int(self.new.lines.sum()),
            lines_removed=int(self.old.lines.sum()),
            bytes_added=int(self.new.pieces.bytes.sum()),
            bytes_removed=int(self.old.pieces.bytes.sum()),
        )


class _Side(msgspec.Struct, eq=False):
    """Pieces of one side on one line of addresses. ``end`` counts the line end that a ``short`` piece lacks."""

    packs: PackReader
    files: Files
    pieces: Pieces
    start: Column
    end: Column
    short: NDArray[np.bool_]


class _Atoms(msgspec.Struct, eq=False):
    """Pieces cut at every boundary: which boundary each atom starts at, and the piece it is of."""

    place: Column
    piece: Column
    start: Column
    end: Column


def subtract(old: Snapshot, new: Snapshot) -> LayoutDiff:
    """Match what two snapshots hold in common by address; equal pack ids mean equal packs."""
    ordered, partners = paired_files(old.layout.files, new.layout.files)
    bases = _bases(old, new)
    sides = [_side(old, ordered, bases), _side(new, new.layout.files, bases)]
    _mark_short_ends(sides)
    boundaries = np.unique(np.concatenate([column for side in sides for column in (side.start, side.end)]))
    atoms = [_cut(side, boundaries) for side in sides]
    lines = _atom_lines(sides, atoms, len(boundaries))
    keys = [2 * part.place + side.short[part.piece] for side, part in zip(sides, atoms, strict=True)]
    matches = align(*keys)
    positions = [_starts(lines[part.place]) for part in atoms]
    matched = np.flatnonzero(matches >= 0)
    free_old = np.ones(len(keys[0]), dtype=bool)
    free_old[matches[matched]] = False
    links = Links(positions[0][matches[matched]], positions[1][matched], lines[atoms[1].place[matched]])
    return LayoutDiff(
        sides[0].files,
        sides[1].files,
        partners,
        joined_links(links, sides[0].files, sides[1].files),
        _leftovers(sides[0], atoms[0], lines, positions[0], np.flatnonzero(free_old)),
        _leftovers(sides[1], atoms[1], lines, positions[1], np.flatnonzero(matches < 0)),
    )


def joined_links(links: Links, old_files: Files, new_files: Files) -> Links:
    """The same links with neighbours that continue each other in one file on both sides joined."""
    if len(links.lines) < 2:
        return links
    continues = (links.old[1:] == (links.old + links.lines)[:-1]) & (links.new[1:] == (links.new + links.lines)[:-1])
    continues &= ~np.isin(links.old[1:], old_files.starts) & ~np.isin(links.new[1:], new_files.starts)
    first = np.flatnonzero(np.concatenate(([True], ~continues)))
    return Links(links.old[first], links.new[first], np.add.reduceat(links.lines, first))


def _starts(sizes: Column) -> Column:
    return np.cumsum(sizes) - sizes


def _bases(old: Snapshot, new: Snapshot) -> dict[PackId, int]:
    """Where each pack begins on the common line of addresses; a gap keeps packs from touching."""
    bases: dict[PackId, int] = {}
    base = 0
    for pack in (*old.layout.packs, *new.layout.packs):
        if pack.id not in bases:
            bases[pack.id] = base
            base += pack.bytes + 2
    return bases


def _side(snapshot: Snapshot, files: Sequence[FileLayout], bases: dict[PackId, int]) -> _Side:
    pieces = Pieces.concat([file.pieces.coalesced() for file in files])
    table = np.array([bases[pack.id] for pack in snapshot.layout.packs], dtype=np.int64)
    start = table[pieces.pack] + pieces.offset if len(pieces) else pieces.offset
    return _Side(
        snapshot.packs, Files.of(files), pieces, start, start + pieces.bytes, np.zeros(len(pieces), dtype=bool)
    )


def _mark_short_ends(sides: list[_Side]) -> None:
    """Give last lines without a line end an atom of their own, so that no line is cut in its middle.

    That an end lies inside a line shows only in the bytes; they are looked at only where another piece goes on.
    """
    starts = np.sort(np.concatenate([side.start for side in sides]))
    ends = np.sort(np.concatenate([side.end for side in sides]))
    for side in sides:
        counts = np.cumsum([len(file.pieces.coalesced()) for file in side.files.files], dtype=np.int64)
        last = np.unique(counts[counts > 0]) - 1
        inside = np.searchsorted(starts, side.end[last], "left") - np.searchsorted(ends, side.end[last], "right")
        for number in reversed(last[inside > 0].tolist()):
            _split_short(side, number)


def _split_short(side: _Side, number: int) -> None:
    piece = next(iter(side.pieces[number : number + 1]))
    line = _unterminated_line(side.packs, piece.pack, piece.offset, piece.offset + piece.bytes)
    if line is None:
        return
    size = piece.offset + piece.bytes - line
    rows = [(piece.pack, piece.offset, piece.bytes - size, piece.lines - 1), (piece.pack, line, size, 1)]
    rows = [row for row in rows if row[2]]
    base = int(side.start[number]) - piece.offset
    side.pieces = Pieces.concat([side.pieces[:number], Pieces.of(rows), side.pieces[number + 1 :]])
    start = [base + row[1] for row in rows]
    end = [base + row[1] + row[2] for row in rows]
    end[-1] += 1
    side.start = np.concatenate((side.start[:number], np.array(start, dtype=np.int64), side.start[number + 1 :]))
    side.end = np.concatenate((side.end[:number], np.array(end, dtype=np.int64), side.end[number + 1 :]))
    flags = np.array([False] * (len(rows) - 1) + [True])
    side.short = np.concatenate((side.short[:number], flags, side.short[number + 1 :]))


def _unterminated_line(packs: PackReader, pack: int, start: int, end: int) -> int | None:
    """Where the last line of a range starts, or None when the range ends with a line end."""
    if packs.read(pack, end - 1, 1) == b"\n":
        return None
    while end > start:
        begin = max(start, end - _BACK_BYTES)
        at = packs.read(pack, begin, end - begin).rfind(b"\n")
        if at >= 0:
            return begin + at + 1
        end = begin
    return start


def _cut(side: _Side, boundaries: Column) -> _Atoms:
    first = np.searchsorted(boundaries, side.start)
    counts = np.searchsorted(boundaries, side.end) - first
    piece = np.repeat(np.arange(len(first)), counts)
    place = np.arange(len(piece)) - np.repeat(_starts(counts) - first, counts)
    if not len(place):
        return _Atoms(place, piece, place, place)
    return _Atoms(place, piece, boundaries[place], boundaries[place + 1])


def _atom_lines(sides: list[_Side], atoms: list[_Atoms], places: int) -> Column:
    """Lines of the atom at each boundary: told by a piece that is not cut, else counted."""
    lines = np.full(places, -1, dtype=np.int64)
    for side, part in zip(sides, atoms, strict=True):
        whole = (part.start == side.start[part.piece]) & (part.end == side.end[part.piece])
        lines[part.place[whole]] = side.pieces.lines[part.piece[whole]]
    for side, part in zip(sides, atoms, strict=True):
        unknown = np.flatnonzero(lines[part.place] < 0)
        if len(unknown):
            _count(side, part, unknown, lines)
    return lines


def _count(side: _Side, atoms: _Atoms, unknown: Column, lines: Column) -> None:
    """Count lines of atoms; those near each other in one piece together (only a piece is sure to be held)."""
    start, end, piece = atoms.start[unknown], atoms.end[unknown], atoms.piece[unknown]
    apart = (piece[1:] != piece[:-1]) | (start[1:] - end[:-1] > _NEAR_BYTES)
    apart |= start[1:] // _MOST_BYTES != start[:-1] // _MOST_BYTES
    firsts = np.flatnonzero(np.concatenate(([True], apart)))
    for low, high in zip(firsts.tolist(), [*firsts[1:].tolist(), len(unknown)], strict=True):
        number = int(piece[low])
        to_offset = int(side.pieces.offset[number] - side.start[number])
        offsets = np.stack((start[low:high], end[low:high]), axis=1).ravel() + to_offset
        before = side.packs.lines_between(int(side.pieces.pack[number]), offsets)
        lines[atoms.place[unknown[low:high]]] = before[1::2] - before[::2]


def _leftovers(side: _Side, atoms: _Atoms, lines: Column, positions: Column, chosen: Column) -> Leftovers:
    """The chosen atoms, joined where they continue each other in one file and one pack."""
    piece = atoms.piece[chosen]
    start, position, count = atoms.start[chosen], positions[chosen], lines[atoms.place[chosen]]
    size = atoms.end[chosen] - start - side.short[piece]
    offset = start - side.start[piece] + side.pieces.offset[piece]
    pieces = Pieces(side.pieces.pack[piece], offset, size, count)
    if len(chosen) < 2:
        return Leftovers(position, count, pieces)
    continues = (position[1:] == (position + count)[:-1]) & (pieces.pack[1:] == pieces.pack[:-1])
    continues &= (offset[1:] == (offset + size)[:-1]) & ~np.isin(position[1:], side.files.starts)
    first = np.flatnonzero(np.concatenate(([True], ~continues)))
    total_lines = np.add.reduceat(count, first)
    total_bytes = np.add.reduceat(size, first)
    return Leftovers(position[first], total_lines, Pieces(pieces.pack[first], offset[first], total_bytes, total_lines))
