"""What is inside a record, found out in one pass for several rules: how many keys, and whether there are numbers."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked
    from dsvc.validators.rule import Signature

NESTED: Final = frozenset((dict, list))
DEEPEST: Final = 12
"""Levels of nesting whose types are compared."""
_NO_NUMBERS: Final = frozenset((str, bool, type(None), dict, list))
_MOST: Final = 10_000


class Outline(msgspec.Struct, frozen=True, gc=False):
    """What a record is made of.

    ``keys``: of all objects together; ``numbers``: whether there is a number anywhere. ``form``: the keys and the types
    of what stands in them, to any depth, and what else tells shapes apart (roles, and the types of parts); lists count
    as sets, so that how many elements there are does not matter. It is for comparing inside one process only.
    """

    keys: int
    numbers: bool
    form: Any


class _Known(msgspec.Struct, frozen=True, gc=False):
    """What follows from the signature of an object alone."""

    number: int
    keys: int
    numbers: bool
    nested: bool
    marked: bool


def is_object(signature: Signature) -> bool:
    """Whether records of this signature are JSON objects."""
    return bool(signature[0]) or signature[1] == ()


def outline(record: Checked) -> Outline:
    """The outline of a record."""
    return record.once(_outline)


def _outline(record: Checked) -> Outline:
    value = record.value
    counts = [0, 0]
    form = _of_object(value, counts, 0) if type(value) is dict else type(value)
    return Outline(counts[0], bool(counts[1]), form)


def _of_object(value: dict[str, Any], counts: list[int], depth: int) -> Any:
    signature = (tuple(value), tuple(map(type, value.values())))
    known = _KNOWN.get(signature) or _learn(signature)
    counts[0] += known.keys
    counts[1] += known.numbers
    if not known.nested:
        if not known.marked:
            return known.number
        return known.number, _marks(value)
    if depth >= DEEPEST:
        _count_on(value, counts)
        return known.number, _marks(value)
    inner = [
        _of_object(each, counts, depth + 1) if type(each) is dict else _of_list(each, counts, depth + 1)
        for each in value.values()
        if type(each) in NESTED
    ]
    return known.number, _marks(value) if known.marked else None, tuple(inner)


def _of_list(value: list[Any], counts: list[int], depth: int) -> Any:
    if depth >= DEEPEST:
        _count_on(value, counts)
        return list
    found: set[Any] = set()
    for each in value:
        kind = type(each)
        if kind is dict:
            known = _KNOWN.get((tuple(each), tuple(map(type, each.values()))))
            if known is None or known.nested:
                found.add(_of_object(each, counts, depth + 1))
            else:  # most turns, without another call
                counts[0] += known.keys
                counts[1] += known.numbers
                found.add((known.number, _marks(each)) if known.marked else known.number)
        elif kind is list:
            found.add(_of_list(each, counts, depth + 1))
        else:
            found.add(kind)
            if kind not in _NO_NUMBERS:
                counts[1] += 1
    return frozenset(found)


def _count_on(value: object, counts: list[int]) -> None:
    """Count keys and numbers below what a form tells of."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            counts[0] += len(each) if each is not value else 0
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
        elif type(each) not in _NO_NUMBERS:
            counts[1] += 1


def _marks(value: dict[str, Any]) -> Any:
    role, kind = value.get("role"), value.get("type")
    return role if type(role) is str else None, kind if type(kind) is str else None


def _learn(signature: Signature) -> _Known:
    if len(_KNOWN) > _MOST:
        _KNOWN.clear()
    keys, types = signature
    numbers = not _NO_NUMBERS.issuperset(types)
    marked = "role" in keys or "type" in keys
    known = _Known(next(_NUMBERS), len(keys), numbers, not NESTED.isdisjoint(types), marked)
    _KNOWN[signature] = known
    return known


_KNOWN: Final[dict[Signature, _Known]] = {}
"""By signature, in this process."""
_NUMBERS: Final = count()


def leaves(value: object) -> Iterator[tuple[Steps, object]]:
    """What is neither a list nor an object, with its path, in order."""
    waiting: list[tuple[Steps, object]] = [((), value)]
    while waiting:
        steps, value = waiting.pop()
        if type(value) is dict:
            waiting += [((*steps, key), inner) for key, inner in reversed(value.items())]
        elif type(value) is list:
            waiting += [((*steps, number), inner) for number, inner in reversed([*enumerate(value)])]
        else:
            yield steps, value


def objects(value: object) -> Iterator[tuple[Steps, dict[str, object]]]:
    """All objects with their paths, the outer ones first."""
    waiting: list[tuple[Steps, object]] = [((), value)]
    while waiting:
        steps, value = waiting.pop()
        if isinstance(value, dict):
            yield steps, value
            waiting += [((*steps, key), inner) for key, inner in reversed(value.items()) if type(inner) is not str]
        elif isinstance(value, list):
            waiting += [((*steps, number), inner) for number, inner in reversed([*enumerate(value)])]
