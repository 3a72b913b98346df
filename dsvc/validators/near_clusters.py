"""Numbers that are put together into sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Clusters:
    """Numbers put together into sets; each set is called by its smallest number.

    ``shares``: of each number that is not the smallest of its set, how much it is like the one in ``beside``.
    """

    def __init__(self, count: int) -> None:
        self._above = list(range(count))
        self._joined: list[tuple[int, int, float]] = []
        self.beside: dict[int, int] = {}
        self.shares: dict[int, float] = {}

    def __len__(self) -> int:
        return len(self._above)

    def first(self, number: int) -> int:
        """The smallest number of the set that a number is in."""
        above = self._above
        while above[number] != number:
            above[number] = above[above[number]]
            number = above[number]
        return number

    def tops(self) -> NDArray[np.int64]:
        """:meth:`first` of all numbers."""
        tops = np.array(self._above, dtype=np.int64)
        while (tops != (further := tops[tops])).any():
            tops = further
        return tops

    def join(self, one: int, other: int, share: float = 1.0) -> None:
        """Put the sets of two numbers together, which are so much alike."""
        low, high = sorted((self.first(one), self.first(other)))
        if low != high:
            self._above[high] = low
            self._joined.append((one, other, share))

    def renamed(self, names: Sequence[int]) -> Clusters:
        """The same sets of the numbers that ``names`` has in place of these.

        Each number is told beside the next one on its way to the smallest: they were found to be alike, while both ends
        of a way need not be.
        """
        made = Clusters(len(self))
        near: dict[int, list[tuple[int, float]]] = {}
        for one, other, share in self._joined:
            made.join(names[one], names[other], share)
            near.setdefault(names[one], []).append((names[other], share))
            near.setdefault(names[other], []).append((names[one], share))
        waiting = [number for number in near if made.first(number) == number]
        while waiting:
            number = waiting.pop()
            for other, share in near[number]:
                if made.beside.get(number) != other:
                    made.beside[other], made.shares[other] = number, share
                    waiting.append(other)
        return made
