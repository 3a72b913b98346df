"""Fields of records by path (``label``, ``meta.lang``, ``messages[0].role``), and what stands in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

import orjson

from dsvc.errors import UsageError
from dsvc.record import BOM, Number, parse
from dsvc.render.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.record import Json

Steps: TypeAlias = "tuple[str | int, ...]"

_STEP: Final = re.compile(r"\.?([^.\[\]\"]+)|\[(-?\d+)\]|\.?\[?\"([^\"]*)\"\]?")


class Missing:
    """What a record has in a field that it does not have."""

    def __repr__(self) -> str:
        return "(missing)"


MISSING: Final = Missing()


def steps_of(path: str) -> Steps:
    """A path as keys and list positions. Raises UsageError when it is none."""
    steps: list[str | int] = []
    at = 0
    text = path.strip().removeprefix("$").removeprefix(".")
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            raise UsageError(
                f"'{path}' is not the path of a field", hint="write it like label, meta.lang, messages[0].role"
            )
        key, number, quoted = match.groups()
        steps.append(int(number) if number is not None else key if key is not None else quoted)
        at = match.end()
    if not steps:
        raise UsageError("a field needs a name", hint="write it like label, meta.lang, messages[0].role")
    return tuple(steps)


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


def text_of(value: object) -> str:
    """A field's value as text: strings as they read, anything else as JSON; not yet safe to show."""
    if value is MISSING:
        return ""
    if isinstance(value, str) and not isinstance(value, Number):
        return value
    return json_text(value)


def field_names(values: Sequence[Json | object]) -> list[str]:
    """The top-level fields of some records, in the order in which they first appear."""
    names: dict[str, None] = {}
    for value in values:
        if isinstance(value, dict):
            names.update(dict.fromkeys(value))
    return list(names)
