"""An order of records that looks random and depends on nothing but a seed and what each record is.

Each record has a rank of its own, so who takes the records of lowest rank takes nearly the same ones after an edit: a
record that stays, stays where it is in the order. A generator of random numbers draws by position, and one deleted row
gives another sample.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

RANK_BITS = 64


def ranker(purpose: str, seed: str) -> Callable[[bytes], int]:
    """A function from a record's identity (its id, or its key's value) to its rank, from 0 to 2^64 - 1.

    The rank is the big-endian number of the 8 bytes of BLAKE2b (RFC 7693) of the identity, under the key that is the
    sha256 of ``dsvc PURPOSE SEED`` in UTF-8. ``purpose`` (``pilot``, ``split``) keeps choices that share a seed apart.
    """
    fresh, from_bytes = _fresh(purpose, seed), int.from_bytes
    return lambda identity: from_bytes(next(_digests(fresh, (identity,))), "big")


def ranks_of(purpose: str, seed: str, identities: Iterable[bytes]) -> NDArray[np.uint64]:
    """The ranks of many records at once; see :func:`ranker`."""
    digests = b"".join(_digests(_fresh(purpose, seed), identities))
    return np.frombuffer(digests, dtype=">u8").astype(np.uint64)


def _fresh(purpose: str, seed: str) -> Callable[[], hashlib.blake2b]:
    """The state that the digest of an identity begins with; the key is worked in once, and its state copied."""
    key = hashlib.sha256(f"dsvc {purpose} {seed}".encode("utf-8", "surrogatepass")).digest()
    return hashlib.blake2b(digest_size=8, key=key).copy


def _digests(fresh: Callable[[], hashlib.blake2b], identities: Iterable[bytes]) -> Iterator[bytes]:
    for identity in identities:
        state = fresh()
        state.update(identity)
        yield state.digest()


def share_of(rank: int) -> float:
    """Where a rank stands between 0 (the first) and 1."""
    return rank / (1 << RANK_BITS)
