"""Tools, their calls, and the results of these."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from dsvc.record import Number
from dsvc.validators.naming import kind, short
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule
from dsvc.validators.talks import has_turns
from dsvc.validators.tools import UNREADABLE, calls_of, tools_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked
    from dsvc.validators.rule import Signature
    from dsvc.validators.talks import Turn
    from dsvc.validators.tools import Called

_CALLS: Final = (re.compile(rb'"tool_call'), re.compile(rb'"function_call"'))
_RESULTS: Final = (re.compile(rb'"(?:tool|tool_response|function|observation)"'),)
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float, Number),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
_DEEPEST: Final = 8
_WRITE: Final = 'write {"name": …, "arguments": {…}}'


def _tools(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_tools, when=_may_have_tools)


def _may_have_tools(signature: Signature) -> bool:
    return any(key == "tools" or (key == "input" and kind is dict) for key, kind in zip(*signature, strict=False))


def _check_tools(record: Checked) -> Iterator[Found]:
    tools = tools_of(record)
    if tools.problem is not None:
        fix = tools.problem.hint or 'a list, each {"name": …, "parameters": …}, or that under "function"'
        yield Found(f"'{tools.problem.field}' {_sentence(tools.problem.what)}", tools.steps, fix)


def _sentence(what: str) -> str:
    return what if what.startswith(("is ", "has ")) else f"cannot be read: {what}"


def _calls(record: Checked) -> Iterator[tuple[Turn, Called]]:
    for _, turns in calls_of(record):
        for turn, calls in turns:
            for call in calls:
                yield turn, call


# What a call is


def _arguments(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_arguments, triggers=_CALLS, when=has_turns)


def _check_arguments(record: Checked) -> Iterator[Found]:
    ways: Counter[bool] = Counter()
    for turn, call in _calls(record):
        if call.written and call.name is None and call.arguments is UNREADABLE:
            yield Found(f"the call in '{turn.name}' is no JSON", call.steps, _WRITE)
        elif call.name is None:
            yield Found("a call does not name its tool", call.steps, _WRITE)
        elif call.arguments is UNREADABLE:
            told = f"the arguments of {short(call.name)} are a text that is no JSON"
            yield Found(told, call.steps, "write them with json.dumps")
        elif call.arguments is not None and not isinstance(call.arguments, dict):
            told = f"the arguments of {short(call.name)} are {kind(call.arguments)}, not an object"
            yield Found(told, call.steps, "write an object, {} where there are none")
        elif not call.written and call.arguments is not None:
            ways[call.text] += 1
            if len(ways) == 2 and ways[call.text] == 1:
                told = f"the arguments of {short(call.name)} are {'a text' if call.text else 'an object'}"
                yield Found(f"{told}, those of other calls are not", call.steps, "write all of them in one way")


# What a call says, against what its tool takes


def _schema(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_schema, triggers=_CALLS, when=has_turns)


def _check_schema(record: Checked) -> Iterator[Found]:
    tools = tools_of(record)
    for _, call in _calls(record) if tools.parameters else ():
        if call.name is not None and (call.arguments is None or isinstance(call.arguments, dict)):
            for told in _against(tools.parameters.get(call.name), call.arguments or {}, "", 0):
                fix = "mend the call, or the parameters in 'tools'"
                yield Found(f"the call of {short(call.name)}: {told}", call.steps, fix)


def _against(schema: Any, value: Any, path: str, depth: int) -> Iterator[str]:
    """How a value does not fit a JSON schema: its type, its choices, what it must have; to any depth of these."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return
    called, types, choices = short(path), schema.get("type"), schema.get("enum")
    if path and types is not None and not _is(value, types):
        yield f"{called} is {kind(value)}, not of type {_type_names(types)}"
        return
    if path and isinstance(choices, list) and choices and _plain(value) not in map(_plain, choices):
        yield f"{called} is {short(value)}, none of {', '.join(short(choice) for choice in choices[:6])}"
    if isinstance(value, dict):
        yield from _against_fields(schema, value, path, depth)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _against(schema.get("items"), item, f"{path}[{number}]", depth + 1)


def _against_fields(schema: dict[str, Any], value: dict[str, Any], path: str, depth: int) -> Iterator[str]:
    required, known = schema.get("required"), schema.get("properties")
    before = f"{path}." if path else ""
    needed = [name for name in required if isinstance(name, str)] if isinstance(required, list) else []
    lacking = [short(before + name) for name in needed if name not in value]
    if lacking:
        yield f"{', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} missing, and required"
    known = known if isinstance(known, dict) else {}
    for name, inner in value.items():
        if name in known and (inner is not None or name in needed):  # null stands for an option that is not given
            yield from _against(known[name], inner, before + name, depth + 1)


def _plain(value: Any) -> tuple[bool, Any]:
    """For comparing: true is not 1."""
    return isinstance(value, bool), value if type(value) is not Number else float(value)


def _type_names(types: Any) -> str:
    return " or ".join(map(str, types)) if isinstance(types, list) else str(types)


def _is(value: Any, types: Any) -> bool:
    """Whether a value has one of a schema's types; what is no type of JSON Schema (``dict``, ``float``) fits all."""
    names = types if isinstance(types, list) else [types]
    return any(not isinstance(name, str) or name not in _TYPES or _is_one(value, name) for name in names)


def _is_one(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if type(value) in (float, Number):
        return name == "number" or (name == "integer" and float(value).is_integer())
    return isinstance(value, _TYPES[name])


# Calls and results


def _pairing(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_pairing, triggers=(*_CALLS, *_RESULTS), when=has_turns)


def _check_pairing(record: Checked) -> Iterator[Found]:
    for _, turns in calls_of(record):
        waiting = _Waiting()
        for turn, calls in turns:
            if calls:
                yield from waiting.call(calls)
            elif turn.speaker == "tool":
                yield from waiting.result(turn)
            elif turn.speaker in ("user", "assistant"):
                yield from waiting.end(turn)


class _Waiting:
    """The calls that have no result yet."""

    def __init__(self) -> None:
        self._calls: list[Called] = []
        self._results = 0
        self._ids: set[str] = set()
        self._answered: set[str] = set()

    def call(self, calls: list[Called]) -> Iterator[Found]:
        """Calls follow each other in one turn, or turn by turn until the first result."""
        if self._results or self._named():
            yield from self.end(None)
        for call in calls:
            if type(call.id) is str and not call.written:
                if call.id in self._ids:
                    told = f"the id {short(call.id)} was given to an earlier call"
                    yield Found(told, call.steps, "give each call an id of its own", severity="warning")
                self._ids.add(call.id)
        self._calls += calls

    def _named(self) -> set[str]:
        return {call.id for call in self._calls if type(call.id) is str and not call.written}

    def result(self, turn: Turn) -> Iterator[Found]:
        if not self._calls:
            yield Found(f"a result of a tool ('{turn.name}') without a call before it", turn.steps, "add the call")
            return
        self._results += 1
        name, ids = turn.value.get("tool_call_id"), self._named()
        if type(name) is not str or not ids:
            return
        at: Steps = (*turn.steps, "tool_call_id")
        if name not in ids:
            told = (
                f"the result is of the call {short(name)}; the calls before it are {', '.join(map(short, sorted(ids)))}"
            )
            yield Found(told, at, "write the id of its call")
        elif name in self._answered:
            yield Found(f"the call {short(name)} has a second result", at, "keep one of them")
        self._answered.add(name)

    def end(self, turn: Turn | None) -> Iterator[Found]:
        """Somebody speaks: what has no result by now will have none."""
        calls, self._calls = self._calls, []
        ids = {call.id for call in calls if type(call.id) is str and not call.written}
        if calls and not self._results:
            yield Found(f"the call of {_name(calls[0])} has no result", calls[0].steps, "add the result behind it")
        elif ids and self._answered & ids:
            for call in calls:
                if type(call.id) is str and call.id not in self._answered:
                    told = f"the call {short(call.id)} of {_name(call)} has no result"
                    yield Found(told, call.steps, "add the result behind it")
        self._results = 0
        self._answered = set()


def _name(call: Called) -> str:
    return short(call.name) if call.name is not None else "a tool"


def _undefined(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_defined, triggers=_CALLS, when=has_turns)


def _check_defined(record: Checked) -> Iterator[Found]:
    tools = tools_of(record)
    if not tools.defined:
        return
    for _, call in _calls(record):
        if call.name is not None and call.name not in tools.parameters:
            names = ", ".join(short(name) for name in [*tools.parameters][:5])
            yield Found(f"'tools' has no {short(call.name)}; it has {names}", call.steps, "define it, or mend the name")


_CALL: Final = '{"id": "c1", "type": "function", "function": {"name": "fee", "arguments": "{\\"days\\": 3}"}}'
_DEFINED: Final = (
    '"tools": [{"type": "function", "function": {"name": "fee", "parameters": {"type": "object", '
    '"properties": {"days": {"type": "integer"}, "in": {"type": "string", "enum": ["EUR", "CNY"]}}, '
    '"required": ["days"]}}}]'
)
_RESULT: Final = '{"role": "tool", "tool_call_id": "c1", "content": "1"}'
_SAID: Final = '{"role": "assistant", "content": "a"}'


def _talk(call: str, *rest: str) -> str:
    asked = f'{{"role": "assistant", "content": null, "tool_calls": [{call}]}}'
    turns = ", ".join(['{"role": "user", "content": "q"}', asked, *rest])
    return f'{{"messages": [{turns}], {_DEFINED}}}'


def _share(call: str, tools: str) -> str:
    return (
        f'{{"conversations": [{{"from": "human", "value": "q"}}, {{"from": "function_call", "value": "{call}"}}], '
        f'"tools": "{tools}"}}'
    )


_WRITTEN: Final = '{\\"name\\": \\"fee\\", \\"arguments\\": {\\"days\\": 3}}'
_TEXT: Final = '[{\\"name\\": \\"fee\\", \\"parameters\\": {}}]'

RULES: Final = (
    Rule(
        id="tools-format",
        topic="structure",
        severity="error",
        title="'tools' cannot be read",
        why="LLaMA-Factory ends the run when it comes to the record; chat templates write what is no tool.",
        example=Example(
            bad=(
                '{"messages": [], "tools": "[{name: x}]"}',
                '{"messages": [], "tools": {"name": "f"}}',
                '{"messages": [], "tools": [{"description": "f"}]}',
            ),
            good=(
                '{"messages": [], "tools": "[]"}',
                '{"messages": [], "tools": null}',
                '{"messages": [], "tools": [{"name": "f"}]}',
            ),
        ),
        make=_tools,
        sources=("LLaMA-Factory data/tool_utils.py", "huggingface/trl docs/source/dataset_formats.md, tool calling"),
    ),
    Rule(
        id="tool-arguments",
        topic="structure",
        severity="error",
        title="a call of a tool cannot be read",
        why="LLaMA-Factory ends the run at a function_call that is no JSON; chat templates write what they cannot read "
        "as a text, and the model learns it so.",
        example=Example(
            bad=(
                _talk(_CALL.replace("3}", "")),
                _talk(_CALL.replace('{\\"days\\": 3}', "[3]")),
                _share("fee(3)", _TEXT),
            ),
            good=(_talk(_CALL, _RESULT, _SAID), _share(_WRITTEN, _TEXT), _share(f"[{_WRITTEN}, {_WRITTEN}]", _TEXT)),
        ),
        make=_arguments,
        sources=("LLaMA-Factory data/formatter.py, FunctionFormatter", "openai/openai-openapi, tool calls"),
    ),
    Rule(
        id="tool-schema",
        topic="structure",
        severity="warning",
        title="a call that its tool would refuse",
        why="The model learns to leave out what is required, or to write a text where a number belongs.",
        example=Example(
            bad=(
                _talk(_CALL.replace('\\"days\\": 3', "")),
                _talk(_CALL.replace("3", '\\"3\\"')),
                _talk(_CALL.replace("3", '3, \\"in\\": \\"USD\\"')),
            ),
            good=(
                _talk(_CALL.replace("3", '3, \\"in\\": null')),
                _talk(_CALL.replace("3", '3.0, \\"in\\": \\"EUR\\"')),
                _share(_WRITTEN, _TEXT),
            ),
        ),
        make=_schema,
        sources=("JSON Schema 2020-12: type, enum, required",),
    ),
    Rule(
        id="tool-undefined",
        topic="structure",
        severity="error",
        title="a tool is called that the record does not define",
        why="The model learns to call what it was not offered.",
        example=Example(
            bad=(_talk(_CALL.replace('"fee"', '"fees"')), _share(_WRITTEN.replace("fee", "rate"), _TEXT)),
            good=(_talk(_CALL), _share(_WRITTEN, _TEXT), _share(_WRITTEN, "[]")),
        ),
        make=_undefined,
    ),
    Rule(
        id="tool-call-pairing",
        topic="structure",
        severity="error",
        title="calls and results that do not belong together",
        why="Chat templates and OpenAI stop at a call without its result, and at a result without its call.",
        example=Example(
            bad=(
                _talk(_CALL, _SAID),
                _talk(_CALL, _RESULT.replace("c1", "c2"), _SAID),
                _talk(_CALL, _RESULT, _RESULT, _SAID),
                '{"conversations": [{"from": "human", "value": "q"}, {"from": "observation", "value": "1"}]}',
            ),
            good=(
                _talk(_CALL, _RESULT, _SAID),
                _talk(_CALL),
                _talk(", ".join([_CALL, _CALL.replace("c1", "c2")]), _RESULT.replace("c1", "c2"), _RESULT, _SAID),
            ),
        ),
        make=_pairing,
        sources=("openai/openai-openapi, FineTuneChatRequestInput", "Mistral chat templates"),
    ),
)
