"""What is inside a record, found out in one pass for several rules: how many keys, and whether there are numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked
    from dsvc.validators.rule import Signature

NESTED: Final = frozenset((dict, list))


class Outline(msgspec.Struct, frozen=True, gc=False):
    """``keys``: of all objects together; ``numbers``: whether there is a number anywhere."""

    keys: int
    numbers: bool


def is_object(signature: Signature) -> bool:
    """Whether records of this signature are JSON objects."""
    return bool(signature[0]) or signature[1] == ()


def outline(record: Checked) -> Outline:
    """The outline of a record."""
    return record.once(_outline)


def _outline(record: Checked) -> Outline:
    keys, numbers = 0, False
    waiting = [record.value]
    while waiting:
        value = waiting.pop()
        if type(value) is dict:
            keys += len(value)
            inner = value.values()
        elif type(value) is list:
            inner = value  # type: ignore[assignment]
        else:
            break
        for each in inner:
            kind = type(each)
            if kind is str:  # most of them
                continue
            if kind is dict or kind is list:
                waiting.append(each)
            elif kind is not bool and each is not None:
                numbers = True
    return Outline(keys, numbers)


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
