"""LLaMA-Factory's native format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.canonical import Canonical
from dsvc.formats.definition import Field, ListOf, Shape, extra_of, known_of, with_extra
from dsvc.formats.dialects import looks_of
from dsvc.formats.message_shapes import TOOL_TEXT
from dsvc.formats.misfit import Misfit
from dsvc.formats.v1 import MESSAGE, read_v1, write_v1

if TYPE_CHECKING:
    from dsvc.formats.report import Told
    from dsvc.record import Json

TOOLS: Final = Field("tools", str, "the tools as a JSON text", required=False)
FIELDS: Final = (Field("messages", ListOf(MESSAGE), "the conversation"), TOOLS)
KNOWN: Final = known_of(FIELDS)


def _read(value: dict[str, Json], told: Told) -> Canonical:
    if "messages" not in value:
        raise Misfit("messages", "is missing")
    turns = read_v1(value["messages"], "messages", told)
    return Canonical(turns, tools=TOOL_TEXT.read(value, told), extra=extra_of(value, KNOWN))


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    made: dict[str, Json] = {"messages": write_v1(canonical.turns, told), **TOOL_TEXT.write(canonical.tools)}
    return with_extra(made, canonical.extra, KNOWN, told)


def _looks(value: dict[str, Json]) -> float:
    return 1.0 if "parts-value" in looks_of(value["messages"]) else 0.0


SHAPE: Final = Shape(
    name="llamafactory-v1",
    kind="conversation",
    title="messages whose content is a list of type and value",
    fields=FIELDS,
    readers=("LLaMA-Factory v1",),
    source="LLaMA-Factory src/llamafactory/v1, data/v1_sft_demo.jsonl and reason_tool_use_demo_50.jsonl",
    examples=(
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "value": "查一下余额。"}], "loss_weight": 0.0},
                {
                    "role": "assistant",
                    "content": [
                        {"type": "reasoning", "value": "需要工具。"},
                        {"type": "tool_call", "value": '{"name": "balance", "arguments": {}}'},
                    ],
                    "loss_weight": 1.0,
                },
                {"role": "tool", "content": [{"type": "text", "value": "88.00"}], "loss_weight": 0.0},
                {"role": "assistant", "content": [{"type": "text", "value": "余额88元。"}], "loss_weight": 1.0},
            ],
            "tools": '[{"type": "function", "function": {"name": "balance", "description": "查余额"}}]',
        },
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "image_url", "value": "rooms/1.jpg"},
                        {"type": "text", "value": "What is it?"},
                    ],
                },
                {"role": "assistant", "content": [{"type": "text", "value": "A branch."}]},
            ]
        },
    ),
    looks=_looks,
    read=_read,
    write=_write,
)
