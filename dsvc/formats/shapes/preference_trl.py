"""TRL's preference pairs with a prompt of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.canonical import Answer
from dsvc.formats.definition import Field, Shape, known_of
from dsvc.formats.misfit import Misfit
from dsvc.formats.sides import IMAGES, PROMPT, SIDE, TOOLS, Sides, pair_of, side_looks, written_sides

if TYPE_CHECKING:
    from dsvc.formats.canonical import Canonical
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (
    PROMPT,
    Field("chosen", SIDE, "the better answer"),
    Field("rejected", SIDE, "the worse answer"),
    TOOLS,
    IMAGES,
)
KNOWN: Final = known_of(FIELDS)


def _read(value: dict[str, Json], told: Told) -> Canonical:
    sides = Sides(value, ("prompt", "chosen", "rejected"), told)
    turns = sides.turns("prompt", "user")
    answers = (
        Answer(sides.turns("chosen", "assistant"), good=True),
        Answer(sides.turns("rejected", "assistant"), good=False),
    )
    return sides.record(turns, answers, KNOWN)


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    chosen, rejected = pair_of(canonical)
    if not canonical.turns:
        raise Misfit("prompt", "there is none: chosen and rejected are whole texts", "convert to 'preference-implicit'")
    sides = {"prompt": canonical.turns, "chosen": chosen.turns, "rejected": rejected.turns}
    return written_sides(canonical, sides, KNOWN, told, {})


def _looks(value: dict[str, Json]) -> float:
    return side_looks(value, "prompt", "chosen", "rejected")


SHAPE: Final = Shape(
    name="preference-trl",
    kind="preference",
    title="prompt, chosen, rejected, bare texts or messages",
    fields=FIELDS,
    readers=("TRL DPO, CPO, ORPO", "axolotl", "Unsloth"),
    source="huggingface/trl docs/source/dataset_formats.md, preference with explicit prompt",
    examples=(
        {
            "prompt": [{"role": "user", "content": "能提前还款吗？"}],
            "chosen": [{"role": "assistant", "content": "可以，手机银行申请，当天生效。"}],
            "rejected": [{"role": "assistant", "content": "不清楚。"}],
        },
        {"prompt": "The sky is", "chosen": " blue.", "rejected": " a fish."},
    ),
    cautions=("The prompt is advised for DPO and KTO; without it: 'preference-implicit'.",),
    bare=True,
    looks=_looks,
    read=_read,
    write=_write,
)
