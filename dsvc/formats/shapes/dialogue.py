"""The key ``dialogue`` with role and content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.definition import Field, ListOf, Shape
from dsvc.formats.dialects import DIALOGUE, looks_of
from dsvc.formats.message_shapes import MESSAGE_PLAIN, read_messages, write_messages

if TYPE_CHECKING:
    from dsvc.formats.canonical import Canonical
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (Field("dialogue", ListOf(MESSAGE_PLAIN), "the conversation"),)
KNOWN: Final = frozenset(("dialogue",))


def _read(value: dict[str, Json], told: Told) -> Canonical:
    return read_messages(value, "dialogue", DIALOGUE, None, KNOWN, told)


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    return write_messages(canonical, "dialogue", DIALOGUE, None, KNOWN, told)


def _looks(value: dict[str, Json]) -> float:
    seen = looks_of(value["dialogue"])
    return 1.0 if "role" in seen and "mixed" not in seen else 0.0


SHAPE: Final = Shape(
    name="dialogue",
    kind="conversation",
    title="dialogue with role and content, texts only",
    fields=FIELDS,
    readers=("own scripts; axolotl with field_messages: dialogue",),
    source="tutorials on fine-tuning data (dialogue tuning); axolotl docs/dataset-formats/conversation.qmd",
    examples=(
        {
            "dialogue": [
                {"role": "user", "content": "你好，我想改地址。"},
                {"role": "assistant", "content": "好的，请说新地址。"},
            ]
        },
        {
            "dialogue": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Is Sunday a business day?"},
                {"role": "assistant", "content": "No."},
            ],
            "id": 7,
        },
    ),
    cautions=("No trainer reads this key by itself: convert to 'trl', 'openai' or 'sharegpt'.",),
    looks=_looks,
    read=_read,
    write=_write,
)
