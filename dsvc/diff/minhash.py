"""Find texts that may be alike among many, without comparing each with each.

MinHash after Broder (1997), over three neighbouring tokens; two texts are candidates when at least one of their
minima is the same. Seeds are fixed, so that the same data gives the same candidates everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dsvc.layout import Column

    Hashes = NDArray[np.uint64]

_MINIMA = 24
_SEED = 20240229
_LARGEST = np.uint64(0xFFFFFFFFFFFFFFFF)
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_BATCH = 1024
_BUCKET_PAIRS = 256
"""A minimum that more pairs share comes from words that everybody uses."""
_BEST = 4
"""Candidates kept for each new text."""


def candidates(old: Sequence[str], new: Sequence[str]) -> tuple[Column, Column]:
    """Indexes of pairs that may be alike, those that share most minima first for each new text."""
    old_minima, new_minima = _minima(old), _minima(new)
    joined = [_join(old_minima[:, i], new_minima[:, i]) for i in range(_MINIMA)]
    pairs = np.concatenate([a * len(new) + b for a, b in joined])
    pairs, shared = np.unique(pairs, return_counts=True)
    at_old, at_new = pairs // len(new), pairs % len(new)
    order = np.lexsort((at_old, -shared, at_new))
    at_old, at_new = at_old[order], at_new[order]
    first = np.searchsorted(at_new, at_new, side="left")
    best = np.arange(len(at_new)) - first < _BEST
    return at_old[best], at_new[best]


def _join(old: Hashes, new: Hashes) -> tuple[Column, Column]:
    """Pairs of equal values, of values that are not everywhere."""
    order = np.argsort(old, kind="stable")
    ordered = old[order]
    low, high = np.searchsorted(ordered, new, "left"), np.searchsorted(ordered, new, "right")
    _, inverse, twins = np.unique(new, return_inverse=True, return_counts=True)
    counts = np.where((high - low) * twins[inverse] <= _BUCKET_PAIRS, high - low, 0)
    at_new = np.repeat(np.arange(len(new)), counts)
    within = np.arange(len(at_new)) - np.repeat(np.cumsum(counts) - counts, counts)
    return order[np.repeat(low, counts) + within], at_new


def _minima(texts: Sequence[str]) -> Hashes:
    random = np.random.default_rng(_SEED)
    factors = random.integers(1, 2**63, _MINIMA, dtype=np.uint64) | np.uint64(1)
    parts = [_batch_minima(texts[start : start + _BATCH], factors) for start in range(0, len(texts), _BATCH)]
    return np.concatenate(parts)


def _batch_minima(texts: Sequence[str], factors: Hashes) -> Hashes:
    # Two marks end each text, so that none is empty and no three tokens reach into the next text.
    codes = np.frombuffer("".join([f"{text}\0\0" for text in texts]).encode("utf-32-le"), dtype=np.uint32)
    codes = codes.astype(np.uint64)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + 2
    starts = np.cumsum(lengths) - lengths
    second, third = np.append(codes[1:], np.uint64(0)), np.append(codes[2:], [np.uint64(0)] * 2)
    shingles = _mixed(_mixed(codes * _PRIME + second) * _PRIME + third)
    minima = np.empty((len(texts), len(factors)), dtype=np.uint64)
    marks = np.flatnonzero(codes == 0)
    for number, factor in enumerate(factors):
        hashes = _mixed(shingles * factor)
        hashes[marks] = _LARGEST
        minima[:, number] = np.minimum.reduceat(hashes, starts)
    return minima


def _mixed(values: Hashes) -> Hashes:
    values = (values ^ (values >> np.uint64(31))) * np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(29)
    return values
