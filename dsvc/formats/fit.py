"""Records of one kind made into records of another: a pair into an example, a pair into two rated answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from dsvc.formats import thinking
from dsvc.formats.canonical import PLAIN, Answer, Canonical, Turn
from dsvc.formats.exchange import exchange, tell_details
from dsvc.formats.json_text import text_of
from dsvc.formats.media import texts_only
from dsvc.formats.misfit import Misfit

if TYPE_CHECKING:
    from dsvc.formats.canonical import Kind
    from dsvc.formats.report import Told

POSSIBLE: Final[dict[tuple[Kind, Kind], str]] = {
    ("labels", "conversation"): "the label becomes the answer",
    ("conversation", "labels"): "the answer becomes the label",
    ("preference", "conversation"): "the chosen answer is the answer",
    ("preference", "unpaired"): "a pair becomes two records, one right, one wrong",
    ("unpaired", "conversation"): "the answer loses its label, also where it is false",
    ("reward", "conversation"): "the answer loses its score",
    ("steps", "conversation"): "the steps become one answer",
}
"""Which kinds become which other, and how. Nobody can say what was not chosen, or how good an answer is."""

_WHY_NOT: Final[dict[Kind, str]] = {
    "preference": "it needs a chosen and a rejected answer",
    "unpaired": "it needs a label that says whether the answer is good",
    "reward": "it needs a score for each answer",
    "steps": "it needs steps with a label each",
    "text": "how a conversation becomes one text is up to the chat template of a model",
    "labels": "it needs a text and its label",
    "conversation": "a text has no question and no answer",
}


def possible(source: Kind, target: Kind) -> bool:
    """Whether a conversion makes sense at all."""
    return source == target or (source, target) in POSSIBLE


def why_not(target: Kind) -> str:
    """Why records of another kind do not become records of this one."""
    return _WHY_NOT[target]


def fitted(canonical: Canonical, source: Kind, target: Kind, told: Told) -> list[Canonical]:
    """The record, or the two records, that a record of another kind becomes."""
    if source == target:
        return [canonical]
    if target == "labels":
        return [_labelled(canonical, told)]
    if source == "labels":
        return [
            replace(canonical, turns=[*canonical.turns, Turn("assistant", _label_text(canonical, told))], labels=None)
        ]
    if target == "unpaired":
        told.rewritten("chosen and rejected", "become two records")
        return [replace(canonical, answers=(answer,)) for answer in canonical.answers]
    if source == "steps":
        return [_stepless(canonical, told)]
    answer = canonical.answers[0]
    if source == "preference":
        told.lost("rejected", "the target has one answer")
    elif source == "unpaired":
        told.lost("label", "the target does not rate answers")
    else:
        told.lost("reward_score", "the target does not rate answers")
    return [replace(canonical, turns=[*canonical.turns, *answer.turns], answers=())]


def _label_text(canonical: Canonical, told: Told) -> str:
    labels = canonical.labels
    if isinstance(labels, str) and type(labels) is str:
        if labels.startswith(thinking.OPEN):
            told.rewritten("label", "a text that begins with <think> will be read as reasoning")
        return labels
    if isinstance(labels, list):
        told.rewritten("label", "a list of labels becomes one text")
        return ", ".join([label if type(label) is str else text_of(label) for label in labels])
    told.rewritten("label", "a number becomes a text")
    return text_of(labels)


def _labelled(canonical: Canonical, told: Told) -> Canonical:
    found = exchange(canonical.turns, told)
    answer = found.answer
    assert answer is not None
    details = answer.details or PLAIN
    tell_details(details, told)
    if details.reasoning is not None:
        told.lost("reasoning", "the target has a text and a label")
    label = texts_only(answer.content, told, "label")
    return replace(canonical, turns=canonical.turns[:-1], labels=label)


def _stepless(canonical: Canonical, told: Told) -> Canonical:
    if not canonical.answers:
        raise Misfit("completions", "is empty", "without steps there is no answer")
    told.lost("labels", "the target does not rate steps")
    told.rewritten("completions", "steps become one answer, a line each")
    steps = [str(answer.turns[0].content) for answer in canonical.answers]
    return replace(canonical, turns=[*canonical.turns, Turn("assistant", "\n".join(steps))], answers=())


def only_answer(canonical: Canonical) -> Answer:
    """The answer of a record that has one. Raises Misfit when it has several or none."""
    if len(canonical.answers) != 1:
        raise Misfit("answers", f"are {len(canonical.answers)}, not one")
    return canonical.answers[0]
