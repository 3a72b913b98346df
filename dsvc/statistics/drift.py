"""How far two versions are apart: one figure from 0 (the same) to 1 (nothing in common) for each feature.

Shares: the total variation distance, half the sum of the differences of all shares; it is the share of records that
would have to change their value. Numbers: the statistic of Kolmogorov and Smirnov, the largest difference between the
shares of records up to a value (Massey, JASA 46, 1951).

Both are of all records that were measured, not of those that have the feature: a record without it has a value of its
own, which is below all numbers. So a field that one of a thousand records has moves by 0.001 at most, one that all
records got by 1, and one that a tenth of the records has on both sides by 0.1 at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from dsvc.statistics.measuring import KEYWORDS, characters_of

if TYPE_CHECKING:
    from dsvc.statistics.measuring import Statistics
    from dsvc.statistics.spread import Numbers, Shares

SMALL: Final = 0.05
LARGE: Final = 0.2
"""Below ``SMALL`` nobody would notice; from ``LARGE`` on it is another dataset in this respect."""


class Shift(msgspec.Struct, frozen=True):
    """How far a feature has moved; ``kind`` tells numbers from shares."""

    feature: str
    kind: Literal["numbers", "shares"]
    figure: float

    @property
    def in_words(self) -> str:
        """``none``, ``some`` or ``large``."""
        return "none" if self.figure < SMALL else "some" if self.figure < LARGE else "large"


def shifts(old: Statistics, new: Statistics) -> list[Shift]:
    """All features that both have, or that one of them has; in the order of the new ones.

    A field that is one of labels on one side only is compared by its texts, or, where it has none, by its types.
    """
    found = []
    for name in [*new.numbers, *(name for name in old.numbers if name not in new.numbers)]:
        left, right = old.numbers_of(name), new.numbers_of(name)
        if left.records or right.records:
            found.append(Shift(name, "numbers", number_shift(left, right, old.measured, new.measured)))
    for name in [*new.shares, *(name for name in old.shares if name not in new.shares)]:
        if old.numbers.keys() | new.numbers.keys() >= {characters_of(name)}:
            continue
        before, after = old.shares_of(name, new), new.shares_of(name, old)
        of = (old.measured, new.measured) if name != KEYWORDS else (0, 0)  # a record may speak of several, or of none
        found.append(Shift(name, "shares", share_shift(before, after, *of)))
    return found


def number_shift(old: Numbers, new: Numbers, old_records: int = 0, new_records: int = 0) -> float:
    """Kolmogorov's and Smirnov's statistic of all records; 1 where one side has no record at all.

    ``old_records`` and ``new_records`` say how many records there are; those without a number are below all others.
    """
    of_old, of_new = max(old.records, old_records), max(new.records, new_records)
    if not of_old or not of_new:
        return float(of_old != of_new)
    below_old, below_new = of_old - old.records, of_new - new.records
    largest = abs(below_old / of_old - below_new / of_new)
    for value in sorted(old.counts.keys() | new.counts.keys()):
        below_old += old.counts[value]
        below_new += new.counts[value]
        largest = max(largest, abs(below_old / of_old - below_new / of_new))
    return largest


def share_shift(old: Shares, new: Shares, old_records: int = 0, new_records: int = 0) -> float:
    """The total variation distance of all records; 1 where one side has no record at all.

    ``old_records`` and ``new_records`` say how many records there are; those without a value count as one value.
    """
    of_old, of_new = max(old.records, old_records), max(new.records, new_records)
    if not of_old or not of_new:
        return float(of_old != of_new)
    values = old.counts.keys() | new.counts.keys()
    apart = sum(abs(old.counts[value] / of_old - new.counts[value] / of_new) for value in values)
    apart += abs(old.rare / of_old - new.rare / of_new)
    apart += abs(old.records / of_old - new.records / of_new)  # those without a value
    return apart / 2
