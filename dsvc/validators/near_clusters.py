"""Numbers that are put together into sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Clusters:
    """Numbers put together into sets; each set is called by its smallest number.

    ``joined``: the pairs that made the sets, as few as it takes.
    """

    def __init__(self, count: int) -> None:
        self._above = list(range(count))
        self.joined: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._above)

    def first(self, number: int) -> int:
        """The smallest number of the set that a number is in."""
        above = self._above
        while above[number] != number:
            above[number] = above[above[number]]
            number = above[number]
        return number

    def firsts(self) -> NDArray[np.int64]:
        """:meth:`first` of all numbers."""
        firsts = np.array(self._above, dtype=np.int64)
        while (firsts != (further := firsts[firsts])).any():
            firsts = further
        return firsts

    def join(self, one: int, other: int) -> None:
        """Put the sets of two numbers together."""
        low, high = sorted((self.first(one), self.first(other)))
        if low != high:
            self._above[high] = low
            self.joined.append((one, other))

    def sets(self) -> list[list[int]]:
        """Sets of several numbers, these in their order."""
        together: dict[int, list[int]] = {}
        firsts = self.firsts()
        for number in np.flatnonzero(firsts != np.arange(len(self))).tolist():
            first = int(firsts[number])
            together.setdefault(first, [first]).append(number)
        return list(together.values())

    def renamed(self, names: Sequence[int]) -> Clusters:
        """The same sets of the numbers that ``names`` has in place of these."""
        made = Clusters(len(self))
        for one, other in self.joined:
            made.join(names[one], names[other])
        return made
