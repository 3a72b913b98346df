"""What OpenAI wants of the tools of an example: named where they are called, and each result after its call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.misfit import Misfit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dsvc.record import Json


def require_tools(record: dict[str, Json], messages: Sequence[Json], field: str) -> None:
    """Raise Misfit for calls of tools that the record does not name, and for what OpenAI takes for no tool."""
    tools = record.get("tools")
    for number, tool in enumerate(tools if isinstance(tools, list) else ()):
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise Misfit(f"tools[{number}]", "has no function with a name", _WANTS)
    if not tools and any(_calls(message) for message in messages):
        raise Misfit("tools", "names none, and there are calls", _WANTS)
    parallel = record.get("parallel_tool_calls")
    if parallel is not None and not isinstance(parallel, bool):
        raise Misfit("parallel_tool_calls", "is not true or false")
    _require_calls(messages, field)


def _require_calls(messages: Iterable[Json], field: str) -> None:
    """Raise Misfit for the result of a call that no message before it makes."""
    called: set[str] = set()
    for number, message in enumerate(messages):
        if not isinstance(message, dict):
            continue
        if message.get("role") == "tool" and message.get("tool_call_id") not in called:
            raise Misfit(f"{field}[{number}].tool_call_id", "is of no call before it", "OpenAI refuses such results")
        called.update([str(call["id"]) for call in _calls(message) if isinstance(call, dict) and "id" in call])


def _calls(message: Json) -> list[Json]:
    found = message.get("tool_calls") if isinstance(message, dict) else None
    return found if isinstance(found, list) else []


_WANTS: Final = "OpenAI wants the tools that are called, each with its name"
