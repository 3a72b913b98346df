"""Which shape a record has: by its keys and what is behind them, never by the name of its file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from dsvc.formats.registry import shapes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsvc.formats.shape import Shape
    from dsvc.record import Json


class Detected(msgspec.Struct, frozen=True):
    """The shape that a record looks most like, and the next one. ``confidence`` is from 0 to 1: the share of the best.

    ``equal`` names all shapes that it looks like just as much: plain messages are OpenAI's as well as TRL's.
    """

    shape: str | None
    confidence: float
    runner_up: str | None
    equal: tuple[str, ...] = ()


UNKNOWN = Detected(None, 0.0, None)


def detect(value: Json) -> Detected:
    """The shape of a record's value (as :func:`dsvc.record.parse` gives it)."""
    if not isinstance(value, dict) or not value:
        return UNKNOWN
    scores = [(score, shape.name) for shape in shapes() if (score := _score(shape, value)) > 0]
    if not scores:
        return UNKNOWN
    ranked = sorted(scores, key=lambda pair: -pair[0])  # stable: the order of the registry decides
    best, name = ranked[0]
    second, runner_up = ranked[1] if len(ranked) > 1 else (0.0, None)
    equal = tuple(other for score, other in ranked if score > best * _AS_GOOD)
    return Detected(name, round(best / (best + second), 2), runner_up, equal)


_AS_GOOD = 0.8
"""Shapes this near to the best may be meant as well, as far as this record tells."""


def _score(shape: Shape, value: dict[str, Json]) -> float:
    """How much of a record a shape explains, and how well."""
    if any(value.get(key) is None for key in shape.required):
        return 0.0
    looks = shape.looks(value)
    if not looks:
        return 0.0
    explained = sum(1 for field in shape.fields if field.name in value)
    return looks * explained / len(value)


class Census:
    """Counts the shapes of many records; what fits several is counted for the one that explains most records."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, ...], int] = {}
        self._first: dict[tuple[str, ...], int] = {}
        self._records = 0

    def add(self, equal: tuple[str, ...]) -> None:
        """Count one record that looks like these (none: it has no known shape)."""
        self._records += 1
        count = self._counts.get(equal, 0)
        self._counts[equal] = count + 1
        if not count:
            self._first[equal] = self._records

    def counts(self) -> list[tuple[str | None, int, int]]:
        """Shape (None: unknown), number of records, and the first of them (from 1); the most frequent first.

        As few shapes as explain everything: the one that most records can have takes all of them, and so on.
        """
        left = dict(self._counts)
        found: list[tuple[str | None, int, int]] = []
        if () in left:
            found.append((None, left.pop(()), self._first[()]))
        while left:
            name = self._commonest(left)
            taken = [equal for equal in left if name in equal]
            found.append((name, sum(left.pop(equal) for equal in taken), min(self._first[equal] for equal in taken)))
        return sorted(found, key=lambda one: -one[1])

    @staticmethod
    def _commonest(left: dict[tuple[str, ...], int]) -> str:
        votes: Counter[str] = Counter()
        for equal, count in left.items():
            for name in equal:
                votes[name] += count
        best = max(votes.values())
        return min((name for name in votes if votes[name] == best), key=lambda name: _rank(name, left))


def _rank(name: str, left: Iterable[tuple[str, ...]]) -> int:
    """How far behind the first place a shape stands where it stands best."""
    return min(equal.index(name) for equal in left if name in equal)
