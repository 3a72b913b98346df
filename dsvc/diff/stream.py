"""Two snapshots in, a lazy stream of deltas out.

The stages (what is the same, moved, reformatted, modified) are those of the design's "sameness": layouts are
subtracted (``layout_diff``), leftovers are classified by digests (``plan``), texts are read again in batches while the
stream is read. Blank lines are no records: they are counted, and never a delta.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dsvc.closing import Closing
from dsvc.delta import Added, Modified, MovedBlock, Reformatted, Removed
from dsvc.diff.earlier import Earlier, earlier_by_layout, earlier_by_plan, in_order_of
from dsvc.diff.file_names import FileNames, file_names
from dsvc.diff.layout_diff import Files, LayoutDiff, subtract
from dsvc.diff.leftover_lines import key_digest
from dsvc.diff.pairing import PAIRING
from dsvc.diff.places import Places
from dsvc.diff.plan import MODIFIED, REFORMATTED, SAME, Plan, make_plan
from dsvc.diff.summary import Summary, Totals
from dsvc.diff.tally import Tally
from dsvc.record import is_blank
from dsvc.snapshot import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dsvc.delta import Delta
    from dsvc.diff.choosing import Correspondence
    from dsvc.diff.summary import SourceChange
    from dsvc.layout import Column
    from dsvc.snapshot import Snapshot

_BATCH_EVENTS = 2048
_BATCH_BYTES = 8 * 1024 * 1024
_REMOVED, _ADDED, _PAIR, _BLOCK = range(4)


class Diff(Closing):
    """The differences between two snapshots.

    ``totals`` is there at once, without reading a record. Iterating yields deltas in the order of the new version
    (removed records where they stood), reading as it goes; it may be done more than once. ``counts`` classifies
    without reading the texts again; ``summary()`` iterates unless that was done to the end already. ``folders``: the
    names of the files are part of what is compared. ``sources`` tells which sources differ, when it is asked.
    """

    def __init__(self, old: Snapshot, new: Snapshot, key: Sequence[str] = (), *, folders: bool = False) -> None:
        self.old = old
        self.new = new
        self.key = tuple(key)
        self.folders = folders
        self.sources: Callable[[], tuple[SourceChange, ...]] = tuple
        self._tally: Tally | None = None

    def close(self) -> None:
        """Give the files of both sides back; reading afterwards is an error."""
        self.old.close()
        self.new.close()

    @property
    def totals(self) -> Totals:
        """Bytes and lines that only one side has, from the layouts alone."""
        return self._layout.totals

    @cached_property
    def counts(self) -> Summary:
        """The classified counts, without what the changes have in common."""
        plan = self._plan
        moved = self._new_places.count_records(plan.blocks.new, plan.blocks.lines)
        modified, reformatted = plan.pairs(MODIFIED), plan.pairs(REFORMATTED)
        return Summary(
            added=len(plan.added()),
            removed=len(plan.removed()),
            modified=len(modified),
            reformatted=len(reformatted),
            moved=int(moved.sum()),
            blank_lines_added=len(plan.new.blank),
            blank_lines_removed=len(plan.old.blank),
            totals=self._exact_totals(),
            pairing=PAIRING,
            files=file_names(self._layout) if self.folders else FileNames(),
            sources=self.sources(),
            modified_moved=int(plan.moved[modified].sum()),
            reformatted_moved=int(plan.moved[reformatted].sum()),
        )

    def summary(self) -> Summary:
        """Classified counts and what the changes have in common."""
        if self._tally is None:
            for _ in self:
                pass
        assert self._tally is not None
        return self._tally.completed(self.counts)

    def edited_places(self) -> Iterator[tuple[tuple[str, int], tuple[str, int]]]:
        """File and line (from 1), new and old, of each modified or reformatted record; no text is read."""
        plan = self._plan
        pairs = np.concatenate((plan.pairs(MODIFIED), plan.pairs(REFORMATTED)))
        new = self._new_places.lines(plan.new.position[pairs])
        return zip(new, self._old_places.lines(plan.old.position[plan.partner[pairs]]), strict=True)

    def added_places(self) -> Iterator[tuple[str, int]]:
        """File and line (from 1) of each record that only the new version has; no text is read."""
        plan = self._plan
        return iter(self._new_places.lines(plan.new.position[plan.added()]))

    def earlier(self, lines: Column) -> Earlier:
        """What these lines (numbered from 0 through all files of the new side) were in the old version.

        Where the layouts alone tell it, nothing is read.
        """
        found = earlier_by_layout(self._layout, lines)
        if (found.line < 0).any():
            found = earlier_by_plan(self._plan, lines, found)
        return in_order_of(found, self._layout.old_files, self.old.layout.files)

    def first_moved(self, block: MovedBlock) -> tuple[Record, int]:
        """The first record of a moved block, where it stands now, and the row that it had; no other is read."""
        lines = self.new.lines_from(self.new.layout.file(block.new_file), block.new_line - 1)
        line, content = next((n, text) for n, text in enumerate(lines, block.new_line) if not is_blank(text))
        row = self._new_places.row(block.new_file, line)
        return Record(content, block.new_file, line, row), self._old_places.row(block.old_file, block.old_line)

    def correspondence(self) -> Correspondence:
        """Which line of the new version is which of the old one; every line of both sides is looked at."""
        from dsvc.diff.choosing import Correspondence, Side

        old, new = Side.of(self.old), Side.of(self.new)
        found = self.earlier(np.arange(new.count, dtype=np.int64))
        moved, blocks = found.moved.copy(), self._plan.blocks
        for first, count in zip(blocks.new.tolist(), blocks.lines.tolist(), strict=True):
            moved[first : first + count] = True
        renamed = self._renamed()
        moved |= (found.line >= 0) & ~self._in_same_file(found.line, renamed)
        return Correspondence(old, new, found.line, found.kind != SAME, moved, renamed)

    def _renamed(self) -> dict[str, str]:
        """The old paths of files that are called otherwise now, by their new ones."""
        old, new = self._layout.old_files.files, self._layout.new_files.files
        pairs = [
            (file.path, old[place].path) for file, place in zip(new, self._layout.partners, strict=True) if place >= 0
        ]
        return {path: before for path, before in pairs if path != before}

    def _in_same_file(self, old_lines: Column, renamed: Mapping[str, str]) -> NDArray[np.bool_]:
        """For each new line whether the old one that it was stands in the same file, whatever that was called."""
        old, new = self.old.layout.files, self.new.layout.files
        number = {file.path: place for place, file in enumerate(old)}
        was_in = [number.get(renamed.get(file.path, file.path), -1) for file in new]
        new_files = np.repeat(was_in, [file.lines for file in new])
        same: NDArray[np.bool_] = Files.of(old).at(old_lines) == new_files
        return same

    def removed_with_key(self, content: bytes) -> int | None:
        """The number (from 0 through all files of the old side) of the removed record with the key of this one."""
        if not self.key or (wanted := key_digest(content, self.key)) is None:
            return None
        plan = self._plan
        for numbers in _portions(plan.removed()):
            for number, text in zip(numbers.tolist(), plan.old.read(numbers), strict=True):
                if key_digest(text, self.key) == wanted:
                    at = Earlier.of_lines(plan.old.position[[number]])
                    return int(in_order_of(at, self._layout.old_files, self.old.layout.files).line[0])
        return None

    def __iter__(self) -> Iterator[Delta]:
        tally = Tally()
        events = _Events(self._plan)
        for kinds, numbers in events.batches():
            for delta in self._deltas(kinds, numbers):
                tally.add(delta)
                yield delta
        self._tally = tally

    @cached_property
    def _layout(self) -> LayoutDiff:
        return subtract(self.old, self.new)

    @cached_property
    def _plan(self) -> Plan:
        return make_plan(self._layout, self.old, self.new, self.key)

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

    def _deltas(self, kinds: Column, numbers: Column) -> Iterator[Delta]:
        """The deltas of one batch of events, reading both sides once."""
        plan = self._plan
        removed, added, pairs = numbers[kinds == _REMOVED], numbers[kinds == _ADDED], numbers[kinds == _PAIR]
        streams: dict[int, Iterator[Delta | None]] = {
            _REMOVED: map(Removed, self._old_records(removed)),
            _ADDED: map(Added, self._new_records(added)),
            _PAIR: map(
                _changed,
                (plan.kind[pairs] == MODIFIED).tolist(),
                self._old_records(plan.partner[pairs]),
                self._new_records(pairs),
                plan.moved[pairs].tolist(),
            ),
            _BLOCK: self._blocks(numbers[kinds == _BLOCK]),
        }
        for kind in kinds.tolist():
            if delta := next(streams[kind]):
                yield delta

    def _old_records(self, numbers: Column) -> Iterator[Record]:
        lines = self._plan.old
        return self._old_places.records(lines.position[numbers], lines.read(numbers))

    def _new_records(self, numbers: Column) -> Iterator[Record]:
        lines = self._plan.new
        return self._new_places.records(lines.position[numbers], lines.read(numbers))

    def _blocks(self, numbers: Column) -> Iterator[MovedBlock | None]:
        """Moved blocks; None where only blank lines moved."""
        blocks = self._plan.blocks
        old, new, lines = blocks.old[numbers], blocks.new[numbers], blocks.lines[numbers]
        records = self._new_places.count_records(new, lines).tolist()
        places = zip(self._old_places.lines(old), self._new_places.lines(new), lines.tolist(), records, strict=True)
        return (MovedBlock(*a, *b, count, some) if some else None for a, b, count, some in places)


def _portions(numbers: Column) -> Iterator[Column]:
    return (numbers[start : start + _BATCH_EVENTS] for start in range(0, len(numbers), _BATCH_EVENTS))


def _changed(modified: bool, old: Record, new: Record, moved: bool) -> Modified | Reformatted:  # noqa: FBT001
    return Modified(old, new, moved) if modified else Reformatted(old, new, moved)


def diff(old: Snapshot, new: Snapshot, *, key: Sequence[str] = (), folders: bool = False) -> Diff:
    """Compare two snapshots whose layouts name the same packs by the same ids.

    With ``key`` fields (top-level names, or dotted paths) records with the same key are the same record; of several
    with one key the k-th is the k-th. Of ``folders`` the names of the files count, too: another name is a difference.
    """
    return Diff(old, new, key, folders=folders)


class _Events:
    """All deltas as numbers, in the order in which they are told."""

    def __init__(self, plan: Plan) -> None:
        removed, added, blocks = plan.removed(), plan.added(), np.arange(len(plan.blocks.lines))
        pairs = np.sort(np.concatenate((plan.pairs(MODIFIED), plan.pairs(REFORMATTED))))
        old, new = plan.old, plan.new
        removed_at = plan.anchors.stood_before(old.position[removed])
        kinds = [np.full(len(n), k, dtype=np.int64) for k, n in enumerate((removed, added, pairs, blocks))]
        nothing = np.zeros(len(blocks), dtype=np.int64)
        place = np.concatenate((removed_at, new.position[added], new.position[pairs], plan.blocks.new))
        behind = np.concatenate((old.position[removed], *[np.full(len(k), -1) for k in kinds[1:]]))
        kind = np.concatenate(kinds)
        order = np.lexsort((behind, kind != _REMOVED, place))
        self._kind = kind[order]
        self._number = np.concatenate((removed, added, pairs, blocks))[order]
        pair_sizes = new.size[pairs] + old.size[plan.partner[pairs]]
        self._size: Column = np.concatenate((old.size[removed], new.size[added], pair_sizes, nothing))[order]

    def batches(self) -> Iterator[tuple[Column, Column]]:
        """Runs of kinds and numbers that together are a few thousand records, or a few MiB."""
        portion = np.maximum(np.cumsum(self._size) // _BATCH_BYTES, 0)
        portion = portion * len(portion) + np.arange(len(portion)) // _BATCH_EVENTS
        cuts = [0, *(np.flatnonzero(portion[1:] != portion[:-1]) + 1).tolist(), len(portion)]
        for low, high in pairwise(cuts):
            if low < high:
                yield self._kind[low:high], self._number[low:high]
