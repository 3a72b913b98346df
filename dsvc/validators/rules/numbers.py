"""Numbers that readers do not agree on."""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from dsvc.record import Number
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked

_LARGEST: Final = 2**53
_SUSPECT: Final = re.compile(rb"[0-9][0-9.]{15,}|[0-9][eE][+-]?[0-9]{2,}|-0(?![.0-9])")


def _numbers(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check, types=frozenset({int, float, list, dict, Number}))


def _check(record: Checked) -> Iterator[Found]:
    if _SUSPECT.search(record.content) is None:
        return
    told: dict[str, str] = {}

    def whole(text: str) -> int:
        if text == "-0":
            told[text] = "becomes 0 in most readers"
        elif len(text) < 5000 and abs(int(text)) > _LARGEST:
            told[text] = "is beyond 2^53: readers that have doubles only (JavaScript, jq, pandas) change it"
        return 0

    def real(text: str) -> float:
        value = float(text)
        if math.isinf(value):
            told[text] = "is too large for a double: it becomes infinite, or an error"
        elif Decimal(text) != 0 and value == 0:
            told[text] = "is too small for a double: it becomes 0"
        elif len(text.lstrip("-0.").replace(".", "")) > 17 and Decimal(repr(value)) != Decimal(text):
            told[text] = "has more digits than a double: they are lost"
        return 0.0

    try:
        json.loads(record.content, parse_int=whole, parse_float=real)
    except (ValueError, RecursionError, ArithmeticError):
        return
    for text, why in told.items():
        shown = text if len(text) <= 40 else f"{text[:37]}…"
        yield Found(f"the number {shown} {why}", fix="write it as a text")


RULES: Final = (
    Rule(
        id="inexact-number",
        topic="structure",
        severity="warning",
        title="a number that readers do not agree on",
        why="Ids of 18 digits, as databases make them, come out of pandas and JavaScript with other last digits.",
        example=Example(
            bad=('{"id": 1234567890123456789}', '{"x": 1e400}', '{"x": 0.12345678901234567890123}'),
            good=('{"id": "1234567890123456789"}', '{"x": 0.1}', '{"id": 9007199254740991}', '{"x": 1e15}'),
        ),
        make=_numbers,
    ),
)
