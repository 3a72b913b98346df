"""OpenAI's preference pairs: an input, a preferred and a non-preferred output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.canonical import Answer, Canonical, Turn
from dsvc.formats.chat import read_turns
from dsvc.formats.chat_writing import Writer
from dsvc.formats.definition import Field, ListOf, Object, Shape, extra_of, known_of, with_extra
from dsvc.formats.dialects import OPENAI, looks_of
from dsvc.formats.message_shapes import MESSAGE_OPENAI, TOOL, TOOL_LIST, conversation_in
from dsvc.formats.misfit import Misfit, expected, list_in
from dsvc.formats.sides import one_turn, pair_of

if TYPE_CHECKING:
    from dsvc.formats.report import Told
    from dsvc.record import Json

_PARALLEL: Final = "parallel_tool_calls"
INPUT: Final = Object(
    "openai-input",
    (
        Field("messages", ListOf(MESSAGE_OPENAI), "the messages up to the question"),
        Field("tools", ListOf(TOOL), "what may be called", required=False),
        Field(_PARALLEL, bool, "whether several calls may be made at once", required=False),
    ),
)
FIELDS: Final = (
    Field("input", INPUT, "the question"),
    Field("preferred_output", ListOf(MESSAGE_OPENAI), "the better answer: one message of the assistant"),
    Field("non_preferred_output", ListOf(MESSAGE_OPENAI), "the worse answer"),
)
KNOWN: Final = known_of(FIELDS)


def _answer(value: dict[str, Json], key: str, told: Told) -> list[Turn]:
    found = list_in(value, key)
    if len(found) != 1:
        raise Misfit(key, f"has {len(found)} messages", "OpenAI takes one message of the assistant")
    turns = read_turns(found, OPENAI, told, key)
    if turns[0].role != "assistant":
        raise Misfit(f"{key}[0].role", "is not assistant")
    return turns


def _read(value: dict[str, Json], told: Told) -> Canonical:
    asked = value.get("input")
    if type(asked) is not dict:
        expected("an object with messages", asked, "input")
    turns = conversation_in(asked, "messages", OPENAI, told)
    answers = (
        Answer(_answer(value, "preferred_output", told), good=True),
        Answer(_answer(value, "non_preferred_output", told), good=False),
    )
    extra = extra_of(value, KNOWN)
    for key in asked:
        if key == _PARALLEL and type(asked[key]) is not bool:
            expected("true or false", asked[key], f"input.{key}")
        if key == _PARALLEL and key not in extra:
            extra = {**extra, key: asked[key]}
        elif key not in ("messages", "tools"):
            told.lost(f"input.{key}", "is not known, and belongs to no other shape")
    return Canonical(turns, answers, TOOL_LIST.read(asked, told), extra=extra)


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    writer = Writer(OPENAI, told)
    chosen, rejected = pair_of(canonical)
    asked: dict[str, Json] = {"messages": writer.turns(canonical.turns), **TOOL_LIST.write(canonical.tools)}
    extra = canonical.extra
    if _PARALLEL in extra:
        asked[_PARALLEL] = extra[_PARALLEL]
        extra = {key: value for key, value in extra.items() if key != _PARALLEL}
    made: dict[str, Json] = {
        "input": asked,
        "preferred_output": writer.fork().turns([one_turn(chosen.turns, "chosen")]),
        "non_preferred_output": writer.fork().turns([one_turn(rejected.turns, "rejected")]),
    }
    return with_extra(made, extra, KNOWN, told)


def _looks(value: dict[str, Json]) -> float:
    asked = value["input"]
    inside = looks_of(asked.get("messages")) if isinstance(asked, dict) else frozenset()
    return 1.0 if "role" in inside and isinstance(value["preferred_output"], list) else 0.0


SHAPE: Final = Shape(
    name="preference-openai",
    kind="preference",
    title="input, preferred_output, non_preferred_output",
    fields=FIELDS,
    readers=("OpenAI DPO", "Together", "Azure"),
    source="OpenAI guide 'direct preference optimization'; openai/openai-openapi, FineTunePreferenceRequestInput",
    examples=(
        {
            "input": {"messages": [{"role": "user", "content": "额度怎么提？"}]},
            "preferred_output": [{"role": "assistant", "content": "手机银行：信用卡，额度管理。"}],
            "non_preferred_output": [{"role": "assistant", "content": "提不了。"}],
        },
        {
            "input": {
                "messages": [
                    {"role": "developer", "content": "One line."},
                    {"role": "user", "content": "Why is it late?"},
                ],
                "tools": [],
                "parallel_tool_calls": True,
            },
            "preferred_output": [{"role": "assistant", "content": "A holiday."}],
            "non_preferred_output": [{"role": "assistant", "content": "It just is."}],
        },
    ),
    cautions=("One round only, one message for each output.",),
    looks=_looks,
    read=_read,
    write=_write,
)
