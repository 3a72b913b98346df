"""Conditions on fields: ``label=fees``, ``turns>3``, ``meta.lang!=zh``, ``output~^Sorry``, ``label``, ``!label``."""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.conditions.fields import MISSING, field, steps_of, text_of, turn_count, value_of
from dsvc.conditions.line_text import plain
from dsvc.errors import UsageError
from dsvc.regular_expression import Expression

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FORM: Final = re.compile(r"(?P<field>.*?)\s*(?P<sign>!=|>=|<=|=|~|>|<)\s*(?P<value>.*)", re.DOTALL)
_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
LENGTH: Final = "#length"
TURNS: Final = "#turns"
"""Stand for the bytes of a record, and the turns of a conversation, where a field is named."""
HINT: Final = "FIELD=VALUE · != · ~REGEX · > < >= <= · FIELD (has it) · !FIELD (has not)"


class Condition(msgspec.Struct, frozen=True, eq=False):
    """What is asked of a record, as it was written, and the test of it; equal when written the same."""

    text: str
    holds: Callable[[bytes], bool]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def condition(text: str) -> Condition:
    """The condition that a text means. Raises UsageError."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        name = text.strip()
        absent = name.startswith("!")
        get = getter(name.removeprefix("!"))
        return Condition(name, lambda line: (get(line) is MISSING) == absent)
    name, sign, wanted = match["field"], match["sign"], match["value"]
    if sign == "=" and wanted.startswith("="):
        meant = wanted.removeprefix("=").strip() or "VALUE"
        raise UsageError(f"'{text}' has two signs of equality", hint=f"one is enough: '{name}={meant}'")
    get = getter(name)
    shown = f"{name}{sign}{wanted}"
    if sign in ("=", "!="):
        return equal(name, wanted) if sign == "=" else Condition(shown, lambda line: text_of(get(line)) != wanted)
    if sign == "~":
        expression = Expression(wanted)
        return Condition(shown, lambda line: expression.is_in(text_of(get(line))))
    return Condition(shown, _ordered(get, _ORDERS[sign], _number(wanted)))


def field_of(text: str) -> str:
    """The field that a condition asks about."""
    match = _FORM.fullmatch(text.strip())
    return match["field"] if match is not None else text.strip().removeprefix("!")


def equal(name: str, wanted: str) -> Condition:
    """The condition that a field has a value; lines that cannot have it are not parsed."""
    get = getter(name)
    if name.startswith("#") or not wanted:
        return Condition(f"{name}={wanted}", lambda line: text_of(get(line)) == wanted)
    may = plain(wanted, ignore_case=False) if wanted.isprintable() and '"' not in wanted else None

    def holds(line: bytes) -> bool:
        if may is not None and b"\\" not in line and not may(line):
            return False
        return text_of(get(line)) == wanted

    return Condition(f"{name}={wanted}", holds)


def getter(name: str) -> Callable[[bytes], object]:
    """What gives a field of a record's line; also ``#turns`` and ``#length``."""
    if name == LENGTH:
        return len
    if name == TURNS:
        return lambda line: count if (count := turn_count(value_of(line))) is not None else MISSING
    steps = steps_of(name)
    return lambda line: field(value_of(line), steps)


def _ordered(
    get: Callable[[bytes], object], order: Callable[[Any, Any], bool], wanted: float
) -> Callable[[bytes], bool]:
    """Numbers by their size; texts and lists by their length."""

    def holds(line: bytes) -> bool:
        value = get(line)
        if isinstance(value, (str, list)):
            return order(len(value), wanted)
        return isinstance(value, (int, float)) and not isinstance(value, bool) and order(value, wanted)

    return holds


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            f"'{text}' is not a number", hint="> and < compare numbers, and the length of texts and lists"
        ) from None
