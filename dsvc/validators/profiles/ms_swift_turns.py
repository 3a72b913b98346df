"""How ms-swift encodes messages: what is joined, which order it takes, calls, tools, files.

Source: modelscope/ms-swift v4.6.0, swift/template/base.py (``_swift_prepare_inputs``, ``_preprocess_tool_call``,
``_preprocess_standalone_tools``, ``_add_default_tags``, ``_swift_encode``), swift/agent_template/base.py
(``_parse_tool_call``, ``wrap_tool``).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import msgspec

from dsvc.validators.profiles.reading import MEDIA, NOT_JSON, parsed, shown, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.profiles.treatment import Told


class Turn(msgspec.Struct, frozen=True):
    """A message with one of the roles that ms-swift makes: system, user, assistant, tool_call, tool."""

    role: str
    content: object
    steps: Steps


def encode(turns: Sequence[Turn], value: Mapping[str, Any]) -> Iterator[Told]:
    """What happens to the turns of a row that was taken."""
    yield from _tools(value.get("tools"))
    for turn in turns:
        if turn.role == "tool_call":
            yield from _call(turn)
    yield from _order(turns[1:] if turns[0].role == "system" else turns)
    yield from _media(turns, value)


def _loaded(text: object) -> Any:
    """JSON, or what Python writes; None for other texts."""
    if not isinstance(text, str):
        return text
    found = parsed(text)
    if found is not NOT_JSON:
        return found
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


def _tools(tools: object) -> Iterator[Told]:
    if tools is None:
        return
    found = parsed(tools) if isinstance(tools, str) else tools
    if found is NOT_JSON:
        found = tools
    for tool in found if isinstance(found, list) else [found]:
        if not isinstance(_loaded(tool), dict):
            yield told("tools-json", f"a tool is {shown(tool)}, no object", ("tools",), "write a JSON text of a list")
            return


def _call(turn: Turn) -> Iterator[Told]:
    call = _loaded(turn.content)
    if not isinstance(call, dict) or "name" not in call:
        problem = f"no JSON with a name: {shown(turn.content)}"
    elif _loaded(call.get("arguments", call.get("parameters"))) is None:
        problem = "has no arguments"
    else:
        return
    yield told("tool-call-json", f"a call {problem}", turn.steps, 'write {"name": …, "arguments": {…}} as JSON')


def _order(turns: Sequence[Turn]) -> Iterator[Told]:
    """Calls are answers; what follows of the same side is joined; then question and answer take turns."""
    before = None
    for turn in turns:
        side = "assistant" if turn.role == "tool_call" else turn.role
        if side == "system":
            yield told("turn-order", "a system message stands behind others", turn.steps, "put it first")
            return
        if side == "user" and before == "tool":
            yield told("turn-order", "a question follows the result of a call", turn.steps, "add the answer")
            return
        if side == "tool" and before is None:
            yield told("turn-order", "the result of a call is the first", turn.steps, "add the question and the call")
            return
        if side == before == "user":
            yield told("joined-questions", "two questions in a row become one text", turn.steps, "add the answer")
        before = "user" if side == "tool" and before == "user" else side  # a result behind a question is put into it
    if before == "user" or before == "tool":
        yield told("no-answer", "the last message is no answer", turns[-1].steps, "add the answer")


def _media(turns: Sequence[Turn], value: Mapping[str, Any]) -> Iterator[Told]:
    for field in MEDIA:
        found = value.get(field, value.get(field[:-1]))
        if not found or any(not isinstance(turn.content, str) for turn in turns):
            continue
        count = len(found) if isinstance(found, list) else 1
        mark = f"<{field[:-1]}>"
        marks = sum(turn.content.count(mark) for turn in turns if isinstance(turn.content, str))
        if marks != count:
            what = (
                "are put in front of the first message" if marks < count else f"are fewer than {mark}, which stays text"
            )
            yield told(
                "media-placement",
                f"{count:,} {field} for {marks:,} {mark}: they {what}",
                (field if field in value else field[:-1],),
                f"write {mark} once for each of them",
            )
