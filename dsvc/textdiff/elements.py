"""Which element of an old JSON list became which element of the new one.

Equal elements are aligned first (an inserted turn of a conversation then reads as one added element).
What lies between them is paired by similarity, in order, and by position where the numbers agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.record import Json, Number, canonical_value
from dsvc.textdiff.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAX_CELLS = 250_000_000
"""Largest product of two list lengths to align by equality: a bit matrix of 31 MB."""
_MAX_COMPARISONS = 2_500
"""Most pairs of unequal elements to compare; above, only position counts."""
_MAX_STRUCTURAL = 100
"""Most pairs to compare by structure, which takes a millisecond each for small values."""
_SMALL = 2_000
"""Length of the canonical form up to which two values are compared by structure."""
_SAMPLE = 1_000
"""Characters read at each end of an element's text to judge how alike two elements are."""
_ALIKE = 0.4
"""Least share of words in common for an element to count as the edited form of another."""

Pair = tuple[int | None, int | None]
"""Places in the old and the new list; None where there is no partner."""


def pair_elements(old: Sequence[Json], new: Sequence[Json]) -> list[Pair]:
    """Pairs in reading order: (i, j) kept or changed, (i, None) removed, (None, j) added."""
    pairs: list[Pair] = []
    at_old = at_new = 0
    for i, j, length in [*_equal_runs(old, new), (len(old), len(new), 0)]:
        gap = _pair_gap(old[at_old:i], new[at_new:j])
        pairs.extend(_shifted(gap, at_old, at_new))
        pairs.extend((i + k, j + k) for k in range(length))
        at_old, at_new = i + length, j + length
    return pairs


def _equal_runs(old: Sequence[Json], new: Sequence[Json]) -> list[tuple[int, int, int]]:
    from rapidfuzz.distance import LCSseq

    # Small integers, because rapidfuzz compares other items by their hash alone.
    numbers: dict[bytes, int] = {}
    left = [numbers.setdefault(canonical_value(value), len(numbers)) for value in old]
    right = [numbers.setdefault(canonical_value(value), len(numbers)) for value in new]
    start = next((k for k, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), None)
    if start is None:
        start = min(len(left), len(right))
    if (len(left) - start) * (len(right) - start) > _MAX_CELLS:
        return [(0, 0, start)]
    ops = LCSseq.opcodes(left[start:], right[start:])
    rest = [op for op in ops if op.tag == "equal"]
    return [
        (0, 0, start),
        *((start + op.src_start, start + op.dest_start, op.src_end - op.src_start) for op in rest),
    ]


def _shifted(pairs: Sequence[Pair], by_old: int, by_new: int) -> Iterator[Pair]:
    for i, j in pairs:
        yield (None if i is None else i + by_old, None if j is None else j + by_new)


def _pair_gap(old: Sequence[Json], new: Sequence[Json]) -> list[Pair]:
    """Pair elements none of which are equal: by similarity, then by position between those pairs."""
    alike: list[tuple[int, int]] = []
    if len(old) * len(new) > 1 and len(old) * len(new) <= _MAX_COMPARISONS:
        alike = _most_alike(_similarities(old, new))
    pairs: list[Pair] = []
    at_old = at_new = 0
    for i, j in [*alike, (len(old), len(new))]:
        pairs.extend(_shifted(_by_position(i - at_old, j - at_new), at_old, at_new))
        if i < len(old):
            pairs.append((i, j))
        at_old, at_new = i + 1, j + 1
    return pairs


def _by_position(old: int, new: int) -> list[Pair]:
    if old == new:
        return [(k, k) for k in range(old)]
    return [*((k, None) for k in range(old)), *((None, k) for k in range(new))]


def _most_alike(scores: list[list[float]]) -> list[tuple[int, int]]:
    """The pairs, in the same order on both sides, with the largest sum of scores."""
    rows, columns = len(scores), len(scores[0])
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], scores[i][j] + best[i + 1][j + 1])
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < rows and j < columns:
        if scores[i][j] > 0 and best[i][j] == scores[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _similarities(old: Sequence[Json], new: Sequence[Json]) -> list[list[float]]:
    """For each pair, from 0 (not the same element) to 1: by their words, or by structure if neither has any."""
    from rapidfuzz.distance import Indel

    left, right = [_words(value) for value in old], [_words(value) for value in new]
    few = len(old) * len(new) <= _MAX_STRUCTURAL
    scores = [[0.0] * len(new) for _ in old]
    for i, a in enumerate(old):
        for j, b in enumerate(new):
            if type(a) is not type(b):
                continue
            if left[i] and right[j]:
                score = Indel.normalized_similarity(left[i], right[j])
            else:
                score = _structural_similarity(a, b) if few and not left[i] and not right[j] else 0.0
            scores[i][j] = score if score >= _ALIKE else 0.0
    return scores


def _structural_similarity(old: Json, new: Json) -> float:
    """How alike two nested values of numbers, booleans and nulls are, by deepdiff: 0 to 1."""
    if not isinstance(old, (dict, list)) or len(canonical_value(old)) + len(canonical_value(new)) > _SMALL:
        return 0.0
    # Here, not above: importing it takes up to seconds, and few records have such lists.
    from deepdiff import DeepDiff

    diff = DeepDiff(_with_plain_numbers(old), _with_plain_numbers(new), get_deep_distance=True)
    return 1 - min(1.0, 2 * float(diff.get("deep_distance", 0)))


def _with_plain_numbers(value: Json) -> Json:
    if isinstance(value, Number):
        return float(value)
    if isinstance(value, dict):
        return {key: _with_plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_plain_numbers(item) for item in value]
    return value


def _words(value: Json) -> list[str]:
    text = "\n".join(_texts(value))
    return words_of(text if len(text) <= 2 * _SAMPLE else text[:_SAMPLE] + "\n" + text[-_SAMPLE:])


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _texts(value[key])
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str) and not isinstance(value, Number):
        yield value
