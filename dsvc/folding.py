"""When and how packs are folded into one stored file (``docs/format.md`` section 5).

DVC lists every file of a store anew for each version, so a hundred tiny packs cost more than their records. Folding
copies the ranges in use into one stored file; pieces keep naming the packs where lines were born.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dsvc.layout import Pieces
from dsvc.pack import MAX_LIVE_PACKS, MAX_TINY_PACKS, SMALL_PACK_BYTES, TINY_PACK_BYTES

if TYPE_CHECKING:
    from dsvc.layout import Layout
    from dsvc.snapshot import PackReader


def packs_to_fold(layout: Layout) -> list[int]:
    """Indexes of the packs to fold now; empty when it is not worth it."""
    live = set(layout.stored_files())
    own = [number for number, pack in enumerate(layout.packs) if f"{pack.id}.jsonl" in live]
    tiny = [number for number in own if layout.packs[number].bytes <= TINY_PACK_BYTES]
    if len(own) > MAX_LIVE_PACKS:
        return [number for number in own if layout.packs[number].bytes < SMALL_PACK_BYTES]
    return tiny if len(tiny) > MAX_TINY_PACKS else []


def runs_in_use(layout: Layout, packs: list[int], reader: PackReader) -> Pieces:
    """The ranges of these packs that the layout's files use, each once, in the order of packs and offsets.

    Whole lines only: where a file ends without a line end, the range takes along the one that the pack has.
    """
    pieces = Pieces.concat([_whole_lines(file.pieces, reader) for file in layout.files])
    pieces = pieces[np.isin(pieces.pack, np.array(packs, dtype=np.int64))]
    order = np.lexsort((pieces.ends(), pieces.offset, pieces.pack))
    runs: list[list[int]] = []
    for piece in pieces[order]:
        end = piece.offset + piece.bytes
        if runs and runs[-1][0] == piece.pack and piece.offset <= runs[-1][2]:
            runs[-1][2] = max(runs[-1][2], end)
        else:
            runs.append([piece.pack, piece.offset, end])
    return Pieces.of((pack, start, end - start, 0) for pack, start, end in runs)


def _whole_lines(pieces: Pieces, reader: PackReader) -> Pieces:
    """The pieces of one file; the last one, the only one that may stop short of a line end, with it."""
    if not len(pieces) or reader.read(int(pieces.pack[-1]), int(pieces.ends()[-1]) - 1, 1) == b"\n":
        return pieces
    sizes = pieces.bytes.copy()
    sizes[-1] += 1
    return Pieces(pieces.pack, pieces.offset, sizes, pieces.lines)
