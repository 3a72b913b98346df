"""Groups of records (strata), and how many records each of them gives to a sample.

Proportional: each group gives its share of the sample; what is left of the fractions goes to the largest ones
(Hamilton's method of largest remainders). A group whose share is less than one record gives one all the same, as long
as the size allows, and the others share the rest: where there are many of these, the large ones give less than their
share of all records, within one record of their share of that rest.
Balanced: as many of each group as of any other; what a small group lacks is shared by the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence


class Stratum(msgspec.Struct, frozen=True, kw_only=True):
    """A group: its values of the fields, how many candidates have them, and how many of these were taken."""

    values: tuple[str, ...]
    candidates: int
    records: int


def proportional(counts: Sequence[int], size: int, order: Sequence[int]) -> list[int]:
    """How many each group gives, by its share of all records.

    ``counts``: records of each group (1 or more); ``size``: not more than their sum; ``order``: settles ties, the
    lowest number comes first.
    """
    given = [0] * len(counts)
    left, groups = size, [*range(len(counts))]
    while size >= len(counts) and (small := _below_one(counts, groups, left)):
        for group in small:
            given[group] = 1
        left -= len(small)
        groups = [group for group in groups if not given[group]]
    shares = _largest_remainders([counts[group] for group in groups], left, [order[group] for group in groups])
    for group, share in zip(groups, shares, strict=True):
        given[group] = share
    return given


def _below_one(counts: Sequence[int], groups: Sequence[int], size: int) -> list[int]:
    """The groups whose share of ``size`` is less than one record."""
    total = sum(counts[group] for group in groups)
    return [group for group in groups if counts[group] * size < total]


def _largest_remainders(counts: Sequence[int], size: int, order: Sequence[int]) -> list[int]:
    total = sum(counts) or 1
    given = [count * size // total for count in counts]
    first = sorted(range(len(counts)), key=lambda at: (-(counts[at] * size % total), order[at]))
    for at in first[: size - sum(given)]:
        given[at] += 1
    return given


def balanced(counts: Sequence[int], size: int, order: Sequence[int]) -> list[int]:
    """How many each group gives, as many of each as of any other; arguments as of :func:`proportional`."""
    given = [0] * len(counts)
    smallest_first = sorted(range(len(counts)), key=lambda group: (counts[group], -order[group]))
    left = size
    for at, group in enumerate(smallest_first):
        given[group] = min(counts[group], left // (len(counts) - at))
        left -= given[group]
    return given
