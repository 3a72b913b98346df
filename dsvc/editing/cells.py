"""The order of records while they are edited: runs of numbers, so that a million cost no more than the edits do.

A *cell* is a number that stands for a record: below the number of records in the file it is one of those, from there
on one that was written since. Values never change: each edit makes another one that shares most with the one before,
so that whoever reads on goes on with what was there.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_MOST_RUNS: Final = 256
"""A block of more runs is cut in two."""

Run = tuple[int, int]
"""First cell, and how many follow on it."""


class _Block(msgspec.Struct, frozen=True):
    """Some runs, and behind each of them how many cells there were."""

    runs: tuple[Run, ...]
    ends: tuple[int, ...]

    @staticmethod
    def of(runs: Sequence[Run]) -> _Block:
        return _Block(tuple(runs), tuple(accumulate(count for _, count in runs)))

    def __len__(self) -> int:
        return self.ends[-1]

    def cell(self, place: int) -> int:
        at = bisect_right(self.ends, place)
        return self.runs[at][0] + place - (self.ends[at - 1] if at else 0)

    def spliced(self, place: int, removed: int, cells: Sequence[int]) -> Sequence[Run]:
        """The runs with ``cells`` in place of the ``removed`` ones (0 or 1) at a place."""
        at = min(bisect_right(self.ends, place), len(self.runs) - 1)
        first, count = self.runs[at]
        before = place - (self.ends[at - 1] if at else 0)
        after = before + removed
        fresh = [(first, before), *((cell, 1) for cell in cells), (first + after, count - after)]
        return _joined([*self.runs[max(at - 1, 0) : at], *fresh, *self.runs[at + 1 : at + 2]], self.runs, at)


def _joined(middle: Iterable[Run], runs: Sequence[Run], at: int) -> Sequence[Run]:
    """The runs with those around ``at`` replaced, and what follows on each other made one."""
    found: list[Run] = []
    for first, count in middle:
        if not count:
            continue
        if found and found[-1][0] + found[-1][1] == first:
            found[-1] = (found[-1][0], found[-1][1] + count)
        else:
            found.append((first, count))
    return [*runs[: max(at - 1, 0)], *found, *runs[at + 2 :]]


class Cells(msgspec.Struct, frozen=True):
    """Cells in an order."""

    _blocks: tuple[_Block, ...]
    _ends: tuple[int, ...]

    @staticmethod
    def first(count: int) -> Cells:
        """The cells from 0 on, in their order."""
        return Cells._of([_Block.of([(0, count)])] if count else [])

    @staticmethod
    def _of(blocks: Sequence[_Block]) -> Cells:
        return Cells(tuple(blocks), tuple(accumulate(map(len, blocks))))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, row: int) -> int:
        if not 0 <= row < len(self):
            raise IndexError(row)
        at = bisect_right(self._ends, row)
        return self._blocks[at].cell(row - self._start(at))

    def runs(self, first: int = 0) -> Iterator[tuple[int, int, int]]:
        """Row, first cell and count of each run, from a row on."""
        for at in range(bisect_right(self._ends, first), len(self._blocks)):
            block, row = self._blocks[at], self._start(at)
            for cell, count in block.runs:
                if row + count > first:
                    skipped = max(first - row, 0)
                    yield row + skipped, cell + skipped, count - skipped
                row += count

    def row_of(self, cell: int) -> int | None:
        """Where a cell stands, None when it was taken out; looks at all runs."""
        return next((row + cell - first for row, first, count in self.runs() if first <= cell < first + count), None)

    def with_cell(self, row: int, cell: int) -> Cells:
        """With another cell in a row."""
        return self._spliced(row, 1, (cell,))

    def inserted(self, row: int, cell: int) -> Cells:
        """With a cell put before what stands in a row (or behind all)."""
        return self._spliced(row, 0, (cell,))

    def without(self, row: int) -> Cells:
        """Without what stands in a row."""
        return self._spliced(row, 1, ())

    def moved(self, row: int, to: int) -> Cells:
        """With what stands in a row taken out, and then put into row ``to``."""
        return self.without(row).inserted(to, self[row])

    def _start(self, at: int) -> int:
        return self._ends[at - 1] if at else 0

    def _spliced(self, row: int, removed: int, cells: Sequence[int]) -> Cells:
        if not 0 <= row <= len(self) - removed:
            raise IndexError(row)
        if not self._blocks:
            return Cells._of([_Block.of([(cell, 1) for cell in cells])])
        at = min(bisect_right(self._ends, row), len(self._blocks) - 1)
        runs = self._blocks[at].spliced(row - self._start(at), removed, cells)
        half = len(runs) // 2
        parts = [runs] if len(runs) <= _MOST_RUNS else [runs[:half], runs[half:]]
        fresh = [_Block.of(part) for part in parts if part]
        return Cells._of([*self._blocks[:at], *fresh, *self._blocks[at + 1 :]])
