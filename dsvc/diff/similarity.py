"""How alike two records are, as a reader would say: by the words of their values, not by their keys.

Between records that have nothing to do with each other, character similarity is high (English about 0.5, and the keys
of the JSON add to it); over words, and single Chinese characters, it is about 0.2. So tokens decide, and characters
only for very short texts.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cdist, cpdist

from dsvc.record import Number, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dsvc.diff.leftover_lines import LeftoverLines
    from dsvc.layout import Column
    from dsvc.record import Json

    Scores = NDArray[np.float32]

CHARACTERS = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\U00020000-\U0003ffff"
_TOKEN = rf"[{CHARACTERS}]|[^\W{CHARACTERS}]+"
"""Compiled when it is needed (7 ms); plain edits are paired without."""
_MOST_TOKENS = 4000
_SHORT = 16
"""Records with fewer tokens are compared by characters too: one word is much of such a text."""
_TELLING_LETTERS = 32
"""A text that long (a character that is a token counts for two letters) that stands unchanged in both records tells
that they are one (same question, other answer), unless it stands in many records, as a system prompt does."""
_TELLING_TWINS = 4
_MOST_FIELDS = 200
_TELLING_SCORE = 0.66
SYSTEM = ("system", "developer")
_SAMPLE = 64
"""So many lines, spread over all, stand for all."""


class Scorer(Protocol):
    """Scores leftover lines (by number) from 0 to 1; at ``threshold`` two records at one place are one."""

    threshold: float

    def pairs(self, old: Column, new: Column) -> Scores:
        """The similarity of ``old[i]`` and ``new[i]``."""
        ...

    def matrix(self, old: Column, new: Column) -> Scores:
        """The similarity of each old with each new line."""
        ...


class Leaf(msgspec.Struct, frozen=True):
    """A scalar of a record as text, and where it stands; ``system`` when it is part of a system prompt."""

    path: str
    text: str
    is_text: bool
    system: bool


def leaves(value: Json, path: str = "", *, system: bool = False) -> Iterator[Leaf]:
    """All scalars of a value, in order, but for null."""
    if isinstance(value, str):
        yield Leaf(path, value, not isinstance(value, Number), system)
    elif isinstance(value, dict):
        inside = system or value.get("role", value.get("from")) in SYSTEM
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}", system=inside or key in SYSTEM)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, f"{path}.{number}", system=system)
    elif value is not None:
        yield Leaf(path, str(value), is_text=False, system=system)


class Profile(msgspec.Struct, frozen=True):
    """What is compared of a record.

    Its tokens (one character for each), all characters if it is short, its telling texts, its fields that are not
    empty (path and value), and the paths alone if it holds no text at all.
    """

    tokens: str
    short: str
    telling: frozenset[int]
    filled: frozenset[int]
    numeric: frozenset[str]


class _Vocabulary(dict[str, str]):
    """One character for each token; that two tokens share one is rare enough to do no harm."""

    def __missing__(self, token: str) -> str:
        number = zlib.crc32(token.encode("utf-8", "surrogatepass")) % 0xF0000
        self[token] = character = chr(0x10000 + number)
        return character


def profile(line: bytes, vocabulary: _Vocabulary) -> Profile:
    """The profile of one line; a line that is not JSON is one text."""
    try:
        found = [leaf for leaf in leaves(parse(line)) if leaf.text]
    except (ValueError, RecursionError):
        found = [Leaf("", line.decode("utf-8", "replace"), is_text=True, system=True)]
    parts: list[str] = []
    telling: set[int] = set()
    find_tokens = re.compile(_TOKEN).findall
    for leaf in found:
        tokens = find_tokens(leaf.text[: 16 * _MOST_TOKENS])
        parts += tokens[: _MOST_TOKENS - len(parts)]
        if leaf.is_text and not leaf.system and _is_telling(leaf.text, tokens):
            telling.add(hash_of(leaf.text))
        if len(parts) == _MOST_TOKENS:
            break
    return Profile(
        "".join(map(vocabulary.__getitem__, parts)),
        "\n".join([leaf.text for leaf in found])[:1000] if len(parts) < _SHORT else "",
        frozenset(telling),
        frozenset([hash_of(f"{leaf.path}\0{leaf.text}") for leaf in found[:_MOST_FIELDS]]),
        frozenset() if any(leaf.is_text for leaf in found) else frozenset([leaf.path for leaf in found]),
    )


def _is_telling(text: str, tokens: list[str]) -> bool:
    missing = _TELLING_LETTERS - len(text)
    return missing <= 0 or (missing <= len(tokens) and sum(len(token) == 1 for token in tokens) >= missing)


def hash_of(text: str) -> int:
    """A number for a text, the same in every run."""
    data = text.encode("utf-8", "surrogatepass")
    return zlib.crc32(data) << 32 | zlib.adler32(data)


class TokenScorer:
    """Scores by tokens; holds a profile of every line it was made for.

    Those lines, and a few of all others, tell which texts are common.
    """

    threshold = 0.5

    def __init__(self, old: LeftoverLines, new: LeftoverLines, old_numbers: Column, new_numbers: Column) -> None:
        vocabulary = _Vocabulary()
        self.old = _profiles(old, np.union1d(old_numbers, _sample(old)), vocabulary)
        self.new = _profiles(new, np.union1d(new_numbers, _sample(new)), vocabulary)
        self._common = _common(self.old.values()) | _common(self.new.values())

    def pairs(self, old: Column, new: Column) -> Scores:
        """The similarity of ``old[i]`` and ``new[i]``."""
        mine, theirs = [self.old[n] for n in old.tolist()], [self.new[n] for n in new.tolist()]
        scores = _ratios([p.tokens for p in mine], [p.tokens for p in theirs])
        for place in np.flatnonzero(scores < _TELLING_SCORE).tolist():
            scores[place] = self._closer(mine[place], theirs[place], float(scores[place]))
        return scores

    def matrix(self, old: Column, new: Column) -> Scores:
        """The similarity of each old with each new line."""
        return self.pairs(np.repeat(old, len(new)), np.tile(new, len(old))).reshape(len(old), len(new))

    def _closer(self, old: Profile, new: Profile, score: float) -> float:
        """A second look at a pair whose tokens are not much alike."""
        if old.telling & new.telling - self._common:
            return max(score, _TELLING_SCORE)
        if _is_filled(old.filled, new.filled) or (old.numeric and old.numeric == new.numeric):
            return max(score, self.threshold)
        if old.short and new.short:
            return max(score, (fuzz.ratio(old.short, new.short) / 100 - 0.4) / 0.6)
        return score if old.tokens and new.tokens else 0.0

    def telling(self, numbers: Column, *, old_side: bool) -> list[tuple[int, int]]:
        """``(text, line)`` for the telling texts of lines that stand in few of them."""
        profiles = self.old if old_side else self.new
        return [(text, number) for number in numbers.tolist() for text in profiles[number].telling - self._common]


def _is_filled(old: frozenset[int], new: frozenset[int]) -> bool:
    """Whether one record is the other with empty fields filled in."""
    return min(len(old), len(new)) >= 2 and (old <= new or new <= old)


def _profiles(lines: LeftoverLines, numbers: Column, vocabulary: _Vocabulary) -> dict[int, Profile]:
    found = {}
    for start in range(0, len(numbers), 512):
        part = numbers[start : start + 512]
        for number, line in zip(part.tolist(), lines.read(part), strict=True):
            found[number] = profile(line, vocabulary)
    return found


def _common(profiles: object) -> set[int]:
    counts = Counter(text for p in profiles for text in p.telling)  # type: ignore[attr-defined]
    return {text for text, count in counts.items() if count > _TELLING_TWINS}


def _ratios(old: Sequence[str], new: Sequence[str]) -> Scores:
    scores: Scores = cpdist(old, new, scorer=fuzz.ratio, dtype=np.float32)
    scores /= np.float32(100)
    return scores


class LineScorer:
    """Scores by the characters of whole lines, less what every record of this data has (keys, punctuation).

    For very many lines, and to see at a glance what is plainly alike: nothing is parsed and no text is kept.
    """

    threshold = 0.7
    plain = 0.85
    """From here on the tokens need not be asked."""

    def __init__(self, old: LeftoverLines, new: LeftoverLines) -> None:
        self._old, self._new = old, new
        self._frame = (_frame(old) + _frame(new)) / 2

    def pairs(self, old: Column, new: Column) -> Scores:
        """The similarity of ``old[i]`` and ``new[i]``."""
        mine, theirs = _decoded(self._old.read(old)), _decoded(self._new.read(new))
        scores = _ratios(mine, theirs)
        lengths = np.array([len(text) for text in mine]) + np.array([len(text) for text in theirs])
        return self._without_frame(scores, lengths)

    def matrix(self, old: Column, new: Column) -> Scores:
        """The similarity of each old with each new line."""
        mine, theirs = _decoded(self._old.read(old)), _decoded(self._new.read(new))
        scores = cdist(mine, theirs, scorer=fuzz.ratio, dtype=np.float32) / np.float32(100)
        lengths = np.add.outer([len(text) for text in mine], [len(text) for text in theirs])
        return self._without_frame(scores, lengths)

    def _without_frame(self, scores: Scores, lengths: Column) -> Scores:
        common, whole = scores * lengths / 2, lengths / 2
        frame = np.minimum(self._frame, whole * 0.9)
        return np.clip((common - frame) / (whole - frame), 0, 1).astype(np.float32)


def _sample(lines: LeftoverLines) -> Column:
    return np.unique(np.linspace(0, len(lines) - 1, _SAMPLE).astype(np.int64))


def _decoded(lines: list[bytes]) -> list[str]:
    return [line[:32_000].decode("utf-8", "replace") for line in lines]


def _frame(lines: LeftoverLines) -> float:
    """How many characters of a line are not values, from a sample spread over all lines."""
    sizes = []
    for line in lines.read(_sample(lines)):
        text = line[:32_000].decode("utf-8", "replace")
        try:
            values = sum(len(leaf.text) for leaf in leaves(parse(line)))
        except (ValueError, RecursionError):
            values = len(text)
        sizes.append(max(len(text) - values, 0))
    return float(np.median(sizes))
