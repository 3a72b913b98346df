"""The dialects of messages, each named after who reads it."""

from __future__ import annotations

from typing import Final

from dsvc.formats.chat import SPELLINGS, Dialect

OPENAI: Final = Dialect(
    roles={"system": "system", "developer": "developer", "user": "user", "assistant": "assistant", "tool": "tool"},
    calls="text",
    parts="openai",
    reasoning="reasoning_content",
    weight="weight",
    names=True,
    ids_needed=True,
    null_content=True,
)
"""OpenAI's chat messages: arguments are JSON text, each result names its call, weight is 0 or 1."""

TRL: Final = Dialect(
    roles={"system": "system", "developer": "developer", "user": "user", "assistant": "assistant", "tool": "tool"},
    calls="object",
    parts="trl",
    reasoning="reasoning_content",
    weight="weight",
    names=True,
)
"""Messages for Hugging Face's chat templates and TRL: arguments are objects, results have the name of their tool."""

DIALOGUE: Final = Dialect(roles={"system": "system", "user": "user", "assistant": "assistant"})
"""Role and text, nothing else."""

PLACEHOLDERS: Final = Dialect(
    roles={"system": "system", "user": "user", "assistant": "assistant", "tool_response": "tool"},
    aliases={"tool": "tool", "observation": "tool"},
    calls="message",
    call_role="tool_call",
    parts="placeholders",
    weight="loss",
)
"""ms-swift's standard messages: calls are messages, media are placeholders."""

SHAREGPT: Final = Dialect(
    role="from",
    content="value",
    roles={"system": "system", "human": "user", "gpt": "assistant", "observation": "tool"},
    aliases={
        "user": "user",
        "assistant": "assistant",
        "chatgpt": "assistant",
        "bing": "assistant",
        "bard": "assistant",
        "tool": "tool",
    },
    calls="message",
    call_role="function_call",
    call_lists=True,
    parts="placeholders",
)
"""ShareGPT's ``from`` and ``value``, as LLaMA-Factory reads them."""


def looks_of(value: object) -> frozenset[str]:
    """What the messages in a value (a list of them, or one) look like; empty when it holds none.

    ``role`` or ``from`` (which keys they have), ``mixed`` (not all the same), ``parts-*`` (typed parts of content),
    ``args-text``, ``args-object``, ``call-role``, ``reasoning``, ``weight``, ``loss``, ``loss_weight``.
    """
    messages = [value] if isinstance(value, dict) else value
    if not isinstance(messages, list):
        return frozenset()
    for message in messages:
        if type(message) is not dict or len(message) != 2:
            break
        if message.get("role") not in _SAYING or type(message.get("content")) is not str:
            break
    else:
        return _PLAIN if messages else frozenset({"empty"})  # most conversations
    seen: set[str] = set()
    for message in messages:
        if type(message) is not dict:
            seen.add("mixed")
        else:
            _look(message, seen)
    if ("role" in seen) is ("from" in seen):
        return frozenset()
    return frozenset(seen)


def _look(message: dict[str, object], seen: set[str]) -> None:
    if "role" in message:
        seen.add("role")
        role, content = message["role"], message.get("content")
        if type(content) is list:
            seen.update([_part_style(part) for part in content])
        if role in _OF_CALLS:
            seen.add("call-role")
        elif role == "tool" and "tool_call_id" not in message:
            seen.add("result-without-id")
    elif "from" in message:
        seen.add("from")
    else:
        seen.add("mixed")
    if len(message) <= 2 and "tool_calls" not in message:
        return
    if not _TELLING.isdisjoint(message):
        seen.update([key if key in _MASKS else "reasoning" for key in message if key in _TELLING])
    calls = message.get("tool_calls")
    if type(calls) is list:
        for call in calls:
            seen.add(_argument_style(call))


_PLAIN: Final = frozenset({"role"})
_SAYING: Final = ("user", "assistant", "system")
"""Roles that every dialect has; a tuple, because what stands there may be anything."""
_OF_CALLS: Final = ("tool_call", "tool_response")
_MASKS: Final = frozenset(("weight", "loss", "loss_weight"))
_TELLING: Final = _MASKS.union(SPELLINGS)


def _argument_style(call: object) -> str:
    inner = call.get("function") if type(call) is dict else None
    if type(inner) is not dict:
        return "mixed"
    return "args-text" if isinstance(inner.get("arguments"), str) else "args-object"


def _part_style(part: object) -> str:
    if type(part) is not dict:
        return "mixed"
    if "value" in part:
        return "parts-value"
    kind = part.get("type")
    if kind == "text":
        return "parts-text"
    return "parts-openai" if kind in ("image_url", "input_audio") else "parts-trl"
