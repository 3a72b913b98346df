"""Another answer to the same question: one record, edited, however little of it is left.

Likeness cannot see that where the answer was most of the record. A question is a text in a field that is called so, or
in a turn of the user, that hardly another record of its version has there, which a few lines from all over the version
tell; so it is no label, no name and no number. Two records of one shape between
the same unchanged neighbours are one where they share such a text that no other record there has.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
import xxhash

from dsvc.diff.similarity import CHARACTERS, SYSTEM, leaves
from dsvc.record import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from dsvc.diff.leftover_lines import LeftoverLines
    from dsvc.diff.pairing import Side
    from dsvc.layout import Column
    from dsvc.record import Json

_MOST_TEXTS = 24
_NOT_ASKED = (*SYSTEM, "tools", "functions")
_LETTERS = 8
"""A question has so many letters in two words at least; a character that is a word counts for two."""
_START = 32
_STEM = 256
_DIGITS = re.compile(r"\d+")
_NAMES = ("instruction", "prompt", "question", "query", "problem", "指令", "问题")
_ASKING = ("user", "human")

_ONCE = 9
"""For each text that stands in a telling field more than once, so many stand there once."""

_LARGE = 20_000
_PORTION = 256
_PROMISING = 0.02
_READ = 1024
_PRIME = np.uint64(0x9E3779B97F4A7C15)


class Text(NamedTuple):
    """A text that may be the question of its record, as numbers.

    ``field`` is the shape of the record and the place in it, ``stem`` the text without digits, ``whole`` field and
    text; ``named`` tells whether the field is called a question.
    """

    field: int
    stem: int
    whole: int
    letters: int
    named: bool


_TEXT = np.dtype([("field", "u8"), ("stem", "u8"), ("whole", "u8"), ("letters", "i8"), ("named", "?")])
"""A text in a column."""


def texts_of(line: bytes) -> list[Text]:
    """What may be the question of a record; none of a line that is not a record."""
    try:
        value = parse(line)
        if not isinstance(value, dict):
            return []
        found = list(islice(_texts(value), _MOST_TEXTS))
    except (ValueError, RecursionError):
        return []
    shape = _shape(value) if found else ""
    return [_text(f"{shape}\0{path}", text, letters, named) for path, text, letters, named in found]


def _text(place: str, text: str, letters: int, named: bool) -> Text:  # noqa: FBT001
    field = _number(place)
    return Text(field, _number(_DIGITS.sub("", text[:_STEM])), _number(text, field), letters, named)


def _number(text: str, seed: int = 0) -> int:
    return xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"), seed)


def _shape(value: dict[str, Json]) -> str:
    """The keys of a record and which of them hold lists or objects."""
    nested = [f"{key}\0" if isinstance(item, (list, dict)) else key for key, item in value.items()]
    return "\1".join(sorted(nested))


def _texts(value: dict[str, Json]) -> Iterator[tuple[str, str, int, bool]]:
    """Path, text, letters, and whether the field is called a question."""
    for key, item in value.items():
        if not item or key in _NOT_ASKED:
            continue
        if type(item) is str:
            if letters := _letters(item):
                yield key, item, letters, key.lower() in _NAMES
        elif isinstance(item, (list, dict)):
            yield from _nested(key, item)


def _nested(key: str, item: list[Json] | dict[str, Json]) -> Iterator[tuple[str, str, int, bool]]:
    parts = enumerate(item) if isinstance(item, list) else [("", item)]
    for number, part in parts:
        named = isinstance(part, dict) and part.get("role", part.get("from")) in _ASKING
        for leaf in leaves(part, f"{key}.{number}"):
            if leaf.is_text and not leaf.system and (letters := _letters(leaf.text)):
                yield leaf.path, leaf.text, letters, named


def _letters(text: str) -> int:
    """How many letters a text has; none where they are too few, or one word."""
    start = text[:_START]
    if len(start) < _LETTERS // 2:
        return 0
    words = _word_finder()(start)
    letters = len("".join(words))
    if letters < _LETTERS or " " not in start:
        own = sum([len(word) == 1 and word > "\u0dff" for word in words])
        letters = letters + own if own or len(start.split(None, 1)) > 1 else 0
    return max(letters, len(text)) if len(words) > 1 and letters >= _LETTERS else 0


@cache
def _word_finder() -> Callable[[str], list[str]]:
    return re.compile(rf"[{CHARACTERS}]|[^\W\d_{CHARACTERS}]+").findall


class Fields:
    """Which fields tell the records of a version apart, by a few of its lines, which are read when first asked."""

    def __init__(self, sample: Callable[[], Sequence[bytes]]) -> None:
        self._sample = sample

    def tells(self, text: Text) -> bool:
        """Whether hardly another record has the text in its field."""
        stems = self._stems.get(text.field, Counter())
        if not text.named or stems[text.stem] > 1:
            return False
        return text.field not in self._shared

    @cached_property
    def _stems(self) -> dict[int, Counter[int]]:
        found: dict[int, Counter[int]] = {}
        for line in self._sample():
            for text in texts_of(line):
                found.setdefault(text.field, Counter())[text.stem] += 1
        return found

    @cached_property
    def _shared(self) -> set[int]:
        """Fields in which too many texts stand in several records."""
        often = {field: sum(count > 1 for count in stems.values()) for field, stems in self._stems.items()}
        return {field for field, count in often.items() if (_ONCE + 1) * count > len(self._stems[field])}


class _Asked(msgspec.Struct, eq=False):
    """Texts of the lines of gaps: ``key`` is the text in its field and gap; ``number`` the line's."""

    key: NDArray[np.uint64]
    number: Column
    texts: NDArray[np.void]


def by_question(old: Side, new: Side, gaps: Sequence[tuple[Column, Column]]) -> Column:
    """Pairs (rows) of lines of one gap each that share a question with each other and nobody else there."""
    fields = Fields(old.sample), Fields(new.sample)
    chosen = [gap for gap in gaps if max(map(len, gap)) <= _LARGE or _is_promising(old, new, gap, fields)]
    found = [_pairs(old, new, batch, fields) for batch in _batches(chosen)]
    return np.concatenate([np.empty((0, 2), dtype=np.int64), *found])


def _batches(gaps: Sequence[tuple[Column, Column]]) -> Iterator[Sequence[tuple[Column, Column]]]:
    """The gaps in order, so many at once that what is kept of their texts stays small."""
    ends = np.cumsum([sum(map(len, gap)) for gap in gaps])
    first = 0
    for last in [*(np.flatnonzero(np.diff(ends // _LARGE)) + 1).tolist(), len(gaps)]:
        yield gaps[first:last]
        first = last


def _is_promising(old: Side, new: Side, gap: tuple[Column, Column], fields: tuple[Fields, Fields]) -> bool:
    """Whether lines at the start, in the middle and at the end of a large gap share questions."""
    last = max(min(map(len, gap)) - _PORTION, 0)
    portions = [(gap[0][start:][:_PORTION], gap[1][start:][:_PORTION]) for start in (0, last // 2, last)]
    return any(len(_pairs(old, new, [portion], fields)) > _PROMISING * _PORTION for portion in portions)


def _pairs(old: Side, new: Side, gaps: Sequence[tuple[Column, Column]], fields: tuple[Fields, Fields]) -> Column:
    if not gaps:
        return np.empty((0, 2), dtype=np.int64)
    mine, theirs = _asked(old.lines, [gap[0] for gap in gaps]), _asked(new.lines, [gap[1] for gap in gaps])
    at_old, at_new = _shared_by_two(mine.key, theirs.key)
    texts = map(Text._make, mine.texts[at_old].tolist())
    telling = np.array([all(side.tells(text) for side in fields) for text in texts], dtype=bool)
    pairs = np.stack((mine.number[at_old], theirs.number[at_new]), axis=1)[telling]
    return _plain(pairs, mine.texts["letters"][at_old][telling])


def _asked(lines: LeftoverLines, gaps: Sequence[Column]) -> _Asked:
    numbers = np.concatenate(gaps)
    gap = np.repeat(np.arange(len(gaps)), [len(part) for part in gaps]).astype(np.uint64)
    counts: list[int] = []
    parts = [np.empty(0, dtype=_TEXT)]
    for start in range(0, len(numbers), _READ):
        found = list(map(texts_of, lines.read(numbers[start : start + _READ])))
        counts += map(len, found)
        parts.append(np.array([text for texts in found for text in texts], dtype=_TEXT))
    texts = np.concatenate(parts)
    return _Asked(texts["whole"] ^ np.repeat(gap * _PRIME, counts), np.repeat(numbers, counts), texts)


def _shared_by_two(old: NDArray[np.uint64], new: NDArray[np.uint64]) -> tuple[Column, Column]:
    """Where keys stand that each side has once."""
    places = []
    for keys in (old, new):
        once, at, counts = np.unique(keys, return_index=True, return_counts=True)
        places.append((once[counts == 1], at[counts == 1]))
    (mine, at_old), (theirs, at_new) = places
    _, first, second = np.intersect1d(mine, theirs, assume_unique=True, return_indices=True)
    return at_old[first], at_new[second]


def _plain(pairs: Column, letters: Column) -> Column:
    """The pairs of which neither line shares as many letters with another."""
    pairs, place = np.unique(pairs, axis=0, return_inverse=True)
    weights = np.bincount(place.reshape(-1), letters, minlength=len(pairs))
    best = np.ones(len(pairs), dtype=bool)
    for side in (0, 1):
        order = np.lexsort((-weights, pairs[:, side]))
        line, weight = pairs[order, side], weights[order]
        first = np.append(True, line[1:] != line[:-1])
        tied = np.append((line[1:] == line[:-1]) & (weight[1:] == weight[:-1]), False)
        best[order] &= first & ~tied
    return pairs[best]
