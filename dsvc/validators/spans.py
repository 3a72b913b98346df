"""Ranges of numbers as sets: joined, taken from each other, asked what they hold. Columns of integers (numpy)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dsvc.layout import Column


class Spans(msgspec.Struct, frozen=True, eq=False):
    """Ranges from ``start`` to before ``end``, ascending, apart from each other and none of them empty."""

    start: Column
    end: Column

    @staticmethod
    def none() -> Spans:
        """No range at all."""
        return Spans(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

    @staticmethod
    def of(start: Column, end: Column) -> Spans:
        """Ranges in any order, which may overlap and touch."""
        order = np.argsort(start, kind="stable")
        start, reach = start[order], np.maximum.accumulate(end[order])
        if len(start) == 0:
            return Spans.none()
        first = np.flatnonzero(np.concatenate(([True], start[1:] > reach[:-1])))
        last = np.concatenate((first[1:] - 1, [len(start) - 1]))
        some = reach[last] > start[first]
        return Spans(start[first][some], reach[last][some])

    def __len__(self) -> int:
        return len(self.start)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(zip(self.start.tolist(), self.end.tolist(), strict=True))

    @property
    def size(self) -> int:
        """How many numbers they hold."""
        return int((self.end - self.start).sum())

    def holds(self, numbers: Column) -> NDArray[np.bool_]:
        """Which of the numbers lie in one of them."""
        begun = np.searchsorted(self.start, numbers, side="right")
        return begun > np.searchsorted(self.end, numbers, side="right")

    def joined(self, other: Spans) -> Spans:
        """What lies in either."""
        return Spans.of(np.concatenate((self.start, other.start)), np.concatenate((self.end, other.end)))

    def without(self, other: Spans) -> Spans:
        """What lies in these and not in the others."""
        return self._where(other, wanted=False)

    def shared(self, other: Spans) -> Spans:
        """What lies in both."""
        return self._where(other, wanted=True)

    def _where(self, other: Spans, *, wanted: bool) -> Spans:
        bounds = np.unique(np.concatenate((self.start, self.end, other.start, other.end)))
        begin = bounds[:-1]
        chosen = self.holds(begin) & (other.holds(begin) == wanted)
        return Spans.of(begin[chosen], bounds[1:][chosen])
