"""Which element of a new sequence is which element of an old one, when many are equal.

Elements are 64-bit keys (digests of lines, or numbers of intervals). Used to match a working file's lines
with a version's, and one layout's pieces with another's. Never quadratic; all heavy steps are numpy.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Keys = NDArray[Any]
    Column = NDArray[np.int64]

NO_MATCH = -1
# Below this many runs at once, following each run by itself is cheaper than one step of all.
_FEW = 64


def align(old: Keys, new: Keys) -> Column:
    """For each element of ``new`` the index of its equal partner in ``old``, or -1.

    Every element of ``old`` is used at most once, and no equal pair is left unmatched: with *n* equal elements
    in ``old`` and *m* in ``new``, min(n, m) of them are matched. In order come first what starts and ends both
    sequences, then elements that occur once on each side, then equal neighbours of matched elements; what
    remains is matched k-th to k-th.
    """
    matches = np.full(len(new), NO_MATCH, dtype=np.int64)
    start = _common_prefix(old, new)
    matches[:start] = np.arange(start)
    limit = min(len(old), len(new)) - start
    end = min(_common_prefix(old[::-1], new[::-1]), limit)
    if end:
        matches[len(new) - end :] = np.arange(len(old) - end, len(old))
    middle_old, middle_new = old[start : len(old) - end], new[start : len(new) - end]
    if len(middle_old) and len(middle_new):
        found = _align_in_place(middle_old, middle_new)
        matches[start : len(new) - end] = np.where(found >= 0, found + start, NO_MATCH)
    return matches


def _common_prefix(left: Keys, right: Keys) -> int:
    size = min(len(left), len(right))
    different = np.flatnonzero(left[:size] != right[:size])
    return int(different[0]) if len(different) else size


def _align_in_place(old: Keys, new: Keys) -> Column:
    """Where most elements stand where they stood, match those first: a file edited in place is the common case."""
    equal = old == new if len(old) == len(new) else np.zeros(1, dtype=bool)
    if 2 * np.count_nonzero(equal) < len(new):
        return _align_middle(old, new)
    matches = np.where(equal, np.arange(len(new)), NO_MATCH).astype(np.int64)
    rest = np.flatnonzero(~equal)
    found = _align_middle(old[rest], new[rest])
    matches[rest[found >= 0]] = rest[found[found >= 0]]
    return matches


def _align_middle(old: Keys, new: Keys) -> Column:
    old_rank, new_rank = _ranks(old, new)
    matches = _match_unique(old_rank, new_rank)
    used = np.zeros(len(old), dtype=bool)
    used[matches[matches >= 0]] = True
    _extend(old_rank, new_rank, matches, used, step=1)
    _extend(old_rank, new_rank, matches, used, step=-1)
    _match_in_turn(old_rank, new_rank, matches, used)
    return matches


def _ranks(old: Keys, new: Keys) -> tuple[Column, Column]:
    """Both sequences with each distinct key replaced by a small number."""
    _, inverse = np.unique(np.concatenate((old, new)), return_inverse=True)
    return inverse[: len(old)].astype(np.int64), inverse[len(old) :].astype(np.int64)


def _match_unique(old: Column, new: Column) -> Column:
    size = int(max(old.max(), new.max())) + 1
    once_on_both = (np.bincount(old, minlength=size) == 1) & (np.bincount(new, minlength=size) == 1)
    place = np.full(size, NO_MATCH, dtype=np.int64)
    place[old] = np.arange(len(old))
    return np.where(once_on_both[new], place[new], NO_MATCH)


def _extend(old: Column, new: Column, matches: Column, used: NDArray[np.bool_], *, step: int) -> None:
    """Let matched pairs claim equal, still free neighbours: onwards (step 1) or backwards (step -1)."""
    at_new = np.flatnonzero(matches >= 0)
    at_old = matches[at_new]
    while True:
        at_new, at_old = at_new + step, at_old + step
        inside = (at_new >= 0) & (at_new < len(new)) & (at_old >= 0) & (at_old < len(old))
        at_new, at_old = at_new[inside], at_old[inside]
        free = (matches[at_new] < 0) & ~used[at_old] & (old[at_old] == new[at_new])
        at_new, at_old = at_new[free], at_old[free]
        if len(at_new) < _FEW:
            break
        matches[at_new] = at_old
        used[at_old] = True
    for start_new, start_old in zip(at_new.tolist(), at_old.tolist(), strict=True):
        _claim_run(old, new, matches, used, start_new, start_old, step)


def _claim_run(old: Column, new: Column, matches: Column, used: NDArray[np.bool_], j: int, i: int, step: int) -> None:
    """Match ``new[j]``, ``new[j + step]``, … with ``old[i]``, … as far as they are equal and free."""
    window = 8
    while True:
        room = min(len(new) - j, len(old) - i) if step > 0 else min(j, i) + 1
        size = min(window, room)
        if size <= 0:
            return
        js, is_ = j + step * np.arange(size), i + step * np.arange(size)
        good = (matches[js] < 0) & ~used[is_] & (old[is_] == new[js])
        bad = np.flatnonzero(~good)
        count = int(bad[0]) if len(bad) else size
        matches[js[:count]] = is_[:count]
        used[is_[:count]] = True
        if count < size:
            return
        j, i, window = j + step * size, i + step * size, window * 2


def _match_in_turn(old: Column, new: Column, matches: Column, used: NDArray[np.bool_]) -> None:
    """Match the k-th free element of each key on one side with the k-th on the other."""
    free_old, free_new = np.flatnonzero(~used), np.flatnonzero(matches < 0)
    if not len(free_old) or not len(free_new):
        return
    size = int(max(old.max(), new.max())) + 1
    pair_old = _with_turn(old[free_old], size)
    pair_new = _with_turn(new[free_new], size)
    order = np.argsort(pair_old, kind="stable")
    at = np.minimum(np.searchsorted(pair_old[order], pair_new), len(order) - 1)
    equal = pair_old[order][at] == pair_new
    matches[free_new[equal]] = free_old[order[at[equal]]]


def _with_turn(keys: Column, size: int) -> Column:
    """Each key together with how many equal ones stand before it, as one number."""
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    first = np.concatenate(([True], sorted_keys[1:] != sorted_keys[:-1]))
    starts = np.flatnonzero(first)
    turn_sorted = np.arange(len(keys)) - np.repeat(starts, np.diff(np.append(starts, len(keys))))
    numbered = np.empty(len(keys), dtype=np.int64)
    numbered[order] = turn_sorted * size + sorted_keys
    return numbered


def heaviest_increasing(places: Column, weights: Column) -> NDArray[np.bool_]:
    """Which elements belong to an increasing subsequence of ``places`` with the largest sum of ``weights``.

    ``places`` are distinct. This is what has kept its order; the rest has moved. O(n log n) for data whose best chains
    are few at a time (the frontier stays short for sorted, block-moved and shuffled sequences alike).
    """
    if len(places) < 2 or bool((places[1:] > places[:-1]).all()):
        return np.ones(len(places), dtype=bool)
    ends: list[int] = []  # the frontier: places, with strictly growing best sums
    sums: list[int] = []
    owners: list[int] = []
    before = [-1] * len(places)
    for number, (place, weight) in enumerate(zip(places.tolist(), weights.tolist(), strict=True)):
        at = bisect_left(ends, place)
        total = weight + (sums[at - 1] if at else 0)
        before[number] = owners[at - 1] if at else -1
        beaten = at
        while beaten < len(sums) and sums[beaten] <= total:
            beaten += 1
        ends[at:beaten], sums[at:beaten], owners[at:beaten] = [place], [total], [number]
    kept = np.zeros(len(places), dtype=bool)
    number = owners[-1]
    while number >= 0:
        kept[number] = True
        number = before[number]
    return kept
