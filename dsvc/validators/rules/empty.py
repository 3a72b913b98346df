"""Fields and turns with nothing in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.formats.registry import shape
from dsvc.validators.conversation import IN_TURNS, calls_of
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked
    from dsvc.validators.conversation import Turn

_MAY_BE_EMPTY: Final = frozenset({"input", "history", "system"})


def _empty_field(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check)


def _check(record: Checked) -> Iterator[Found]:
    fields = record.fields
    blank = [key for key, value in fields.items() if _is_blank(value) and key not in _MAY_BE_EMPTY]
    if blank and (name := record.shape) is not None:
        needed = shape(name).required
        for key in blank:
            if key in needed:
                yield Found(f"'{key}' is empty", (key,), "write what belongs there, or leave the record out")


def _is_blank(value: object) -> bool:
    return value in ("", []) or (type(value) is str and value.isspace())


def _empty_turn(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_turns, keys=IN_TURNS)


def _check_turns(record: Checked) -> Iterator[Found]:
    for _, turns in record.conversations:
        for turn in turns:
            if turn.text is not None and not turn.text.strip() and not _says_something_else(turn):
                yield Found(f"the turn of '{turn.name}' is empty", turn.content_steps, "leave the turn out")


def _says_something_else(turn: Turn) -> bool:
    """Whether a turn without text has calls or reasoning, or is the result of a tool, which may be nothing."""
    reasoned = any(turn.value.get(key) for key in ("reasoning_content", "thinking", "reasoning"))
    return bool(calls_of(turn)) or reasoned or turn.role in ("tool", "system")


RULES: Final = (
    Rule(
        id="empty-field",
        topic="structure",
        severity="error",
        title="a field that the shape needs is empty",
        why="An empty answer teaches the model to answer nothing; LLaMA-Factory drops the record with a warning.",
        example=Example(
            bad=('{"instruction": "a", "input": "", "output": "  "}', '{"messages": []}'),
            good=(
                '{"instruction": "a", "input": "", "output": "b"}',
                '{"instruction": "a", "output": "b", "note": ""}',
            ),
        ),
        make=_empty_field,
        repair="empty",
    ),
    Rule(
        id="empty-turn",
        topic="structure",
        severity="error",
        title="a turn of a conversation is empty",
        why="Chat templates write it all the same, and the model learns to say nothing.",
        example=Example(
            bad=('{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": ""}]}',),
            good=(
                '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "", "tool_calls": '
                '[{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}]}',
            ),
        ),
        make=_empty_turn,
    ),
)
