"""Pairs of answers, and answers that were rated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.record import Number
from dsvc.validators.conversation import turns_of
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked

_PAIRS: Final = (("chosen", "rejected"), ("chosen_messages", "rejected_messages"))
_RATED: Final = frozenset({"kto_tag", "reward_score", "reward"})


def _pair(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_pair, keys=frozenset(one for one, _ in _PAIRS))


def _check_pair(record: Checked) -> Iterator[Found]:
    fields = record.fields
    for one, other in _PAIRS:
        if one not in fields or other not in fields:
            continue
        chosen, rejected = fields[one], fields[other]
        if chosen == rejected:
            yield Found(f"'{one}' and '{other}' are the same", (other,), "write the worse answer, or leave it out")
            continue
        for name, side in ((one, chosen), (other, rejected)):
            if side in ("", None, []) or (isinstance(side, str) and not side.strip()):
                yield Found(f"'{name}' is empty", (name,), "write the answer, or leave the record out")
        if isinstance(chosen, list) and isinstance(rejected, list) and chosen[:-1] != rejected[:-1]:
            yield from _differ_early(one, other, chosen, rejected)


def _differ_early(one: str, other: str, chosen: list[object], rejected: list[object]) -> Iterator[Found]:
    if turns_of(one, chosen) and turns_of(other, rejected):
        number = next((n for n, (a, b) in enumerate(zip(chosen, rejected, strict=False)) if a != b), None)
        if number is not None:
            told = f"'{one}' and '{other}' differ before the last turn: it is not one prompt with two answers"
            yield Found(told, (other, number), "make them the same up to the answer")


def _rating(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_rating, keys=_RATED)


def _check_rating(record: Checked) -> Iterator[Found]:
    fields = record.fields
    if "kto_tag" in fields and not isinstance(fields["kto_tag"], bool):
        yield Found(f"'kto_tag' is {_kind(fields['kto_tag'])}, no boolean", ("kto_tag",), "write true or false")
    for name in ("reward_score", "reward"):
        value = fields.get(name)
        if name in fields and (isinstance(value, bool) or not isinstance(value, (int, float, Number))):
            yield Found(f"'{name}' is {_kind(value)}, no number", (name,), "write a number")


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return "a text" if isinstance(value, str) else "a boolean" if isinstance(value, bool) else "no plain value"


RULES: Final = (
    Rule(
        id="preference-pair",
        topic="structure",
        severity="error",
        title="a pair of answers from which nothing can be learned",
        why="Equal answers pull the model in both directions; pairs that differ earlier compare two conversations.",
        example=Example(
            bad=(
                '{"prompt": "q", "chosen": "a", "rejected": "a"}',
                '{"prompt": "q", "chosen": "a", "rejected": " "}',
                '{"chosen": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "a"}], '
                '"rejected": [{"role": "user", "content": "y"}, {"role": "assistant", "content": "b"}]}',
            ),
            good=('{"prompt": "q", "chosen": "a", "rejected": "A"}', '{"chosen": "a"}'),
        ),
        make=_pair,
    ),
    Rule(
        id="rating-type",
        topic="structure",
        severity="error",
        title="a rating of the wrong type",
        why="LLaMA-Factory takes a 'kto_tag' that is a text for no rating, and drops the record in KTO with a warning.",
        example=Example(
            bad=('{"kto_tag": "true"}', '{"input": "q", "output": "a", "reward_score": "0.5"}'),
            good=('{"kto_tag": false}', '{"input": "q", "output": "a", "reward_score": 1}'),
        ),
        make=_rating,
        sources=("LLaMA-Factory data/processor/feedback.py",),
    ),
)
