"""LLaMA-Factory's native format for pairs: two whole conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.canonical import Answer, Canonical
from dsvc.formats.definition import Field, ListOf, Shape, extra_of, known_of, with_extra
from dsvc.formats.dialects import looks_of
from dsvc.formats.message_shapes import TOOL_TEXT
from dsvc.formats.misfit import Misfit
from dsvc.formats.shapes.llamafactory_v1 import TOOLS
from dsvc.formats.sides import common, pair_of, tell_common
from dsvc.formats.v1 import MESSAGE, read_v1, write_v1

if TYPE_CHECKING:
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (
    Field("chosen_messages", ListOf(MESSAGE), "the conversation with the better answer"),
    Field("rejected_messages", ListOf(MESSAGE), "the conversation with the worse answer"),
    TOOLS,
)
KNOWN: Final = known_of(FIELDS)


def _read(value: dict[str, Json], told: Told) -> Canonical:
    for key in ("chosen_messages", "rejected_messages"):
        if key not in value:
            raise Misfit(key, "is missing")
    chosen = read_v1(value["chosen_messages"], "chosen_messages", told)
    rejected = read_v1(value["rejected_messages"], "rejected_messages", told)
    before, better, worse = common(chosen, rejected)
    answers = (Answer(better, good=True), Answer(worse, good=False))
    return Canonical(before, answers, TOOL_TEXT.read(value, told), extra=extra_of(value, KNOWN))


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    chosen, rejected = pair_of(canonical)
    tell_common(canonical, told)
    made: dict[str, Json] = {
        "chosen_messages": write_v1([*canonical.turns, *chosen.turns], told),
        "rejected_messages": write_v1([*canonical.turns, *rejected.turns], told),
        **TOOL_TEXT.write(canonical.tools),
    }
    return with_extra(made, canonical.extra, KNOWN, told)


def _looks(value: dict[str, Json]) -> float:
    sides = (looks_of(value["chosen_messages"]), looks_of(value["rejected_messages"]))
    return 1.0 if all("parts-value" in side for side in sides) else 0.0


SHAPE: Final = Shape(
    name="preference-v1",
    kind="preference",
    title="chosen_messages and rejected_messages, as llamafactory-v1 writes messages",
    fields=FIELDS,
    readers=("LLaMA-Factory v1",),
    source="LLaMA-Factory src/llamafactory/v1, data/v1_dpo_demo.jsonl",
    examples=(
        {
            "chosen_messages": [
                {"role": "user", "content": [{"type": "text", "value": "一句话介绍存单。"}]},
                {"role": "assistant", "content": [{"type": "text", "value": "银行开出的存款凭证。"}]},
            ],
            "rejected_messages": [
                {"role": "user", "content": [{"type": "text", "value": "一句话介绍存单。"}]},
                {"role": "assistant", "content": [{"type": "text", "value": "纸。"}]},
            ],
        },
        {
            "chosen_messages": [
                {"role": "user", "content": [{"type": "text", "value": "Hi"}], "loss_weight": 0.0},
                {"role": "assistant", "content": [{"type": "text", "value": "Good morning."}], "loss_weight": 1.0},
            ],
            "rejected_messages": [
                {"role": "user", "content": [{"type": "text", "value": "Hi"}], "loss_weight": 0.0},
                {"role": "assistant", "content": [{"type": "text", "value": "What."}], "loss_weight": 1.0},
            ],
        },
    ),
    cautions=("What both begin with is taken for the prompt.",),
    looks=_looks,
    read=_read,
    write=_write,
)
