"""Reasoning as a list of steps between the instruction and the output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.canonical import PLAIN, Canonical, Details, Turn
from dsvc.formats.definition import Field, ListOf, Shape, extra_of, known_of, with_extra
from dsvc.formats.exchange import answer_text, single, tell_asked
from dsvc.formats.media import texts_only
from dsvc.formats.misfit import expected, list_in, optional_text, text_in

if TYPE_CHECKING:
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (
    Field("instruction", str, "what is asked"),
    Field("input", str, "what it is asked about", required=False),
    Field("chain_of_thought", ListOf(str), "the steps"),
    Field("output", str, "the answer"),
)
KNOWN: Final = known_of(FIELDS)


def _read(value: dict[str, Json], told: Told) -> Canonical:
    steps: list[str] = []
    for number, step in enumerate(list_in(value, "chain_of_thought")):
        if type(step) is not str:
            expected("a text", step, f"chain_of_thought[{number}]")
        steps.append(step)
    more = optional_text(value, "input")
    if more is None:
        more = ""
        told.rewritten(
            "input", "absent becomes an empty text" if "input" not in value else "null becomes an empty text"
        )
    asked = Turn("user", text_in(value, "instruction"), None, more)
    reasoning = steps[0] if len(steps) == 1 else steps or None
    answer = Turn(
        "assistant", text_in(value, "output"), Details(reasoning=reasoning) if reasoning is not None else None
    )
    return Canonical([asked, answer], extra=extra_of(value, KNOWN))


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    found = single(canonical, told)
    assert found.answer is not None
    reasoning = (found.answer.details or PLAIN).reasoning
    if found.prompt.details is not None:
        tell_asked(found.prompt.details, told)
    steps: list[Json] = [] if reasoning is None else [reasoning] if isinstance(reasoning, str) else [*reasoning]
    made: dict[str, Json] = {
        "instruction": texts_only(found.prompt.content, told, "instruction"),
        "input": found.prompt.input,
        "chain_of_thought": steps,
        "output": answer_text(found.answer, told, "output", think=False),
    }
    return with_extra(made, canonical.extra, KNOWN, told)


def _looks(value: dict[str, Json]) -> float:
    return 1.0 if isinstance(value["chain_of_thought"], list) else 0.0


SHAPE: Final = Shape(
    name="chain-of-thought",
    kind="conversation",
    title="instruction, chain_of_thought as a list of steps, output",
    fields=FIELDS,
    readers=("own scripts; LLaMA-Factory after conversion",),
    source="tutorials on fine-tuning data (chain of thought)",
    examples=(
        {
            "instruction": "算出总价。",
            "input": "单价12元，买3件，减5元。",
            "chain_of_thought": ["12×3=36", "36−5=31"],
            "output": "31元",
        },
        {"instruction": "Is 91 prime?", "input": "", "chain_of_thought": ["91 = 7 × 13"], "output": "No."},
    ),
    looks=_looks,
    read=_read,
    write=_write,
)
