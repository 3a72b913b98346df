"""Labels and scores of the wrong type, and weights of turns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, cast

from dsvc.record import Number
from dsvc.validators.naming import kind, short
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule
from dsvc.validators.talks import has_turns, talks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked
    from dsvc.validators.rule import Signature
    from dsvc.validators.talks import Turn

_LABELS: Final = frozenset(("kto_tag", "reward_score", "label", "labels"))
_TRUTH: Final = frozenset(("true", "false", "yes", "no", "0", "1"))
_WEIGHTS: Final = (re.compile(rb'"weight"'), re.compile(rb'"loss'))
_BOOLEAN: Final = "write true or false, without quotes"


def _has_label(signature: Signature) -> bool:
    return not _LABELS.isdisjoint(signature[0])


def _label_type(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_labels, when=_has_label)


def _check_labels(record: Checked) -> Iterator[Found]:
    fields = record.fields
    if "kto_tag" in fields and type(fields["kto_tag"]) is not bool:
        told = f"'kto_tag' is {_shown(fields['kto_tag'])}, neither true nor false"
        yield Found(told, ("kto_tag",), _BOOLEAN)
    if "reward_score" in fields and not _is_number(fields["reward_score"]):
        told = f"'reward_score' is {_shown(fields['reward_score'])}, not a number"
        yield Found(told, ("reward_score",), "write a number, without quotes")
    if "label" in fields:
        yield from _check_label(fields)
    steps = fields.get("completions")
    if type(fields.get("labels")) is list and type(steps) is not list:
        yield from _check_mixed(cast("list[Any]", fields["labels"]))
    if isinstance(steps, list) and "labels" in fields:
        yield from _check_steps(steps, fields["labels"])


def _check_label(fields: dict[str, Any]) -> Iterator[Found]:
    label = fields["label"]
    if type(label) is list:
        types = {type(one) for one in label}
        wrong = [(n, one) for n, one in enumerate(label) if type(one) not in (str, int)]
        for number, one in wrong[:1]:
            told = f"label {number + 1} of {len(label)} is {_shown(one)}, not a text"
            yield Found(told, ("label", number), "write a list of texts")
        if not wrong and len(types) > 1:
            yield Found("'label' has texts and numbers in one list", ("label",), "write a list of texts")
    elif type(label) is not bool and _is_judged(fields, label):
        told = f"'label' is {_shown(label)}, neither true nor false"
        yield Found(told, ("label",), _BOOLEAN)


def _check_mixed(labels: list[Any]) -> Iterator[Found]:
    """Several labels, which may be texts or numbers (shares of classes), but not both."""
    texts = sum(type(one) is str for one in labels)
    numbers = sum(_is_number(one) for one in labels)
    if texts and numbers:
        yield Found("'labels' has texts and numbers in one list", ("labels",), "write a list of texts")


def _is_judged(fields: dict[str, Any], label: Any) -> bool:
    """Whether a label says that an answer is good: beside messages it may be a class as well, or a score."""
    if "completion" in fields and "prompt" in fields:
        return True
    return type(fields.get("messages")) is list and type(label) is str and label.strip().lower() in _TRUTH


def _check_steps(steps: list[Any], labels: Any) -> Iterator[Found]:
    if type(labels) is not list:
        yield Found(f"'labels' is {kind(labels)}, not a list", ("labels",), "one label for each step")
        return
    if len(labels) != len(steps):
        told = f"'labels' has {len(labels)}, 'completions' has {len(steps)}"
        yield Found(told, ("labels",), "one label for each step")
    for number, label in enumerate(labels):
        if type(label) is not bool:
            told = f"label {number + 1} of {len(labels)} is {_shown(label)}, neither true nor false"
            yield Found(told, ("labels", number), _BOOLEAN)
            return


def _is_number(value: object) -> bool:
    return type(value) in (int, float, Number)


def _shown(value: object) -> str:
    """What a value is, and the value where it is a short one."""
    if value is None or isinstance(value, (bool, list, dict)):
        return kind(value)
    return f"the {'text' if type(value) is str else 'number'} {short(value)}"


def _weight(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_weights, triggers=_WEIGHTS, when=has_turns)


def _check_weights(record: Checked) -> Iterator[Found]:
    for talk in talks(record):
        answers = []
        for turn in talk.turns:
            yield from _wrong_weights(turn)
            if turn.speaker in ("assistant", "call"):
                answers.append(turn)
        if answers and all(map(_is_left_out, answers)) and talk.is_conversation:
            told = "every answer has the weight 0: nothing of the record is trained"
            yield Found(told, talk.steps, "give the last answer the weight 1", severity="warning")


def _wrong_weights(turn: Turn) -> Iterator[Found]:
    for key in ("weight", "loss_weight", "loss"):
        if key not in turn.value or turn.value[key] is None:
            continue
        value = turn.value[key]
        if key == "loss":
            problem = "" if type(value) is bool else "neither true nor false"
        elif not _is_number(value):
            problem = "not a number"
        else:
            number = float(value)  # type: ignore[arg-type]  # a number, as _is_number says
            problem = (
                "negative" if number < 0 else "neither 0 nor 1" if key == "weight" and number not in (0, 1) else ""
            )
        if problem:
            fix = "write true or false" if key == "loss" else "write 0 to leave the turn out, 1 to train it"
            yield Found(f"'{key}' is {_shown(value)}, {problem}", (*turn.steps, key), fix)


def _is_left_out(turn: Turn) -> bool:
    for key in ("weight", "loss_weight", "loss"):
        value = turn.value.get(key)
        if value is False or (_is_number(value) and float(value) == 0):  # type: ignore[arg-type]
            return True
    return False


_ASKED: Final = '{"role": "user", "content": "q"}'


def _talk(more: str, beside: str = "") -> str:
    return f'{{"messages": [{_ASKED}, {{"role": "assistant", "content": "a"{more}}}]{beside}}}'


RULES: Final = (
    Rule(
        id="rating-type",
        topic="structure",
        severity="error",
        title="a label or a score of the wrong type",
        why='LLaMA-Factory takes a kto_tag "true" for no label at all, and drops the record in KTO with a warning; TRL '
        "wants one label for each step.",
        example=Example(
            bad=(
                '{"instruction": "q", "output": "a", "kto_tag": "true"}',
                '{"input": "q", "output": "a", "reward_score": "0.5"}',
                '{"prompt": "q", "completion": "a", "label": 1}',
                '{"text": "x", "label": ["a", null]}',
                '{"text": "x", "labels": ["a", 1]}',
                '{"prompt": "q", "completions": ["a", "b"], "labels": [true]}',
                _talk("", ', "label": "True"'),
            ),
            good=(
                '{"instruction": "q", "output": "a", "kto_tag": false}',
                '{"input": "q", "output": "a", "reward_score": -1}',
                '{"text": "x", "label": ["a", "b"]}',
                '{"text": "x", "label": "true"}',
                '{"text": "x", "labels": [0, 0.5]}',
                _talk("", ', "label": 3'),
                _talk("", ', "label": "complaint"'),
            ),
        ),
        make=_label_type,
        sources=("LLaMA-Factory data/processor/feedback.py", "huggingface/trl docs/source/dataset_formats.md"),
    ),
    Rule(
        id="turn-weight",
        topic="structure",
        severity="error",
        title="a turn has a weight that there is not",
        why="OpenAI refuses the file for a weight that is neither 0 nor 1; a negative one trains the model away from "
        "the answer.",
        example=Example(
            bad=(
                _talk(', "weight": 0.5'),
                _talk(', "loss_weight": -1.0'),
                _talk(', "loss": "false"'),
                _talk(', "weight": 0'),
            ),
            good=(_talk(', "weight": 1'), _talk(', "loss_weight": 0.5'), _talk(', "loss": true'), '{"weight": 70.5}'),
        ),
        make=_weight,
        sources=("openai/openai-openapi, FineTuneChatRequestInput", "LLaMA-Factory data/v1_sft_demo.jsonl"),
    ),
)
