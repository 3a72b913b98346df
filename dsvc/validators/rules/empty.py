"""Fields and turns with nothing in them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from dsvc.validators.likeness import wanted_shape
from dsvc.validators.rule import Example, Found, NoOptions, RecordCheck, Rule
from dsvc.validators.talks import calls_in, has_turns, raw_turns, reasoning_of, talks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked, Records
    from dsvc.validators.rule import Signature
    from dsvc.validators.talks import Turn

_TOLD_ELSEWHERE: Final = frozenset(
    (
        "chosen",
        "rejected",
        "chosen_messages",
        "rejected_messages",
        "rejected_response",
        "preferred_output",
        "non_preferred_output",
        "kto_tag",
        "reward_score",
        "labels",
    )
)
"""By the rules about pairs of answers and about labels."""
_MAY_BE_EMPTY: Final = frozenset((("prompt-completion", "prompt"), ("kto", "label"), ("unpaired-trl", "label")))
_FIX: Final = "write what belongs there, or leave the record out"
_NO_EMPTY_TYPES: Final = frozenset((int, float, bool))


@lru_cache(maxsize=4096)
def _needed(signature: Signature) -> tuple[str, ...]:
    """The fields that must not be empty in records of a signature."""
    shape = wanted_shape(signature[0])
    if shape is None:
        return ()
    return tuple(
        name
        for name, kind in zip(*signature, strict=False)
        if name in shape.required
        and name not in _TOLD_ELSEWHERE
        and (shape.name, name) not in _MAY_BE_EMPTY
        and kind not in _NO_EMPTY_TYPES
    )


def _empty_field(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_fields, when=lambda signature: bool(_needed(signature)), select=_with_blanks)


def _with_blanks(records: Records, rows: Sequence[int]) -> list[int]:
    values: Sequence[Any] = records.values
    found = {
        row
        for signature, alike in records.alike.items()
        for name in _needed(signature)
        for row in alike
        if not (value := values[row][name]) or (type(value) is str and value.isspace())
    }
    return sorted(found)


def _check_fields(record: Checked) -> Iterator[Found]:
    fields = record.fields
    for name in _needed(record.signature):
        value = fields[name]
        if not value or (type(value) is str and value.isspace()):
            what = "null" if value is None else "empty" if not value else "nothing but white space"
            yield Found(f"'{name}' is {what}", (name,), _FIX)


def _empty_turn(options: NoOptions) -> RecordCheck:
    return RecordCheck(_check_turns, when=has_turns, select=_with_blank_turns)


def _with_blank_turns(records: Records, rows: Sequence[int]) -> list[int]:
    values: Sequence[Any] = records.values
    return [row for row in rows if _has_blank_turn(values[row])]


def _has_blank_turn(fields: dict[str, object]) -> bool:
    return any(map(_may_be_blank, raw_turns(fields)))


def _may_be_blank(turn: object) -> bool:
    if type(turn) is not dict:
        return False
    content = turn.get("content" if type(turn.get("role")) is str else "value")
    if type(content) is list:
        return not any(
            type(part) is not dict or part.get("type") != "text" or part.get("text") or part.get("value")
            for part in content
        ) or any(type(part) is dict and str(part.get("text") or part.get("value")).isspace() for part in content)
    return not content or (type(content) is str and content.isspace())


def _check_turns(record: Checked) -> Iterator[Found]:
    for talk in talks(record):
        for turn in talk.turns:
            text = turn.text
            if text and not text.isspace():  # most of them
                continue
            if turn.speaker not in ("system", "tool") and _says_nothing(turn):
                yield Found(f"the turn of '{turn.name}' is {_how_empty(turn)}", turn.at, _FIX)


def _says_nothing(turn: Turn) -> bool:
    """Whether there is neither text nor medium, call or reasoning."""
    if calls_in(turn) or any(text.strip() for _, text in reasoning_of(turn)):
        return False
    content = turn.content
    if isinstance(content, list):
        return all(isinstance(part, dict) and _is_blank_part(part) for part in content)
    return content is None or turn.text is not None


def _is_blank_part(part: dict[str, object]) -> bool:
    return part.get("type") == "text" and not any(str(part.get(key) or "").strip() for key in ("text", "value"))


def _how_empty(turn: Turn) -> str:
    if turn.key not in turn.value:
        return f"without '{turn.key}'"
    if turn.content is None:
        return "null"
    return "nothing but white space" if turn.text else "empty"


RULES: Final = (
    Rule(
        id="empty-field",
        topic="structure",
        severity="error",
        title="a field that the shape needs is null or empty",
        why="An empty answer teaches the model to answer nothing, and trainers take it in silence: LLaMA-Factory drops "
        "the record, with a warning, only where the field is null.",
        example=Example(
            bad=(
                '{"instruction": "a", "input": "", "output": " \\n"}',
                '{"instruction": null, "output": "a"}',
                '{"messages": []}',
                '{"text": ""}',
            ),
            good=(
                '{"instruction": "a", "input": "", "output": "b", "system": "", "history": []}',
                '{"instruction": "a", "output": "0", "note": ""}',
                '{"prompt": "", "completion": "Once upon a time"}',
                '{"text": "x", "label": 0}',
            ),
        ),
        make=_empty_field,
        repair="empty",
    ),
    Rule(
        id="empty-turn",
        topic="structure",
        severity="error",
        title="a turn of a conversation is null or empty",
        why="Chat templates write it all the same, and the model learns to say nothing; null ends some runs.",
        example=Example(
            bad=(
                '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": ""}]}',
                '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": null}]}',
                '{"conversations": [{"from": "human", "value": "\\u3000"}, {"from": "gpt", "value": "b"}]}',
            ),
            good=(
                '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": null, "tool_calls": '
                '[{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}]}',
                '{"messages": [{"role": "system", "content": ""}, {"role": "user", "content": [{"type": "image"}]}, '
                '{"role": "assistant", "content": "b"}], "images": ["a.png"]}',
            ),
        ),
        make=_empty_turn,
    ),
)
