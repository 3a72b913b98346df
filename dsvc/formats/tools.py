"""Tools and calls of them, which every trainer wants written otherwise.

A tool is kept as its function (name, description, parameters). OpenAI, Hugging Face and TRL want
``{"type": "function", "function": …}`` in a list; LLaMA-Factory and ms-swift a JSON text. Arguments are a JSON text for
OpenAI, an object for Hugging Face and TRL.
"""

from __future__ import annotations

from operator import is_not
from typing import TYPE_CHECKING, Final

from dsvc.formats.canonical import Call
from dsvc.formats.definition import extra_of
from dsvc.formats.json_text import inner_object, inner_value, text_of
from dsvc.formats.misfit import Misfit, expected
from dsvc.formats.report import with_others

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.formats.report import Told
    from dsvc.record import Json

_WRAPPED: Final = frozenset(("type", "function"))
_CALL_KEYS: Final = frozenset(("name", "arguments", "id"))
USUAL_TEXT: Final = "JSON in a text is spaced in the usual way"


def value_in_text(text: str, field: str, told: Told, called: str, *, recurs: bool = False) -> Json:
    """The value of JSON text; another spacing than ours is told as that of ``called``. ``recurs``: see :func:`text_of`.

    Raises Misfit when it is not JSON.
    """
    try:
        found = inner_value(text, recurs=recurs)
    except ValueError as error:
        raise Misfit(field, f"is not JSON: {error}", "write it with json.dumps") from None
    if not found.usual:
        told.rewritten(called, USUAL_TEXT)
    return found.value


def read_tools(found: Json, told: Told, *, as_text: bool, wrapped: bool) -> list[Json] | None:
    """Tools as functions; ``as_text`` and ``wrapped`` say how the shape writes them (what differs is told)."""
    if found is None:
        return None
    if type(found) is str:
        if not as_text:
            told.rewritten("tools", "was a JSON text")
        if not found.strip():
            told.rewritten("tools", "an empty text becomes no tools")
            return None
        found = value_in_text(found, "tools", told, "tools", recurs=True)
        if type(found) is list and any(map(_has_type_behind, found)):
            told.rewritten("tools", "the type of a tool comes first")
    elif as_text:
        told.rewritten("tools", "was a list, not a JSON text")
    if type(found) is not list:
        expected("a list of tools", found, "tools")
    made = [_unwrapped(tool, number) for number, tool in enumerate(found)]
    if not wrapped:
        if any(map(is_not, made, found)):
            told.rewritten("tools", "a function leaves the object with its type")
        return made
    if not as_text:
        _require_functions(found)
    if any(isinstance(tool, dict) and _WRAPPED.isdisjoint(tool) for tool in found):
        told.rewritten("tools", "a function gets an object with its type around it")
    return made


def _require_functions(tools: list[Json]) -> None:
    """Raise Misfit for a tool that says its type, and is no function: who wants a list of tools refuses it."""
    for number, tool in enumerate(tools):
        if isinstance(tool, dict) and not _WRAPPED.isdisjoint(tool):
            if tool.get("type") != "function":
                raise Misfit(f"tools[{number}].type", "is not 'function'")
            if type(tool.get("function")) is not dict:
                expected("an object", tool.get("function"), f"tools[{number}].function")


def _is_wrapped(tool: Json) -> bool:
    return (
        type(tool) is dict
        and tool.keys() == _WRAPPED
        and tool["type"] == "function"
        and type(tool["function"]) is dict
        and _WRAPPED.isdisjoint(tool["function"])
    )


def _has_type_behind(tool: Json) -> bool:
    return isinstance(tool, dict) and _is_wrapped(tool) and next(iter(tool)) != "type"


def _unwrapped(tool: Json, number: int) -> Json:
    if type(tool) is not dict:
        expected("an object", tool, f"tools[{number}]")
    return tool["function"] if _is_wrapped(tool) else tool


def write_tools(tools: list[Json], *, as_text: bool, wrapped: bool) -> Json:
    """Tools as a shape writes them; what is no function stays as it is."""
    if wrapped:
        tools = [
            {"type": "function", "function": tool} if isinstance(tool, dict) and _WRAPPED.isdisjoint(tool) else tool
            for tool in tools
        ]
    return text_of(tools, recurs=True) if as_text else tools


def with_usual_tools(record: dict[str, Json], told: Told, *, as_text: bool) -> dict[str, Json]:
    """The record with its tools as a JSON text, or as a list; the very same one when they are that already."""
    found = record.get("tools")
    if found is None or found == "":
        return record
    is_blank = isinstance(found, str) and found.isspace()
    if isinstance(found, str) is as_text and not is_blank:
        return record
    tools = read_tools(found, told, as_text=as_text, wrapped=not as_text)
    if tools is None:
        return {key: value for key, value in record.items() if key != "tools"}
    return {**record, "tools": write_tools(tools, as_text=as_text, wrapped=not as_text)}


def read_call_text(text: str, field: str, told: Told) -> list[Call]:
    """The calls in a ``function_call`` value: JSON text of one object with name and arguments, or of a list of them."""
    value = value_in_text(text, field, told, "calls")
    if type(value) is list:
        if len(value) == 1:
            told.rewritten("calls", "a list of one call becomes the call")
        if not value:
            raise Misfit(field, "holds no call")
    return [_call(one, field, told) for one in (value if type(value) is list else [value])]


def _call(value: Json, field: str, told: Told) -> Call:
    if type(value) is not dict:
        expected("an object with name and arguments", value, field)
    name, arguments = value.get("name"), value.get("arguments")
    if type(name) is not str or "arguments" not in value:
        raise Misfit(field, "a call needs 'name' and 'arguments'")
    if [*value][:2] != ["name", "arguments"]:
        told.rewritten("calls", "name and arguments come first")
    if type(arguments) is str and (inner := inner_object(arguments)) is not None:
        told.rewritten("calls", "arguments were JSON text inside of JSON text")
        arguments = inner.value
    extra = extra_of(value, _CALL_KEYS)
    call_id = value.get("id")
    if call_id is None and "id" in value:
        told.rewritten("calls", "an id that is null becomes absent")
    if call_id is not None and type(call_id) is not str:
        expected("a text", call_id, f"{field}.id")
    return Call(name, arguments, call_id, extra)


def write_call_text(calls: Sequence[Call], told: Told) -> str:
    """Calls as ``function_call`` and ``tool_call`` values want them: without their ids."""
    made: list[Json] = []
    for call in calls:
        own: dict[str, Json] = {"name": call.name, "arguments": call.arguments}
        made.append(with_others(own, call.extra, told, "calls", _CALL_KEYS) if call.extra else own)
    return text_of(made[0] if len(made) == 1 else made)
