"""The answers of all annotators to each record.

A record is recognised by its key, where it has one, else by all that it says apart from the answers. Of several that
are the same the first of one side goes with the first of the other, the second with the second.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.agreement.answers import Answers, Given, canonical_of
from dsvc.conditions.fields import MISSING, text_of
from dsvc.errors import BadDataError
from dsvc.record import parse
from dsvc.sampling.identities import value_under, values_under

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from dsvc.record import Json
    from dsvc.sampling.identities import Named
    from dsvc.snapshot import Record, Snapshot
    from dsvc.textdiff.fields import Steps

_ID_BYTES: Final = 16


class Recognition(msgspec.Struct, frozen=True):
    """By what a record is recognised: the values of ``key`` fields; where it lacks one, or there are none, all that it
    says apart from ``without``.

    Where a record is there once for each annotator, ``by`` is the field with the annotator's name.
    """

    key: tuple[Named, ...] = ()
    without: tuple[Named, ...] = ()
    by: Named | None = None

    def identity(self, value: Json) -> bytes:
        """What a record is."""
        named = values_under(value, self.key) if self.key else None
        if named is not None:
            return hashlib.sha256(b"key\0" + canonical_of(named)).digest()[:_ID_BYTES]
        rest: Any = value
        for each in self.without:
            rest = _without_named(rest, each)
        return hashlib.sha256(canonical_of(rest)).digest()[:_ID_BYTES]

    def annotator(self, value: Json) -> str | None:
        """Whose record it is; None where it does not say."""
        name = value_under(value, self.by) if self.by is not None else None
        return None if name is MISSING or name is None else text_of(name).strip() or None

    def has_key(self, record: Record) -> bool:
        """Whether a record is recognised by its key."""
        return values_under(_parsed(record), self.key) is not None


class Joined(Answers):
    """Answers that are put together record by record.

    ``repeated`` counts records of a side that it had already, ``nameless`` those that do not say whose answer they are.
    """

    def __init__(self, annotators: Sequence[str], recognition: Recognition) -> None:
        super().__init__(annotators)
        self.recognition = recognition
        self.repeated = 0
        self.nameless = 0
        self._numbers: dict[bytes, int] = {}
        self._turns: Counter[tuple[int, bytes]] = Counter()

    def put(self, identity: bytes, annotator: int, given: Given) -> None:
        """Take in what an annotator answered to a record; of the same record again: to its next one."""
        if self.has(self._numbers.get(identity, -1), annotator):
            self.repeated += 1
            self._turns[annotator, identity] += 1
            identity = _again(identity, self._turns[annotator, identity])
        self.keep(self._numbers.setdefault(identity, len(self._numbers)), annotator, given)

    def put_whole(self, identity: bytes, given: Sequence[Given]) -> None:
        """Take in a record with the answers of all annotators."""
        if identity in self._numbers:
            self._turns[0, identity] += 1
            identity = _again(identity, self._turns[0, identity])
        number = self._numbers[identity] = len(self)
        for annotator, each in enumerate(given):
            self.keep(number, annotator, each)

    def numbers_of(self, records: Iterable[Record]) -> Iterator[tuple[int, Record]]:
        """The records that are among those that were put together, with their numbers there."""
        turns: Counter[tuple[str | None, bytes]] = Counter()
        for record in records:
            value = _parsed(record)
            identity = self.recognition.identity(value)
            if identity not in self._numbers:
                continue
            same = self.recognition.annotator(value), identity
            turn, turns[same] = turns[same], turns[same] + 1
            number = self._numbers.get(_again(identity, turn))
            if number is not None:
                yield number, record


def _again(identity: bytes, turn: int) -> bytes:
    """What the same record is when it comes again, for the ``turn``-th time after the first (0)."""
    return identity + turn.to_bytes(4, "big") if turn else identity


def join_sides(sides: Mapping[str, Snapshot], fields: Sequence[Named], key: Sequence[Named] = ()) -> Joined:
    """The same records in several versions or files, one of each annotator."""
    recognition = Recognition(tuple(key), tuple(fields))
    joined = Joined([*sides], recognition)
    for annotator, snapshot in enumerate(sides.values()):
        for record in snapshot:
            value = _parsed(record)
            joined.put(recognition.identity(value), annotator, _given(record, value, fields))
    return joined


def join_records(
    records: Iterable[Record],
    fields: Sequence[Named],
    by: Named,
    key: Sequence[Named] = (),
    aside: Sequence[Named] = (),
) -> Joined:
    """Records that are there once for each annotator, whose name stands in the field ``by``.

    Fields ``aside`` tell something of the annotation (its time, its number), and not which record it is of.
    """
    recognition = Recognition(tuple(key), (*fields, by, *aside), by)
    joined = Joined([], recognition)
    numbers: dict[str, int] = {}
    for record in records:
        value = _parsed(record)
        called = recognition.annotator(value)
        if called is None:
            joined.nameless += 1
            continue
        if called not in numbers:
            numbers[called] = joined.add_annotator(called)
        joined.put(recognition.identity(value), numbers[called], _given(record, value, fields))
    return joined


def join_fields(records: Iterable[Record], columns: Mapping[str, Named], key: Sequence[Named] = ()) -> Joined:
    """Records that hold the answers of all annotators, each in a field of its own."""
    recognition = Recognition(tuple(key), tuple(columns.values()))
    joined = Joined([*columns], recognition)
    for record in records:
        value = _parsed(record)
        given = [_given(record, value, [named]) for named in columns.values()]
        joined.put_whole(recognition.identity(value), given)
    return joined


def _parsed(record: Record) -> Json:
    try:
        return parse(record.content)
    except ValueError as error:
        raise BadDataError(
            f"cannot read record at '{record.file}:{record.line}': {error}",
            hint=f"see what is wrong with it: dsvc validate '{record.file}' --only syntax",
        ) from None


def _given(record: Record, value: Json, fields: Sequence[Named]) -> Given:
    return Given(tuple([value_under(value, named) for named in fields]), record.file, record.line, record.row)


def _without_named(value: Any, named: Named) -> Any:
    """The value without a field, found as :func:`dsvc.sampling.identities.value_under` finds it."""
    return _without(value, (named[0],) if isinstance(value, dict) and named[0] in value else named[1])


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
