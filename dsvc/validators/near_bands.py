"""Which texts are worth comparing: those whose signatures have a band in common (locality-sensitive hashing)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Numbers = NDArray[Any]

MINIMA: Final = 128
"""Numbers of a signature."""
SEED: Final = 42
_BANDS: Final = 25
_WIDTH: Final = MINIMA // _BANDS
"""Of two texts that have 0.65 of their shingles in common, 0.95 are found; of those with a tenth, one in 4,000."""
_NEIGHBOURS: Final = 3
"""With so many neighbours a text is compared, of the texts that have a band in common."""
_FIRST: Final = 32
_LENIENT: Final = 0.7
"""So many minima are looked at first, and so much fewer equal ones are enough there."""
_PAIRS: Final = 4096
"""So many pairs of signatures are compared at once."""


class Table(msgspec.Struct, frozen=True):
    """Texts with signatures: their numbers, in an order that their content gives, and the row of ``rows`` that each
    one's signature is in; how long the texts are."""

    rows: NDArray[np.uint32]
    numbers: Numbers
    at: Numbers
    lengths: Numbers


def bands(table: Table) -> Iterator[tuple[Numbers, Numbers]]:
    """For each band, pairs of texts that have it in common, by their places in the table.

    Of many, each is compared with its neighbours in the order of the next band, which are alike more often.
    """
    random = np.random.default_rng(SEED)
    factors = random.integers(1, 2**63, _WIDTH, dtype=np.uint64) | np.uint64(1)
    first = following = _keys(table, 0, factors)
    for band in range(_BANDS):
        keys = following
        following = _keys(table, band + 1, factors) if band + 1 < _BANDS else first
        yield _neighbours(keys, following)


def _keys(table: Table, band: int, factors: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """One number for the part of each signature that is in a band."""
    part: NDArray[np.uint64] = table.rows[:, band * _WIDTH : (band + 1) * _WIDTH].astype(np.uint64)
    part *= factors
    keys: NDArray[np.uint64] = part.sum(axis=1, dtype=np.uint64)[table.at]
    return keys


def _neighbours(keys: NDArray[np.uint64], following: NDArray[np.uint64]) -> tuple[Numbers, Numbers]:
    by_key = np.argsort(keys, kind="stable")
    ordered = keys[by_key]
    same = ordered[1:] == ordered[:-1]
    several = np.zeros(len(keys), dtype=bool)
    several[:-1] = same
    several[1:] |= same
    members = by_key[several]
    members = members[np.lexsort((following[members], keys[members]))]
    kept = keys[members]
    steps = [np.flatnonzero(kept[step:] == kept[:-step]) for step in range(1, _NEIGHBOURS + 1)]
    left = np.concatenate([members[step] for step in steps])
    right = np.concatenate([members[step + far] for far, step in enumerate(steps, 1)])
    return np.minimum(left, right), np.maximum(left, right)


def with_equal_minima(table: Table, left: Numbers, right: Numbers, least: float) -> tuple[Numbers, Numbers]:
    """Pairs of texts whose signatures have at least so many minima in common, those with the most first."""
    some = _equal(table, left, right, slice(_FIRST)) >= least * _FIRST / MINIMA * _LENIENT
    left, right = left[some], right[some]
    equal = _equal(table, left, right, slice(MINIMA))
    order = np.lexsort((right, left, -equal))
    order = order[equal[order] >= least]
    return left[order], right[order]


def _equal(table: Table, left: Numbers, right: Numbers, columns: slice) -> Numbers:
    """How many of some minima two texts have in common, for many pairs."""
    counts = np.zeros(len(left), dtype=np.int16)
    rows = table.rows[:, columns]
    for begin in range(0, len(left), _PAIRS):
        some = slice(begin, begin + _PAIRS)
        one, other = rows[table.at[left[some]]], rows[table.at[right[some]]]
        counts[some] = (one == other).sum(axis=1, dtype=np.uint8)
    return counts
