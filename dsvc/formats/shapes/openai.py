"""OpenAI's ``messages``: arguments as JSON text, typed parts of content, weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.definition import Field, ListOf, Shape
from dsvc.formats.dialects import OPENAI, looks_of
from dsvc.formats.message_shapes import MESSAGE_OPENAI, TOOL, TOOL_LIST, read_messages, write_messages

if TYPE_CHECKING:
    from dsvc.formats.canonical import Canonical
    from dsvc.formats.definition import Reasoning
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (
    Field("messages", ListOf(MESSAGE_OPENAI), "the conversation"),
    Field("tools", ListOf(TOOL), "what may be called", required=False),
)
KNOWN: Final = frozenset(("messages", "tools"))


def _read(value: dict[str, Json], told: Told) -> Canonical:
    return read_messages(value, "messages", OPENAI, TOOL_LIST, KNOWN, told)


def _write(canonical: Canonical, told: Told, reasoning: Reasoning | None = None) -> dict[str, Json]:
    return write_messages(canonical, "messages", OPENAI, TOOL_LIST, KNOWN, told, reasoning)


def messages_look(seen: frozenset[str], *, wrong: frozenset[str], right: frozenset[str]) -> float:
    """How much messages look like those of a shape: what it cannot have, and what only it has."""
    if "role" not in seen or "mixed" in seen or seen & wrong:
        return 0.0
    return 1.0 if seen & right else 0.9


WRONG: Final = frozenset(
    ("parts-value", "parts-trl", "args-object", "call-role", "loss", "loss_weight", "result-without-id")
)


def _looks(value: dict[str, Json]) -> float:
    seen = looks_of(value["messages"])
    found = messages_look(seen, wrong=WRONG, right=frozenset(("parts-openai", "args-text", "weight")))
    return 0.0 if isinstance(value.get("tools"), str) else found * (0.95 if "reasoning" in seen else 1.0)


SHAPE: Final = Shape(
    name="openai",
    kind="conversation",
    title="messages with role and content; arguments of calls are JSON text",
    fields=FIELDS,
    readers=("OpenAI", "Together", "Fireworks", "LLaMA-Factory (formatting openai)", "ms-swift"),
    source="openai/openai-openapi, FineTuneChatRequestInput and ChatCompletionMessageToolCall",
    examples=(
        {
            "messages": [
                {"role": "system", "content": "你是银行客服。"},
                {"role": "user", "content": "我的卡丢了。"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "call_1",
                            "type": "function",
                            "function": {"name": "block_card", "arguments": '{"reason": "丢失"}'},
                        }
                    ],
                },
                {"role": "tool", "content": '{"blocked": true}', "tool_call_id": "call_1"},
                {"role": "assistant", "content": "已经挂失，新卡三天内寄出。"},
            ],
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "block_card",
                        "description": "挂失",
                        "parameters": {"type": "object", "properties": {"reason": {"type": "string"}}},
                    },
                }
            ],
        },
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Is this slip complete?"},
                        {"type": "image_url", "image_url": {"url": "https://example.com/slip.png", "detail": "low"}},
                    ],
                },
                {"role": "assistant", "content": "The date is missing.", "weight": 1},
            ]
        },
    ),
    cautions=(
        "arguments is a JSON text. Hugging Face and TRL want an object: convert to 'trl'.",
        "reasoning_content, thinking and reasoning are not OpenAI's; vLLM, DeepSeek and axolotl read the first.",
        "LLaMA-Factory's formatting openai adds 'detailed thinking off' to the system prompt of records without tools.",
    ),
    dataset_info={
        "formatting": "openai",
        "columns": {"messages": "messages", "tools": "tools"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "observation_tag": "tool",
            "function_tag": "function",
            "system_tag": "system",
        },
    },
    looks=_looks,
    read=_read,
    write=_write,
    write_reasoning=_write,
)
