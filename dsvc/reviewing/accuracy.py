"""How many records are right, told by those that were looked at."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Z95: Final = 1.959963984540054
"""The 97.5 % point of the normal distribution."""
_HALVINGS: Final = 64
"""Of a range, until what is left of it is less than a number with sixteen digits tells."""


_Alike: TypeAlias = "Counter[tuple[float, int]]"
"""How many parts have a weight, and how many records of them were judged."""


class Part(msgspec.Struct, frozen=True):
    """A group that was judged on its own: its share of all records (of all parts together 1), and how many were right
    of those of it that were judged."""

    weight: float
    right: int
    judged: int


class Accuracy(msgspec.Struct, frozen=True):
    """``right`` of ``judged`` records; ``parts`` where they do not all stand for as many others."""

    right: int
    judged: int
    parts: tuple[Part, ...] = ()

    @property
    def is_weighted(self) -> bool:
        """Whether the share is not simply ``right`` of ``judged``."""
        return bool(self.parts)

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where nothing was judged."""
        if self.parts:
            return min(1.0, math.fsum(each.weight * each.right / each.judged for each in self.parts))
        return self.right / self.judged if self.judged else None

    @property
    def size(self) -> float:
        """How many records drawn by chance alone tell as much, if parts are equally good: 1 / sum(weight^2 / judged).

        L. Kish, J. Official Statistics 8, 1992, p. 183. It goes by what was drawn only, never by what was found.
        """
        return 1 / math.fsum(each.weight**2 / each.judged for each in self.parts) if self.parts else self.judged

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share of all records lies, with 95 % of confidence.

        The score interval (E. B. Wilson, JASA 22, 1927, p. 209), which holds for few records and near 0 and 1, too; of
        parts, that of :func:`_interval_of_parts`.
        """
        if not self.judged or self.share is None:
            return 0.0, 1.0
        low, high = _interval_of_parts(self) if self.parts else _wilson(self.right, self.judged)
        return (0.0 if not self.right else low), (1.0 if self.right == self.judged else high)

    def to_json(self, *, of_all: bool = True) -> dict[str, float | int | bool | None]:
        """Figures, rounded to four digits; the ends of the interval are None where nothing is said ``of_all``."""
        low, high = self.interval
        share = None if self.share is None else round(self.share, 4)
        weighted = {"weighted": True, "effective": round(self.size, 1)} if self.is_weighted else {}
        return {
            "right": self.right,
            "judged": self.judged,
            "share": share,
            "low": round(low, 4) if of_all else None,
            "high": round(high, 4) if of_all else None,
            **weighted,
        }


def _wilson(right: int, judged: int) -> tuple[float, float]:
    n, p, z2 = judged, right / judged, Z95 * Z95
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def _interval_of_parts(found: Accuracy) -> tuple[float, float]:
    """Every share that is less than 1.96 standard errors, and half a record, from the one that was found.

    The standard error is the largest that the parts can have where the share is that of all: what was found in a part
    of a few records says too little of its own. Half a record (of :attr:`Accuracy.size`) is the correction for
    continuity (R. G. Newcombe, Statistics in Medicine 17, 1998, p. 857, method 4): without it a part that is most of
    all records, and that few were judged of, made the interval too narrow on one side.
    """
    share, half = found.share or 0.0, 1 / (2 * found.size)
    alike = Counter((each.weight, each.judged) for each in found.parts)

    def holds(p: float, variance: float) -> bool:
        return abs(share - p) - half <= Z95 * math.sqrt(variance)

    low = _last_share(alike, lambda p, variance: p >= share or holds(p, variance))
    high = _last_share(alike, lambda p, variance: p <= share or holds(p, variance), up=True)
    return min(low, share), max(high, share)


def _last_share(alike: _Alike, holds: Callable[[float, float], bool], *, up: bool = False) -> float:
    """The last share, going down from 1 (or ``up`` from 0), for which something holds of it and its variance."""
    outmost = max(weight / judged for weight, judged in alike)
    inner, outer = (outmost, -outmost) if up else (-outmost, outmost)
    for _ in range(_HALVINGS):
        middle = (inner + outer) / 2
        inner, outer = (middle, outer) if holds(*_with_most_variance(alike, middle)) else (inner, middle)
    return _with_most_variance(alike, inner)[0]


def _with_most_variance(alike: _Alike, multiplier: float) -> tuple[float, float]:
    """A share of all records, and the most variance that its estimate can have; the greater the multiplier, the less.

    Of all shares of the parts that come to the same share of all, those with the most variance
    sum(weight^2 p (1 - p) / judged) have p = (1 - multiplier * judged / weight) / 2, at least 0 and at most 1
    (Lagrange; the variance is concave).
    """
    share = variance = 0.0
    for (weight, judged), count in alike.items():
        p = min(1.0, max(0.0, (1 - multiplier * judged / weight) / 2))
        share += count * weight * p
        variance += count * weight**2 * p * (1 - p) / judged
    return share, variance


def weighted(groups: Iterable[tuple[float, Accuracy]]) -> Accuracy:
    """The accuracy of groups, each with its share of all records (together 1) and what was judged of it.

    The share is the sum of each group's share times its accuracy, as of every sample that is drawn group by group
    (W. G. Cochran, Sampling Techniques, 3rd ed. 1977, section 5.3).

    Raises ValueError for a group of which nothing was judged: it has no estimate.
    """
    found = list(groups)
    if not all(each.judged for _, each in found):
        raise ValueError("a group of which nothing was judged has no accuracy")
    right, judged = sum(each.right for _, each in found), sum(each.judged for _, each in found)
    return Accuracy(right, judged, tuple(Part(weight, each.right, each.judged) for weight, each in found if weight))


def pooled(several: Iterable[Accuracy]) -> Accuracy:
    """Several samples of the same records as one; each counts as many records as it is worth (:attr:`Accuracy.size`).

    What was found in a sample does not change what it is worth: else those that found nothing wrong would count more.
    """
    found = [each for each in several if each.judged]
    if len(found) == 1:
        return found[0]
    right, judged = sum(each.right for each in found), sum(each.judged for each in found)
    if not any(each.is_weighted for each in found):
        return Accuracy(right, judged)
    size = math.fsum(each.size for each in found)
    parts = (
        Part(each.size / size * part.weight, part.right, part.judged)
        for each in found
        for part in each.parts or (Part(1.0, each.right, each.judged),)
    )
    return Accuracy(right, judged, tuple(parts))


def accuracy_of(right: Iterable[bool]) -> Accuracy:
    """Of records that were judged, each right or not."""
    judged = list(right)
    return Accuracy(sum(judged), len(judged))
