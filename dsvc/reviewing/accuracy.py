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
    """``right`` of ``judged`` records.

    Where groups of them have other shares than in all records, ``estimate`` is the share with each group weighted, and
    ``effective`` how many records drawn by chance alone would tell as much.
    """

    right: int
    judged: int
    estimate: float | None = None
    effective: float | None = None

    @property
    def is_weighted(self) -> bool:
        """Whether the share is not simply ``right`` of ``judged``."""
        return self.estimate is not None

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where nothing was judged."""
        if self.estimate is not None:
            return self.estimate
        return self.right / self.judged if self.judged else None

    @property
    def size(self) -> float:
        """How many records drawn by chance alone tell as much."""
        return self.judged if self.effective is None else self.effective

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share of all records lies, with 95 % of confidence.

        The score interval (E. B. Wilson, JASA 22, 1927, p. 209), which holds for few records and near 0 and 1, too.
        """
        if not self.judged or self.share is None:
            return 0.0, 1.0
        n, p, z2 = self.size, self.share, Z95 * Z95
        centre = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = Z95 * math.sqrt(max(0.0, p * (1 - p)) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        low, high = max(0.0, centre - half), min(1.0, centre + half)
        return (0.0 if not self.right else low), (1.0 if self.right == self.judged else high)

    def to_json(self) -> dict[str, float | int | bool | None]:
        """Figures, rounded to four digits."""
        low, high = self.interval
        share = None if self.share is None else round(self.share, 4)
        weighted = {"weighted": True, "effective": round(self.size, 1)} if self.is_weighted else {}
        return {
            "right": self.right,
            "judged": self.judged,
            "share": share,
            "low": round(low, 4),
            "high": round(high, 4),
            **weighted,
        }


def weighted(groups: Iterable[tuple[float, Accuracy]]) -> Accuracy:
    """The accuracy of groups, each with its share of all records (together 1) and what was judged of it.

    The share is the sum of each group's share times its accuracy (post-stratification: W. G. Cochran, Sampling
    Techniques, 3rd ed. 1977, section 5A.9). The interval is Wilson's for an effective number of records: p (1 - p) over
    the variance of that sum (E. L. Korn, B. I. Graubard, Survey Methodology 24, 1998, p. 193), at most
    1 / sum(share^2 / judged) (L. Kish, J. Official Statistics 8, 1992, p. 183), for a variance that few records tell
    may be far too small, and no more than were judged.

    Raises ValueError for a group of which nothing was judged: it has no estimate.
    """
    found = list(groups)
    if not all(each.judged for _, each in found):
        raise ValueError("a group of which nothing was judged has no accuracy")
    right, judged = sum(each.right for _, each in found), sum(each.judged for _, each in found)
    shares = [(weight, each.right / each.judged, each.judged) for weight, each in found]
    estimate = min(1.0, math.fsum(weight * share for weight, share, _ in shares))
    size = min(judged, 1 / math.fsum(weight * weight / count for weight, _, count in shares))
    variance = math.fsum(weight * weight * share * (1 - share) / count for weight, share, count in shares)
    if variance > 0:
        size = min(size, estimate * (1 - estimate) / variance)
    return Accuracy(right, judged, estimate, size)


def pooled(several: Iterable[Accuracy]) -> Accuracy:
    """Several samples as one; each counts as many records as it is worth."""
    found = [each for each in several if each.judged]
    if len(found) == 1:
        return found[0]
    right, judged = sum(each.right for each in found), sum(each.judged for each in found)
    if not any(each.is_weighted for each in found):
        return Accuracy(right, judged)
    size = math.fsum(each.size for each in found)
    return Accuracy(right, judged, math.fsum(each.size * (each.share or 0.0) for each in found) / size, size)


def accuracy_of(right: Iterable[bool]) -> Accuracy:
    """Of records that were judged, each right or not."""
    judged = list(right)
    return Accuracy(sum(judged), len(judged))
