"""Two snapshots in, a lazy stream of deltas out.

The stages (what is the same, moved, reformatted, modified) are those of the design's "sameness": layouts are
subtracted (``dsvc.layout_diff``), leftovers are classified by digests (``dsvc.diff_plan``), texts are read again in
batches while the stream is read. Blank lines are no records: they are counted, and never a delta.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dsvc.change_tally import Tally
from dsvc.delta import Added, Modified, MovedBlock, Reformatted, Removed
from dsvc.diff_plan import MODIFIED, REFORMATTED, SAME, Plan, make_plan
from dsvc.diff_summary import Summary, Totals
from dsvc.layout_diff import LayoutDiff, subtract
from dsvc.pairing import PAIRING
from dsvc.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.delta import Delta
    from dsvc.layout import Column
    from dsvc.snapshot import Record, Snapshot

_BATCH_EVENTS = 2048
_BATCH_BYTES = 8 * 1024 * 1024
_REMOVED, _ADDED, _PAIR, _BLOCK = range(4)


class Diff:
    """The differences between two snapshots.

    ``totals`` is there at once, without reading a record. Iterating yields deltas in the order of the new version
    (removed records where they stood), reading as it goes; it may be done more than once. ``counts`` classifies
    without reading the texts again; ``summary()`` iterates unless that was done to the end already.
    """

    def __init__(self, old: Snapshot, new: Snapshot, key: Sequence[str] = ()) -> None:
        self.old = old
        self.new = new
        self.key = tuple(key)
        self._tally: Tally | None = None

    @property
    def totals(self) -> Totals:
        """Bytes and lines that only one side has, from the layouts alone."""
        return self._layout.totals

    @cached_property
    def counts(self) -> Summary:
        """The classified counts, without what the changes have in common."""
        plan = self._plan
        moved = self._new_places.count_records(plan.blocks.new, plan.blocks.lines)
        return Summary(
            added=len(plan.added()),
            removed=len(plan.removed()),
            modified=len(plan.pairs(MODIFIED)),
            reformatted=len(plan.pairs(REFORMATTED)),
            moved=int(moved.sum()),
            blank_lines_added=len(plan.new.blank),
            blank_lines_removed=len(plan.old.blank),
            totals=self._exact_totals(),
            pairing=PAIRING,
        )

    def summary(self) -> Summary:
        """Classified counts and what the changes have in common."""
        if self._tally is None:
            for _ in self:
                pass
        assert self._tally is not None
        return self._tally.completed(self.counts)

    def __iter__(self) -> Iterator[Delta]:
        tally = Tally()
        events = _Events(self._plan)
        for batch in events.batches():
            for delta in self._deltas(batch):
                tally.add(delta)
                yield delta
        self._tally = tally

    @cached_property
    def _layout(self) -> LayoutDiff:
        return subtract(self.old, self.new)

    @cached_property
    def _plan(self) -> Plan:
        return make_plan(self._layout, self.old.packs, self.new.packs, self.key)

    @cached_property
    def _old_places(self) -> Places:
        return Places(self.old, self._layout.old_files)

    @cached_property
    def _new_places(self) -> Places:
        return Places(self.new, self._layout.new_files)

    def _exact_totals(self) -> Totals:
        plan, all_of_them = self._plan, self.totals
        same = plan.pairs(SAME)
        line_ends = len(same) - int(np.isin(same, plan.new.unterminated).sum())
        size = int(plan.new.size[same].sum()) + line_ends
        return Totals(
            lines_added=all_of_them.lines_added - len(same),
            lines_removed=all_of_them.lines_removed - len(same),
            bytes_added=all_of_them.bytes_added - size,
            bytes_removed=all_of_them.bytes_removed - size,
        )

    def _deltas(self, batch: list[tuple[int, int]]) -> Iterator[Delta]:
        """The deltas of one batch of events ``(kind, number)``, reading both sides once."""
        plan = self._plan
        new = [number for kind, number in batch if kind in (_ADDED, _PAIR)]
        old = [n if kind == _REMOVED else int(plan.partner[n]) for kind, n in batch if kind in (_REMOVED, _PAIR)]
        old_records = self._records(old, old_side=True)
        new_records = self._records(new, old_side=False)
        for kind, number in batch:
            if kind == _REMOVED:
                yield Removed(next(old_records))
            elif kind == _ADDED:
                yield Added(next(new_records))
            elif kind == _PAIR:
                delta = Modified if plan.kind[number] == MODIFIED else Reformatted
                yield delta(next(old_records), next(new_records), bool(plan.moved[number]))
            elif block := self._block(number):
                yield block

    def _records(self, numbers: list[int], *, old_side: bool) -> Iterator[Record]:
        lines, places = (self._plan.old, self._old_places) if old_side else (self._plan.new, self._new_places)
        chosen = np.array(numbers, dtype=np.int64)
        return places.records(lines.position[chosen], lines.read(chosen))

    def _block(self, number: int) -> MovedBlock | None:
        """A moved block; none when only blank lines moved."""
        blocks = self._plan.blocks
        old, new, lines = int(blocks.old[number]), int(blocks.new[number]), int(blocks.lines[number])
        records = int(self._new_places.count_records(blocks.new[[number]], blocks.lines[[number]])[0])
        if not records:
            return None
        return MovedBlock(*self._old_places.line(old), *self._new_places.line(new), lines, records)


def diff(old: Snapshot, new: Snapshot, *, key: Sequence[str] = ()) -> Diff:
    """Compare two snapshots whose layouts name the same packs by the same ids.

    With ``key`` fields (top-level names, or dotted paths) records with the same key are the same record; of several
    with one key the k-th is the k-th.
    """
    return Diff(old, new, key)


class _Events:
    """All deltas as numbers, in the order in which they are told."""

    def __init__(self, plan: Plan) -> None:
        removed, added, blocks = plan.removed(), plan.added(), np.arange(len(plan.blocks.lines))
        pairs = np.sort(np.concatenate((plan.pairs(MODIFIED), plan.pairs(REFORMATTED))))
        old, new = plan.old, plan.new
        removed_at = plan.anchors.stood_before(old.position[removed])
        kinds = [np.full(len(n), k) for k, n in enumerate((removed, added, pairs, blocks))]
        nothing = np.zeros(len(blocks), dtype=np.int64)
        place = np.concatenate((removed_at, new.position[added], new.position[pairs], plan.blocks.new))
        behind = np.concatenate((old.position[removed], *[np.full(len(k), -1) for k in kinds[1:]]))
        kind = np.concatenate(kinds)
        order = np.lexsort((behind, kind != _REMOVED, place))
        self._kind = kind[order]
        self._number = np.concatenate((removed, added, pairs, blocks))[order]
        pair_sizes = new.size[pairs] + old.size[plan.partner[pairs]]
        self._size: Column = np.concatenate((old.size[removed], new.size[added], pair_sizes, nothing))[order]

    def batches(self) -> Iterator[list[tuple[int, int]]]:
        """Runs of ``(kind, number)`` that together are a few thousand records, or a few MiB."""
        portion = np.maximum(np.cumsum(self._size) // _BATCH_BYTES, 0)
        portion = portion * len(portion) + np.arange(len(portion)) // _BATCH_EVENTS
        cuts = [0, *(np.flatnonzero(portion[1:] != portion[:-1]) + 1).tolist(), len(portion)]
        for low, high in pairwise(cuts):
            if low < high:
                yield list(zip(self._kind[low:high].tolist(), self._number[low:high].tolist(), strict=True))
