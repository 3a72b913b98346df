"""Decide for every leftover line what became of it, from digests alone; texts are read only for pairing.

Stages: equal bytes cancel, then equal values, then equal keys, then ``dsvc.diff.pairing``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dsvc.alignment import NO_MATCH, align
from dsvc.diff.layout_diff import Links, joined_links
from dsvc.diff.leftover_lines import scan_leftovers
from dsvc.diff.pairing import Side, pair
from dsvc.diff.placement import anchors, kept_order
from dsvc.diff.sample import sample_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dsvc.diff.layout_diff import LayoutDiff
    from dsvc.diff.leftover_lines import Digests, LeftoverLines
    from dsvc.diff.placement import Anchors
    from dsvc.layout import Column
    from dsvc.snapshot import Snapshot

SAME, REFORMATTED, MODIFIED = 0, 1, 2


class Plan(msgspec.Struct, frozen=True, eq=False):
    """What became of every line.

    ``partner`` and ``kind`` tell for each new leftover line which old one it was (-1: none) and in which sense;
    ``moved`` whether that pair left its place. ``blocks`` are unchanged lines that moved; ``anchors`` all that kept
    its order.
    """

    layout: LayoutDiff
    old: LeftoverLines
    new: LeftoverLines
    partner: Column
    kind: Column
    moved: NDArray[np.bool_]
    blocks: Links
    anchors: Anchors

    def added(self) -> Column:
        """Numbers of the new leftover lines without a partner."""
        return np.flatnonzero(self.partner == NO_MATCH)

    def removed(self) -> Column:
        """Numbers of the old leftover lines without a partner."""
        return free(self.partner, len(self.old))

    def pairs(self, kind: int) -> Column:
        """Numbers of the new leftover lines with a partner of this kind."""
        return np.flatnonzero((self.partner >= 0) & (self.kind == kind))


def make_plan(layout: LayoutDiff, before: Snapshot, after: Snapshot, key: Sequence[str]) -> Plan:
    """Run all stages over what a subtraction left over."""
    both = bool(len(layout.old.lines) and len(layout.new.lines))
    old = scan_leftovers(before.packs, layout.old, digests=both, key=key)
    new = scan_leftovers(after.packs, layout.new, digests=both, key=key)
    partner = np.full(len(new), NO_MATCH, dtype=np.int64)
    kind = np.full(len(new), SAME, dtype=np.int64)
    if len(old) and len(new):
        _match(old.raw, new.raw, partner, kind, SAME)
        _match(old.value, new.value, partner, kind, REFORMATTED)
        if key:
            _match(old.key, new.key, partner, kind, MODIFIED)
        _pair(layout, (before, after), (old, new), partner, kind)
    links, pairs = _all_links(layout, old, new, partner)
    kept = kept_order(layout, links)
    moved = np.zeros(len(new), dtype=bool)
    moved[pairs] = ~kept[len(layout.links.lines) :]
    same = np.ones(len(links.lines), dtype=bool)
    same[len(layout.links.lines) :] = kind[pairs] == SAME
    blocks = _blocks(layout, links, same & ~kept)
    return Plan(layout, old, new, partner, kind, moved, blocks, anchors(layout, links, kept))


def free(partner: Column, count: int) -> Column:
    """Numbers below ``count`` that nobody has for a partner."""
    unused = np.ones(count, dtype=bool)
    unused[partner[partner >= 0]] = False
    return np.flatnonzero(unused)


def _match(old: Digests, new: Digests, partner: Column, kind: Column, as_kind: int) -> None:
    """Give free new lines the free old lines with the same digest for partners; a digest of zero matches nothing."""
    free_old, free_new = free(partner, len(old)), np.flatnonzero(partner == NO_MATCH)
    free_new = free_new[_may_be_in(old[free_old], new[free_new])]
    free_old = free_old[_may_be_in(new[free_new], old[free_old])]
    if not len(free_old) or not len(free_new):
        return
    found = align(old[free_old, 0], new[free_new, 0])
    mine, theirs = free_new[found >= 0], free_old[found[found >= 0]]
    equal = old[theirs, 1] == new[mine, 1]
    partner[mine[equal]] = theirs[equal]
    kind[mine[equal]] = as_kind


def _may_be_in(there: Digests, here: Digests) -> NDArray[np.bool_]:
    """Which digests may also be there: nearly all others are sorted out without sorting anything."""
    bits = np.zeros(1 << 24, dtype=bool)
    bits[(there[:, 0] >> np.uint64(40)).astype(np.int64)] = True
    maybe: NDArray[np.bool_] = bits[(here[:, 0] >> np.uint64(40)).astype(np.int64)]
    maybe &= here[:, 0] != 0
    return maybe


def _all_links(layout: LayoutDiff, old: LeftoverLines, new: LeftoverLines, partner: Column) -> tuple[Links, Column]:
    """The links of the layouts, then one for each paired new line (whose numbers are returned too)."""
    pairs = np.flatnonzero(partner >= 0)
    links = Links(
        np.concatenate((layout.links.old, old.position[partner[pairs]])),
        np.concatenate((layout.links.new, new.position[pairs])),
        np.concatenate((layout.links.lines, np.ones(len(pairs), dtype=np.int64))),
    )
    return links, pairs


def _blocks(layout: LayoutDiff, links: Links, chosen: NDArray[np.bool_]) -> Links:
    numbers = np.flatnonzero(chosen)
    numbers = numbers[np.argsort(links.new[numbers], kind="stable")]
    moved = Links(links.old[numbers], links.new[numbers], links.lines[numbers])
    return joined_links(moved, layout.old_files, layout.new_files)


def _pair(
    layout: LayoutDiff,
    versions: tuple[Snapshot, Snapshot],
    lines: tuple[LeftoverLines, LeftoverLines],
    partner: Column,
    kind: Column,
) -> None:
    """Let the pairing say which of the remaining old lines became which new ones."""
    old, new = lines
    rest_old, rest_new = free(partner, len(old)), np.flatnonzero(partner == NO_MATCH)
    if not len(rest_old) or not len(rest_new):
        return
    links, _ = _all_links(layout, old, new, partner)
    fixed = anchors(layout, links, kept_order(layout, links))
    old_gaps, new_gaps = fixed.old_gaps(old.position[rest_old]), fixed.new_gaps(new.position[rest_new])
    of_old, of_new = (partial(sample_lines, version) for version in versions)
    mine, theirs = pair(
        Side(old, rest_old, old_gaps, _keyed(old, rest_old), of_old),
        Side(new, rest_new, new_gaps, _keyed(new, rest_new), of_new),
    )
    partner[theirs] = mine
    kind[theirs] = MODIFIED


def _keyed(lines: LeftoverLines, numbers: Column) -> NDArray[np.bool_]:
    """Which lines have a key."""
    if not len(lines.key):
        return np.zeros(len(numbers), dtype=bool)
    keyed: NDArray[np.bool_] = np.logical_or(*lines.key[numbers].astype(bool).T)
    return keyed
