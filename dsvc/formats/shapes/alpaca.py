"""Alpaca: an instruction, perhaps an input, and the output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats import thinking
from dsvc.formats.alpaca_prompt import (
    HISTORY,
    INSTRUCTION,
    MEDIA,
    PROMPT_COLUMNS,
    SYSTEM,
    given_in,
    read_prompt,
    write_prompt,
    write_rest,
)
from dsvc.formats.canonical import Canonical, Turn
from dsvc.formats.definition import Field, Shape, extra_of, known_of, with_extra
from dsvc.formats.exchange import answer_text, answer_turn, exchange, plain_pair
from dsvc.formats.media import Taken
from dsvc.formats.misfit import text_in

if TYPE_CHECKING:
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (
    *INSTRUCTION,
    Field("output", str, "the answer; reasoning stands in front of it as <think>…</think>"),
    SYSTEM,
    HISTORY,
    *MEDIA,
    Field("domain", str, "the domain that it is of; no trainer reads it", required=False, passes=True),
)
KNOWN: Final = known_of(FIELDS)


def _read(value: dict[str, Json], told: Told) -> Canonical:
    if len(value) == 3:  # most records
        asked, more, answer = value.get("instruction"), value.get("input"), value.get("output")
        if type(asked) is str and type(more) is str and type(answer) is str and not answer.startswith(thinking.OPEN):
            return Canonical([Turn("user", asked, None, more), Turn("assistant", answer)])
    given = given_in(value, told)
    turns = read_prompt(value, told, given)
    turns.append(answer_turn(text_in(value, "output"), told, given))
    if given:
        given.finish()
    return Canonical(turns, extra=extra_of(value, KNOWN))


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    texts = plain_pair(canonical.turns) if canonical.tools is None else None
    if texts is not None:  # most records
        pair: dict[str, Json] = {"instruction": texts[0], "input": canonical.turns[0].input, "output": texts[1]}
        return with_extra(pair, canonical.extra, KNOWN, told) if canonical.extra else pair
    taken = Taken(told)
    found = exchange(canonical.turns, told)
    assert found.answer is not None
    rest = write_rest(found, told, taken)
    made = write_prompt(found, told, taken)
    made["output"] = answer_text(found.answer, told, "output", taken)
    if canonical.tools is not None:
        told.lost("tools", "the target has no place for them")
    return with_extra({**made, **rest, **taken.fields()}, canonical.extra, KNOWN, told)


def _looks(value: dict[str, Json]) -> float:
    return 1.0 if isinstance(value["instruction"], str) and isinstance(value["output"], str) else 0.3


SHAPE: Final = Shape(
    name="alpaca",
    kind="conversation",
    title="instruction, input, output; perhaps system and history",
    fields=FIELDS,
    readers=("LLaMA-Factory", "axolotl", "ms-swift", "easy-dataset"),
    source="LLaMA-Factory data/README.md and converter.py; axolotl docs/dataset-formats/inst_tune.qmd",
    examples=(
        {
            "instruction": "把下面的句子译成英文。",
            "input": "账单日之后二十天还款。",
            "output": "Pay within twenty days of the statement date.",
        },
        {
            "instruction": "And without a branch?",
            "input": "",
            "output": "In the app: Card, Replace.",
            "system": "You answer for the card centre.",
            "history": [["How do I replace a lost card?", "Call the card centre, or go to a branch."]],
            "domain": "cards",
        },
    ),
    cautions=(
        "output must be a text: LLaMA-Factory drops records whose output is an object.",
        "The answers of history are trained as well.",
    ),
    dataset_info={"formatting": "alpaca", "columns": {**PROMPT_COLUMNS, "response": "output"}},
    looks=_looks,
    read=_read,
    write=_write,
)
