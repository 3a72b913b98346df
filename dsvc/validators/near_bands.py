"""Which texts are worth comparing: those whose signatures have a band in common (locality-sensitive hashing)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MINIMA: Final = 128
"""Numbers of a signature."""
SEED: Final = 42
TRIED: Final = 3
"""So many clusters of a band a record is compared with."""
_BANDS: Final = 16
_PAIRS: Final = 4096
"""So many pairs of signatures are compared at once."""


class Band(msgspec.Struct, frozen=True):
    """Texts by one band of their signatures, which those of a group have in common: ``places`` holds them group by
    group, by their places in the order; only groups of several."""

    places: NDArray[Any]
    begins: NDArray[Any]
    ends: NDArray[Any]

    def groups(self) -> Iterator[list[int]]:
        """The members of each group."""
        for begin, end in zip(self.begins.tolist(), self.ends.tolist(), strict=True):
            yield self.places[begin:end].tolist()


def bands(rows: NDArray[np.uint32], order: NDArray[Any], usable: NDArray[Any]) -> Iterator[Band]:
    """Texts that have one band of their signatures in common, by their places in ``order``; only ``usable`` ones."""
    width = MINIMA // _BANDS
    random = np.random.default_rng(SEED)
    factors = random.integers(1, 2**63, width, dtype=np.uint64) | np.uint64(1)
    for band in range(_BANDS):
        keys = _keys(rows, order[usable], slice(band * width, (band + 1) * width), factors)
        by_key = np.argsort(keys, kind="stable")
        ordered = keys[by_key]
        begins = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        ends = np.append(begins[1:], len(ordered))
        several = ends - begins > 1
        yield Band(usable[by_key], begins[several], ends[several])


def promising(rows: NDArray[np.uint32], order: NDArray[Any], band: Band, least: float) -> NDArray[np.bool_]:
    """In which groups a pair has so many equal minima, of the pairs that a search compares: each of the first few
    members with all behind it. All pairs of a band at once take a tenth of the time of one after the other."""
    found = np.zeros(len(band.begins), dtype=bool)
    for first in range(TRIED):
        counts = np.maximum(band.ends - band.begins - first - 1, 0)
        groups = np.repeat(np.arange(len(counts)), counts)
        leaders = band.begins[groups] + first
        others = leaders + 1 + np.arange(len(groups)) - np.repeat(np.cumsum(counts) - counts, counts)
        for at in range(0, len(groups), _PAIRS):
            some = slice(at, at + _PAIRS)
            left, right = (rows[order[band.places[side[some]]]] for side in (leaders, others))
            equal = (left == right).sum(axis=1, dtype=np.uint8)
            found[groups[some][equal >= least]] = True
    return found


def _keys(
    rows: NDArray[np.uint32], usable: NDArray[Any], columns: slice, factors: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """One number for the part of each signature that is in a band."""
    part: NDArray[np.uint64] = rows[:, columns].astype(np.uint64)
    part *= factors
    keys: NDArray[np.uint64] = part.sum(axis=1, dtype=np.uint64)[usable]
    return keys
