"""Express files as pieces of a version they were edited from, plus the lines that are new.

This is the commit scan and the first half of every diff: line digests find candidates, bytes decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dsvc.alignment import NO_MATCH, align
from dsvc.layout import Pieces
from dsvc.line_table import CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dsvc.layout import Column, Layout
    from dsvc.line_table import LineTable
    from dsvc.snapshot import PackReader

    ReadRange = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True, eq=False)
class MatchedFile:
    """One file in terms of the old layout.

    ``partners`` holds for each line of the file the number of the old line (over all old files) with the same
    bytes, -1 for new lines; ``pack`` and ``offset`` where that old line lies (-1 for new lines).
    """

    table: LineTable
    partners: Column
    pack: Column
    offset: Column

    def new_lines(self) -> Column:
        """Numbers (from 0) of the lines that the old version does not have."""
        return np.flatnonzero(self.partners == NO_MATCH)

    def pieces(self, new_pack: Column, new_offset: Column) -> Pieces:
        """The file as pieces, given where each new line went (pack number, offset in it)."""
        lengths = np.diff(self.table.ends, prepend=np.int64(0))
        pack, offset = self.pack.copy(), self.offset.copy()
        new = self.new_lines()
        pack[new], offset[new] = new_pack, new_offset
        return Pieces(pack, offset, lengths, np.ones(len(lengths), dtype=np.int64)).coalesced()


def match_files(
    old: Layout, old_tables: Sequence[LineTable], old_packs: PackReader, files: Sequence[tuple[LineTable, ReadRange]]
) -> list[MatchedFile]:
    """Match each file's lines with the lines of ``old`` (all its files together: lines move between splits).

    ``files`` gives for each file its table and a function that reads a byte range of it.
    """
    old_digests = _joined([table.digests for table in old_tables], np.uint64)
    new_digests = _joined([table.digests for table, _ in files], np.uint64)
    partners = align(old_digests, new_digests)
    old_pack, old_offset, old_size = _line_places(old, old_tables)
    matched, position = [], 0
    for table, read in files:
        mine = partners[position : position + table.lines]
        position += table.lines
        mine = _confirmed(table, read, mine, (old_pack, old_offset, old_size), old_packs)
        known = mine >= 0
        pack = np.where(known, old_pack[mine] if len(old_pack) else 0, NO_MATCH)
        offset = np.where(known, old_offset[mine] if len(old_pack) else 0, NO_MATCH)
        matched.append(MatchedFile(table, mine, pack, offset))
    return matched


def _joined(parts: list[np.ndarray], dtype: type) -> np.ndarray:
    return np.concatenate([np.empty(0, dtype=dtype), *parts])


def _line_places(layout: Layout, tables: Sequence[LineTable]) -> tuple[Column, Column, Column]:
    """Pack, offset in it, and size with line end, of every line of a layout."""
    packs, offsets, sizes = [], [], []
    for file, table in zip(layout.files, tables, strict=True):
        pieces = file.pieces
        starts = table.starts()
        piece_starts = np.cumsum(pieces.bytes) - pieces.bytes
        piece = np.searchsorted(piece_starts, starts, side="right") - 1
        packs.append(pieces.pack[piece])
        offsets.append(pieces.offset[piece] + starts - piece_starts[piece])
        sizes.append(table.ends - starts)
    return _joined(packs, np.int64), _joined(offsets, np.int64), _joined(sizes, np.int64)


def _confirmed(
    table: LineTable, read: ReadRange, partners: Column, old: tuple[Column, Column, Column], packs: PackReader
) -> Column:
    """The partners whose bytes are the same; a line whose digest alone agreed becomes new."""
    old_pack, old_offset, old_size = old
    lines = np.flatnonzero(partners >= 0)
    if not len(lines):
        return partners
    starts, theirs = table.starts()[lines], partners[lines]
    sizes = table.ends[lines] - starts
    # A line end that the old file lacks is not in its pieces, so the old line cannot stand for it.
    partners = partners.copy()
    partners[lines[sizes > old_size[theirs]]] = NO_MATCH
    fits = sizes <= old_size[theirs]
    lines, starts, theirs, sizes = lines[fits], starts[fits], theirs[fits], sizes[fits]
    runs = _runs(starts, old_pack[theirs], old_offset[theirs], sizes)
    for first, last in runs:
        start, size = int(starts[first]), int(starts[last] + sizes[last] - starts[first])
        pack, offset = int(old_pack[theirs[first]]), int(old_offset[theirs[first]])
        if read(start, size) != packs.read(pack, offset, size):
            chosen = lines[first : last + 1]
            same = [
                read(int(s), int(n)) == packs.read(pack, int(o), int(n))
                for s, n, o in zip(
                    starts[first : last + 1],
                    sizes[first : last + 1],
                    old_offset[theirs[first : last + 1]],
                    strict=True,
                )
            ]
            partners[chosen[~np.array(same)]] = NO_MATCH
    return partners


def _runs(starts: Column, pack: Column, offset: Column, sizes: Column) -> list[tuple[int, int]]:
    """First and last index of runs that lie side by side in both files, each of about 4 MiB at most."""
    if not len(starts):
        return []
    breaks = (
        (pack[1:] != pack[:-1]) | (offset[1:] != offset[:-1] + sizes[:-1]) | (starts[1:] != starts[:-1] + sizes[:-1])
    )
    breaks |= (starts[1:] // CHUNK_BYTES) != (starts[:-1] // CHUNK_BYTES)
    firsts = np.flatnonzero(np.concatenate(([True], breaks)))
    lasts = np.append(firsts[1:], len(starts)) - 1
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))
