"""A picture by its address, and its caption."""

from __future__ import annotations

from typing import Final

from dsvc.formats.captions import caption_reader, caption_writer
from dsvc.formats.definition import Field, Shape, known_of
from dsvc.formats.pairs import texts_look

FIELDS: Final = (
    Field("image_url", str, "address or path of the image"),
    Field("text", str, "what is asked of it", required=False),
    Field("caption", str, "the answer"),
)
KNOWN: Final = known_of(FIELDS)

SHAPE: Final = Shape(
    name="image-caption",
    kind="conversation",
    title="image_url, text, caption",
    fields=FIELDS,
    readers=("own scripts; trainers after conversion",),
    source="tutorials on fine-tuning data (multimodal)",
    examples=(
        {"image_url": "https://example.com/卡.png", "text": "这是什么卡？", "caption": "一张蓝色的旅行卡。"},
        {"image_url": "slips/4.jpg", "caption": "A payment slip without a date."},
    ),
    looks=texts_look("image_url", "caption"),
    read=caption_reader("image", "image_url", "caption", KNOWN),
    write=caption_writer("image", "image_url", "caption", KNOWN),
)
