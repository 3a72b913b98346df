"""How rare the words of a record are: a measure of difficulty that needs no model.

The surprise of a token is minus the binary logarithm of its share of all tokens of the dataset (its information, in
bits, under a unigram model; Shannon, 1948); that of a record is the mean over its tokens. A token is a word of letters
and digits, or a single Chinese, Japanese or Korean character. So a record is hard here when it speaks of what the rest
of the dataset hardly speaks of; whether a model fails at it is another question. Tokens are told apart by 22 bits of a
hash: in a very large vocabulary some rare ones share a place, and seem a little less rare.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from dsvc.validators.shingles import token_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

_PLACES: Final = 1 << 22
_STEPS: Final = 1 << 20
"""A bit has so many steps: sums of whole numbers are the same on any machine, in whatever blocks they are made."""
LEAST_TOKENS: Final = 5
"""A record of fewer tokens has no surprise: one rare name would make it the hardest of all."""


def surprise(blocks: Callable[[], Iterable[Sequence[str]]]) -> NDArray[np.float64]:
    """The mean surprise of each text, in bits; ``blocks`` gives all texts in order, and is asked twice."""
    counts = _counts(_places(texts)[0] for texts in blocks())
    bits = np.log2(max(1, int(counts.sum()))) - np.log2(np.maximum(counts, 1))
    steps = np.rint(bits * _STEPS).astype(np.int64)
    return np.concatenate([np.zeros(0), *(_means(steps, texts) for texts in blocks())])


def _counts(parts: Iterable[NDArray[np.int64]]) -> NDArray[np.int64]:
    """How many tokens have each place. The table is large: it is gone through for many tokens at once."""
    counts = np.zeros(_PLACES, dtype=np.int64)
    waiting: list[NDArray[np.int64]] = []
    tokens = 0
    for places in parts:
        waiting.append(places)
        tokens += len(places)
        if tokens >= _PLACES:
            counts += np.bincount(np.concatenate(waiting), minlength=_PLACES)
            waiting, tokens = [], 0
    if waiting:
        counts += np.bincount(np.concatenate(waiting), minlength=_PLACES)
    return counts


def _places(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The place of each token in the table of counts, and how many tokens each text has."""
    hashes, counts = token_hashes(texts)
    return (hashes >> np.uint64(42)).astype(np.int64), counts


def _means(steps: NDArray[np.int64], texts: Sequence[str]) -> NDArray[np.float64]:
    places, counts = _places(texts)
    sums = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(steps[places])))
    ends = np.cumsum(counts)
    means = (sums[ends] - sums[ends - counts]) / (np.maximum(counts, 1) * _STEPS)
    return np.where(counts < LEAST_TOKENS, 0.0, means)
