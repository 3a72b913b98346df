"""The answers of all annotators to each record.

A record is recognised by its key, where there is one, else by all that it says apart from the answers. Of several that
are the same the first of one side goes with the first of the other, the second with the second.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.conditions.fields import MISSING, field
from dsvc.record import canonical_value, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dsvc.snapshot import Record, Snapshot
    from dsvc.textdiff.fields import Steps


class Given(msgspec.Struct, frozen=True):
    """What one annotator answered to a record: the value of each field that is asked, MISSING where it is not there."""

    values: tuple[Any, ...]
    file: str
    line: int
    row: int

    @property
    def is_answer(self) -> bool:
        """Whether something was answered: a field that is missing or null is not."""
        return any(value is not MISSING and value is not None for value in self.values)


class Joined:
    """For each record the answers of the annotators, in their order; None where there is none."""

    def __init__(self, annotators: Sequence[str]) -> None:
        self.annotators = tuple(annotators)
        self.units: dict[bytes, list[Given | None]] = {}

    def put(self, identity: bytes, annotator: int, given: Given) -> None:
        """Take in what an annotator answered to a record."""
        self.units.setdefault(identity, [None] * len(self.annotators))[annotator] = given

    def add_annotator(self, name: str) -> int:
        """Another annotator; its number."""
        self.annotators = (*self.annotators, name)
        for unit in self.units.values():
            unit.append(None)
        return len(self.annotators) - 1


_ID_BYTES: Final = 16


def join_sides(sides: Mapping[str, Snapshot], fields: Sequence[Steps], key: Sequence[Steps] = ()) -> Joined:
    """The same records in several versions or files, one of each annotator."""
    joined = Joined([*sides])
    for annotator, snapshot in enumerate(sides.values()):
        turns: Counter[bytes] = Counter()
        for record in snapshot:
            identity, given = _read(record, fields, fields, key)
            turns[identity] += 1
            joined.put(_turn(identity, turns[identity]), annotator, given)
    return joined


def join_records(
    records: Iterable[Record],
    fields: Sequence[Steps],
    by: Steps,
    key: Sequence[Steps] = (),
    aside: Sequence[Steps] = (),
) -> Joined:
    """Records that are there once for each annotator, whose name stands in the field ``by``.

    Fields ``aside`` tell something of the annotation (its time, its number), and not which record it is of.
    """
    joined = Joined([])
    numbers: dict[str, int] = {}
    turns: Counter[tuple[bytes, int]] = Counter()
    for record in records:
        value = parse(record.content)
        name = field(value, by)
        if name is MISSING or name is None:
            continue
        called = str(name)
        if called not in numbers:
            numbers[called] = joined.add_annotator(called)
        number = numbers[called]
        identity, given = _read(record, fields, [*fields, by, *aside], key)
        turns[identity, number] += 1
        joined.put(_turn(identity, turns[identity, number]), number, given)
    return joined


def join_fields(records: Iterable[Record], columns: Mapping[str, Steps]) -> Joined:
    """Records that hold the answers of all annotators, each in a field of its own."""
    joined = Joined([*columns])
    for record in records:
        value = parse(record.content)
        identity = f"{record.file}:{record.line}".encode()
        for annotator, steps in enumerate(columns.values()):
            given = Given((field(value, steps),), record.file, record.line, record.row)
            joined.put(identity, annotator, given)
    return joined


def _read(
    record: Record, fields: Sequence[Steps], without: Sequence[Steps], key: Sequence[Steps]
) -> tuple[bytes, Given]:
    value = parse(record.content)
    given = Given(tuple(field(value, steps) for steps in fields), record.file, record.line, record.row)
    if key:
        named: Any = [_or_none(field(value, steps)) for steps in key]
    else:
        named = value
        for steps in without:
            named = _without(named, steps)
    return hashlib.sha256(canonical_value(named)).digest()[:_ID_BYTES], given


def _or_none(value: Any) -> Any:
    return None if value is MISSING else value


def _turn(identity: bytes, turn: int) -> bytes:
    return identity if turn == 1 else identity + turn.to_bytes(4, "big")


def _without(value: Any, steps: Steps) -> Any:
    """The value without what stands at a path; other values are shared, not copied."""
    first, *rest = steps
    if isinstance(value, dict) and isinstance(first, str) and first in value:
        if not rest:
            return {name: each for name, each in value.items() if name != first}
        return {**value, first: _without(value[first], tuple(rest))}
    if isinstance(value, list) and isinstance(first, int) and -len(value) <= first < len(value):
        copy = [*value]
        copy[first] = _without(copy[first], tuple(rest)) if rest else None
        return copy
    return value
