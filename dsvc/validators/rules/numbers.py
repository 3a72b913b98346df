"""Numbers that readers do not agree on."""

from __future__ import annotations

import json
import math
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final, NamedTuple

from dsvc.conditions.fields import MISSING
from dsvc.record import BOM, Number, has_minus_zero, parse
from dsvc.validators.outline import NESTED, is_object, leaves, outline
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule
from dsvc.validators.rules.syntax import fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Severity
    from dsvc.validators.rule import Signature

_EXACT: Final = 2**53
"""Up to this every whole number is a double."""
_SIGNED: Final = 2**63
_CLASSES: Final = bytes(
    ord("0") if character in b"0123456789." else ord("e") if character in b"eE" else ord(" ")
    for character in range(256)
)
_LONG: Final = b"0" * 16
_DIGITS: Final = 17
"""So many digits tell every double from the next one."""
_NUMBERS: Final = frozenset((int, float, Number))


class Doubt(NamedTuple):
    """What readers make of a number."""

    severity: Severity
    what: str
    fix: str = "write it as a text"


def _may_have_numbers(signature: Signature) -> bool:
    types = signature[1]
    return not _NUMBERS.isdisjoint(types) or not NESTED.isdisjoint(types)


def _inexact(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check, when=_may_have_numbers)


def _check(record: Checked) -> Iterator[Found]:
    if _NUMBERS.isdisjoint(record.signature[1]) and not outline(record).numbers:
        return
    if not _is_suspect(record.content):
        return
    try:
        value = parse(record.content)
    except (ValueError, RecursionError):
        return
    for steps, number in leaves(value):
        doubt = _doubt(number)
        if doubt is not None:
            text = str(number)
            shown = text if len(text) <= 40 else f"{text[:39]}…"
            yield Found(f"the number {shown} {doubt.what}", steps, doubt.fix, severity=doubt.severity)


def _is_suspect(content: bytes) -> bool:
    """Whether something in a line looks like a number with many digits, with an exponent, or -0."""
    classes = content.translate(_CLASSES)
    return _LONG in classes or b"0e" in classes or has_minus_zero(content)


def _doubt(value: object) -> Doubt | None:
    if type(value) is int:
        return _of_whole(value)
    if type(value) is Number:
        return _of_real(value)
    return None


def _of_whole(value: int) -> Doubt | None:
    if -_SIGNED <= value < _SIGNED:
        if abs(value) <= _EXACT:
            return None
        return Doubt("warning", "is beyond 2^53: readers that have doubles only (JavaScript, jq, pandas) change it")
    return Doubt("error", "does not fit into 64 bits: pyarrow and pandas stop, or make it inexact")


def _of_real(text: str) -> Doubt | None:
    if text == "-0":
        return Doubt("note", "is read as 0 by some and as -0.0 by others", "write 0")
    value = float(text)
    if math.isinf(value):
        return Doubt("error", "is too large for a double: it becomes infinite, or an error")
    digits = text.lower().partition("e")[0].lstrip("-").replace(".", "").strip("0")
    if value == 0:
        return Doubt("warning", "is too small for a double: it becomes 0") if digits else None
    if len(digits) <= _DIGITS or _is_written_out(text, value):
        return None
    return Doubt(
        "note", f"has {len(digits)} digits, of which a double keeps {_DIGITS}", "round it, or write it as a text"
    )


def _is_written_out(text: str, value: float) -> bool:
    """Whether a text is nothing but a double with all of its digits."""
    try:
        return Decimal(text) == Decimal(value)
    except (InvalidOperation, OverflowError):
        return False


def _constants(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_constants, when=_is_missing)


def _is_missing(signature: Signature) -> bool:
    return not is_object(signature) and signature[1] == (type(MISSING),)


def _check_constants(record: Checked) -> Iterator[Found]:
    if fault(record) != "constant":
        return
    text = record.content.removeprefix(BOM).decode()
    for steps, value in leaves(json.loads(text, parse_constant=_Constant, parse_int=str, parse_float=str)):
        if isinstance(value, _Constant):
            yield Found(f"'{value}' is no JSON value", steps, "use null instead")


class _Constant(str):
    """NaN, Infinity or -Infinity."""

    __slots__ = ()


RULES: Final = (
    Rule(
        id="not-a-number",
        topic="structure",
        severity="error",
        title="NaN or Infinity, which JSON does not have",
        why="Python writes and reads them; pyarrow, JavaScript and databases stop. A commit refuses them.",
        example=Example(
            bad=('{"score": NaN}', '{"a": [1, -Infinity]}'), good=('{"score": null}', '{"score": "NaN"}', '{"a": 1e15}')
        ),
        make=_constants,
        sources=("RFC 8259, section 6",),
    ),
    Rule(
        id="inexact-number",
        topic="structure",
        severity="warning",
        title="a number that readers do not agree on",
        why="Ids of 18 digits, as databases make them, come out of pandas and JavaScript with other last digits.",
        example=Example(
            bad=(
                '{"id": 1234567890123456789}',
                '{"x": [1e400]}',
                '{"x": {"y": 0.12345678901234567890123}}',
                '{"x": -0}',
                '{"x": 1e-400}',
                '{"x": 123456789012345678901234567890}',
            ),
            good=(
                '{"id": "1234567890123456789"}',
                '{"x": 0.1}',
                '{"id": 9007199254740992}',
                '{"x": [1e15, -0.0, 0.30000000000000004]}',
                '{"x": 0.1000000000000000055511151231257827021181583404541015625}',
                '{"x": -1, "when": "2026-01-05"}',
            ),
        ),
        make=_inexact,
        sources=("RFC 8259, section 6",),
    ),
)
