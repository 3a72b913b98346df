"""Tools, their calls, and their results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import orjson

from dsvc.validators.conversation import IN_TURNS, calls_of
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked
    from dsvc.validators.conversation import Turn

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
_WRONG: Final = object()


def _read(value: object) -> object:
    """A value that may be written as JSON text; ``_WRONG`` for a text that is none."""
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except ValueError:
        return _WRONG


def _tools_of(record: Checked) -> dict[str, Mapping[str, object]] | None:
    """The tools that a record defines: name to parameters. None: it defines none, or none that can be read."""
    tools = _read(record.fields.get("tools"))
    if not isinstance(tools, list) or not tools:
        return None
    found: dict[str, Mapping[str, object]] = {}
    for tool in tools:
        inner = tool.get("function", tool) if isinstance(tool, dict) else None
        name = inner.get("name") if isinstance(inner, dict) else None
        if not isinstance(name, str):
            return None
        parameters = inner.get("parameters") if isinstance(inner, dict) else None
        found[name] = parameters if isinstance(parameters, dict) else {}
    return found


def _tools(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_tools, keys=frozenset({"tools"}))


def _check_tools(record: Checked) -> Iterator[Found]:
    written = record.fields.get("tools")
    if written is None or written in ("", []):
        return
    value = _read(written)
    if value is _WRONG:
        yield Found("'tools' is a text that is no JSON", ("tools",), "write the list of tools as JSON")
    elif value == []:
        return
    elif not isinstance(value, list):
        yield Found("'tools' is no list", ("tools",), "write a list, also of one tool")
    elif _tools_of(record) is None:
        yield Found("a tool has no name", ("tools",), 'each is {"name": …, "parameters": …}, or that under "function"')


def _calls_in(turn: Turn) -> Iterator[tuple[Steps, str | None, object]]:
    """The calls in a turn: where, the name, the arguments (``_WRONG``: they cannot be read)."""
    for steps, call in calls_of(turn):
        inner = call.get("function")
        called: dict[str, object] = inner if isinstance(inner, dict) else call
        name = called.get("name")
        yield (*steps, "function"), name if isinstance(name, str) else None, _read(called.get("arguments"))
    for steps, text in _written_calls(turn):
        value = _read(text)
        for each in value if isinstance(value, list) else [value]:
            name = each.get("name") if isinstance(each, dict) else None
            arguments = _read(each.get("arguments")) if isinstance(each, dict) else _WRONG
            yield steps, name if isinstance(name, str) else None, arguments


def _written_calls(turn: Turn) -> Iterator[tuple[Steps, str]]:
    """Calls that are JSON text: a turn of its own, or parts of the content."""
    if turn.role == "call" and turn.text is not None:
        yield turn.content_steps, turn.text
    parts = turn.value.get("content")
    for number, part in enumerate(parts if isinstance(parts, list) else ()):
        if isinstance(part, dict) and part.get("type") == "tool_call" and isinstance(part.get("value"), str):
            yield (*turn.content_steps, number, "value"), part["value"]


def _arguments(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_arguments, keys=IN_TURNS)


def _check_arguments(record: Checked) -> Iterator[Found]:
    tools = _tools_of(record)
    for _, turns in record.conversations:
        for turn in turns:
            for steps, name, arguments in _calls_in(turn):
                if name is None:
                    yield Found("a call without the name of a tool", steps, 'write {"name": …, "arguments": {…}}')
                elif arguments is _WRONG or not isinstance(arguments, (dict, type(None))):
                    yield Found(f"the arguments of '{name}' are no JSON object", steps, "write them as an object")
                elif tools is not None and name in tools:
                    for told in _against(tools[name], arguments or {}):
                        yield Found(f"the call of '{name}': {told}", steps, "mend the call, or the tool's parameters")


def _against(parameters: Mapping[str, object], arguments: Mapping[str, object]) -> Iterator[str]:
    """What of the arguments is not as the tool's parameters (a JSON Schema) say."""
    required, known = parameters.get("required"), parameters.get("properties")
    for name in required if isinstance(required, list) else ():
        if isinstance(name, str) and name not in arguments:
            yield f"'{name}' is missing, and required"
    for name, value in arguments.items():
        schema = known.get(name) if isinstance(known, dict) else None
        if not isinstance(schema, dict):
            continue
        types, choices = schema.get("type"), schema.get("enum")
        if isinstance(types, str) and types in _TYPES and not _is(value, types):
            yield f"'{name}' is not of the type {types}"
        elif isinstance(choices, list) and choices and value not in choices:
            yield f"'{name}' is none of the values that there are"


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[kind])


def _pairing(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_pairing, keys=IN_TURNS)


def _check_pairing(record: Checked) -> Iterator[Found]:
    tools = _tools_of(record)
    for _, turns in record.conversations:
        waiting = 0
        ids: dict[str, Steps] = {}
        answered: set[str] = set()
        for turn in turns:
            calls = list(_calls_in(turn))
            for steps, name, _ in calls:
                if tools is not None and name is not None and name not in tools:
                    yield Found(f"the tool '{name}' is called and not defined in 'tools'", steps, "define it there")
            if calls:
                if waiting > 0 and turn.role == "assistant":
                    yield Found("a call has no result before the next one", turn.steps, "add the result")
                waiting = len(calls)
                known = [(steps, call.get("id")) for steps, call in calls_of(turn)]
                ids = {name: steps for steps, name in known if isinstance(name, str)}
                answered = set()
            elif turn.role == "tool":
                yield from _result(turn, waiting, ids, answered)
                waiting = max(0, waiting - 1)
            elif turn.role in ("user", "assistant") and waiting > 0 and not answered:
                yield Found("a call has no result", turn.steps, "add the result behind the call")
                waiting = 0
            else:
                waiting = 0


def _result(turn: Turn, waiting: int, ids: Mapping[str, Steps], answered: set[str]) -> Iterator[Found]:
    """What is wrong with a result, given the calls before it."""
    if waiting <= 0 and not answered:
        yield Found("a result of a tool that was not called", turn.steps, "add the call before it")
    named = turn.value.get("tool_call_id")
    if isinstance(named, str) and ids and named not in ids:
        yield Found(f"the result is for the call '{named}', which there is not", (*turn.steps, "tool_call_id"))
    answered.add(named if isinstance(named, str) else "")


_CALL: Final = '{"id": "c1", "type": "function", "function": {"name": "fee", "arguments": "{\\"days\\": 3}"}}'
_DEFINED: Final = (
    '"tools": [{"type": "function", "function": {"name": "fee", "parameters": {"type": "object", '
    '"properties": {"days": {"type": "integer"}}, "required": ["days"]}}}]'
)


def _talk(call: str, *rest: str) -> str:
    turns = ", ".join(
        ['{"role": "user", "content": "q"}', f'{{"role": "assistant", "content": null, "tool_calls": [{call}]}}', *rest]
    )
    return f'{{"messages": [{turns}], {_DEFINED}}}'


_GOOD_TALK: Final = _talk(
    _CALL, '{"role": "tool", "tool_call_id": "c1", "content": "1"}', '{"role": "assistant", "content": "a"}'
)

RULES: Final = (
    Rule(
        id="tools-format",
        topic="structure",
        severity="error",
        title="'tools' cannot be read",
        why="LLaMA-Factory aborts the run when it encodes the record.",
        example=Example(
            bad=('{"conversations": [], "tools": "[{name: x}]"}', '{"messages": [], "tools": {"name": "f"}}'),
            good=('{"conversations": [], "tools": "[]"}', '{"messages": [], "tools": [{"name": "f"}]}'),
        ),
        make=_tools,
        sources=("LLaMA-Factory data/tool_utils.py",),
    ),
    Rule(
        id="tool-arguments",
        topic="structure",
        severity="error",
        title="a call that the tool would refuse",
        why="The model learns calls that fail; arguments that are no JSON abort LLaMA-Factory's run.",
        example=Example(
            bad=(
                _talk(_CALL.replace("3}", "}")),
                _talk(_CALL.replace('\\"days\\": 3', "")),
                _talk(_CALL.replace("3", '\\"3\\"')),
            ),
            good=(_GOOD_TALK,),
        ),
        make=_arguments,
    ),
    Rule(
        id="tool-call-pairing",
        topic="structure",
        severity="error",
        title="calls and results that do not belong together",
        why="Chat templates and OpenAI's API stop at a call without its result, and at a result without its call.",
        example=Example(
            bad=(
                _talk(_CALL, '{"role": "assistant", "content": "a"}'),
                _talk(_CALL, '{"role": "tool", "tool_call_id": "c2", "content": "1"}'),
                _talk(_CALL.replace("fee", "fees"), '{"role": "tool", "tool_call_id": "c1", "content": "1"}'),
                '{"conversations": [{"from": "human", "value": "q"}, {"from": "observation", "value": "1"}]}',
            ),
            good=(
                _GOOD_TALK,
                '{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "tool_calls": '
                '[{"id": "a", "function": {"name": "f"}}, {"id": "b", "function": {"name": "f"}}]}, '
                '{"role": "tool", "tool_call_id": "b", "content": "1"}, '
                '{"role": "tool", "tool_call_id": "a", "content": "2"}, {"role": "assistant", "content": "x"}]}',
            ),
        ),
        make=_pairing,
    ),
)
