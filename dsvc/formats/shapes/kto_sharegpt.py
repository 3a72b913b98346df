"""ShareGPT with ``kto_tag``: whether the last answer is good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.definition import Field, Shape
from dsvc.formats.shapes import sharegpt
from dsvc.formats.unpaired import read_labelled, write_labelled

if TYPE_CHECKING:
    from dsvc.formats.canonical import Canonical
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (sharegpt.FIELDS[0], Field("kto_tag", bool, "whether the last answer is good"), *sharegpt.FIELDS[1:])
_INNER: Final = sharegpt.SHAPE


def _read(value: dict[str, Json], told: Told) -> Canonical:
    return read_labelled(value, "kto_tag", _INNER, "conversations", told)


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    return write_labelled(canonical, "kto_tag", _INNER, told)


def _looks(value: dict[str, Json]) -> float:
    return _INNER.looks(value) if isinstance(value["kto_tag"], bool) else 0.0


SHAPE: Final = Shape(
    name="kto-sharegpt",
    kind="unpaired",
    title="conversations of from and value, and kto_tag",
    fields=FIELDS,
    readers=("LLaMA-Factory",),
    source="LLaMA-Factory data/README.md, KTO dataset",
    examples=(
        {
            "conversations": [
                {"from": "human", "value": "转账要多久？"},
                {"from": "gpt", "value": "实时到账，最长两小时。"},
            ],
            "kto_tag": True,
        },
        {
            "conversations": [{"from": "human", "value": "Any fee?"}, {"from": "gpt", "value": "Who knows."}],
            "kto_tag": False,
        },
    ),
    cautions=("kto_tag is true or false, no text.",),
    dataset_info={
        "formatting": "sharegpt",
        "columns": {**sharegpt.COLUMNS, "kto_tag": "kto_tag"},
        "tags": sharegpt.TAGS,
    },
    looks=_looks,
    read=_read,
    write=_write,
)
