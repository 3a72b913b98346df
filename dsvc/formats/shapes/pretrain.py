"""Pre-training text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.canonical import Canonical
from dsvc.formats.definition import Field, Shape, extra_of, with_extra
from dsvc.formats.misfit import text_in
from dsvc.formats.pairs import texts_look

if TYPE_CHECKING:
    from dsvc.formats.report import Told
    from dsvc.record import Json

KNOWN: Final = frozenset(("text",))


def _read(value: dict[str, Json], _told: Told) -> Canonical:
    return Canonical([], text=text_in(value, "text"), extra=extra_of(value, KNOWN))


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    return with_extra({"text": canonical.text}, canonical.extra, KNOWN, told)


SHAPE: Final = Shape(
    name="pretrain",
    kind="text",
    title="text alone",
    fields=(Field("text", str, "the text"),),
    readers=("LLaMA-Factory (stage pt)", "axolotl completion", "TRL SFT", "Together"),
    source="LLaMA-Factory data/README.md, pre-training; huggingface/trl docs/source/dataset_formats.md",
    examples=({"text": "信用卡起源于二十世纪初的美国。"}, {"text": "A ledger is a book of accounts."}),
    cautions=(
        "It becomes nothing else: a text has no question; how a conversation becomes a text a chat template says.",
    ),
    dataset_info={"formatting": "alpaca", "columns": {"prompt": "text"}},
    looks=texts_look("text"),
    read=_read,
    write=_write,
)
