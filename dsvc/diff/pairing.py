"""Which removed record became which added one, where neither bytes, nor values, nor keys tell.

First by position: between the same unchanged neighbours, in order, records that are alike are one record, edited.
Then by similarity anywhere, best first; with very many leftovers not. What is left between the same neighbours is
paired by its question. The same input gives the same pairs everywhere; a change of this algorithm gets a new number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from dsvc.diff.leftover_lines import LeftoverLines
    from dsvc.diff.similarity import LineScorer, Scorer, Scores, TokenScorer
    from dsvc.layout import Column

PAIRING = 2
"""The number of the algorithm, kept in manifests: other numbers may pair other records."""

MOST_BY_SIMILARITY = 20_000
"""With more leftovers than this on a side, records are paired by position only."""
ANYWHERE = 0.65
"""How alike records must be that do not stand at the same place (at the same place: ``Scorer.threshold``)."""
OTHER_KEY = 0.9
"""How alike two records with different keys must be to count as one whose key changed."""

_SMALL_GAP = 48
_PORTION = 1024
_WINDOW = 16
_MOST_WINDOWS = 400
_SAMPLE = 256


class Side(msgspec.Struct, frozen=True, eq=False):
    """The leftover lines of one side that look for a partner.

    ``numbers`` (ascending) are indexes into ``lines``; ``gaps`` tell between which unchanged neighbours each stands;
    ``keyed`` whether it has a key. ``sample`` gives a few lines from all over the version.
    """

    lines: LeftoverLines
    numbers: Column
    gaps: Column
    keyed: NDArray[np.bool_]
    sample: Callable[[], Sequence[bytes]]

    def without(self, numbers: list[int]) -> Side:
        """The side without lines that have found theirs."""
        rest = ~np.isin(self.numbers, np.array(numbers, dtype=np.int64))
        return Side(self.lines, self.numbers[rest], self.gaps[rest], self.keyed[rest], self.sample)

    def is_keyed(self, number: int) -> bool:
        """Whether a line has a key."""
        return bool(self.keyed[np.searchsorted(self.numbers, number)])


Pairs = list[tuple[int, int]]


def pair(old: Side, new: Side) -> tuple[Column, Column]:
    """Numbers of old and new lines that are one record each, by the old number."""
    if not len(old.numbers) or not len(new.numbers):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    pairs = _by_likeness(old, new)
    if len(pairs) < min(len(old.numbers), len(new.numbers)):
        pairs = pairs + _by_question(*_rest(old, new, pairs))
    return _sorted(pairs)


def _rest(old: Side, new: Side, pairs: Pairs) -> tuple[Side, Side]:
    return old.without([mine for mine, _ in pairs]), new.without([theirs for _, theirs in pairs])


def _by_likeness(old: Side, new: Side) -> Pairs:
    if max(len(old.numbers), len(new.numbers)) > MOST_BY_SIMILARITY:
        return _by_position(old, new, _line_scorer(old, new))
    plain = _plainly_edited(old, new)
    old, new = _rest(old, new, plain)
    if not len(old.numbers) or not len(new.numbers):
        return plain
    scorer = _token_scorer(old, new)
    pairs = _by_position(old, new, scorer)
    return plain + pairs + _by_similarity(old, new, pairs, scorer)


def _by_question(old: Side, new: Side) -> Pairs:
    """Pair what is left in each gap by a question that two records share; other keys are other records."""
    gaps = list(_gaps(old, new))
    if not gaps:
        return []
    from dsvc.diff.questions import by_question

    pairs = by_question(old, new, gaps)
    return [(mine, theirs) for mine, theirs in pairs.tolist() if not (old.is_keyed(mine) and new.is_keyed(theirs))]


def _sorted(pairs: Pairs) -> tuple[Column, Column]:
    table = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _token_scorer(old: Side, new: Side) -> TokenScorer:
    from dsvc.diff.similarity import TokenScorer  # only a diff with something to pair pays for rapidfuzz

    return TokenScorer(old.lines, new.lines, old.numbers, new.numbers)


def _line_scorer(old: Side, new: Side) -> LineScorer:
    from dsvc.diff.similarity import LineScorer

    return LineScorer(old.lines, new.lines)


def _plainly_edited(old: Side, new: Side) -> Pairs:
    """What nobody would doubt: gaps with as many old as new lines, each of them almost its counterpart."""
    gaps = [gap for gap in _gaps(old, new) if len(gap[0]) == len(gap[1]) <= _SMALL_GAP]
    if not gaps:
        return []
    scorer = _line_scorer(old, new)
    at_old, at_new = np.concatenate([gap[0] for gap in gaps]), np.concatenate([gap[1] for gap in gaps])
    good = _Search(old, new, scorer).alike(at_old, at_new, scorer.plain)
    sizes = np.array([len(gap[0]) for gap in gaps])
    whole = np.repeat(np.logical_and.reduceat(good, np.cumsum(sizes) - sizes), sizes)
    return _taken(at_old, at_new, whole)


def _by_position(old: Side, new: Side, scorer: Scorer) -> Pairs:
    """Pair within each gap: those with as many old as new lines one to one at once, the others by alignment."""
    search = _Search(old, new, scorer)
    gaps = list(_gaps(old, new))
    equal = [gap for gap in gaps if len(gap[0]) == len(gap[1]) <= _SMALL_GAP]
    pairs: Pairs = []
    if equal:
        at_old, at_new = np.concatenate([g[0] for g in equal]), np.concatenate([g[1] for g in equal])
        good = search.alike(at_old, at_new)
        start = 0
        for mine, theirs in equal:
            fits = good[start : start + len(mine)]
            start += len(mine)
            pairs += _taken(mine, theirs, fits) if fits.all() or len(mine) == 1 else search.align(mine, theirs)
    for mine, theirs in gaps:
        if len(mine) != len(theirs) or len(mine) > _SMALL_GAP:
            pairs += search.align(mine, theirs)
    return pairs


def _taken(old: Column, new: Column, fits: NDArray[np.bool_]) -> Pairs:
    return list(zip(old[fits].tolist(), new[fits].tolist(), strict=True))


def _gaps(old: Side, new: Side) -> Iterator[tuple[Column, Column]]:
    """The numbers on both sides of each gap in which both sides have some."""
    common = np.intersect1d(old.gaps, new.gaps)
    bounds = [np.searchsorted(side.gaps, common, how) for side in (old, new) for how in ("left", "right")]
    for old_low, old_high, new_low, new_high in np.stack(bounds, axis=1).tolist():
        yield old.numbers[old_low:old_high], new.numbers[new_low:new_high]


class _Search:
    """Aligns lines of one gap, in order; the work over all gaps is bounded."""

    def __init__(self, old: Side, new: Side, scorer: Scorer) -> None:
        self._scorer = scorer
        self._old_keyed = np.zeros(len(old.lines), dtype=bool)
        self._old_keyed[old.numbers] = old.keyed
        self._new_keyed = np.zeros(len(new.lines), dtype=bool)
        self._new_keyed[new.numbers] = new.keyed
        self._windows = _MOST_WINDOWS
        self._cells = 1_000_000

    def scores(self, old: Column, new: Column) -> Scores:
        """Similarities; of records with different keys only high ones count."""
        scores = self._scorer.pairs(old, new)
        other_key = self._old_keyed[old] & self._new_keyed[new]
        return np.where(other_key & (scores < OTHER_KEY), np.float32(0), scores)

    def alike(self, old: Column, new: Column, threshold: float | None = None) -> NDArray[np.bool_]:
        """Which of ``old[i]``, ``new[i]`` are alike enough for one place, in bounded portions."""
        threshold = self._scorer.threshold if threshold is None else threshold
        parts = [
            self.scores(old[start : start + _PORTION], new[start : start + _PORTION]) >= threshold
            for start in range(0, len(old), _PORTION)
        ]
        return np.concatenate(parts)

    def align(self, old: Column, new: Column) -> Pairs:
        """The best pairs of a gap that do not cross."""
        cells = len(old) * len(new)
        if cells <= _SMALL_GAP**2 and cells <= self._cells:
            self._cells -= cells
            return _best_monotone(old, new, self._matrix(old, new), self._scorer.threshold)
        return list(self._walk(old, new)) if self._worth_it(old, new) else []

    def _matrix(self, old: Column, new: Column) -> Scores:
        if self._old_keyed[old].any() and self._new_keyed[new].any():
            flat = self.scores(np.repeat(old, len(new)), np.tile(new, len(old)))
            return flat.reshape(len(old), len(new))
        return self._scorer.matrix(old, new)

    def _worth_it(self, old: Column, new: Column) -> bool:
        """Whether a large gap looks edited rather than replaced, by a sample at its start, middle and end."""
        size = min(len(old), len(new))
        if size <= 4 * _SAMPLE:
            return True
        portion = np.arange(_SAMPLE)
        starts = (0, (size - _SAMPLE) // 2, size - _SAMPLE)
        if any(self.alike(old[start + portion], new[start + portion]).mean() > 0.02 for start in starts):
            return True
        # A deletion near the start shifts everything: look beside the diagonal too.
        return bool((self._matrix(old[:_WINDOW], new[:_WINDOW]) >= self._scorer.threshold).any())

    def _walk(self, old: Column, new: Column) -> Iterator[tuple[int, int]]:
        """Go along both sides at once; where they stop being alike, look a little ahead for where they meet again."""
        i = j = 0
        while i < len(old) and j < len(new):
            size = min(_PORTION, len(old) - i, len(new) - j)
            good = self.alike(old[i : i + size], new[j : j + size])
            lost = _first_lost(good) if self._windows else size
            yield from _taken(old[i : i + lost], new[j : j + lost], good[:lost])
            if lost < size:
                self._windows -= 1
                skip_old, skip_new = self._meet(old[i + lost :][:_WINDOW], new[j + lost :][:_WINDOW])
                i, j = i + skip_old, j + skip_new
            i, j = i + lost, j + lost

    def _meet(self, old: Column, new: Column) -> tuple[int, int]:
        """How far to go on each side to where they are alike again (past the window when they are not)."""
        rows, columns = np.nonzero(self._matrix(old, new) >= self._scorer.threshold)
        if not len(rows):
            return len(old), len(new)
        nearest = np.lexsort((rows, np.abs(rows - columns), rows + columns))[0]
        return int(rows[nearest]), int(columns[nearest])


def _first_lost(good: NDArray[np.bool_]) -> int:
    """Where the first three pairs in a row are not alike (or the last ones), else the length."""
    bad = ~good
    padded = np.concatenate((bad, [True, True]))
    lost = np.flatnonzero(bad & padded[1:-1] & padded[2:])
    return int(lost[0]) if len(lost) else len(good)


def _best_monotone(old: Column, new: Column, scores: Scores, threshold: float) -> Pairs:
    """The pairs in order (no two cross) with the largest sum of scores, each at the threshold or above."""
    value = np.where(scores >= threshold, scores, 0).astype(np.float64).tolist()
    rows, columns = len(old), len(new)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        here, below, gains = best[i], best[i + 1], value[i]
        for j in range(columns - 1, -1, -1):
            here[j] = max(gains[j] + below[j + 1] if gains[j] else 0.0, below[j], here[j + 1])
    pairs = []
    i = j = 0
    while i < rows and j < columns:
        if value[i][j] and best[i][j] == value[i][j] + best[i + 1][j + 1]:
            pairs.append((int(old[i]), int(new[j])))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _by_similarity(old: Side, new: Side, pairs: Pairs, scorer: TokenScorer) -> Pairs:
    """Pair what is left wherever it stands, the most alike first, ties by position."""
    from dsvc.diff.minhash import candidates

    rest_old = np.setdiff1d(old.numbers, np.array([a for a, _ in pairs], dtype=np.int64))
    rest_new = np.setdiff1d(new.numbers, np.array([b for _, b in pairs], dtype=np.int64))
    if not len(rest_old) or not len(rest_new):
        return []
    at_old, at_new = candidates(
        [scorer.old[n].tokens for n in rest_old.tolist()], [scorer.new[n].tokens for n in rest_new.tolist()]
    )
    sharing = _sharing_a_text(scorer, rest_old, rest_new)
    found = np.unique(np.concatenate((np.stack((rest_old[at_old], rest_new[at_new]), axis=1), sharing)), axis=0)
    scores = _Search(old, new, scorer).scores(found[:, 0], found[:, 1])
    order = np.lexsort((found[:, 1], found[:, 0], -scores))
    return _greedily(found[order[scores[order] >= ANYWHERE]])


def _sharing_a_text(scorer: TokenScorer, old: Column, new: Column) -> Column:
    """Pairs that have a telling text in common."""
    places: dict[int, list[int]] = {}
    for text, number in scorer.telling(old, old_side=True):
        places.setdefault(text, []).append(number)
    pairs = [(mine, theirs) for text, theirs in scorer.telling(new, old_side=False) for mine in places.get(text, ())]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _greedily(candidates: Column) -> Pairs:
    used_old: set[int] = set()
    used_new: set[int] = set()
    pairs = []
    for mine, theirs in candidates.tolist():
        if mine not in used_old and theirs not in used_new:
            used_old.add(mine)
            used_new.add(theirs)
            pairs.append((mine, theirs))
    return pairs
