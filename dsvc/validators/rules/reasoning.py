"""Reasoning in answers: tags that do not pair, and thoughts that are said once more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.formats.report import Told
from dsvc.formats.shapes.complex_cot import SPELLINGS as COT_FIELDS
from dsvc.formats.thinking import CLOSE, OPEN, split
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule
from dsvc.validators.talks import FIELDS, calls_in, parts_of, reasoning_of, talks, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.checked import Checked
    from dsvc.validators.talks import Turn

_TAGS: Final = (re.compile(rb"</?think>"),)
_APART: Final = (*_TAGS, re.compile(rb'"(?:reasoning|thinking|Complex.CoT|chain_of_thought)'))
_TAG: Final = re.compile("</?think>")
_QUOTED: Final = re.compile("```.*?(?:```|$)|`[^`\n]*`|[\"'“‘「『]</?think>[\"'”’」』]", re.DOTALL)
_PROMPTS: Final = frozenset(
    ("instruction", "input", "prompt", "question", "Question", "query", "problem", "system", "tools", "text", "history")
)
_FLAT: Final = (
    *((field, "Response") for field in COT_FIELDS),
    ("chain_of_thought", "output"),
    ("reasoning_content", "content"),
    ("reasoning", "answer"),
)
_LONG: Final = 40
"""Bytes of reasoning that are no chance when they stand in the answer as well: some eight words, 14 Chinese signs."""


def _answers(record: Checked) -> Iterator[tuple[Steps, str, Turn | None, bool]]:
    """Texts that a model is to write, with their turns; and whether a call of a tool goes on from there."""
    for talk in talks(record):
        for number, turn in enumerate(talk.turns):
            if turn.speaker in ("assistant", "call"):
                following = talk.turns[number + 1].speaker if number + 1 < len(talk.turns) else None
                calls = bool(calls_in(turn)) or turn.speaker == "call" or following == "call"
                calls = calls or any(True for _ in parts_of(turn, "tool_call"))
                for steps, text in texts_of(turn):
                    yield steps, text, turn, calls
    for name, value in record.fields.items():
        if type(value) is str and name not in _PROMPTS and name not in FIELDS[:5]:
            yield (name,), value, None, False


def _think_tags(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_tags, triggers=_TAGS)


def _check_tags(record: Checked) -> Iterator[Found]:
    for steps, text, _, _ in _answers(record):
        if "think>" not in text:
            continue
        tags = _TAG.findall(_QUOTED.sub("", text))
        if not tags or tags == [OPEN, CLOSE]:
            continue
        problem = _problem(tags, text)
        if problem:
            severe = "warning" if tags == [OPEN, CLOSE] * (len(tags) // 2) else "error"
            fix = f"write {OPEN}…{CLOSE} once, in front of the answer"
            yield Found(problem, steps, fix, severity=severe)  # type: ignore[arg-type]


def _problem(tags: list[str], text: str) -> str:
    opened, closed = tags.count(OPEN), tags.count(CLOSE)
    if not closed:
        # Named in passing, not used, where the answer does not begin with it.
        return f"{OPEN} is not closed" if text.lstrip().startswith(OPEN) else ""
    if not opened:
        return f"{CLOSE} without {OPEN} before it"
    if tags[0] == CLOSE:
        return f"{CLOSE} stands before {OPEN}"
    if opened == closed:
        return f"there are {opened} pairs of {OPEN} and {CLOSE}"
    return f"{opened} {OPEN} and {closed} {CLOSE}"


def _repeated(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_repeated, triggers=_APART)


def _check_repeated(record: Checked) -> Iterator[Found]:
    for steps, thought, answer, calls in _reasoned(record):
        thought = thought.strip()
        if not thought:
            continue
        if not answer.strip():
            if not calls:
                yield Found("there is reasoning and no answer behind it", steps, "add the answer")
        elif len(thought.encode("utf-8", "replace")) >= _LONG and thought in answer:
            yield Found("the reasoning stands in the answer once more", steps, "take it out of the answer")


def _reasoned(record: Checked) -> Iterator[tuple[Steps, str, str, bool]]:
    """Where reasoning and answer are told apart: path of the answer, reasoning, answer, whether it is a call."""
    fields = record.fields
    for one, other in _FLAT:
        thought, answer = fields.get(one), fields.get(other)
        if isinstance(thought, list):
            thought = "\n".join(step for step in thought if type(step) is str)
        if type(thought) is str and type(answer) is str:
            yield (other,), thought, answer, False
    seen = set()
    for steps, text, turn, calls in _answers(record):
        inside, answer = split(text.lstrip(), Told())
        if inside is not None and OPEN not in answer:
            yield steps, inside, answer, calls
        if turn is not None:
            seen.add(turn.steps)
            for _, thought in reasoning_of(turn):
                yield steps, thought, text, calls
    yield from _silent(record, seen)


def _silent(record: Checked, seen: set[Steps]) -> Iterator[tuple[Steps, str, str, bool]]:
    """Turns with reasoning and no text at all."""
    for talk in talks(record):
        for turn in talk.turns:
            if turn.steps not in seen and turn.speaker == "assistant":
                calls = bool(calls_in(turn)) or any(True for _ in parts_of(turn, "tool_call"))
                for _, thought in reasoning_of(turn):
                    yield turn.at, thought, "", calls


_THOUGHT: Final = "the fee is five per cent of what was not paid"

RULES: Final = (
    Rule(
        id="think-tags",
        topic="structure",
        severity="error",
        title="tags of reasoning that do not pair",
        why="Templates and trainers cut the answer at the tags: what is left over is trained as an answer, or the "
        "answer is lost with the thoughts.",
        example=Example(
            bad=(
                '{"output": "<think>a b"}',
                '{"output": "a</think>b<think>"}',
                '{"output": "<think>a</think>b<think>c</think>d"}',
                '{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a</think>b"}]}',
            ),
            good=(
                '{"output": "<think>a</think>b"}',
                '{"output": "write `<think>` in front, and \\"</think>\\" behind"}',
                '{"output": "the tag <think> marks reasoning"}',
                '{"instruction": "Answer behind </think>.", "output": "a"}',
            ),
        ),
        make=_think_tags,
        sources=("chat templates of Qwen3 and DeepSeek-R1", "LLaMA-Factory data/template.py, ReasoningTemplate"),
    ),
    Rule(
        id="reasoning-in-answer",
        topic="structure",
        severity="warning",
        title="reasoning without an answer, or copied into it",
        why="The model learns to say its thoughts twice, or to stop after them.",
        example=Example(
            bad=(
                f'{{"output": "<think>{_THOUGHT}</think>"}}',
                f'{{"Question": "q", "Complex_CoT": "{_THOUGHT}", "Response": "{_THOUGHT}, so 50"}}',
                '{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", '
                f'"reasoning_content": "{_THOUGHT}", "content": "<think>{_THOUGHT}</think>It is 50."}}]}}',
            ),
            good=(
                '{"output": "<think>five per cent of 1,000 makes 50</think>The fee is 50."}',
                '{"output": "<think>\\n\\n</think>\\n\\nFifty."}',
                '{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", '
                f'"reasoning_content": "{_THOUGHT}", "content": "", '
                '"tool_calls": [{"function": {"name": "f"}}]}]}',
            ),
        ),
        make=_repeated,
    ),
)
