"""Messages with placeholders, and lists of the files that they stand for: ms-swift's standard form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.alpaca_prompt import MEDIA
from dsvc.formats.definition import Field, ListOf, Object, Shape, known_of
from dsvc.formats.dialects import PLACEHOLDERS, looks_of
from dsvc.formats.media import LISTS
from dsvc.formats.message_shapes import TOOL_TEXT, read_messages, write_messages
from dsvc.formats.shapes.openai import messages_look

if TYPE_CHECKING:
    from dsvc.formats.canonical import Canonical
    from dsvc.formats.report import Told
    from dsvc.record import Json

MESSAGE: Final = Object(
    "swift-message",
    (
        Field("role", str, "system, user, assistant, tool_call or tool_response"),
        Field("content", str, "the text with <image>, <video>, <audio>; of a tool_call JSON text of {name, arguments}"),
        Field("loss", bool, "whether the message is trained (ms-swift)", required=False),
    ),
)
FIELDS: Final = (
    Field("messages", ListOf(MESSAGE), "the conversation"),
    Field("tools", str, "the tools as a JSON text", required=False),
    *MEDIA,
)
KNOWN: Final = known_of(FIELDS)


def _read(value: dict[str, Json], told: Told) -> Canonical:
    return read_messages(value, "messages", PLACEHOLDERS, TOOL_TEXT, KNOWN, told)


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    return write_messages(canonical, "messages", PLACEHOLDERS, TOOL_TEXT, KNOWN, told)


WRONG: Final = frozenset(
    (
        "parts-value",
        "parts-openai",
        "parts-trl",
        "parts-text",
        "args-text",
        "args-object",
        "reasoning",
        "loss_weight",
        "weight",
    )
)


def _looks(value: dict[str, Json]) -> float:
    found = messages_look(looks_of(value["messages"]), wrong=WRONG, right=frozenset(("call-role", "loss")))
    if any(isinstance(value.get(field), (list, str)) for field in LISTS) or isinstance(value.get("tools"), str):
        return 1.0 if found else 0.0
    return 0.0 if isinstance(value.get("tools"), list) else found * (1.0 if found == 1 else 0.9)


SHAPE: Final = Shape(
    name="multimodal",
    kind="conversation",
    title="messages with <image>, <video>, <audio>, and lists of the files",
    fields=FIELDS,
    readers=("ms-swift", "LLaMA-Factory (formatting sharegpt with tags)"),
    source="modelscope/ms-swift docs Custom-dataset.md; LLaMA-Factory data/README.md, multimodal datasets",
    examples=(
        {
            "messages": [
                {"role": "user", "content": "<image><image>这两张票据一样吗？"},
                {"role": "assistant", "content": "不一样，第二张缺日期。"},
            ],
            "images": ["slips/1.jpg", "slips/2.jpg"],
        },
        {
            "messages": [
                {"role": "user", "content": "<audio>What is asked for?"},
                {"role": "tool_call", "content": '{"name": "balance", "arguments": {"card": 2}}'},
                {"role": "tool_response", "content": "120.50"},
                {"role": "assistant", "content": "The balance: 120.50.", "loss": True},
            ],
            "tools": '[{"type": "function", "function": {"name": "balance", "description": "of a card"}}]',
            "audios": ["calls/1.wav"],
        },
    ),
    cautions=(
        "There must be as many files as placeholders: LLaMA-Factory stops otherwise.",
        "tools is a JSON text.",
        "In LLaMA-Factory name all tags, system_tag too: without it records with a system message are dropped.",
    ),
    dataset_info={
        "formatting": "sharegpt",
        "columns": {
            "messages": "messages",
            "tools": "tools",
            "images": "images",
            "videos": "videos",
            "audios": "audios",
        },
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "observation_tag": "tool_response",
            "function_tag": "tool_call",
            "system_tag": "system",
        },
    },
    looks=_looks,
    read=_read,
    write=_write,
)
