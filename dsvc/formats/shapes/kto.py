"""Messages and a label: whether the last answer is good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.definition import Field, Shape
from dsvc.formats.shapes import multimodal
from dsvc.formats.unpaired import read_labelled, write_labelled

if TYPE_CHECKING:
    from dsvc.formats.canonical import Canonical
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (multimodal.FIELDS[0], Field("label", bool, "whether the last answer is good"), *multimodal.FIELDS[1:])
_INNER: Final = multimodal.SHAPE


def _read(value: dict[str, Json], told: Told) -> Canonical:
    return read_labelled(value, "label", _INNER, "messages", told)


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    return write_labelled(canonical, "label", _INNER, told)


def _looks(value: dict[str, Json]) -> float:
    return 1.0 if isinstance(value["label"], bool) and _INNER.looks(value) else 0.0


SHAPE: Final = Shape(
    name="kto",
    kind="unpaired",
    title="messages and a label, true or false",
    fields=FIELDS,
    readers=("LLaMA-Factory (kto_tag: label)", "ms-swift KTO"),
    source="LLaMA-Factory data/README.md, KTO dataset, and kto_en_demo; modelscope/ms-swift docs Custom-dataset.md",
    examples=(
        {
            "messages": [
                {"role": "user", "content": "密码忘了。"},
                {"role": "assistant", "content": "在登录页点“忘记密码”。"},
            ],
            "label": True,
        },
        {
            "messages": [{"role": "user", "content": "I lost my PIN."}, {"role": "assistant", "content": "Too bad."}],
            "label": False,
        },
    ),
    cautions=(
        'The label is true or false: LLaMA-Factory takes "true" for no label, and drops the record with a warning.',
    ),
    dataset_info={
        **(_INNER.dataset_info or {}),
        "columns": {
            "messages": "messages",
            "kto_tag": "label",
            "tools": "tools",
            "images": "images",
            "videos": "videos",
            "audios": "audios",
        },
    },
    looks=_looks,
    read=_read,
    write=_write,
)
