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


def packs_to_fold(layout: Layout) -> list[int]:
    """Indexes of the packs to fold now; empty when it is not worth it."""
    live = set(layout.stored_files())
    own = [number for number, pack in enumerate(layout.packs) if f"{pack.id}.jsonl" in live]
    tiny = [number for number in own if layout.packs[number].bytes <= TINY_PACK_BYTES]
    if len(own) > MAX_LIVE_PACKS:
        return [number for number in own if layout.packs[number].bytes < SMALL_PACK_BYTES]
    return tiny if len(tiny) > MAX_TINY_PACKS else []


def runs_in_use(layout: Layout, packs: list[int]) -> Pieces:
    """The ranges of these packs that the layout's files use, each once, in the order of packs and offsets."""
    pieces = layout.all_pieces()
    pieces = pieces[np.isin(pieces.pack, np.array(packs, dtype=np.int64))]
    order = np.lexsort((pieces.ends(), pieces.offset, pieces.pack))
    runs: list[list[int]] = []
    for piece in pieces[order]:
        end = piece.offset + piece.bytes
        if runs and runs[-1][0] == piece.pack and piece.offset <= runs[-1][2]:
            runs[-1][2] = max(runs[-1][2], end)
        else:
            runs.append([piece.pack, piece.offset, end])
    return Pieces.of((pack, start, _terminated(layout, pack, end) - start, 0) for pack, start, end in runs)


def _terminated(layout: Layout, pack: int, end: int) -> int:
    """A range that stops one byte before the pack's end left out its line end; the fold takes it along."""
    return end + 1 if end == layout.packs[pack].bytes - 1 else end
