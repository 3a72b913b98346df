"""How many records are right, told by those that were looked at."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

Z95: Final = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


class Accuracy(msgspec.Struct, frozen=True):
    """``right`` of ``judged`` records."""

    right: int
    judged: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where nothing was judged."""
        return self.right / self.judged if self.judged else None

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share of all records lies, with 95 % of confidence.

        The score interval (E. B. Wilson, JASA 22, 1927, p. 209), which holds for few records and near 0 and 1, too.
        """
        if not self.judged:
            return 0.0, 1.0
        n, p, z2 = self.judged, self.right / self.judged, Z95 * Z95
        centre = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        low, high = max(0.0, centre - half), min(1.0, centre + half)
        return (0.0 if not self.right else low), (1.0 if self.right == self.judged else high)

    def to_json(self) -> dict[str, float | int | None]:
        """Figures, rounded to four digits."""
        low, high = self.interval
        share = None if self.share is None else round(self.share, 4)
        return {
            "right": self.right,
            "judged": self.judged,
            "share": share,
            "low": round(low, 4),
            "high": round(high, 4),
        }


def accuracy_of(right: Iterable[bool]) -> Accuracy:
    """Of records that were judged, each right or not."""
    judged = list(right)
    return Accuracy(sum(judged), len(judged))
