"""TRL's prompt and completion: bare texts, or messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.definition import Field, Shape, known_of
from dsvc.formats.misfit import Misfit
from dsvc.formats.sides import IMAGES, PROMPT, SIDE, TOOLS, Sides, parted, side_looks, tell_last, written_sides

if TYPE_CHECKING:
    from dsvc.formats.canonical import Canonical
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (PROMPT, Field("completion", SIDE, "the answer, written as the prompt is"), TOOLS, IMAGES)
KNOWN: Final = known_of(FIELDS)


def _read(value: dict[str, Json], told: Told) -> Canonical:
    sides = Sides(value, ("prompt", "completion"), told)
    asked, answered = sides.turns("prompt", "user"), sides.turns("completion", "assistant")
    if len(answered) > 1:
        told.rewritten("prompt", "all but the last message become the prompt")
    tell_last(answered, told)
    return sides.record([*asked, *answered], (), KNOWN)


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    before, answer = parted(canonical.turns, "messages")
    if not before:
        raise Misfit("prompt", "there is none: the answer is all that there is", "convert to 'trl'")
    return written_sides(canonical, {"prompt": before, "completion": answer}, KNOWN, told, {})


def _looks(value: dict[str, Json]) -> float:
    return side_looks(value, "prompt", "completion")


SHAPE: Final = Shape(
    name="prompt-completion",
    kind="conversation",
    title="prompt and completion, bare texts or messages",
    fields=FIELDS,
    readers=("TRL SFT, GKD", "Together", "OpenAI (older models)"),
    source="huggingface/trl docs/source/dataset_formats.md, prompt-completion",
    examples=(
        {
            "prompt": [{"role": "user", "content": "年费多少？"}],
            "completion": [{"role": "assistant", "content": "首年免年费。"}],
        },
        {"prompt": "The fee is", "completion": " two per month."},
    ),
    cautions=("Bare texts get no chat template. From other shapes messages are written.",),
    bare=True,
    looks=_looks,
    read=_read,
    write=_write,
)
