"""Which matched lines kept their order, what lies between them, and where removed lines stood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dsvc.alignment import heaviest_increasing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dsvc.diff.layout_diff import LayoutDiff, Links
    from dsvc.layout import Column


class Anchors(msgspec.Struct, frozen=True, eq=False):
    """Links that kept their order, and the starts of files (links of no lines): both columns ascend."""

    old: Column
    new: Column
    lines: Column

    def old_gaps(self, positions: Column) -> Column:
        """The number of the gap (behind which anchor) that each old position lies in."""
        return np.searchsorted(self.old, positions, side="right") - 1

    def new_gaps(self, positions: Column) -> Column:
        """The number of the gap that each new position lies in."""
        return np.searchsorted(self.new, positions, side="right") - 1

    def stood_before(self, positions: Column) -> Column:
        """The new position that each removed old line stood in front of."""
        gaps = self.old_gaps(positions)
        return (self.new + self.lines)[gaps]


def kept_order(layout: LayoutDiff, links: Links) -> NDArray[np.bool_]:
    """Which links lie in the same file and in the heaviest run that ascends on both sides; the rest has moved."""
    old_file = layout.old_files.at(links.old)
    partner = np.array(layout.partners, dtype=np.int64)[layout.new_files.at(links.new)]
    kept: NDArray[np.bool_] = old_file == partner
    staying = np.flatnonzero(kept)
    staying = staying[np.argsort(links.new[staying], kind="stable")]
    if len(staying) < 2:
        return kept
    old, new, lines = links.old[staying], links.new[staying], links.lines[staying]
    continues = (old[1:] == (old + lines)[:-1]) & (new[1:] == (new + lines)[:-1])
    first = np.flatnonzero(np.concatenate(([True], ~continues)))
    chain = heaviest_increasing(old[first], np.add.reduceat(lines, first))
    kept[staying] = np.repeat(chain, np.diff(np.append(first, len(staying))))
    return kept


def anchors(layout: LayoutDiff, links: Links, kept: NDArray[np.bool_]) -> Anchors:
    """The kept links, with the starts of the files between them."""
    old_starts, new_starts = _file_starts(layout)
    old = np.concatenate((old_starts, links.old[kept]))
    new = np.concatenate((new_starts, links.new[kept]))
    lines = np.concatenate((np.zeros(len(old_starts), dtype=np.int64), links.lines[kept]))
    order = np.lexsort((lines, old, new))
    return Anchors(old[order], new[order], lines[order])


def _file_starts(layout: LayoutDiff) -> tuple[Column, Column]:
    """Pairs of positions where files begin; a new file without a partner begins where the old one before it ended."""
    old_files, new_files = layout.old_files, layout.new_files
    old: list[int] = []
    end = 0
    for partner in layout.partners:
        if partner >= 0:
            old.append(int(old_files.starts[partner]))
            end = old[-1] + old_files.files[partner].lines
        else:
            old.append(end)
    total = sum(file.lines for file in new_files.files)
    return (
        np.array([0, *old, end], dtype=np.int64),
        np.array([0, *new_files.starts.tolist(), total], dtype=np.int64),
    )
