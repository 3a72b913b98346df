"""Fields of records by path (``label``, ``meta.lang``, ``messages[0].role``), and what stands in them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import orjson

from dsvc.record import BOM, Number, parse
from dsvc.render.json_text import json_text
from dsvc.textdiff.fields import Steps as Steps
from dsvc.textdiff.paths import steps_of as steps_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.record import Json


_JSON_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_ZEROS: Final = 20
"""Numbers with so many zeros are written out."""
CONVERSATIONS: Final = ("messages", "conversations", "conversation", "dialog", "dialogue")
"""Fields that hold the turns of a conversation as a list."""


class Missing:
    """What a record has in a field that it does not have."""

    def __repr__(self) -> str:
        return "(missing)"


MISSING: Final = Missing()


def value_of(content: bytes) -> object:
    """A record's value, fast; MISSING when it is not JSON."""
    try:
        return orjson.loads(content.removeprefix(BOM))
    except ValueError:
        pass
    try:
        return parse(content)  # what orjson refuses: lone surrogates, very large numbers
    except (ValueError, RecursionError):
        return MISSING


def field(value: object, steps: Sequence[str | int]) -> object:
    """What stands at a path; MISSING where there is nothing."""
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step, MISSING)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return MISSING
    return value


def has_place(value: object, steps: Sequence[str | int]) -> bool:
    """Whether a path leads to a field that is there, or that can be made without another value going."""
    for number in range(1, len(steps)):
        inner = field(value, steps[:number])
        if inner is MISSING or inner is None:
            return all(isinstance(step, str) for step in steps[number:])
        if not isinstance(inner, dict if isinstance(steps[number], str) else list):
            return False
    return True


def text_of(value: object) -> str:
    """A field's value as text: strings as they read, anything else as JSON; not yet safe to show."""
    if value is MISSING:
        return ""
    if isinstance(value, str) and not isinstance(value, Number):
        return value
    return json_text(value)


def label_of(value: object) -> str:
    """A field's value as a label: as it reads, and numbers that are equal (``1``, ``1.0``, ``1e0``) in one way."""
    is_number = isinstance(value, (int, float, Number)) and not isinstance(value, bool)
    return number_text(str(value)) if is_number else text_of(value)


def number_text(text: str) -> str:
    """A JSON number in the one way that all equal ones are written (``1.50``: ``1.5``); other text as it is."""
    if not _JSON_NUMBER.fullmatch(text):
        return text
    try:
        sign, digits, exponent = Decimal(text).as_tuple()
    except ArithmeticError:  # an exponent beyond all use
        return text
    written = "".join(map(str, digits)).lstrip("0")
    short = written.rstrip("0")
    power = int(exponent) + len(written) - len(short)
    if not short:
        return "0"
    if 0 <= power <= _ZEROS:
        short += "0" * power
    elif -_ZEROS <= power < 0:
        padded = short.rjust(1 - power, "0")
        short = f"{padded[:power]}.{padded[power:]}"
    else:
        short += f"e{power}"
    return f"-{short}" if sign else short


def field_names(values: Sequence[Json | object]) -> list[str]:
    """The top-level fields of some records, in the order in which they first appear."""
    names: dict[str, None] = {}
    for value in values:
        if isinstance(value, dict):
            names.update(dict.fromkeys(value))
    return list(names)


def turn_count(value: object) -> int | None:
    """How many turns a conversation has; None for a record that is none."""
    if isinstance(value, dict):
        for key in CONVERSATIONS:
            if isinstance(value.get(key), list):
                return len(value[key])
    return None
