"""Which shape a record has: by its keys and what is behind them, never by the name of its file."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from dsvc.errors import BadDataError
from dsvc.formats.dialects import looks_of
from dsvc.formats.registry import all_shapes
from dsvc.record import check_record, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsvc.formats.definition import Shape
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
Layout: TypeAlias = "tuple[object, ...]"


def detect(value: Json) -> Detected:
    """The shape of a record's value (as :func:`dsvc.record.parse` gives it)."""
    if not isinstance(value, dict) or not value:
        return UNKNOWN
    scores = [
        (looks * share, shape.name)
        for shape, share in _candidates(tuple(value))
        if all(value[key] is not None for key in shape.required) and (looks := shape.looks(value))
    ]
    if not scores:
        return UNKNOWN
    ranked = sorted(scores, key=lambda pair: -pair[0])  # stable: the order of the registry decides
    best, name = ranked[0]
    second, runner_up = ranked[1] if len(ranked) > 1 else (0.0, None)
    equal = tuple(other for score, other in ranked if score > best * _AS_GOOD)
    return Detected(name, round(best / (best + second), 2), runner_up, equal)


_AS_GOOD = 0.8
"""Shapes this near to the best may be meant as well, as far as this record tells."""


def layout_of(value: dict[str, Json]) -> Layout:
    """All that :func:`detect` goes by: records of one layout look the same to every shape.

    The keys, the type of each value, and what messages behind them look like.
    """
    kinds = tuple(map(type, value.values()))
    if list not in kinds and dict not in kinds:
        return (*value, *kinds)
    layout: list[object] = [*value, *kinds]
    for key, inner in value.items():
        if type(inner) is list and key != "tools":  # which holds no messages
            layout.append(looks_of(inner))
        elif type(inner) is dict:
            layout += looks_of(inner), looks_of(inner.get("messages"))
    return tuple(layout)


@lru_cache(maxsize=4096)
def _candidates(keys: tuple[str, ...]) -> tuple[tuple[Shape, float], ...]:
    """The shapes whose required fields are among these keys, each with the share of the keys that it explains."""
    return tuple(
        (shape, sum(1 for field in shape.fields if field.name in keys) / len(keys))
        for shape in all_shapes()
        if all(key in keys for key in shape.required)
    )


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

    def common(self) -> tuple[str, ...]:
        """The shapes that every record may have, the likeliest first."""
        first, *others = [*self._counts] or [()]
        return tuple(name for name in first if all(name in equal for equal in others))

    def counts(self) -> list[tuple[str | None, int, int]]:
        """Shape (None: unknown), number of records, and the first of them (from 1); the most frequent first."""
        found = [
            (name, sum(self._counts[equal] for equal in taken), min(self._first[equal] for equal in taken))
            for name, taken in self.assigned()
        ]
        return sorted(found, key=lambda one: (-one[1], one[2]))

    def assigned(self) -> list[tuple[str | None, list[tuple[str, ...]]]]:
        """Which shape stands for which likenesses: as few shapes as explain everything.

        The one that most records can have takes all of them, and so on with what is left.
        """
        left = dict(self._counts)
        found: list[tuple[str | None, list[tuple[str, ...]]]] = []
        if left.pop((), 0):
            found.append((None, [()]))
        while left:
            name = self._commonest(left)
            taken = [equal for equal in left if name in equal]
            for equal in taken:
                del left[equal]
            found.append((name, taken))
        return found

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


class Found(msgspec.Struct, frozen=True):
    """A shape (None: unknown) in many records: how many, the first, how sure on average, and what else they may be."""

    shape: str | None
    records: int
    first: int
    confidence: float
    runner_up: str | None


class Survey:
    """Looks at every record of files, one by one."""

    def __init__(self) -> None:
        self.records = 0
        self.names: list[str] = []
        self._census = Census()
        self._sure: dict[tuple[str, ...], float] = {}
        self._next: dict[tuple[str, ...], Counter[str]] = {}

    def look(self, lines: Iterable[bytes], name: str) -> None:
        """Look at the records of a file. Raises BadDataError (file, line) for a line that is no record."""
        self.names.append(name)
        for number, line in enumerate(lines, 1):
            content = line.strip()
            if not content:
                continue
            self.records += 1
            try:
                value = parse(content)
            except ValueError as error:
                check_record(line.removesuffix(b"\n"), name=name, line_number=number)
                raise BadDataError(f"cannot read record at '{name}:{number}': {error}") from None
            found = detect(value)
            self._census.add(found.equal)
            self._sure[found.equal] = self._sure.get(found.equal, 0.0) + found.confidence
            if found.runner_up is not None:
                self._next.setdefault(found.equal, Counter()).update((*found.equal, found.runner_up))

    def common(self) -> tuple[str, ...]:
        """The shapes that every record may have, the likeliest first."""
        return self._census.common()

    def found(self) -> list[Found]:
        """The shapes, the most frequent first."""
        made = []
        groups = dict(self._census.assigned())
        for name, count, first in self._census.counts():
            likenesses = groups[name]
            others: Counter[str] = Counter()
            for equal in likenesses:
                others.update(self._next.get(equal, {}))
            del others[name]
            sure = sum(self._sure[equal] for equal in likenesses) / count
            runner_up = max(others, key=lambda other: others[other]) if others else None
            made.append(Found(name, count, first, round(sure, 2), runner_up))
        return made
