"""Alpaca with a chosen and a rejected answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
from dsvc.formats.canonical import Answer, Canonical
from dsvc.formats.definition import Field, Shape, extra_of, known_of, with_extra
from dsvc.formats.exchange import answer_text, answer_turn, exchange
from dsvc.formats.media import Taken
from dsvc.formats.misfit import Misfit, text_in
from dsvc.formats.pairs import texts_look
from dsvc.formats.sides import one_turn, pair_of

if TYPE_CHECKING:
    from dsvc.formats.canonical import Turn
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (
    *INSTRUCTION,
    Field("chosen", str, "the better answer"),
    Field("rejected", str, "the worse answer"),
    SYSTEM,
    HISTORY,
    *MEDIA,
)
KNOWN: Final = known_of(FIELDS)


def answer_field(turn: Turn, field: str, told: Told, taken: Taken) -> str:
    """An answer as the text of a field. Raises Misfit when it is nothing but calls."""
    if turn.content is None:
        raise Misfit(field, "is nothing but calls of tools", "the target has texts only")
    if turn.details is not None and turn.details.calls:
        told.lost("tool calls", "the target has no place for them")
    return answer_text(turn, told, field, taken)


def _read(value: dict[str, Json], told: Told) -> Canonical:
    given = given_in(value, told)
    turns = read_prompt(value, told, given)
    answers = (
        Answer([answer_turn(text_in(value, "chosen"), told, given)], good=True),
        Answer([answer_turn(text_in(value, "rejected"), told, given)], good=False),
    )
    if given:
        given.finish()
    return Canonical(turns, answers, extra=extra_of(value, KNOWN))


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    taken = Taken(told)
    found = exchange(canonical.turns, told, answered=False)
    chosen, rejected = pair_of(canonical)
    rest = write_rest(found, told, taken)
    made = write_prompt(found, told, taken)
    made["chosen"] = answer_field(one_turn(chosen.turns, "chosen"), "chosen", told, taken)
    made["rejected"] = answer_field(one_turn(rejected.turns, "rejected"), "rejected", told, taken)
    if canonical.tools is not None:
        told.lost("tools", "the target has no place for them")
    return with_extra({**made, **rest, **taken.fields()}, canonical.extra, KNOWN, told)


SHAPE: Final = Shape(
    name="preference-alpaca",
    kind="preference",
    title="instruction, input, chosen, rejected",
    fields=FIELDS,
    readers=("LLaMA-Factory (ranking: true)",),
    source="LLaMA-Factory data/README.md, preference dataset (alpaca)",
    examples=(
        {
            "instruction": "解释免息期。",
            "input": "",
            "chosen": "从记账日到还款日不收利息的时间，最长五十天。",
            "rejected": "就是不要钱。",
        },
        {
            "instruction": "Shorten:",
            "input": "Please be informed that we are closed.",
            "chosen": "We are closed.",
            "rejected": "Closed!!!",
            "system": "Be polite.",
        },
    ),
    dataset_info={
        "formatting": "alpaca",
        "ranking": True,
        "columns": {**PROMPT_COLUMNS, "chosen": "chosen", "rejected": "rejected"},
    },
    looks=texts_look("instruction", "chosen", "rejected"),
    read=_read,
    write=_write,
)
