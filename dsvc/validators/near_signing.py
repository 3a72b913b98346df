"""What the search for near-duplicates keeps of each text: signatures (MinHash by Broder, 1997, from rensa).

Long texts are signed by shingles of three tokens. In a short one a changed word takes three shingles of few along, so
that these are signed by grams of four characters (two Chinese ones). Texts between have both signatures, since what
they are alike may be on either side.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import xxhash

from dsvc.validators.near_bands import MINIMA, SEED
from dsvc.validators.shingles import grams, shingles

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dsvc.validators.shingles import Hashes, Numbers

BY_WORDS: Final = 1
BY_GRAMS: Final = 2
"""Kinds of signatures, bit by bit."""
EQUAL_ONLY: Final = 4
"""The kind of a text that has none: a character more or less is another customer or another sum there."""
COMMON_LINE: Final = 20
"""Characters of a line that may be a preamble."""
COMPARED: Final = 4000
"""Characters of each text that are compared."""
SIGNED: Final = 100_000
"""Characters of each text that are signed: of one of a hundred million the shingles would take gigabytes."""
SLOTS: Final = 1 << 20
"""Lines are counted by the last bits of their hashes."""

_SIGNED_FROM: Final = 15
_GRAMS_TO: Final = 500
_WORDS_FROM: Final = 400
"""Characters. Of two texts that are 0.9 alike the shorter one has 0.82 of the characters of the longer one at least."""
_ROW: Final = struct.Struct(f"={MINIMA}I")
_AT_ONCE: Final = 200
"""Texts that are cut into shingles at once: what numpy makes of them fits into the processor's cache."""
_CHARACTERS_AT_ONCE: Final = 1 << 20
_NESTED: Final = frozenset((dict, list))
_LEAST_TOKENS: Final = 5


def text_of(value: object) -> str:
    """All texts of a record in one."""
    return "\n".join(texts_of(value))


def texts_of(value: object) -> list[str]:
    """All texts of a record."""
    if type(value) is dict and _NESTED.isdisjoint(map(type, value.values())):
        return [inner for inner in value.values() if isinstance(inner, str)]
    parts: list[str] = []
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, str):
            parts.append(inner)
        elif isinstance(inner, dict):
            waiting += reversed(list(inner.values()))
        elif isinstance(inner, list):
            waiting += reversed(inner)
    return parts


class Signatures(msgspec.Struct, frozen=True):
    """``kinds`` tells of each text which signatures it has, none where it is too short to be compared, and
    ``lengths`` how many characters are compared; ``words`` and ``grams`` hold signatures one after the other."""

    kinds: bytes
    lengths: bytes
    words: bytes
    grams: bytes


class Signed(msgspec.Struct, frozen=True):
    """The signatures of some texts, digests of them, hashes of their long lines, and how many of these each has."""

    signatures: Signatures
    digests: bytes
    lines: bytes
    line_counts: bytes


def signed(texts: Sequence[str]) -> Signed:
    """The signatures of texts, and what tells which of them are equal and which lines they have in common."""
    digests = np.array([xxhash.xxh3_64_intdigest(_encoded(text)) for text in texts], dtype=np.uint64)
    lines = [{slot_of(line) for line in text.split("\n") if len(line) >= COMMON_LINE} for text in texts]
    return Signed(
        signatures_of(texts),
        digests.tobytes(),
        np.array([slot for each in lines for slot in each], dtype=np.uint32).tobytes(),
        np.array([len(each) for each in lines], dtype=np.uint32).tobytes(),
    )


def slot_of(line: str) -> int:
    """What a line is counted by."""
    return xxhash.xxh3_64_intdigest(_encoded(line)) % SLOTS


def signatures_of(texts: Sequence[str]) -> Signatures:
    """The signatures of texts."""
    parts = [_some(some) for some in _portions(texts)]
    return Signatures(
        b"".join([part.kinds for part in parts]),
        b"".join([part.lengths for part in parts]),
        b"".join([part.words for part in parts]),
        b"".join([part.grams for part in parts]),
    )


def _portions(texts: Sequence[str]) -> Iterator[list[str]]:
    """As many texts as are cut into shingles at once; of very long ones only what is signed."""
    some: list[str] = []
    characters = 0
    for text in texts:
        some.append(text[:SIGNED])
        characters += len(some[-1])
        if len(some) == _AT_ONCE or characters >= _CHARACTERS_AT_ONCE:
            yield some
            some, characters = [], 0
    if some:
        yield some


def _some(texts: Sequence[str]) -> Signatures:
    lengths = np.array([len(text) for text in texts])
    kinds = np.zeros(len(texts), dtype=np.uint8)
    rows = {BY_WORDS: b"", BY_GRAMS: b""}
    for bit, chosen, cut in ((BY_WORDS, lengths > _WORDS_FROM, shingles), (BY_GRAMS, lengths <= _GRAMS_TO, grams)):
        if chosen.any():
            hashes, begins, tokens = cut([texts[at] for at in np.flatnonzero(chosen).tolist()])
            enough = tokens >= _LEAST_TOKENS
            rows[bit] = _rows(hashes, begins, enough & (lengths[chosen] >= _SIGNED_FROM))
            kinds[chosen] |= np.where(enough, np.where(lengths[chosen] < _SIGNED_FROM, EQUAL_ONLY, bit), 0).astype(
                np.uint8
            )
    compared = np.minimum(lengths, COMPARED).astype(np.uint16)
    return Signatures(kinds.tobytes(), compared.tobytes(), rows[BY_WORDS], rows[BY_GRAMS])


def _rows(hashes: Hashes, begins: Numbers, kept: NDArray[np.bool_]) -> bytes:
    """A signature for each set of hashes that is kept."""
    from rensa import RMinHash

    matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, begins.astype(np.uint64), num_perm=MINIMA, seed=SEED)
    return b"".join([_ROW.pack(*row) for row, keep in zip(matrix.to_rows(), kept.tolist(), strict=True) if keep])


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
