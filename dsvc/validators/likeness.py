"""What a record looks like: the types of its fields to any depth, and which shapes it may have."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
import numpy as np

from dsvc.conditions.fields import MISSING
from dsvc.formats.detection import detect
from dsvc.formats.registry import all_shapes
from dsvc.validators.outline import NESTED, is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import NDArray

    from dsvc.formats.definition import Shape
    from dsvc.validators.checked import Checked
    from dsvc.validators.rule import Signature

Rows: TypeAlias = "NDArray[np.int32]"
Kinds: TypeAlias = frozenset[tuple[str, str]]
"""Paths (``messages[].content``), each with what stands there; several where it differs inside of one record."""

_WORDS: Final[dict[type, str]] = {str: "a text", bool: "true or false", list: "a list", dict: "an object"}
_DEEPEST: Final = 12


def word(kind: type) -> str:
    """What a value of a Python type is in a column; empty for null. Numbers of all kinds are one."""
    return "" if kind is type(None) else _WORDS.get(kind, "a number")


def kinds(record: Checked) -> Kinds:
    """The types of all fields of a record."""
    signature = record.signature
    if NESTED.isdisjoint(signature[1]):
        return _flat("", signature)
    return record.once(_kinds)


def _kinds(record: Checked) -> Kinds:
    found: set[tuple[str, str]] = set()
    _look(record.fields, "", found, 0)
    return frozenset(found)


@lru_cache(maxsize=4096)
def _flat(before: str, signature: Signature) -> Kinds:
    keys, types = signature
    pairs = zip(keys, types, strict=True) if keys else ()
    return frozenset((f"{before}{key}", word(kind)) for key, kind in pairs if word(kind))


def _look(value: dict[str, Any], before: str, found: set[tuple[str, str]], depth: int) -> None:
    signature = (tuple(value), tuple(map(type, value.values())))
    found |= _flat(before, signature)
    if depth < _DEEPEST and not NESTED.isdisjoint(signature[1]):
        for key, inner in value.items():
            if type(inner) is dict:
                _look(inner, f"{before}{key}.", found, depth + 1)
            elif type(inner) is list:
                _look_at_items(inner, f"{before}{key}[]", found, depth + 1)


def _look_at_items(items: list[Any], path: str, found: set[tuple[str, str]], depth: int) -> None:
    seen: set[Hashable] = set()
    for item in items:
        kind = type(item)
        if kind is dict:
            signature = (tuple(item), tuple(map(type, item.values())))
            if signature in seen:
                if NESTED.isdisjoint(signature[1]):
                    continue
            else:
                seen.add(signature)
                found.add((path, "an object"))
            _look(item, f"{path}.", found, depth)
        else:
            if kind not in seen and (what := word(kind)):
                seen.add(kind)
                found.add((path, what))
            if kind is list and depth < _DEEPEST:
                _look_at_items(item, f"{path}[]", found, depth + 1)


class Likeness(msgspec.Struct, frozen=True, gc=False):
    """The shapes that a record may have, the likeliest first (none: no known one), and its fields."""

    shapes: tuple[str, ...]
    fields: tuple[str, ...]


def likeness(record: Checked) -> Likeness:
    """Which shapes a record may have."""
    value = record.value
    return Likeness(detect(value).equal if isinstance(value, dict) else (), tuple(record.fields))


def grouped(records: Sequence[Checked], key: Callable[[Checked], Any]) -> list[tuple[Any, Rows]]:
    """What is found of records, each with the numbers of the records of which that is found; no JSON: left out."""
    groups: dict[Any, list[int]] = {}
    for number, record in enumerate(records):
        if record.value is not MISSING and is_object(record.signature):
            groups.setdefault(key(record), []).append(number)
    return [(found, np.array(rows, np.int32)) for found, rows in groups.items()]


def kinds_of_all(records: Sequence[Checked]) -> list[tuple[Kinds, Rows]]:
    """Records of a block by the types of their fields."""
    return grouped(records, kinds)


def likenesses_of_all(records: Sequence[Checked]) -> list[tuple[Likeness, Rows]]:
    """Records of a block by the shapes that they may have. Alike in their types they are looked at once, but for
    calls of tools and typed parts, whose names tell as well."""
    known: dict[Hashable, Likeness] = {}

    def key(record: Checked) -> Likeness:
        content = record.content
        if b'"type"' in content or b'"tool' in content or b"\\u" in content:
            return likeness(record)
        alike = (record.signature, kinds(record))
        found = known.get(alike)
        if found is None:
            found = known[alike] = likeness(record)
        return found

    return grouped(records, key)


@lru_cache(maxsize=4096)
def wanted_shape(keys: tuple[str, ...]) -> Shape | None:
    """The shape that explains most of these fields, all of its required ones being among them; None: there is none."""
    fitting = [shape for shape in all_shapes() if set(shape.required) <= set(keys)]
    return max(fitting, key=lambda shape: sum(field.name in keys for field in shape.fields), default=None)
