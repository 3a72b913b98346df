"""How numbers are spread, and how records are shared out; both are exact, and can be put together from parts."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Numbers:
    """Whole numbers, such as characters or turns. Exact: each value is counted."""

    __slots__ = ("counts",)

    def __init__(self, values: Iterable[int] = ()) -> None:
        self.counts: Counter[int] = Counter(values)

    @property
    def records(self) -> int:
        """How many numbers there are."""
        return self.counts.total()

    @property
    def total(self) -> int:
        """Their sum."""
        return sum(value * count for value, count in self.counts.items())

    @property
    def mean(self) -> float:
        """Their mean; 0 of none."""
        return self.total / self.records if self.counts else 0.0

    @property
    def smallest(self) -> int:
        """The smallest; 0 of none."""
        return min(self.counts, default=0)

    @property
    def largest(self) -> int:
        """The largest; 0 of none."""
        return max(self.counts, default=0)

    def quantile(self, share: float) -> int:
        """The smallest value that at least this share (0 to 1) of the numbers does not exceed; 0 of none."""
        values = sorted(self.counts)
        wanted = share * self.records
        below = accumulate(self.counts[value] for value in values)
        return next((value for value, count in zip(values, below, strict=True) if count >= wanted), self.largest)

    def histogram(self, bins: int) -> list[int]:
        """Counts in ``bins`` steps of equal width from the smallest to the largest value."""
        low, high = self.smallest, self.largest
        found = [0] * bins
        for value, count in self.counts.items():
            found[min(bins - 1, (value - low) * bins // (high - low + 1))] += count
        return found


class Shares:
    """How records are shared out over values, such as labels. Of very many values the rare ones are put together."""

    __slots__ = ("counts", "rare")

    MOST = 2000
    """So many values are told apart."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self.counts: Counter[str] = Counter()
        self.rare = 0
        """Records with values that were not told apart any more."""
        for value in values:
            self.add(value)

    def add(self, value: str, count: int = 1) -> None:
        """Count records with a value."""
        if value in self.counts or len(self.counts) < self.MOST:
            self.counts[value] += count
        else:
            self.rare += count

    @property
    def records(self) -> int:
        """How many records were counted."""
        return self.counts.total() + self.rare

    def share(self, value: str) -> float:
        """The share of records with a value, from 0 to 1."""
        return self.counts[value] / self.records if self.records else 0.0

    def common(self, most: int) -> list[tuple[str, int]]:
        """The commonest values and their counts; of equal counts by value."""
        return sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
