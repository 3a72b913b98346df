"""Texts as sets of hashed shingles, made with numpy for many texts at once.

A token is a word of letters and digits, or a single Chinese, Japanese or Korean character; a shingle is three tokens
in a row. For short texts there are grams: four characters in a row, or two where the first is Chinese, Japanese or
Korean; a changed word takes fewer of them along. Letters are compared without case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]
    Numbers = NDArray[np.int64]

_PRIME: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
_TOKENS: Final = 3
_SEPARATOR: Final = 0
_GRAM: Final = 4
_WIDE_GRAM: Final = 2
_WIDE: Final = 0x2E80
"""From here on a character says about as much as two or three Latin letters."""


def shingles(texts: Sequence[str]) -> tuple[Hashes, Numbers, Numbers]:
    """The hashes of all shingles, where those of each text begin (and the last end), and how many tokens each has.

    A text of fewer than three tokens has one shingle of all its tokens; one without tokens has one, too.
    """
    tokens, counts = token_hashes(texts)
    return _in_texts(tokens, counts)


def token_hashes(texts: Sequence[str]) -> tuple[Hashes, Numbers]:
    """The hashes of all tokens, text by text, and how many each text has."""
    codes = _codes(texts)
    single, word = _kinds(codes)
    starts = _starts(single, word)
    return _token_hashes(codes, starts, single | word), _per_text(codes, starts)[: len(texts)]


def _starts(single: NDArray[np.bool_], word: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where tokens begin."""
    starts: NDArray[np.bool_] = single.copy()
    starts[1:] |= word[1:] & ~word[:-1]
    starts[:1] |= word[:1]
    return starts


def _per_text(codes: NDArray[np.uint32], marked: NDArray[np.bool_]) -> Numbers:
    """How many characters of each text are marked."""
    ends = np.append(np.flatnonzero(codes == _SEPARATOR), len(codes))
    counts: Numbers = np.diff(np.searchsorted(np.flatnonzero(marked), ends), prepend=0)
    return counts.astype(np.int64)


def grams(texts: Sequence[str]) -> tuple[Hashes, Numbers, Numbers]:
    """The hashes of all grams, where those of each text begin (and the last end), and how many tokens each has. A text
    that is shorter than a gram has none."""
    codes = _codes(texts)
    wide = codes >= _WIDE
    padded = np.zeros(len(codes) + _GRAM - 1, dtype=np.uint64)
    padded[: len(codes)] = codes
    rolled = padded[: len(codes)].copy()
    for step in range(1, _GRAM):
        further = padded[step : step + len(codes)]
        if step >= _WIDE_GRAM:
            further = np.where(wide, np.uint64(0), further)
        rolled = _mixed(rolled * _PRIME + further)
    ends = np.append(np.flatnonzero(codes == _SEPARATOR), len(codes))
    end = np.repeat(ends, np.diff(ends, prepend=-1))[: len(codes)]
    inside = np.arange(len(codes)) + np.where(wide, _WIDE_GRAM, _GRAM) <= end
    begins = np.append(0, np.cumsum(_per_text(codes, inside)[: len(texts)]))
    return rolled[inside], begins, _per_text(codes, _starts(*_kinds(codes)))[: len(texts)]


def _codes(texts: Sequence[str]) -> NDArray[np.uint32]:
    """The characters of all texts in lower case, with separators between them."""
    joined = "\0".join(texts).lower()
    if joined.count("\0") != len(texts) - 1:  # a text with a NUL in it
        joined = "\0".join(text.replace("\0", " ") for text in texts).lower()
    return np.frombuffer(joined.encode("utf-32-le", "replace"), dtype=np.uint32)


def _mixed(values: Hashes) -> Hashes:
    values ^= values >> np.uint64(31)
    values *= _MIX
    return values


def _kinds(codes: NDArray[np.uint32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which characters are tokens by themselves, and which are parts of words."""
    single = (codes >= 0x3040) & (codes <= 0x9FFF) | (codes >= 0xAC00) & (codes <= 0xD7AF) | (codes >= 0x20000)
    letters = (codes >= ord("a")) & (codes <= ord("z")) | (codes >= ord("0")) & (codes <= ord("9"))
    letters |= (codes >= 0xC0) & (codes < 0x2000) & (codes != 0xD7) & (codes != 0xF7)
    return single, letters & ~single


def _token_hashes(codes: NDArray[np.uint32], starts: NDArray[np.bool_], inside: NDArray[np.bool_]) -> Hashes:
    """A hash of each token's characters and their order."""
    kept = np.flatnonzero(inside)
    if not len(kept):
        return np.zeros(0, dtype=np.uint64)
    begins = np.flatnonzero(starts[kept])
    lengths = np.diff(begins, append=len(kept))
    offsets = np.arange(len(kept), dtype=np.int64)
    offsets -= np.repeat(begins, lengths)
    weights = (np.arange(lengths.max(), dtype=np.uint64) * np.uint64(2) + np.uint64(1)) * _PRIME
    values = codes[kept].astype(np.uint64)
    values *= weights[offsets]
    values ^= values >> np.uint64(29)
    values *= _MIX
    sums: Hashes = np.add.reduceat(values, begins)
    return sums


def _in_texts(tokens: Hashes, counts: Numbers) -> tuple[Hashes, Numbers, Numbers]:
    """Shingles of the tokens of each text; short texts have one of what there is."""
    ends = np.cumsum(counts)
    padded_counts = np.maximum(counts, _TOKENS)
    padded_ends = np.cumsum(padded_counts)
    padded = np.zeros(int(padded_ends[-1]) if len(counts) else 0, dtype=np.uint64)
    shift = np.repeat((padded_ends - padded_counts) - (ends - counts), counts)
    padded[np.arange(len(tokens), dtype=np.int64) + shift] = tokens
    rolled = (padded[:-2] * _PRIME + padded[1:-1]) * _PRIME + padded[2:] if len(padded) > 2 else padded[:0]
    rolled ^= rolled >> np.uint64(31)
    rolled *= _MIX
    rolled ^= rolled >> np.uint64(30)
    sizes = padded_counts - (_TOKENS - 1)
    keep = np.ones(len(padded), dtype=bool)
    keep[padded_ends - 1] = False
    keep[padded_ends - 2] = False
    begins = np.concatenate(([0], np.cumsum(sizes)))
    return rolled[keep[: len(rolled)]], begins.astype(np.int64), counts
