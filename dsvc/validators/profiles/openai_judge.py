"""What OpenAI's checks say of a row.

Source: openai/openai-cookbook examples/Chat_finetuning_data_prep.ipynb; openai/openai-openapi, revision of 2025-07-04,
FineTuneChatRequestInput and FineTunePreferenceRequestInput.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dsvc.conditions.fields import MISSING
from dsvc.validators.profiles.reading import MEDIA, NOT_JSON, V1, calls, is_text, kind, parsed, shown, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked
    from dsvc.validators.profiles.treatment import Told

ANSWERS: Final = ("preferred_output", "non_preferred_output")
_ROLES: Final = ("system", "user", "assistant", "tool", "function")
_KEYS: Final = frozenset(
    ("role", "content", "name", "weight", "refusal", "tool_calls", "tool_call_id", "function_call")
)
_PARTS: Final = ("text", "image_url", "refusal")


def reading(record: Checked) -> str | None:
    """How a row is read, in a word; None when it is neither an example nor a pair."""
    value = record.fields
    if any(side in value for side in ANSWERS) or isinstance(value.get("input"), dict):
        return "preferences"
    if record.shape in V1 or any(value.get(field) for field in MEDIA):  # texts and files elsewhere than in parts
        return None
    return "messages" if "messages" in value or not value else None


def judge(record: Checked) -> Iterator[Told]:
    """What is refused in a row."""
    value, how = record.fields, reading(record)
    if not isinstance(record.value, dict):
        what = "no JSON" if record.value is MISSING else kind(record.value)
        yield told("data-type", f"the line is {what}, not an object", (), "write one JSON object a line, in UTF-8")
    elif how == "preferences":
        yield from _pair(value)
    elif how is not None:
        yield from _example(value, (), answer=True)


def _example(value: Mapping[str, Any], steps: Steps, *, answer: bool) -> Iterator[Told]:
    messages = value.get("messages")
    steps = (*steps, "messages")
    if not isinstance(messages, list) or not messages:
        what = "missing" if "messages" not in value else "empty" if messages == [] else kind(messages)
        yield told("missing-messages-list", f"'messages' is {what}", steps, "write the conversation as a list")
        return
    yield from _messages(messages, steps)
    if answer and not any(isinstance(one, dict) and one.get("role") == "assistant" for one in messages):
        yield told("missing-assistant-message", "no message is of assistant", steps, "add the answer")
    yield from _tools(value, steps[:-1], called=any(isinstance(one, dict) and calls(one) for one in messages))


def _messages(messages: list[Any], steps: Steps) -> Iterator[Told]:
    ids: set[str] = set()
    for number, message in enumerate(messages):
        here = (*steps, number)
        if not isinstance(message, dict):
            yield told("message-missing-key", f"a message is {kind(message)}, not an object", here, "make it an object")
            continue
        yield from _message(message, here)
        if message.get("role") == "tool" and not _known(message.get("tool_call_id"), ids):
            yield told(
                "tool-call-id",
                f"'tool_call_id' is {shown(message.get('tool_call_id'))}, which no call before has",
                here,
                "name the call that it is the result of",
            )
        ids.update(str(call["id"]) for call in calls(message) if isinstance(call, dict) and "id" in call)


def _known(identity: object, ids: set[str]) -> bool:
    return isinstance(identity, str) and identity in ids


def _message(message: Mapping[str, Any], steps: Steps) -> Iterator[Told]:
    role, content = message.get("role"), message.get("content")
    called = bool(message.get("tool_calls") or message.get("function_call"))
    missing = [key for key in ("role", "content") if key not in message and not (key == "content" and called)]
    for key in missing:
        yield told("message-missing-key", f"a message has no '{key}'", steps, f"add '{key}'")
    for key in (key for key in message if key not in _KEYS):
        yield told("message-unrecognized-key", f"'{key}' is not known", (*steps, key), "leave it out")
    if "role" in message and role not in _ROLES:
        yield told(
            "unrecognized-role", f"role {shown(role)} is not known", (*steps, "role"), f"use one of {', '.join(_ROLES)}"
        )
    if isinstance(content, list) and content:
        yield from _parts(content, (*steps, "content"))
    elif "content" in message and not _is_said(content, role, called=called):
        what = "empty" if content in ("", []) else kind(content)
        yield told("missing-content", f"the content is {what}", (*steps, "content"), "write a text")
    yield from _weight(message, role, steps)
    yield from _calls(message, steps)


def _parts(parts: list[Any], steps: Steps) -> Iterator[Told]:
    for number, part in enumerate(parts):
        name = part.get("type") if isinstance(part, dict) else None
        if name not in _PARTS or name not in part:
            yield told(
                "content-part",
                f"a part is {shown(part)}",
                (*steps, number),
                "make it text or image_url, or leave it out",
            )


def _weight(message: Mapping[str, Any], role: object, steps: Steps) -> Iterator[Told]:
    if (weight := message.get("weight")) is None:
        return
    if role != "assistant":
        yield told("weight", f"a message of {shown(role)} has a weight", (*steps, "weight"), "leave it out")
    elif isinstance(weight, bool) or weight not in (0, 1):
        yield told("weight", f"the weight is {shown(weight)}, not 0 or 1", (*steps, "weight"), "make it 0 or 1")


def _calls(message: Mapping[str, Any], steps: Steps) -> Iterator[Told]:
    found = message.get("tool_calls")
    if found is not None and not isinstance(found, list):
        yield told("call-form", f"'tool_calls' is {kind(found)}, not a list", (*steps, "tool_calls"), "make it a list")
    for number, call in enumerate(calls(message)):
        problem = _problem(call)
        if problem:
            yield told("call-form", f"a call {problem}", (*steps, "tool_calls", number), "write it as OpenAI does")


def _problem(call: object) -> str:
    if not isinstance(call, dict):
        return f"is {kind(call)}"
    function = call.get("function")
    if not is_text(call.get("id")):
        return "has no id"
    if call.get("type") != "function":
        return f"is of type {shown(call.get('type'))}, not function"
    if not isinstance(function, dict) or not is_text(function.get("name")):
        return "has no function with a name"
    if not is_text(function.get("arguments")):
        return f"has arguments that are {kind(function.get('arguments'))}, not a JSON text"
    return "has arguments that are no JSON" if parsed(function["arguments"]) is NOT_JSON else ""


def _is_said(content: object, role: object, *, called: bool) -> bool:
    """Whether there is a text; beside calls there need be none, and a tool may have had nothing to say."""
    if content is None:
        return called
    return is_text(content) and (bool(content) or called or role == "tool")


def _tools(value: Mapping[str, Any], steps: Steps, *, called: bool) -> Iterator[Told]:
    tools, parallel = value.get("tools"), value.get("parallel_tool_calls")
    if called and not tools:
        yield told("calls-without-tools", "there are calls, and no tools", steps, "add 'tools' with what is called")
    if tools is not None and not (isinstance(tools, list) and all(_is_tool(tool) for tool in tools)):
        yield told("tools-list", "'tools' is no list of functions", (*steps, "tools"), "write them as OpenAI does")
    if parallel is not None and not isinstance(parallel, bool):
        yield told(
            "parallel-tool-calls",
            f"'parallel_tool_calls' is {shown(parallel)}, not true or false",
            (*steps, "parallel_tool_calls"),
            "make it true or false, or leave it out",
        )


def _is_tool(tool: object) -> bool:
    if not isinstance(tool, dict) or tool.get("type") != "function":
        return False
    function = tool.get("function")
    return isinstance(function, dict) and is_text(function.get("name"))


def _pair(value: Mapping[str, Any]) -> Iterator[Told]:
    given = value.get("input")
    if isinstance(given, dict):
        yield from _example(given, ("input",), answer=False)
    else:
        yield told("preference-form", f"'input' is {kind(given)}, not an object", ("input",), "give it 'messages'")
    for side in ANSWERS:
        answer = value.get(side)
        if not isinstance(answer, list) or len(answer) != 1:
            what = f"has {len(answer)} messages, not one" if isinstance(answer, list) else f"is {kind(answer)}"
            yield told("preference-form", f"'{side}' {what}", (side,), "give it one message of assistant")
            continue
        if isinstance(answer[0], dict) and answer[0].get("role") not in ("assistant", None):
            yield told("preference-form", f"'{side}' is no answer", (side, 0, "role"), "make it a message of assistant")
        yield from _messages(answer, (side,))
