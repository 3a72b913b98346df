"""Alignment of equal elements, against counting them."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dsvc.alignment import NO_MATCH, align, heaviest_increasing

_KEYS = st.lists(st.integers(0, 8), max_size=40)


def _align(old: list[int], new: list[int]) -> list[int]:
    matches: list[int] = align(np.array(old, dtype=np.uint64), np.array(new, dtype=np.uint64)).tolist()
    return matches


@given(_KEYS, _KEYS)
def test_equal_elements_are_matched_as_often_as_they_occur(old: list[int], new: list[int]) -> None:
    matches = _align(old, new)
    matched = [(old[i], key) for key, i in zip(new, matches, strict=True) if i != NO_MATCH]
    assert all(left == right for left, right in matched)
    used = [i for i in matches if i != NO_MATCH]
    assert len(set(used)) == len(used)
    assert Counter(key for key, _ in matched) == Counter(old) & Counter(new)


@given(_KEYS, st.integers(0, 40), st.integers(0, 40))
def test_a_deleted_block_leaves_the_rest_in_place(keys: list[int], start: int, size: int) -> None:
    start = min(start, len(keys))
    new = keys[:start] + keys[start + size :]
    matches = _align(keys, new)
    assert matches[:start] == list(range(start))
    assert NO_MATCH not in matches


@given(st.lists(st.integers(), unique=True, max_size=60), st.randoms())
def test_elements_that_occur_once_are_found_wherever_they_went(keys: list[int], random: object) -> None:
    old = np.array(keys, dtype=object)
    ranks = np.argsort(np.argsort(np.array([hash(key) for key in keys], dtype=np.int64))) if keys else old
    new = list(ranks)
    random.shuffle(new)  # type: ignore[attr-defined]
    matches = _align([int(r) for r in ranks], [int(r) for r in new])
    assert [int(ranks[i]) for i in matches] == [int(r) for r in new]


def test_long_runs_of_equal_elements_are_followed() -> None:
    old = [1, 2] + [7] * 500 + [3]
    new = [9, 1, 2] + [7] * 400 + [3] + [7] * 100
    matches = _align(old, new)
    assert matches[:3] == [NO_MATCH, 0, 1]
    assert matches[3:103] == list(range(2, 102))
    assert sorted(matches[1:]) == list(range(503))


@given(st.permutations(range(7)), st.lists(st.integers(1, 5), min_size=7, max_size=7))
def test_the_heaviest_increasing_choice_is_the_best_of_all(places: list[int], weights: list[int]) -> None:
    kept = heaviest_increasing(np.array(places), np.array(weights))
    chosen = [place for place, keep in zip(places, kept.tolist(), strict=True) if keep]
    assert chosen == sorted(chosen)
    best = max(
        sum(weights[i] for i in some)
        for size in range(8)
        for some in combinations(range(7), size)
        if all(places[a] < places[b] for a, b in pairwise(some))
    )
    assert sum(weight for weight, keep in zip(weights, kept.tolist(), strict=True) if keep) == best


def test_nothing_aligns_with_nothing() -> None:
    assert _align([], []) == []
    assert _align([], [1]) == [NO_MATCH]
    assert _align([1], []) == []
    assert heaviest_increasing(np.array([], dtype=np.int64), np.array([], dtype=np.int64)).tolist() == []
