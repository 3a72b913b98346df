"""Who speaks, and in which order."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from dsvc.validators.conversation import IN_TURNS
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked
    from dsvc.validators.conversation import Turn


_ANSWERS: Final = ("chosen", "rejected", "rejected_response", "completion", "chosen_messages")


def _unknown_role(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_names, keys=IN_TURNS)


def _check_names(record: Checked) -> Iterator[Found]:
    for _, turns in record.conversations:
        for turn in turns:
            if turn.role is None:
                key = "from" if "from" in turn.value and "role" not in turn.value else "role"
                fix = "mend the name; common ones: dsvc fix --only roles"
                yield Found(f"nobody reads the role '{turn.name[:40]}'", (*turn.steps, key), fix)


def _system_position(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_system, keys=IN_TURNS)


def _check_system(record: Checked) -> Iterator[Found]:
    for _, turns in record.conversations:
        for number, turn in enumerate(turns):
            if turn.role == "system" and number and turns[number - 1].role != "system":
                yield Found("a system message behind other turns", turn.steps, "put it first")


def _role_order(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_order, keys=IN_TURNS)


def _check_order(record: Checked) -> Iterator[Found]:
    for name, turns in record.conversations:
        spoken = [turn for turn in turns if turn.role != "system"]
        if not spoken or any(turn.role is None for turn in spoken):
            continue
        if spoken[0].role not in ("user", "tool"):
            yield Found(f"the conversation begins with '{spoken[0].name}'", spoken[0].steps, "begin with the user")
        for before, turn in pairwise(spoken):
            if not _may_follow(before, turn):
                yield Found(
                    f"'{turn.name}' follows '{before.name}'", turn.steps, "put both into one turn, or mend a role"
                )
        last = spoken[-1]
        if last.role in ("user", "tool") and not _goes_on_elsewhere(record):
            yield Found(f"the last turn in '{name}' is '{last.name}': there is no answer", last.steps, "add the answer")


def _may_follow(before: Turn, turn: Turn) -> bool:
    if turn.role == "user":
        return before.role != "user"
    if turn.role in ("assistant", "call"):
        return before.role != turn.role if turn.role == "assistant" else True
    return before.role in ("call", "tool", "assistant")


def _goes_on_elsewhere(record: Checked) -> bool:
    """Whether the answer is a field of its own, as in preferences."""
    return any(
        key in record.fields for key in ("chosen", "rejected", "rejected_response", "completion", "chosen_messages")
    )


RULES: Final = (
    Rule(
        id="unknown-role",
        topic="structure",
        severity="error",
        title="a role that nobody reads",
        why="LLaMA-Factory drops the record with a warning in the log; others stop at it.",
        example=Example(
            bad=('{"conversations": [{"from": "narrator", "value": "a"}, {"from": "gpt", "value": "b"}]}',),
            good=('{"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}',),
        ),
        make=_unknown_role,
        repair="roles",
        sources=("LLaMA-Factory converter.py, SharegptDatasetConverter",),
    ),
    Rule(
        id="system-position",
        topic="structure",
        severity="warning",
        title="a system message behind other turns",
        why="Most chat templates take it only in front, and stop at it or leave it out elsewhere.",
        example=Example(
            bad=(
                '{"messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "s"}, '
                '{"role": "assistant", "content": "b"}]}',
            ),
            good=(
                '{"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}, '
                '{"role": "assistant", "content": "b"}]}',
            ),
        ),
        make=_system_position,
    ),
    Rule(
        id="role-order",
        topic="structure",
        severity="error",
        title="turns do not take turns, or there is no answer",
        why="Trainers that read pairs drop the record (LLaMA-Factory: an odd number of turns), and chat templates stop "
        "at two turns of one role.",
        example=Example(
            bad=(
                '{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}, '
                '{"role": "assistant", "content": "c"}]}',
                '{"conversations": [{"from": "human", "value": "a"}]}',
                '{"conversations": [{"from": "gpt", "value": "a"}, {"from": "human", "value": "b"}, '
                '{"from": "gpt", "value": "c"}]}',
            ),
            good=(
                '{"conversations": [{"from": "human", "value": "a"}, {"from": "function_call", "value": "{}"}, '
                '{"from": "observation", "value": "1"}, {"from": "gpt", "value": "b"}]}',
                '{"conversations": [{"from": "human", "value": "a"}], "chosen": {"from": "gpt", "value": "b"}, '
                '"rejected": {"from": "gpt", "value": "c"}}',
            ),
        ),
        make=_role_order,
        sources=("LLaMA-Factory converter.py", "Hugging Face transformers, chat templates of Llama 2 and Mistral"),
    ),
)
