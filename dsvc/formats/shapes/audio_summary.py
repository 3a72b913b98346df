"""A recording, what is said in it, and a summary."""

from __future__ import annotations

from typing import Final

from dsvc.formats.captions import caption_reader, caption_writer
from dsvc.formats.definition import Field, Shape, known_of
from dsvc.formats.pairs import texts_look

FIELDS: Final = (
    Field("audio", str, "path or address of the recording"),
    Field("text", str, "what is said in it, or asked of it", required=False),
    Field("summary", str, "the answer"),
)
KNOWN: Final = known_of(FIELDS)

SHAPE: Final = Shape(
    name="audio-summary",
    kind="conversation",
    title="audio, text, summary",
    fields=FIELDS,
    readers=("own scripts; trainers after conversion",),
    source="tutorials on fine-tuning data (multimodal)",
    examples=(
        {"audio": "calls/12.wav", "text": "我想问一下年费，能不能免？", "summary": "客户申请减免年费。"},
        {"audio": "calls/13.wav", "summary": "The caller asks for a new PIN."},
    ),
    looks=texts_look("audio", "summary"),
    read=caption_reader("audio", "audio", "summary", KNOWN),
    write=caption_writer("audio", "audio", "summary", KNOWN),
)
