"""The search for texts that are nearly the same, for the rule that tells them and for others that keep them together.

Signatures find candidates, rapidfuzz confirms them, and what is alike is put into clusters. Two texts are candidates
when one band of their signatures is the same; of many that share one, each is compared with a few of the others only,
and with none any more when many were not alike, so that ten thousand records of one template cost no more than others.
Lines that many records have (the description of a tool, a fixed preamble) do not count: what stands between them
decides.

What is found depends on the texts, not on their order: who moves records between files finds the same clusters again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from dsvc.validators.near_bands import MINIMA, Table, bands, with_equal_minima
from dsvc.validators.near_clusters import Clusters
from dsvc.validators.near_rows import Rows
from dsvc.validators.near_signing import (
    BY_GRAMS,
    BY_WORDS,
    COMMON_LINE,
    COMPARED,
    SLOTS,
    Signatures,
    Signed,
    signatures_of,
    slot_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Numbers = NDArray[Any]

ALIKE: Final = 0.9
"""From which likeness on (0 to 1, the share of the text that need not be edited) two records are nearly the same."""

_TAKEN_ALONG: Final = {BY_WORDS: 0.4, BY_GRAMS: 0.32}
"""Edits take so much more of the shingles along: pairs with fewer equal minima are not compared."""
_EARLIER: Final = 20
"""With so many texts of its cluster one is compared that was found to be like later ones only."""
_FAILED: Final = 6
"""Two texts that were compared so often in vain are not compared with each other."""
_KEPT: Final = 20_000
"""So many texts are kept to be compared again."""
_COMMON_RECORDS: Final = 20
_COMMON_SHARE: Final = 0.01
"""So many records, and this share of them, must have a line that does not count."""
_AT_ONCE: Final = 1000
"""Texts that are signed again at once."""


class Search:
    """Finds what is alike among the texts that were signed; ``read`` gives a text again, by its number."""

    def __init__(self, alike: float, read: Callable[[int], str]) -> None:
        from rapidfuzz import fuzz

        self._ratio = fuzz.ratio
        self._alike = alike
        self._read = read
        self._rows = {BY_WORDS: Rows(), BY_GRAMS: Rows()}
        self._kinds: list[NDArray[np.uint8]] = []
        self._digests: list[NDArray[np.uint64]] = []
        self._lines: list[NDArray[np.uint32]] = []
        self._line_counts: list[NDArray[np.uint32]] = []
        self._counted = np.zeros(SLOTS, dtype=np.uint32)
        self._common = np.zeros(SLOTS, dtype=bool)
        self._any_common = False
        self._texts: dict[int, str] = {}
        self._order = np.zeros(0, dtype=np.int64)
        self._lengths: list[NDArray[np.uint16]] = []
        self._failed: list[int] = []
        self._tried: set[int] = set()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, texts: Signed) -> None:
        """Take the next texts."""
        self._add_rows(texts.signatures)
        self._digests.append(np.frombuffer(texts.digests, dtype=np.uint64))
        self._lines.append(np.frombuffer(texts.lines, dtype=np.uint32))
        self._line_counts.append(np.frombuffer(texts.line_counts, dtype=np.uint32))
        self._count += len(self._digests[-1])
        np.add.at(self._counted, self._lines[-1], 1)

    def _add_rows(self, signatures: Signatures) -> None:
        self._kinds.append(np.frombuffer(signatures.kinds, dtype=np.uint8))
        self._lengths.append(np.frombuffer(signatures.lengths, dtype=np.uint16))
        self._rows[BY_WORDS].add(signatures.words)
        self._rows[BY_GRAMS].add(signatures.grams)

    def clusters(self) -> Clusters:
        """What is alike. Called once, after the last text.

        Texts are gone through in the order of their digests, and called by their places in it, so that it does not
        matter which of them came first.
        """
        found = Clusters(len(self))
        if not len(self):
            return found
        self._order = np.argsort(np.concatenate(self._digests), kind="stable")
        self._failed = [0] * len(self)
        self._common = self._counted >= max(_COMMON_RECORDS, len(self) * _COMMON_SHARE)
        self._any_common = bool(self._common.any())
        usable = self._join_equal(np.concatenate(self._kinds), found)
        signatures = self._signed_again()
        for bit in self._rows:
            table = self._table(bit, signatures, usable)
            least = MINIMA * (self._alike - _TAKEN_ALONG[bit])
            for left, right in bands(table):
                self._join(*self._candidates(table, left, right, least, found), found)
        return found.renamed(self._order.tolist())

    def _signed_again(self) -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
        """Sign texts with common lines again, without these. Of all signatures, in the order in which they were added:
        the number of the text, the kinds, and whether no later one stands for it.

        A text of which too little is left keeps its first signature.
        """
        numbers = self._with_common_lines(np.concatenate(self._kinds))
        kept = np.ones(len(self), dtype=bool)
        for begin in range(0, len(numbers), _AT_ONCE):
            some = numbers[begin : begin + _AT_ONCE]
            self._add_rows(signatures_of([self._without_common_lines(self._read(row)) for row in some.tolist()]))
            kept[some[self._kinds[-1] & (BY_WORDS | BY_GRAMS) > 0]] = False
        every = np.concatenate((np.arange(len(self)), numbers))
        return every, np.concatenate(self._kinds), np.append(kept, np.ones(len(numbers), dtype=bool))

    def _with_common_lines(self, kinds: NDArray[np.uint8]) -> Numbers:
        """The numbers of texts that have lines which many have."""
        common = self._common[np.concatenate(self._lines)]
        owners = np.repeat(np.arange(len(self)), np.concatenate(self._line_counts))
        numbers: Numbers = np.unique(owners[common])
        return numbers[kinds[numbers] > 0]

    def _join_equal(self, kinds: NDArray[np.uint8], found: Clusters) -> NDArray[np.bool_]:
        """Put equal texts together. Which texts are to be compared, by their places: the first of equal ones."""
        ordered = np.concatenate(self._digests)[self._order]
        again = np.append(False, ordered[1:] == ordered[:-1])
        compared = kinds[self._order] > 0
        for place in np.flatnonzero(again & compared).tolist():
            found.join(place - 1, place)
        usable: NDArray[np.bool_] = compared & ~again
        return usable

    def _table(self, bit: int, signatures: tuple[Numbers, Numbers, NDArray[np.bool_]], usable: Numbers) -> Table:
        """The texts that have signatures of a kind."""
        numbers, kinds, kept = signatures
        places = np.empty(len(self), dtype=np.int64)
        places[self._order] = np.arange(len(self))
        has = kinds & bit > 0
        chosen = np.flatnonzero(has & kept & usable[places[numbers]])
        chosen = chosen[np.argsort(places[numbers[chosen]])]
        lengths = np.concatenate(self._lengths)[chosen].astype(np.int64)
        return Table(self._rows[bit].all(), places[numbers[chosen]], (np.cumsum(has) - 1)[chosen], lengths)

    def _candidates(
        self, table: Table, left: Numbers, right: Numbers, least: float, found: Clusters
    ) -> tuple[Numbers, Numbers]:
        """Pairs of texts that may be alike and are not in one cluster, those with the most equal minima first."""
        firsts = found.firsts()[table.numbers]
        lengths = table.lengths[left], table.lengths[right]
        apart = firsts[left] != firsts[right]
        apart &= np.abs(lengths[0] - lengths[1]) <= (1 - self._alike) * (lengths[0] + lengths[1]) + 1
        left, right = with_equal_minima(table, left[apart], right[apart], least)
        return table.numbers[left], table.numbers[right]

    def _join(self, left: Numbers, right: Numbers, found: Clusters) -> None:
        """Put together what is alike among pairs of texts."""
        for one, other in zip(left.tolist(), right.tolist(), strict=True):
            if found.first(one) != found.first(other) and self._worth_it(one, other):
                if self._likeness(one, other) >= self._alike:
                    found.join(one, other)
                else:
                    self._failed[one] += 1
                    self._failed[other] += 1

    def _worth_it(self, one: int, other: int) -> bool:
        """Whether two texts were not compared before, nor both too often with others."""
        if min(self._failed[one], self._failed[other]) >= _FAILED:
            return False
        pair = one * len(self) + other
        known = pair in self._tried
        self._tried.add(pair)
        return not known

    def told(self, found: Clusters) -> dict[int, tuple[int, float]]:
        """Which texts are nearly an earlier one, which one, and how much; the first of a cluster if it is like that.

        Of a chain of texts, each like the next, the first and the last may be unlike.
        """
        known: dict[int, list[int]] = {}
        for pair in found.joined:
            known.setdefault(max(pair), []).append(min(pair))
        told = {}
        for members in found.sets():
            for at, number in enumerate(members[1:], 1):
                earlier = dict.fromkeys((members[0], *known.get(number, ()), *members[: min(at, _EARLIER)]))
                shares = ((other, self._share(other, number)) for other in earlier)
                if (near := next((near for near in shares if near[1] >= self._alike), None)) is not None:
                    told[number] = near
        return told

    def _likeness(self, one: int, other: int) -> float:
        return self._share(int(self._order[one]), int(self._order[other]))

    def _share(self, row: int, other: int) -> float:
        """The share of both texts that need not be edited; 0 where it is too small."""
        return self._ratio(self._text(row), self._text(other), score_cutoff=self._alike * 100) / 100

    def _text(self, row: int) -> str:
        text = self._texts.get(row)
        if text is None:
            if len(self._texts) >= _KEPT:
                self._texts.clear()
            text = self._texts[row] = self._without_common_lines(self._read(row))[:COMPARED]
        return text

    def _without_common_lines(self, text: str) -> str:
        """The text without lines that many records have."""
        if not self._any_common:
            return text
        lines = text.split("\n")
        kept = [line for line in lines if len(line) < COMMON_LINE or not self._common[slot_of(line)]]
        return "\n".join(kept) if len(kept) < len(lines) else text


__all__ = ["ALIKE", "Search"]
