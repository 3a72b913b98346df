"""Blame inside records: the version in which each part, or one field, got the value it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from dsvc.blame.past import attribution
from dsvc.blame.tracing import traced
from dsvc.blame.values import BlamedRecord, FieldBlame
from dsvc.blame.whole import blocks
from dsvc.diff.plan import MODIFIED
from dsvc.record import parse
from dsvc.textdiff.fields import Steps, kept_parts, place_before, value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.blame.past import Past
    from dsvc.blame.tracing import Born
    from dsvc.blame.values import BlameBlock
    from dsvc.layout import Column
    from dsvc.origin import Origin, VersionId
    from dsvc.record import Json

Open: TypeAlias = "tuple[Steps, Steps]"
"""A part that is still looked for: where it stands in the record asked for, and in the one it is followed through."""
_BATCH = 4096


class _Parts:
    """The parts of many records that were found, and those that are still looked for."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._open: dict[int, list[Open]] = {}
        self.found: dict[int, list[tuple[Steps, Origin]]] = {}
        self.whole: dict[int, Origin] = {}

    def take(self, born: Born) -> Column:
        """Note what was born; which records to follow on."""
        on = np.zeros(len(born.slots), dtype=bool)
        if born.earlier is None:
            self._settle(born, np.arange(len(born.slots)))
            return on
        known, edited = born.earlier.line >= 0, born.earlier.kind == MODIFIED
        self._settle(born, np.flatnonzero(~known))
        on[known & ~edited] = True
        for number, old, new in _edits(self._past, born, np.flatnonzero(known & edited)):
            on[number] = self._split(int(born.slots[number]), born.origins[born.origin[number]], old, new)
        return on

    def _settle(self, born: Born, numbers: Column) -> None:
        slots, origins = born.slots[numbers].tolist(), born.origin[numbers].tolist()
        for slot, origin in zip(slots, origins, strict=True):
            self.whole.setdefault(slot, born.origins[origin])
            for steps, _ in self._open.pop(slot, _ALL):
                self.found.setdefault(slot, []).append((steps, born.origins[origin]))

    def _split(self, slot: int, origin: Origin, old: Json, new: Json) -> bool:
        """Take an edit apart: what it changed is found, the rest is looked for in the record before."""
        self.whole.setdefault(slot, origin)
        still: list[Open] = []
        parts = kept_parts(old, new)
        for steps, place in self._open.pop(slot, _ALL):
            for at, before in _within(parts, place):
                if before is None:
                    self.found.setdefault(slot, []).append(((*steps, *at), origin))
                else:
                    still.append(((*steps, *at), before))
        if still:
            self._open[slot] = still
        return bool(still)


_ALL: list[Open] = [((), ())]


def _within(parts: list[tuple[Steps, Steps | None]], place: Steps) -> Iterator[tuple[Steps, Steps | None]]:
    """What became of one part of a value: its own parts (from it on), or itself as part of a larger one."""
    for steps, before in parts:
        if steps[: len(place)] == place:
            yield steps[len(place) :], before
        elif place[: len(steps)] == steps:
            yield (), None if before is None else (*before, *place[len(steps) :])


def blame_parts(past: Past, version: VersionId, lines: Column) -> Iterator[BlamedRecord]:
    """Each record (on these lines, which ascend) with its parts that have one version each."""
    parts = _Parts(past)
    for _ in _followed(past, version, lines, parts.take):
        pass
    table = past.lines(version)
    files, line, row = table.places(lines)
    origins = {origin for found in parts.found.values() for _, origin in found}
    known = {origin: attribution(past, origin) for origin in origins.union(parts.whole.values())}
    for start in range(0, len(lines), _BATCH):
        contents = _values_where_split(past, version, lines[start : start + _BATCH], parts.found, start)
        for slot in range(start, min(start + _BATCH, len(lines))):
            found = parts.found[slot]
            if len(found) > 1:
                found = sorted(found, key=lambda part, value=contents[slot]: _order(value, part[0]))  # type: ignore[misc]
            told = tuple(FieldBlame(steps, known[origin]) for steps, origin in found)
            whole = known[parts.whole[slot]]
            yield BlamedRecord(files[slot], int(row[slot]), int(line[slot]), whole, told)


def _followed(past: Past, version: VersionId, lines: Column, take: Callable[[Born], Column]) -> Iterator[Born]:
    """Trace, and hand every birth to ``take`` once."""
    for born in traced(past, version, lines, take, edits=True):
        if born.earlier is None:
            take(born)
        yield born


def _values_where_split(
    past: Past, version: VersionId, lines: Column, found: dict[int, list[tuple[Steps, Origin]]], start: int
) -> dict[int, Json]:
    """The values of the records that have several parts: they are told in the order of the record."""
    slots = [slot for slot in range(start, start + len(lines)) if len(found[slot]) > 1]
    contents = past.lines(version).contents(lines[[slot - start for slot in slots]]) if slots else []
    return {slot: parse(content) for slot, content in zip(slots, contents, strict=True)}


def _order(value: Json, steps: Steps) -> tuple[int, ...]:
    """Where a part stands in a record: the place of each step among its neighbours."""
    places = []
    for step in steps:
        if isinstance(value, dict):
            places.append(list(value).index(str(step)))
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int):
            places.append(step)
            value = value[step]
    return tuple(places)


def _edits(past: Past, born: Born, numbers: Column) -> Iterator[tuple[int, Json, Json]]:
    """Number, old and new value of the records that were edited."""
    parent = past.parent(born.version)
    assert parent is not None
    assert born.earlier is not None
    before = born.earlier.line
    for start in range(0, len(numbers), _BATCH):
        some = numbers[start : start + _BATCH]
        new = past.lines(born.version).contents(born.lines[some])
        old = past.lines(parent).contents(before[some])
        for number, mine, theirs in zip(some.tolist(), old, new, strict=True):
            yield number, _value(mine), _value(theirs)


def _value(content: bytes) -> Json:
    """The value of a line; of one that is not JSON (only working files have them) its text."""
    try:
        return parse(content)
    except ValueError:
        return content.decode("utf-8", "replace")


def blame_field(past: Past, version: VersionId, lines: Column, steps: Steps) -> Iterator[BlameBlock]:
    """Blocks of records whose field (at ``steps``) got its value in one version; None for those that do not have it."""
    search = _Field(past, steps)
    missing = search.missing(version, lines)
    for _ in _followed(past, version, lines[~missing], search.take):
        pass
    found: dict[Origin, int] = {}
    numbers = np.full(len(lines), -1, dtype=np.int64)
    asked = np.flatnonzero(~missing)
    for slot, origin in search.found.items():
        numbers[asked[slot]] = found.setdefault(origin, len(found))
    told = [*(attribution(past, origin) for origin in found), None]
    yield from blocks(past.lines(version), lines, numbers, told)


class _Field:
    """Looks for one field of many records."""

    def __init__(self, past: Past, steps: Steps) -> None:
        self._past = past
        self._steps = steps
        self._places: dict[int, Steps] = {}
        self.found: dict[int, Origin] = {}

    def missing(self, version: VersionId, lines: Column) -> Column:
        """Which records do not have the field."""
        table = self._past.lines(version)
        parts = (table.contents(lines[start : start + _BATCH]) for start in range(0, len(lines), _BATCH))
        return np.fromiter((not _has(content, self._steps) for part in parts for content in part), bool, len(lines))

    def take(self, born: Born) -> Column:
        """Note what was born; which records to follow on."""
        on = np.zeros(len(born.slots), dtype=bool)
        slots = born.slots.tolist()
        for number, (slot, origin) in enumerate(zip(slots, born.origin.tolist(), strict=True)):
            self.found[slot] = born.origins[origin]
            on[number] = born.earlier is not None and born.earlier.line[number] >= 0
        if born.earlier is not None:
            edited = np.flatnonzero(on & (born.earlier.kind == MODIFIED))
            for number, old, new in _edits(self._past, born, edited):
                place, same = place_before(old, new, self._places.get(slots[number], self._steps))
                on[number] = same
                if same and place is not None:
                    self._places[slots[number]] = place
        return on


def _has(content: bytes, steps: Steps) -> bool:
    try:
        value_at(_value(content), steps)
    except KeyError:
        return False
    return True
