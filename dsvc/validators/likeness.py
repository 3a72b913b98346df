"""What a record looks like: the types of its fields to any depth, and which shapes it may have."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
import numpy as np

from dsvc.formats.detection import detect
from dsvc.formats.registry import all_shapes
from dsvc.validators.checked import Records, by_signature
from dsvc.validators.outline import DEEPEST, NESTED, is_object, outline

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from dsvc.formats.definition import Shape
    from dsvc.validators.checked import Checked

Rows: TypeAlias = "NDArray[np.int32]"
Kinds: TypeAlias = frozenset[tuple[str, str]]
"""Paths (``messages[].content``), each with what stands there; several where it differs inside of one record."""

_WORDS: Final[dict[type, str]] = {str: "a text", bool: "true or false", list: "a list", dict: "an object"}


def word(kind: type) -> str:
    """What a value of a Python type is in a column; empty for null. Numbers of all kinds are one."""
    return "" if kind is type(None) else _WORDS.get(kind, "a number")


def kinds(record: Checked) -> Kinds:
    """The types of all fields of a record."""
    found: set[tuple[str, str]] = set()
    _look(record.fields, "", found, 0)
    return frozenset(found)


def _look(value: Any, path: str, found: set[tuple[str, str]], depth: int) -> None:
    if depth > DEEPEST:
        return
    before = f"{path}." if path else ""
    pairs = value.items() if type(value) is dict else [("", each) for each in value]
    for key, each in pairs:
        place = f"{before}{key}" if type(value) is dict else f"{path}[]"
        if what := word(type(each)):
            found.add((place, what))
        if type(each) in NESTED:
            _look(each, place, found, depth + 1)


class Likeness(msgspec.Struct, frozen=True, gc=False):
    """The shapes that a record may have, the likeliest first (none: no known one), and its fields."""

    shapes: tuple[str, ...]
    fields: tuple[str, ...]


def likeness(record: Checked) -> Likeness:
    """Which shapes a record may have."""
    value = record.value
    return Likeness(detect(value).equal if isinstance(value, dict) else (), tuple(record.fields))


def forms(records: Sequence[Checked]) -> dict[Hashable, list[int]]:
    """The numbers (from 0) of the records of a block by their forms; what is no JSON object is left out."""
    return records.once(_forms) if isinstance(records, Records) else _forms(records)


def _forms(records: Sequence[Checked]) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = {}
    alike = records.alike if isinstance(records, Records) else by_signature([record.value for record in records])
    for signature, rows in alike.items():
        if not is_object(signature):
            continue
        if NESTED.isdisjoint(signature[1]):
            found[signature] = rows
        else:
            for row in rows:
                found.setdefault(outline(records[row]).form, []).append(row)
    return found


def kinds_of_all(records: Sequence[Checked]) -> list[tuple[Kinds, Rows]]:
    """Records of a block by the types of their fields."""
    return [(kinds(records[rows[0]]), np.array(rows, np.int32)) for rows in forms(records).values()]


def likenesses_of_all(records: Sequence[Checked]) -> list[tuple[Likeness, Rows]]:
    """Records of a block by the shapes that they may have."""
    return records.once(_likenesses) if isinstance(records, Records) else _likenesses(records)


def _likenesses(records: Sequence[Checked]) -> list[tuple[Likeness, Rows]]:
    found: dict[Likeness, list[int]] = {}
    for rows in forms(records).values():
        found.setdefault(likeness(records[rows[0]]), []).extend(rows)
    return [(like, np.array(sorted(rows), np.int32)) for like, rows in found.items()]


@lru_cache(maxsize=4096)
def wanted_shape(keys: tuple[str, ...]) -> Shape | None:
    """The shape that explains most of these fields, all of its required ones being among them; None: there is none."""
    fitting = [shape for shape in all_shapes() if set(shape.required) <= set(keys)]
    return max(fitting, key=lambda shape: sum(field.name in keys for field in shape.fields), default=None)
