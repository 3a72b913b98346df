"""What LLaMA-Factory does to a row that it took: placeholders, tools, calls and texts on their way to tokens.

Source: hiyouga/LLaMA-Factory v0.9.5, src/llamafactory/data/template.py (``Template._encode``), formatter.py
(``StringFormatter``, ``FunctionFormatter``, ``ToolFormatter``), mm_plugin.py (``_validate_messages``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.validators.profiles.reading import MEDIA, NOT_JSON, is_text, kind, parsed, shown, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.profiles.llamafactory_reading import Reading
    from dsvc.validators.profiles.treatment import Told

_THOUGHT: Final = re.compile(r"<think>.*?</think>", re.DOTALL)
_CALL: Final = re.compile(r"<tool_call>(.*?)</tool_call>", re.DOTALL)


class Turn(msgspec.Struct, frozen=True):
    """A message as the converter hands it on."""

    role: str
    content: object
    steps: Steps


def encode(
    read: Reading, value: Mapping[str, Any], turns: Sequence[Turn], system: object, system_steps: Steps
) -> Iterator[Told]:
    """What happens to a conversation of a row."""
    yield from _media(value, turns)
    if system and not is_text(system):
        yield no_text(system, system_steps)
    if turns[0].role in ("user", "observation"):
        yield from _tools(read, read.column(value, "tools"))
    for turn in turns:
        if turn.role == "function":
            yield from _function(turn)
        elif not is_text(turn.content):
            yield no_text(turn.content, turn.steps)


def no_text(value: object, steps: Steps) -> Told:
    """What is told of a value that is no text where one is read."""
    return told("text-expected", f"{kind(value)} stands where a text is read", steps, "write a text")


def _media(value: Mapping[str, Any], turns: Sequence[Turn]) -> Iterator[Told]:
    """Only of rows that have a field of files: other ones may go to models that know no placeholders."""
    if not any(field in value for field in MEDIA):
        return
    for field in MEDIA:
        files = value.get(field)
        count = 0 if files is None else len(files) if isinstance(files, list) else 1
        mark = f"<{field.removesuffix('s')}>"
        marks = sum(turn.content.count(mark) for turn in turns if isinstance(turn.content, str))
        if count != marks:
            yield told(
                "media-count",
                f"{count:,} {field} for {marks:,} {mark} in the text",
                (field,) if field in value else (),
                f"write {mark} once for each of them",
            )


def _tools(read: Reading, tools: object) -> Iterator[Told]:
    if not tools:
        return
    if isinstance(tools, str):
        value = parsed(tools)
    elif read.formatting == "openai" and isinstance(tools, (list, dict)):
        value = tools
    else:
        yield told("tools-json", f"'tools' is {kind(tools)}, not a JSON text", ("tools",), "write it as a JSON text")
        return
    if value is NOT_JSON:
        yield told("tools-json", f"'tools' is no JSON: {shown(tools)}", ("tools",), "write it as a JSON text")
    elif isinstance(value, (list, dict)) and not value:
        return
    elif not isinstance(value, list) or not all(isinstance(tool, dict) for tool in value):
        yield told("tools-json", "'tools' is no list of objects", ("tools",), "make it a list, also of one tool")


def _function(turn: Turn) -> Iterator[Told]:
    content = turn.content
    if isinstance(content, str):
        inside = _CALL.search(content)
        content = parsed(inside[1] if inside else _THOUGHT.sub("", content, 1))
        if content is NOT_JSON:
            yield _bad_call(f"no JSON: {shown(turn.content)}", turn)
            return
    elif not isinstance(content, list):
        yield no_text(content, turn.steps)
        return
    for call in content if isinstance(content, list) else [content]:
        if not isinstance(call, dict) or "name" not in call or "arguments" not in call:
            yield _bad_call(f"a call without name and arguments: {shown(call)}", turn)
        elif isinstance(call["arguments"], str):
            yield told(
                "quoted-arguments",
                f"the arguments are a text, and are trained as a JSON text inside of JSON: {shown(call['arguments'])}",
                turn.steps,
                "make 'arguments' an object",
            )


def _bad_call(what: str, turn: Turn) -> Told:
    return told("function-call-json", what, turn.steps, "write {'name': …, 'arguments': {…}} as JSON")
