"""TRL's preference pairs without a prompt: two whole conversations that begin alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.canonical import Answer
from dsvc.formats.definition import Field, Shape, known_of
from dsvc.formats.misfit import Misfit
from dsvc.formats.sides import (
    IMAGES,
    SIDE,
    TOOLS,
    Sides,
    common,
    pair_of,
    side_looks,
    tell_common,
    written_sides,
)

if TYPE_CHECKING:
    from dsvc.formats.canonical import Canonical, Turn
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (
    Field("chosen", SIDE, "the conversation with the better answer"),
    Field("rejected", SIDE, "the conversation with the worse answer"),
    TOOLS,
    IMAGES,
)
KNOWN: Final = known_of(FIELDS)


def _read(value: dict[str, Json], told: Told) -> Canonical:
    sides = Sides(value, ("chosen", "rejected"), told)
    chosen, rejected = sides.turns("chosen", "assistant"), sides.turns("rejected", "assistant")
    before, better, worse = common(chosen, rejected)
    return sides.record(before, (Answer(better, good=True), Answer(worse, good=False)), KNOWN)


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    chosen, rejected = pair_of(canonical)
    tell_common(canonical, told)
    if canonical.standard and canonical.turns:
        raise Misfit(
            "prompt", "a bare text and its answers cannot be told apart once they are joined", "keep 'preference-trl'"
        )
    sides: dict[str, list[Turn]] = {
        "chosen": [*canonical.turns, *chosen.turns],
        "rejected": [*canonical.turns, *rejected.turns],
    }
    return written_sides(canonical, sides, KNOWN, told, {})


def _looks(value: dict[str, Json]) -> float:
    return 0.0 if "prompt" in value else side_looks(value, "chosen", "rejected")


SHAPE: Final = Shape(
    name="preference-implicit",
    kind="preference",
    title="chosen and rejected, the prompt inside of both",
    fields=FIELDS,
    readers=("TRL RewardTrainer, ORPO", "axolotl ORPO"),
    source="huggingface/trl docs/source/dataset_formats.md, preference with implicit prompt",
    examples=(
        {
            "chosen": [{"role": "user", "content": "几点关门？"}, {"role": "assistant", "content": "下午五点。"}],
            "rejected": [{"role": "user", "content": "几点关门？"}, {"role": "assistant", "content": "看情况。"}],
        },
        {
            "chosen": [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4"}],
            "rejected": [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "5"}],
            "source": "arithmetic",
        },
    ),
    cautions=("What both begin with is taken for the prompt.",),
    bare=True,
    looks=_looks,
    read=_read,
    write=_write,
)
