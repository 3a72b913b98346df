"""Express files as pieces of a version they were edited from, plus the lines that are new.

This is the commit scan and the first half of every diff. What a file has in step with its old self was compared while
it was read (:mod:`dsvc.following`); of the rest digests find candidates, bytes decide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dsvc.alignment import NO_MATCH, align
from dsvc.following import OldFile, rest_of
from dsvc.layout import Pieces
from dsvc.line_table import CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dsvc.following import Digests, Followed
    from dsvc.layout import Column, Layout
    from dsvc.line_table import LineTable
    from dsvc.snapshot import PackReader

    ReadRange = Callable[[int, int], bytes]


class ReadFile(msgspec.Struct, frozen=True, eq=False):
    """A file that was read along the old file with index ``along`` (None: along nothing); ``read`` gives a range."""

    followed: Followed
    along: int | None
    read: ReadRange


class MatchedFile(msgspec.Struct, frozen=True, eq=False):
    """One file in terms of the old layout.

    ``partners`` holds for each line of the file the number of the old line (over all old files) with the same
    bytes, -1 for new lines; ``pack`` and ``offset`` where that old line lies (-1 for new lines). ``digests`` are the
    XXH3-64 of the new lines without their ends, as they were when the file was read.
    """

    table: LineTable
    partners: Column
    pack: Column
    offset: Column
    digests: Digests

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
    old: Layout, old_files: Sequence[OldFile], old_packs: PackReader, files: Sequence[ReadFile]
) -> list[MatchedFile]:
    """Match each file's lines with the lines of ``old`` (all its files together: lines move between splits)."""
    firsts = np.cumsum([0, *(file.table.lines for file in old_files)], dtype=np.int64)
    partners = [_in_step(file, firsts) for file in files]
    free, free_digests = _free(old_files, files, firsts)
    found = align(free_digests, _concatenated([file.followed.new.digests for file in files], np.uint64))
    places = _line_places(old, [file.table for file in old_files])
    matched, position = [], 0
    for file, mine in zip(files, partners, strict=True):
        rest = file.followed.new
        theirs = found[position : position + len(rest.lines)]
        position += len(rest.lines)
        theirs = np.where(theirs >= 0, free[theirs] if len(free) else NO_MATCH, NO_MATCH)
        theirs = _confirmed(file, theirs, places, old_packs)
        mine[rest.lines] = theirs
        known = mine >= 0
        pack = np.where(known, places[0][mine] if len(places[0]) else 0, NO_MATCH)
        offset = np.where(known, places[1][mine] if len(places[1]) else 0, NO_MATCH)
        matched.append(MatchedFile(file.followed.table, mine, pack, offset, rest.digests[theirs == NO_MATCH]))
    return matched


def _in_step(file: ReadFile, firsts: Column) -> Column:
    """The partners of the lines that were in step."""
    partners = np.full(file.followed.table.lines, NO_MATCH, dtype=np.int64)
    if file.along is not None:
        first = int(firsts[file.along])
        for new, old, lines in file.followed.runs.tolist():
            partners[new : new + lines] = np.arange(first + old, first + old + lines)
    return partners


def _free(old_files: Sequence[OldFile], files: Sequence[ReadFile], firsts: Column) -> tuple[Column, Digests]:
    """Numbers (over all old files) and digests of the old lines that no new one was in step with."""
    rests = {file.along: file.followed.old for file in files if file.along is not None}
    found = [rests[i] if i in rests else rest_of(old) for i, old in enumerate(old_files)]
    lines = [rest.lines + first for rest, first in zip(found, firsts.tolist(), strict=False)]
    return _concatenated(lines, np.int64), _concatenated([rest.digests for rest in found], np.uint64)


def _concatenated(parts: list[np.ndarray], dtype: type) -> np.ndarray:
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
    return _concatenated(packs, np.int64), _concatenated(offsets, np.int64), _concatenated(sizes, np.int64)


def _confirmed(file: ReadFile, partners: Column, old: tuple[Column, Column, Column], packs: PackReader) -> Column:
    """Partners of the lines that were left over, where their bytes are the same and not only their digests."""
    old_pack, old_offset, old_size = old
    table, chosen = file.followed.table, np.flatnonzero(partners >= 0)
    if not len(chosen):
        return partners
    lines, theirs = file.followed.new.lines[chosen], partners[chosen]
    starts = table.starts()[lines]
    sizes = table.ends[lines] - starts
    # A line end that the old file lacks is not in its pieces, so the old line cannot stand for it.
    partners = partners.copy()
    partners[chosen[sizes > old_size[theirs]]] = NO_MATCH
    fits = sizes <= old_size[theirs]
    chosen, starts, theirs, sizes = chosen[fits], starts[fits], theirs[fits], sizes[fits]
    pack, offset = old_pack[theirs], old_offset[theirs]
    differing: list[int] = []
    for run in _runs(pack, offset, sizes):
        differing += _differing(file.read, packs, (starts[run], pack[run], offset[run], sizes[run]), run)
    partners[chosen[differing]] = NO_MATCH
    return partners


def _runs(pack: Column, offset: Column, sizes: Column) -> Iterator[Column]:
    """Numbers of lines that lie side by side in the old packs, in their order there, about 4 MiB at a time.

    A shuffled file is read in the order of the old one: each old byte once, in large reads.
    """
    order = np.lexsort((offset, pack))
    pack, offset, ends = pack[order], offset[order], (offset + sizes)[order]
    breaks = (
        (pack[1:] != pack[:-1]) | (offset[1:] > ends[:-1]) | (offset[1:] // CHUNK_BYTES != offset[:-1] // CHUNK_BYTES)
    )
    firsts = np.flatnonzero(np.concatenate(([True], breaks))) if len(order) else np.empty(0, dtype=np.int64)
    return iter(np.split(order, firsts[1:])) if len(order) else iter(())


def _differing(
    read: ReadRange, packs: PackReader, lines: tuple[Column, Column, Column, Column], numbers: Column
) -> list[int]:
    """Those of the lines (start in the file, pack, offset in it, size) whose bytes differ from the old ones."""
    starts, pack, offset, sizes = lines
    low = int(offset[0])
    old = packs.read(int(pack[0]), low, int((offset + sizes).max()) - low)
    follows = (starts[1:] == starts[:-1] + sizes[:-1]) & (offset[1:] == offset[:-1] + sizes[:-1])
    firsts = np.flatnonzero(np.concatenate(([True], ~follows)))
    lengths = np.add.reduceat(sizes, firsts)
    bad = []
    for first, start, at, size in zip(
        firsts.tolist(), starts[firsts].tolist(), (offset[firsts] - low).tolist(), lengths.tolist(), strict=True
    ):
        data = read(start, size)
        if len(data) != size or not old.startswith(data, at):  # a slice of the old bytes would be a copy
            bad.append(first)
    return [n for first in bad for n in _differing_in_run(read, old, low, lines, numbers, first, firsts)]


def _differing_in_run(
    read: ReadRange,
    old: bytes,
    low: int,
    lines: tuple[Column, Column, Column, Column],
    numbers: Column,
    first: int,
    firsts: Column,
) -> Iterator[int]:
    starts, _, offset, sizes = lines
    after = firsts[firsts > first]
    for i in range(first, int(after[0]) if len(after) else len(starts)):
        start, at, size = int(starts[i]), int(offset[i]) - low, int(sizes[i])
        if read(start, size) != old[at : at + size]:
            yield int(numbers[i])
