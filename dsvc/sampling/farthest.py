"""Records that are as unlike each other as can be: farthest first (Gonzalez, 1985) on MinHash signatures.

Likeness is the share of equal minima of two signatures, an estimate of how many of their shingles both have (Broder,
1997). The first record taken is the first of the pool; then, again and again, the one whose likeness to what was taken
is the smallest. That is never more than twice as far from the best choice of so many records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MINIMA: Final = 64
"""Minima of a signature."""
POOL: Final = 20
"""So many records for each that is wanted are looked at, those of lowest rank; but no more than ``LARGEST_POOL``."""
LARGEST_POOL: Final = 20_000
MOST: Final = 10_000
"""A sample of more records is not made so: each is compared with all of the pool."""


def pool_of(size: int) -> int:
    """How many records are looked at for a sample of so many."""
    return max(size, min(POOL * size, LARGEST_POOL))


def farthest_first(signatures: NDArray[np.uint16], size: int) -> NDArray[np.int64]:
    """The numbers of ``size`` rows, in the order in which they are taken; of equally far ones the first."""
    taken = np.empty(size, dtype=np.int64)
    likeness = np.zeros(len(signatures), dtype=np.int16)
    at = 0
    for number in range(size):
        taken[number] = at
        equal = np.count_nonzero(signatures == signatures[at], axis=1).astype(np.int16)
        np.maximum(likeness, equal, out=likeness)
        likeness[at] = MINIMA + 1  # never again
        at = int(likeness.argmin())
    return taken


def signatures_of(texts: list[str]) -> NDArray[np.uint16]:
    """A signature for each text: 64 minima, of which 16 bits each are kept (Li and Koenig, b-bit minwise hashing)."""
    from rensa import RMinHash

    from dsvc.validators.shingles import shingles

    if not texts:
        return np.zeros((0, MINIMA), dtype=np.uint16)
    hashes, begins, _ = shingles(texts)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, begins.astype(np.uint64), num_perm=MINIMA, seed=42)
    return np.array(matrix.to_rows(), dtype=np.uint32).astype(np.uint16)
