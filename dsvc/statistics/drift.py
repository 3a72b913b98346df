"""How far two versions are apart: one figure from 0 (the same) to 1 (nothing in common) for each feature.

Shares: the total variation distance, half the sum of the differences of all shares; it is the share of records that
would have to change their value. Numbers: the statistic of Kolmogorov and Smirnov, the largest difference between the
shares of records up to a value (Massey, JASA 46, 1951).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

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
    """All features that both have, or that one of them has; in the order of the new ones."""
    found = []
    for name in [*new.numbers, *(name for name in old.numbers if name not in new.numbers)]:
        left, right = old.numbers.get(name), new.numbers.get(name)
        if (left is not None and left.records) or (right is not None and right.records):
            found.append(Shift(name, "numbers", number_shift(left, right)))
    names = [*new.shares, *(name for name in old.shares if name not in new.shares)]
    found += [Shift(name, "shares", share_shift(old.shares.get(name), new.shares.get(name))) for name in names]
    return found


def number_shift(old: Numbers | None, new: Numbers | None) -> float:
    """Kolmogorov's and Smirnov's statistic; 1 where one side has none."""
    if old is None or new is None or not old.records or not new.records:
        return 0.0 if _empty(old) and _empty(new) else 1.0
    largest, below_old, below_new = 0.0, 0, 0
    for value in sorted(old.counts.keys() | new.counts.keys()):
        below_old += old.counts[value]
        below_new += new.counts[value]
        largest = max(largest, abs(below_old / old.records - below_new / new.records))
    return largest


def share_shift(old: Shares | None, new: Shares | None) -> float:
    """The total variation distance; 1 where one side has none."""
    if old is None or new is None or not old.records or not new.records:
        return 0.0 if _empty(old) and _empty(new) else 1.0
    values = old.counts.keys() | new.counts.keys()
    rare = abs(old.rare / old.records - new.rare / new.records)
    return (sum(abs(old.share(value) - new.share(value)) for value in values) + rare) / 2


def _empty(side: Numbers | Shares | None) -> bool:
    return side is None or not side.records
