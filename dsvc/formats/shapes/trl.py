"""Messages for Hugging Face's chat templates and TRL: arguments as objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.alpaca_prompt import MEDIA
from dsvc.formats.definition import Field, ListOf, Shape, known_of
from dsvc.formats.dialects import TRL, looks_of
from dsvc.formats.message_shapes import MESSAGE_TRL, TOOL, TOOL_LIST, read_messages, write_messages
from dsvc.formats.shapes.openai import messages_look

if TYPE_CHECKING:
    from dsvc.formats.canonical import Canonical
    from dsvc.formats.definition import Reasoning
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (
    Field("messages", ListOf(MESSAGE_TRL), "the conversation"),
    Field("tools", ListOf(TOOL), "what may be called", required=False),
    MEDIA[0],
)
KNOWN: Final = known_of(FIELDS)


def _read(value: dict[str, Json], told: Told) -> Canonical:
    return read_messages(value, "messages", TRL, TOOL_LIST, KNOWN, told)


def _write(canonical: Canonical, told: Told, reasoning: Reasoning | None = None) -> dict[str, Json]:
    return write_messages(canonical, "messages", TRL, TOOL_LIST, KNOWN, told, reasoning)


WRONG: Final = frozenset(("parts-value", "parts-openai", "args-text", "call-role", "loss", "loss_weight"))


def _looks(value: dict[str, Json]) -> float:
    seen = looks_of(value["messages"])
    if isinstance(value.get("tools"), str) or ("images" in value and "parts-trl" not in seen):
        return 0.0
    found = messages_look(seen, wrong=WRONG, right=frozenset(("parts-trl", "args-object", "reasoning")))
    return found * (0.99 if found < 1 else 1.0)


SHAPE: Final = Shape(
    name="trl",
    kind="conversation",
    title="messages with role and content; arguments of calls are objects",
    fields=FIELDS,
    readers=("TRL", "axolotl", "Hugging Face chat templates", "Unsloth"),
    source="huggingface/trl docs/source/dataset_formats.md; huggingface/transformers docs chat_extras.md",
    examples=(
        {
            "messages": [
                {"role": "user", "content": "北京现在几点？"},
                {
                    "role": "assistant",
                    "tool_calls": [
                        {"type": "function", "function": {"name": "now", "arguments": {"zone": "Asia/Shanghai"}}}
                    ],
                },
                {"role": "tool", "content": "09:30", "name": "now"},
                {"role": "assistant", "content": "九点半。", "reasoning_content": "工具给的就是北京时间。"},
            ],
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "now",
                        "description": "当前时间",
                        "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}},
                    },
                }
            ],
        },
        {
            "messages": [
                {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "How many seats?"}]},
                {"role": "assistant", "content": "Four.", "weight": 0},
            ],
            "images": ["rooms/3.png"],
        },
    ),
    cautions=(
        "arguments is an object; where types differ between records, Arrow makes no column of it: take 'openai'.",
        "Templates want the roles user and assistant; human and gpt fail in them.",
    ),
    looks=_looks,
    read=_read,
    write=_write,
    write_reasoning=_write,
)
