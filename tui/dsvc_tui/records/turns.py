"""The messages of a conversation as blocks, however they are written: roles, parts, reasoning, tools, media."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from dsvc_tui.records.block import Block
from dsvc_tui.records.fields import MISSING, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc_tui.records.fields import Steps

_ROLES: Final[Mapping[str, str]] = {
    "human": "user",
    "gpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "function_call": "tool call",
    "tool_call": "tool call",
    "observation": "tool",
    "tool_response": "tool",
}
_SAID: Final = ("content", "value", "text")
_THOUGHT: Final = ("reasoning_content", "reasoning", "thinking")
_CALLS: Final = ("tool_calls", "function_call")
_KNOWN: Final = frozenset(("role", "from", *_SAID, *_THOUGHT, *_CALLS))
_OPEN: Final = "<think>"
_CLOSE: Final = "</think>"
_MEDIA: Final = ("image", "video", "audio")
_NOTE: Final = 60
"""Characters of a note."""


def says_something(value: object) -> bool:
    """Whether there is anything to show."""
    return value not in (None, "", [], {}, MISSING)


def is_turns(value: object) -> bool:
    """Whether a value is a list of messages."""
    return isinstance(value, list) and bool(value) and all(isinstance(turn, dict) for turn in value)


def turns(messages: Sequence[object], path: Steps, *, speaker: str = "") -> Iterator[Block]:
    """The messages at a path. ``speaker`` stands for the assistant: ``chosen`` for an answer that was preferred."""
    for number, message in enumerate(messages):
        yield from turn(message, (*path, number), speaker=speaker)


def turn(message: object, path: Steps, *, speaker: str = "") -> Iterator[Block]:
    """A message: reasoning, what is said, and calls of tools, in this order."""
    if not isinstance(message, dict):
        yield Block("turn", text_of(message), path)
        return
    role = text_of(message.get("role", message.get("from", "turn")))
    role = _ROLES.get(role, role)
    role = speaker if speaker and role == "assistant" else role
    note = _note(message)
    for key in (key for key in _THOUGHT if says_something(message.get(key))):
        yield Block(f"{role} reasoning", _lines(message[key]), (*path, key), aside=True)
    said = next((key for key in _SAID if key in message), None)
    has_more = any(says_something(message.get(key)) for key in (*_THOUGHT, *_CALLS))
    if said is not None and (says_something(message[said]) or not has_more):
        yield from _content(role, message[said], (*path, said), note)
    for key in (key for key in _CALLS if says_something(message.get(key))):
        yield Block(f"{role} {key.replace('_', ' ')}", calls_text(message[key]), (*path, key), aside=True, note=note)
    if said is None and not has_more:
        yield Block(role, "", path, note=note)


def _note(message: Mapping[str, object]) -> str:
    """What else a message has: a name, a weight, the id of a call."""
    return "  ".join([f"{key} {text_of(value)}"[:_NOTE] for key, value in message.items() if key not in _KNOWN])


def _content(role: str, content: object, path: Steps, note: str) -> Iterator[Block]:
    if isinstance(content, list) and content and all(isinstance(part, dict) for part in content):
        yield from _parts(role, content, path, note)
    elif role == "tool call":
        yield Block(role, calls_text(content), path, aside=True, note=note)
    else:
        yield from spoken(role, text_of(content), path, note)


def spoken(role: str, text: str, path: Steps, note: str = "") -> Iterator[Block]:
    """A text; reasoning in front of it, between ``<think>`` and ``</think>``, stands apart."""
    if text.startswith(_OPEN) and _CLOSE in text:
        thought, _, text = text.removeprefix(_OPEN).partition(_CLOSE)
        if thought.strip():
            yield Block(f"{role} reasoning", thought.strip("\n"), path, aside=True, note="<think>")
        text = text.lstrip("\n")
    yield Block(role, text, path, aside=role in ("tool", "function"), note=note)


def _parts(role: str, parts: Sequence[Mapping[str, object]], path: Steps, note: str) -> Iterator[Block]:
    """Parts of a message: texts and media that follow one another are one block."""
    shown: list[str] = []
    at = path
    for number, part in enumerate(parts):
        kind = text_of(part.get("type", ""))
        key = next((key for key in ("value", "text", kind) if key in part), None)
        here = (*path, number) if key is None else (*path, number, key)
        if kind in ("reasoning", "thinking", "tool_call"):
            if shown:
                yield Block(role, "\n".join(shown), at, aside=role == "tool", note=note)
            shown = []
            value = part[key] if key is not None else part
            text, name = (calls_text(value), "tool call") if kind == "tool_call" else (_lines(value), "reasoning")
            yield Block(f"{role} {name}", text, here, aside=True)
            continue
        if not shown:
            at = here
        elif at != path:
            at = path  # several parts: the field is all of them
        shown.append(_part(kind, part))
    if shown:
        yield Block(role, "\n".join(shown), at, aside=role == "tool", note=note)


def _part(kind: str, part: Mapping[str, object]) -> str:
    medium = next((medium for medium in _MEDIA if medium in kind), None)
    if medium is None:
        text = part.get("text", part.get("value", MISSING))
        return text_of(part if text is MISSING else text)
    found = next((part[key] for key in (kind, medium, "url", "path", "value") if says_something(part.get(key))), None)
    if isinstance(found, dict) and isinstance(found.get("url"), str):
        found = found["url"]
    return f"[{medium} {text_of(found)}]" if found is not None else f"[{medium}]"


def _lines(value: object) -> str:
    """A text, or a list of them as lines."""
    return "\n".join(map(text_of, value)) if isinstance(value, list) else text_of(value)


def calls_text(value: object) -> str:
    """Calls of tools, a line for each: its name and its arguments. What is no call stays as it is written."""
    found = _parsed(value)
    calls = found if isinstance(found, list) else [found]
    lines = []
    for call in calls:
        inner = call.get("function", call) if isinstance(call, dict) else None
        if not isinstance(inner, dict) or not isinstance(inner.get("name"), str):
            return text_of(value)
        lines.append(f"{inner['name']} {text_of(inner.get('arguments', ''))}".rstrip())
    return "\n".join(lines)


def _parsed(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except ValueError:
        return value
