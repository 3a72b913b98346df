"""Question, reasoning, response, as sets distilled for medical reasoning have them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.definition import Field, Shape, known_of
from dsvc.formats.pairs import pair_reader, pair_writer

if TYPE_CHECKING:
    from dsvc.record import Json

SPELLINGS: Final = ("Complex_CoT", "Complex-CoT")
FIELDS: Final = (
    Field("Question", str, "what is asked"),
    Field("Complex_CoT", str, "the reasoning", required=False),
    Field("Complex-CoT", str, "the same under its other spelling", required=False),
    Field("Response", str, "the answer"),
)
KNOWN: Final = known_of(FIELDS)


def _looks(value: dict[str, Json]) -> float:
    if not (isinstance(value["Question"], str) and isinstance(value["Response"], str)):
        return 0.0
    return 1.0 if any(spelling in value for spelling in SPELLINGS) else 0.8


SHAPE: Final = Shape(
    name="complex-cot",
    kind="conversation",
    title="Question, Complex_CoT (or Complex-CoT), Response",
    fields=FIELDS,
    readers=("training scripts of HuatuoGPT-o1", "own scripts"),
    source="FreedomIntelligence/medical-o1-reasoning-SFT (Complex_CoT); tutorials on fine-tuning data (Complex-CoT)",
    examples=(
        {
            "Question": "发热三天，该先查什么？",
            "Complex_CoT": "先分感染与非感染，血常规最快。",
            "Response": "先查血常规。",
        },
        {"Question": "Which of 0.5 % and 5 ‰ is more?", "Complex_CoT": "5 ‰ is 0.5 %.", "Response": "They are equal."},
    ),
    cautions=("Complex-CoT is read, Complex_CoT is written.",),
    looks=_looks,
    read=pair_reader("Question", "Response", KNOWN, SPELLINGS),
    write=pair_writer("Question", "Response", KNOWN, SPELLINGS),
)
