"""Alpaca with ``kto_tag``: whether the output is good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.definition import Field, Shape
from dsvc.formats.shapes import alpaca
from dsvc.formats.unpaired import read_labelled, write_labelled

if TYPE_CHECKING:
    from dsvc.formats.canonical import Canonical
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (*alpaca.FIELDS[:3], Field("kto_tag", bool, "whether the output is good"), *alpaca.FIELDS[3:])
_INNER: Final = alpaca.SHAPE


def _read(value: dict[str, Json], told: Told) -> Canonical:
    return read_labelled(value, "kto_tag", _INNER, "output", told)


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    return write_labelled(canonical, "kto_tag", _INNER, told)


def _looks(value: dict[str, Json]) -> float:
    return _INNER.looks(value) if isinstance(value["kto_tag"], bool) else 0.0


SHAPE: Final = Shape(
    name="kto-alpaca",
    kind="unpaired",
    title="instruction, input, output and kto_tag",
    fields=FIELDS,
    readers=("LLaMA-Factory",),
    source="LLaMA-Factory data/README.md, KTO dataset",
    examples=(
        {"instruction": "写一句催款提醒。", "input": "", "output": "您的账单明天到期，请及时还款。", "kto_tag": True},
        {"instruction": "Greet a customer.", "input": "morning", "output": "What?", "kto_tag": False},
    ),
    cautions=("kto_tag is true or false, no text.",),
    dataset_info={"formatting": "alpaca", "columns": {**alpaca.SHAPE.dataset_info["columns"], "kto_tag": "kto_tag"}},  # type: ignore[index,dict-item]
    looks=_looks,
    read=_read,
    write=_write,
)
