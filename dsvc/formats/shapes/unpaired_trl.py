"""TRL's unpaired preference: prompt, completion, and whether it is good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.canonical import Answer
from dsvc.formats.definition import Field, Shape, known_of
from dsvc.formats.fit import only_answer
from dsvc.formats.misfit import Misfit, label_in
from dsvc.formats.sides import IMAGES, PROMPT, SIDE, TOOLS, Sides, side_looks, tell_last, written_sides

if TYPE_CHECKING:
    from dsvc.formats.canonical import Canonical
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (
    PROMPT,
    Field("completion", SIDE, "the answer"),
    Field("label", bool, "whether the answer is good"),
    TOOLS,
    IMAGES,
)
KNOWN: Final = known_of(FIELDS)


def _read(value: dict[str, Json], told: Told) -> Canonical:
    label = label_in(value, "label")
    sides = Sides(value, ("prompt", "completion"), told)
    completion = sides.turns("completion", "assistant")
    tell_last(completion, told)
    return sides.record(sides.turns("prompt", "user"), (Answer(completion, good=label),), KNOWN)


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    answer = only_answer(canonical)
    if not canonical.turns:
        raise Misfit("prompt", "there is none: the answer is a whole text")
    sides = {"prompt": canonical.turns, "completion": answer.turns}
    return written_sides(canonical, sides, KNOWN, told, {"label": answer.good})


def _looks(value: dict[str, Json]) -> float:
    return side_looks(value, "prompt", "completion") if isinstance(value["label"], bool) else 0.0


SHAPE: Final = Shape(
    name="unpaired-trl",
    kind="unpaired",
    title="prompt, completion and label, bare texts or messages",
    fields=FIELDS,
    readers=("TRL KTO, BCO", "axolotl KTO"),
    source="huggingface/trl docs/source/dataset_formats.md, unpaired preference",
    examples=(
        {
            "prompt": [{"role": "user", "content": "在哪办卡？"}],
            "completion": [{"role": "assistant", "content": "网点或手机银行。"}],
            "label": True,
        },
        {"prompt": "Water boils at", "completion": " 40 degrees.", "label": False},
    ),
    bare=True,
    looks=_looks,
    read=_read,
    write=_write,
)
