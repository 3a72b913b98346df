"""Values of records as trainers meet them: tolerant of everything that JSON can hold."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from dsvc.render.json_text import json_text
from dsvc.validators.rule import Found

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.textdiff.fields import Steps

_SHOWN: Final = 60
NOT_JSON: Final = object()
"""What :func:`parsed` gives for a text that is no JSON."""

REASONING: Final = ("reasoning_content", "thinking", "reasoning")
V1: Final = ("llamafactory-v1", "preference-v1")
"""Shapes whose parts have their text in ``value``, where no one but LLaMA-Factory looks for it."""
MEDIA: Final = ("images", "videos", "audios")


def is_text(value: object) -> bool:
    """Whether a value is a text; a number that is kept as it was written is none."""
    return type(value) is str


def shown(value: object) -> str:
    """A value for a message: JSON, cut when it is long."""
    text = json_text(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def kind(value: object) -> str:
    """What a value is, in words: 'a text', 'null' …"""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if is_text(value):
        return "a text"
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    return "a number"


def parsed(text: str) -> Any:
    """The value of JSON text as Python's ``json`` reads it, which is what trainers use; NOT_JSON when it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return NOT_JSON


def entries(value: object) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a list with their numbers; nothing when it is no list."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            if isinstance(item, dict):
                yield number, item


def calls(message: Mapping[str, Any]) -> list[Any]:
    """The calls of a message; none when they are no list."""
    found = message.get("tool_calls")
    return found if isinstance(found, list) else []


def functions(message: Mapping[str, Any], steps: Steps) -> Iterator[tuple[Steps, dict[str, Any]]]:
    """The functions that a message calls, with their paths."""
    for number, call in enumerate(calls(message)):
        if isinstance(call, dict) and isinstance(call.get("function"), dict):
            yield (*steps, "tool_calls", number, "function"), call["function"]


def reasoning_of(message: Mapping[str, Any]) -> str | None:
    """The key in which a message has reasoning, if it has any."""
    return next((key for key in REASONING if message.get(key)), None)


def trains_not(message: Mapping[str, Any]) -> str | None:
    """The key of a message that says it must not be trained, if there is one."""
    for key in ("weight", "loss_weight"):
        if message.get(key) == 0 and message.get(key) is not None and not is_text(message.get(key)):
            return key
    return next((key for key in ("loss", "train") if message.get(key) is False), None)


def told(name: str, message: str, steps: Steps = (), fix: str = "") -> tuple[str, Found]:
    """What a judge tells."""
    return name, Found(message, steps, fix)
