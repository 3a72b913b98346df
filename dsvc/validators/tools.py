"""The tools that a record defines, and the calls and results in its turns, whatever its shape."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import msgspec
import orjson

from dsvc.formats.json_text import inner_value
from dsvc.formats.misfit import Misfit
from dsvc.formats.report import Told
from dsvc.formats.thinking import split
from dsvc.formats.tools import read_tools
from dsvc.record import Number
from dsvc.validators.talks import calls_in, parts_of, talks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked
    from dsvc.validators.talks import Talk, Turn

UNREADABLE: Final = object()
"""In place of a value: JSON text that is none."""


class Tools(msgspec.Struct, frozen=True):
    """The parameters of each tool by its name; ``problem``: why they cannot be read."""

    parameters: Mapping[str, Any] = {}
    problem: Misfit | None = None
    defined: bool = False
    steps: Steps = ("tools",)


class Called(msgspec.Struct, frozen=True):
    """A call: where it stands, the name of the tool (None: it has none), its arguments as a value.

    ``text``: whether the arguments are JSON text; ``written``: whether the call itself is JSON text. ``arguments`` is
    UNREADABLE where that text is no JSON.
    """

    steps: Steps
    name: str | None
    arguments: Any
    id: Any = None
    text: bool = False
    written: bool = False


def value_in(text: object) -> Any:
    """A value that may be JSON text."""
    if isinstance(text, Number):
        return float(text)  # a text to Python, a number in the record
    if not isinstance(text, str):
        return text
    try:
        return orjson.loads(text)
    except ValueError:
        pass
    try:
        return inner_value(text).value  # what orjson refuses: lone surrogates, very large numbers
    except ValueError:
        return UNREADABLE


def tools_of(record: Checked) -> Tools:
    """The tools of a record."""
    return record.once(_tools_of)


def _tools_of(record: Checked) -> Tools:
    found = record.fields.get("tools")
    asked = record.fields.get("input")
    if found is None and isinstance(asked, dict):
        return _read(asked.get("tools"), ("input", "tools"))
    return _read_text(found) if type(found) is str else _read(found, ("tools",))


@lru_cache(maxsize=256)
def _read_text(text: str) -> Tools:
    """The tools in a JSON text; many records have the same."""
    return _read(text, ("tools",))


def _read(found: Any, steps: Steps) -> Tools:
    if found is None or found in ("", []):
        return Tools(steps=steps)
    value = value_in(found)
    try:
        tools = read_tools(found if value is UNREADABLE else value, Told(), as_text=False, wrapped=False)
    except Misfit as misfit:
        return Tools(problem=misfit, steps=steps)
    parameters: dict[str, Any] = {}
    for number, tool in enumerate(tools or ()):
        inner = tool.get("function", tool) if isinstance(tool, dict) else None
        name = inner.get("name") if isinstance(inner, dict) else None
        if type(name) is not str or not isinstance(inner, dict):
            return Tools(problem=Misfit(f"tools[{number}]", "has no name"), steps=steps)
        parameters[name] = inner.get("parameters")
    return Tools(parameters, None, bool(tools), steps)


def calls_of(record: Checked) -> list[tuple[Talk, list[tuple[Turn, list[Called]]]]]:
    """All turns of a record with their calls."""
    return record.once(_calls_of)


def _calls_of(record: Checked) -> list[tuple[Talk, list[tuple[Turn, list[Called]]]]]:
    return [(talk, [(turn, list(called_in(turn))) for turn in talk.turns]) for talk in talks(record)]


def called_in(turn: Turn) -> Iterator[Called]:
    """The calls in a turn."""
    for number, call in enumerate(calls_in(turn)):
        if isinstance(call, dict):
            inner = call.get("function")
            steps: Steps = (*turn.steps, "tool_calls", number)
            if isinstance(inner, dict):
                yield _called(inner, (*steps, "function"), call.get("id"))
            else:
                yield _called(call, steps, call.get("id"))
    for steps, text in _written(turn):
        value = value_in(text)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                found = _called(one, steps, one.get("id"))
                yield msgspec.structs.replace(found, written=True)
            else:
                yield Called(steps, None, UNREADABLE if one is UNREADABLE else one, written=True)


def _called(inner: Mapping[str, Any], steps: Steps, identity: object) -> Called:
    name, arguments = inner.get("name"), inner.get("arguments")
    named = name if type(name) is str else None
    return Called(steps, named, value_in(arguments), identity, type(arguments) is str)


def _written(turn: Turn) -> Iterator[tuple[Steps, str]]:
    """Calls that are JSON text: a turn of its own (perhaps behind reasoning), or parts of the content."""
    if turn.speaker == "call" and turn.text is not None:
        yield turn.at, split(turn.text, Told())[1]
    yield from parts_of(turn, "tool_call")
