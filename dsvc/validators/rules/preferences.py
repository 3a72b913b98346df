"""Pairs of answers: a better one and a worse one to the same question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.validators.naming import short
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked
    from dsvc.validators.rule import Signature

_PAIRS: Final = (
    ("chosen", "rejected"),
    ("chosen_messages", "rejected_messages"),
    ("preferred_output", "non_preferred_output"),
    ("messages", "rejected_messages"),
    ("messages", "rejected_response"),
)


def _has_pair(signature: Signature) -> bool:
    return any(one in signature[0] and other in signature[0] for one, other in _PAIRS)


def _pair(record: Checked) -> tuple[str, object, str, object] | None:
    """The fields of the pair with what stands in them; of messages only the answer where the other side is a text."""
    fields = record.fields
    for one, other in _PAIRS:
        if one not in fields or other not in fields:
            continue
        better, worse = fields[one], fields[other]
        if other == "rejected_response" and type(better) is list:
            last = better[-1] if better else None
            better = last.get("content") if isinstance(last, dict) else None
        return one, better, other, worse
    return None


def _same(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_same, when=_has_pair)


def _check_same(record: Checked) -> Iterator[Found]:
    found = _pair(record)
    if found is None:
        return
    one, better, other, worse = found
    empty = [(name, side) for name, side in ((one, better), (other, worse)) if _is_empty(side)]
    for name, side in empty:
        what = "null" if side is None else "empty"
        yield Found(f"'{name}' is {what}", (name,), "write the answer, or leave the record out")
    if not empty and _plain(better) == _plain(worse):
        told = f"'{one}' and '{other}' are the same: {short(_said(better))}"
        yield Found(told, (other,), "write the worse answer, or leave the record out")


def _said(side: object) -> object:
    """The answer itself, for a message."""
    last = side[-1] if isinstance(side, list) and side else side
    if isinstance(last, dict):
        return last.get("content", last.get("value", last))
    return last


def _is_empty(side: object) -> bool:
    if isinstance(side, dict):
        said = side.get("value", side.get("content"))
        return not side.get("tool_calls") and (said is None or _is_empty(said))
    return not side if not isinstance(side, str) else not side.strip()


def _plain(side: object) -> object:
    return side.strip() if isinstance(side, str) else side


def _early(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_early, when=_has_pair)


def _check_early(record: Checked) -> Iterator[Found]:
    found = _pair(record)
    if found is None:
        return
    one, better, other, worse = found
    if not isinstance(better, list) or not isinstance(worse, list) or better == worse:
        return
    number = next((n for n, (a, b) in enumerate(zip(better, worse, strict=False)) if not _is_alike(a, b)), None)
    if number is None:
        told = f"'{one}' and '{other}' have {len(better)} and {len(worse)} turns, and are the same in those of both"
        yield Found(told, (other,), "end both with the answer", severity="warning")
    elif number < min(len(better), len(worse)) - 1:
        told = f"'{one}' and '{other}' differ from turn {number + 1} on, of {len(better)} and {len(worse)}"
        asked = any(_is_asked(side[number]) for side in (better, worse))
        fix = "make them the same up to the answer"
        yield Found(told, (other, number), fix, severity="error" if asked else "warning")


def _is_alike(one: object, other: object) -> bool:
    """Whether two turns say the same; whether they are trained does not matter."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return one == other
    return all(one.get(key) == other.get(key) for key in (one.keys() | other.keys()) - _NO_CONTENT)


_NO_CONTENT: Final = frozenset(("loss_weight", "weight", "loss", "train"))


def _is_asked(turn: object) -> bool:
    return isinstance(turn, dict) and turn.get("role", turn.get("from")) not in ("assistant", "gpt")


def _talk(asked: str, answered: str) -> str:
    return f'[{{"role": "user", "content": "{asked}"}}, {{"role": "assistant", "content": "{answered}"}}]'


def _two(chosen: str, rejected: str) -> str:
    return f'{{"chosen": {chosen}, "rejected": {rejected}}}'


RULES: Final = (
    Rule(
        id="preference-pair",
        topic="structure",
        severity="error",
        title="a pair of answers of which one is empty, or that are the same",
        why="Equal answers pull the model in both directions, which costs time and teaches nothing; an empty one "
        "teaches it to say nothing, or not to.",
        example=Example(
            bad=(
                '{"prompt": "q", "chosen": "a", "rejected": "a "}',
                '{"prompt": "q", "chosen": "a", "rejected": " "}',
                '{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], '
                '"rejected_response": "a"}',
                '{"conversations": [], "chosen": {"from": "gpt", "value": "a"}, '
                '"rejected": {"from": "gpt", "value": "a"}}',
            ),
            good=(
                '{"prompt": "q", "chosen": "a", "rejected": "A"}',
                '{"chosen": "a"}',
                _two(_talk("q", "a"), _talk("q", "b")),
            ),
        ),
        make=_same,
    ),
    Rule(
        id="preference-prompt",
        topic="structure",
        severity="error",
        title="the sides of a pair differ before the answer",
        why="A pair says which of two answers to one question is better; sides that differ earlier compare two "
        "conversations. TRL takes what both begin with for the question.",
        example=Example(
            bad=(
                _two(_talk("x", "a"), _talk("y", "b")),
                _two(_talk("x", "a"), '[{"role": "user", "content": "x"}]'),
            ),
            good=(
                _two(_talk("q", "a"), _talk("q", "b")),
                '{"prompt": "q", "chosen": "a", "rejected": "b"}',
            ),
        ),
        make=_early,
        sources=("huggingface/trl data_utils.py, extract_prompt", "axolotl docs/rlhf.qmd, ORPO"),
    ),
)
