"""An answer with a score, for training by reinforcement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.canonical import Answer, Canonical, Turn
from dsvc.formats.definition import AnyOf, Field, Shape, extra_of, known_of, with_extra
from dsvc.formats.exchange import answer_text, answer_turn, question_text, single
from dsvc.formats.fit import only_answer
from dsvc.formats.misfit import Misfit, expected, text_in
from dsvc.record import Number

if TYPE_CHECKING:
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (
    Field("input", str, "what was asked"),
    Field("output", str, "the answer"),
    Field("reward_score", AnyOf((int, float)), "how good the answer is"),
)
KNOWN: Final = known_of(FIELDS)


def _read(value: dict[str, Json], told: Told) -> Canonical:
    if "reward_score" not in value:
        raise Misfit("reward_score", "is missing")
    score = value["reward_score"]
    if type(score) not in (int, float, Number):
        expected("a number", score, "reward_score")
    answer = Answer([answer_turn(text_in(value, "output"), told)], score=score)
    return Canonical([Turn("user", text_in(value, "input"))], (answer,), extra=extra_of(value, KNOWN))


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    answer = only_answer(canonical)
    found = single(Canonical([*canonical.turns, *answer.turns], tools=canonical.tools), told)
    assert found.answer is not None
    made: dict[str, Json] = {
        "input": question_text(found.prompt, told, "input"),
        "output": answer_text(found.answer, told, "output"),
        "reward_score": answer.score,
    }
    return with_extra(made, canonical.extra, KNOWN, told)


def _looks(value: dict[str, Json]) -> float:
    score = value["reward_score"]
    return 1.0 if isinstance(score, (int, float, Number)) and not isinstance(score, bool) else 0.0


SHAPE: Final = Shape(
    name="reward",
    kind="reward",
    title="input, output, reward_score",
    fields=FIELDS,
    readers=("PPO scripts, reward model training",),
    source="tutorials on fine-tuning data (reinforcement learning from human feedback)",
    examples=(
        {"input": "怎么还款？", "output": "在手机银行点“还款”。", "reward_score": 0.92},
        {"input": "How do I pay?", "output": "Somehow.", "reward_score": -1},
    ),
    cautions=("A score makes no pair: nobody says what was rejected for what.",),
    looks=_looks,
    read=_read,
    write=_write,
)
