"""Reasoning inside of answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked

_TRIGGERS: Final = (re.compile(rb"<think>"), re.compile(rb"</think>"))
_TAG: Final = re.compile(r"</?think>")
_CODE: Final = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_SPELLINGS: Final = (
    re.compile(rb'"reasoning_content"'),
    re.compile(rb'"thinking"'),
    re.compile(rb'"reasoning"'),
    re.compile(rb"</think>"),
    re.compile(rb"Complex.CoT"),
)
_LONG: Final = 40
"""Characters of reasoning that are no chance when they stand in the answer as well."""
_PAIRS: Final = (("reasoning_content", "content"), ("thinking", "content"), ("reasoning", "content"))
_FLAT: Final = (("Complex_CoT", "Response"), ("Complex-CoT", "Response"), ("reasoning_content", "output"))


def _tags(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_tags, _TRIGGERS)


def _check_tags(record: Checked) -> Iterator[Found]:
    for steps, text in record.texts:
        if "think>" not in text:
            continue
        tags = _TAG.findall(_CODE.sub("", text))
        expected = ["<think>", "</think>"] * (len(tags) // 2)
        if tags != expected:
            told = "tags of reasoning that do not pair: " + " ".join(tags[:6])
            yield Found(told, steps, "write <think>…</think> once, in front of the answer")


def _copied(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_copied, _SPELLINGS)


def _check_copied(record: Checked) -> Iterator[Found]:
    for steps, reasoning, answer in _parts(record):
        thought = reasoning.strip()
        if not answer.strip():
            yield Found("there is reasoning, and no answer behind it", steps, "add the answer")
        elif len(thought) >= _LONG and thought in answer:
            yield Found("the reasoning stands in the answer once more", steps, "take it out of the answer")


def _parts(record: Checked) -> Iterator[tuple[Steps, str, str]]:
    """Reasoning and answer, where they are told apart."""
    fields = record.fields
    for one, other in _FLAT:
        thought, answer = fields.get(one), fields.get(other)
        if isinstance(thought, str) and isinstance(answer, str) and thought.strip():
            yield (other,), thought, answer
    for _, turns in record.conversations:
        for turn in turns:
            for one, other in _PAIRS:
                thought, answer = turn.value.get(one), turn.value.get(other)
                if isinstance(thought, str) and thought.strip() and isinstance(answer, str) and _no_calls(turn.value):
                    yield (*turn.steps, other), thought, answer
    for steps, text in record.texts:
        head, tag, answer = text.partition("</think>")
        if tag and head.lstrip().startswith("<think>") and "<think>" not in answer and not _calls_follow(record, steps):
            yield steps, head.lstrip().removeprefix("<think>"), answer


def _no_calls(turn: dict[str, object]) -> bool:
    return not turn.get("tool_calls")


def _calls_follow(record: Checked, steps: Steps) -> bool:
    """Whether a turn with reasoning alone goes on with a call, in itself or as the next turn."""
    for name, turns in record.conversations:
        for number, turn in enumerate(turns):
            if steps[:2] == (name, number):
                following = turns[number + 1].role if number + 1 < len(turns) else None
                return not _no_calls(turn.value) or following == "call" or turn.role == "call"
    return False


RULES: Final = (
    Rule(
        id="think-tags",
        topic="structure",
        severity="error",
        title="tags of reasoning that do not pair",
        why="Templates cut the answer at the tags: what is left over is trained as an answer, or the answer is lost.",
        example=Example(
            bad=('{"output": "<think>a b"}', '{"output": "a</think>b<think>"}'),
            good=('{"output": "<think>a</think>b"}', '{"output": "write `<think>` in front"}'),
        ),
        make=_tags,
    ),
    Rule(
        id="reasoning-in-answer",
        topic="structure",
        severity="warning",
        title="reasoning without an answer, or copied into it",
        why="The model learns to repeat its thoughts, or to stop after them.",
        example=Example(
            bad=(
                '{"output": "<think>the fee is five per cent of what was not paid</think>"}',
                '{"Question": "q", "Complex_CoT": "the fee is five per cent of what was not paid", '
                '"Response": "the fee is five per cent of what was not paid, so 50"}',
            ),
            good=('{"output": "<think>five per cent of 1,000 makes 50</think>The fee is 50."}',),
        ),
        make=_copied,
    ),
)
