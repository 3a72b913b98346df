"""Steps with a label each, for process reward models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.canonical import Answer, Canonical, Turn
from dsvc.formats.definition import Field, ListOf, Shape, extra_of, known_of, with_extra
from dsvc.formats.exchange import exchange, question_text
from dsvc.formats.misfit import Misfit, expected, list_in, text_in

if TYPE_CHECKING:
    from dsvc.formats.report import Told
    from dsvc.record import Json

FIELDS: Final = (
    Field("prompt", str, "the problem"),
    Field("completions", ListOf(str), "the steps"),
    Field("labels", ListOf(bool), "whether each step is right; as many as steps"),
)
KNOWN: Final = known_of(FIELDS)


def _read(value: dict[str, Json], _told: Told) -> Canonical:
    steps, labels = list_in(value, "completions"), list_in(value, "labels")
    if len(steps) != len(labels):
        raise Misfit("labels", f"has {len(labels)}, completions has {len(steps)}", "each step needs one label")
    answers = []
    for number, (step, good) in enumerate(zip(steps, labels, strict=True)):
        if type(step) is not str:
            expected("a text", step, f"completions[{number}]")
        if type(good) is not bool:
            expected("true or false", good, f"labels[{number}]")
        answers.append(Answer([Turn("assistant", step)], good=good))
    return Canonical([Turn("user", text_in(value, "prompt"))], tuple(answers), extra=extra_of(value, KNOWN))


def _write(canonical: Canonical, told: Told) -> dict[str, Json]:
    found = exchange(canonical.turns, told, answered=False)
    made: dict[str, Json] = {
        "prompt": question_text(found.prompt, told, "prompt"),
        "completions": [str(answer.turns[0].content) for answer in canonical.answers],
        "labels": [answer.good for answer in canonical.answers],
    }
    return with_extra(made, canonical.extra, KNOWN, told)


def _looks(value: dict[str, Json]) -> float:
    return 1.0 if isinstance(value["completions"], list) and isinstance(value["labels"], list) else 0.0


SHAPE: Final = Shape(
    name="stepwise",
    kind="steps",
    title="prompt, completions and labels, a label for each step",
    fields=FIELDS,
    readers=("TRL PRMTrainer", "axolotl stepwise_supervised"),
    source="huggingface/trl docs/source/dataset_formats.md, stepwise supervision; axolotl docs/dataset-formats",
    examples=(
        {"prompt": "9.8和9.11哪个大？", "completions": ["整数部分都是9。", "0.8大于0.11。"], "labels": [True, True]},
        {"prompt": "3 * 4 + 1?", "completions": ["3 * 4 = 12", "12 + 1 = 14"], "labels": [True, False]},
    ),
    looks=_looks,
    read=_read,
    write=_write,
)
