"""OpenAI's fine-tuning API, and those who read the same JSONL: one file a split, arguments as JSON text.

Keys that the API does not know are left out and told. What the published checks look at (roles, content, an answer in
each example, something said in each message) holds for every record that is written; a tool's result may be empty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.exporters.trainers.definition import Trainer
from dsvc.exporters.trainers.openai_tools import require_tools
from dsvc.formats.demands import Demands
from dsvc.formats.misfit import Misfit
from dsvc.formats.tools import with_usual_tools

if TYPE_CHECKING:
    from dsvc.exporters.trainers.definition import Handed
    from dsvc.formats.report import Told
    from dsvc.record import Json

_OF_EXAMPLES: Final = frozenset(("messages", "tools", "parallel_tool_calls", "functions"))
_OF_PAIRS: Final = frozenset(("input", "preferred_output", "non_preferred_output"))
_OF_MESSAGES: Final = frozenset(("role", "content", "name", "tool_calls", "tool_call_id", "weight", "refusal"))
_ADDRESSES: Final = ("https://", "http://", "data:")
_UNKNOWN: Final = "OpenAI knows no such key"


def _demands(shape: str, _seen: set[str]) -> Demands:
    return Demands(None, _example if shape == "openai" else _pair)


def _example(record: dict[str, Json], told: Told) -> dict[str, Json]:
    messages = _messages(record["messages"], "messages", told)
    record = with_usual_tools(record, told, as_text=False)
    require_tools(record, messages, "messages")
    if not any(_role(message) == "assistant" for message in messages):
        raise Misfit("messages", "no message is of assistant", "OpenAI refuses examples without an answer")
    return _with(record, {"messages": messages}, _OF_EXAMPLES, told)


def _pair(record: dict[str, Json], told: Told) -> dict[str, Json]:
    given = record["input"]
    assert isinstance(given, dict)
    asked = _messages(given["messages"], "input", told)
    usual = with_usual_tools(given, told, as_text=False)
    require_tools(usual, asked, "input.messages")
    made: dict[str, Json] = {"input": _with(usual, {"messages": asked}, _OF_EXAMPLES, told)}
    for name in ("preferred_output", "non_preferred_output"):
        answer = _messages(record[name], name, told)
        if len(answer) != 1 or _role(answer[0]) != "assistant":
            raise Misfit(name, "is not one message of assistant", "OpenAI takes one-turn pairs only")
        made[name] = answer
    return _with(record, made, _OF_PAIRS, told)


def _role(message: Json) -> Json:
    return message.get("role") if isinstance(message, dict) else None


def _messages(found: Json, field: str, told: Told) -> list[Json]:
    """The messages with the keys that OpenAI knows: the very same list when they have no others."""
    assert isinstance(found, list)
    made = [_message(message, field, told) for message in found]
    return found if all(new is old for new, old in zip(made, found, strict=True)) else made


def _message(message: Json, field: str, told: Told) -> Json:
    assert isinstance(message, dict)
    if message.get("role") == "developer":
        told.rewritten("role", "developer becomes system")
        message = {**message, "role": "system"}
    if not message.get("content") and not message.get("tool_calls") and _must_speak(message):
        what = "is missing" if message.get("content") is None else "is empty"
        raise Misfit(f"{field}[].content", what, "OpenAI takes no message without content or calls")
    _require_addresses(message.get("content"), field)
    if "weight" in message and message.get("role") != "assistant":
        if message["weight"]:
            told.lost("weight of messages", "OpenAI takes it of the assistant's messages only")
        else:
            told.rewritten("weight of messages", "OpenAI trains no other messages than the assistant's: left out")
        message = {key: value for key, value in message.items() if key != "weight"}
    if message.keys() <= _OF_MESSAGES:
        return message
    for key in message.keys() - _OF_MESSAGES:
        told.lost(f"{key} of messages", _UNKNOWN)
    return {key: value for key, value in message.items() if key in _OF_MESSAGES}


def _must_speak(message: dict[str, Json]) -> bool:
    """Whether the published checks ask for a text; a tool may have had nothing to say."""
    return message.get("content") is None or message.get("role") != "tool"


def _require_addresses(content: Json, field: str) -> None:
    """Raise Misfit for an image that OpenAI cannot get: it takes web addresses and data URLs, and refuses the file."""
    for part in content if isinstance(content, list) else ():
        image = part.get("image_url") if isinstance(part, dict) else None
        address = image.get("url") if isinstance(image, dict) else None
        if isinstance(address, str) and not address.lower().startswith(_ADDRESSES):
            raise Misfit(
                f"{field}[].content[].image_url.url",
                "is a path, which OpenAI cannot read",
                "put a web address or data:image/jpeg;base64,… there",
            )


def _with(record: dict[str, Json], parts: dict[str, Json], known: frozenset[str], told: Told) -> dict[str, Json]:
    """The record with these parts and no keys that are not known: the very same one when that changes nothing."""
    if all(record[key] is part for key, part in parts.items()) and record.keys() <= known:
        return record
    for key in record.keys() - known:
        told.lost(key, _UNKNOWN)
    return {key: parts.get(key, value) for key, value in record.items() if key in known}


def _start(handed: Handed) -> list[str]:
    lines = [f'client.files.create(file=open("{handed.path(handed.train)}", "rb"), purpose="fine-tune")']
    if handed.validation is not None and handed.validation is not handed.train:
        lines.append(f"and the same with '{handed.path(handed.validation)}' for validation_file")
    if handed.train.records < _LEAST:
        lines.append(f"OpenAI wants {_LEAST} examples or more; '{handed.train.name}' has {handed.train.records}")
    return lines


_LEAST: Final = 10

TRAINER: Final = Trainer(
    name="openai",
    title="OpenAI",
    reads=("openai", "preference-openai"),
    targets={"conversation": "openai", "preference": "preference-openai"},
    source="openai/openai-openapi, FineTuneChatRequestInput and FineTunePreferenceRequestInput; "
    "images: developers.openai.com/api/docs/guides/vision-fine-tuning",
    demands=_demands,
    beside=lambda _handed: {},
    start=_start,
)
