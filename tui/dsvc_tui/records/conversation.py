"""A record of any shape as blocks to read: who says what, which answer was preferred, and the fields beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from dsvc.conditions.fields import CONVERSATIONS
from dsvc_tui.records.block import Block
from dsvc_tui.records.fields import text_of
from dsvc_tui.records.turns import is_turns, says_something, spoken, turn, turns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc_tui.records.fields import Steps

_PLAIN: Final[Mapping[str, str]] = {
    "image_url": "image",
    "audio": "audio",
    "instruction": "user",
    "prompt": "user",
    "question": "user",
    "Question": "user",
    "query": "user",
    "input": "input",
    "context": "context",
    "reasoning": "reasoning",
    "reasoning_content": "reasoning",
    "chain_of_thought": "reasoning",
    "Complex_CoT": "reasoning",
    "output": "assistant",
    "content": "assistant",
    "response": "assistant",
    "Response": "assistant",
    "completion": "assistant",
    "answer": "assistant",
    "text": "text",
    "caption": "caption",
    "summary": "summary",
}
_CHOSEN: Final = ("chosen", "chosen_messages", "preferred_output")
_REJECTED: Final = ("rejected", "rejected_messages", "non_preferred_output", "rejected_response")
_ORDER: Final = ("system", "history", *CONVERSATIONS, *_PLAIN, *_CHOSEN, *_REJECTED)
"""The order in which the fields of a record are read."""
_ASIDES: Final = ("thinking", "tool_calls", "function_call", "tools")
_MEDIA: Final = ("images", "videos", "audios")
_RATINGS: Final = ("label", "kto_tag")
_LEVELS: Final = ">"
"""Between the levels of a label."""
_MEDICAL: Final[Mapping[str, str]] = {"question": "Question", "answer": "Response", "response": "Response"}
"""Fields that say the same beside a ``Complex_CoT``: those with the capital letter are meant."""


def blocks(value: object) -> Iterator[Block]:
    """A record as a conversation; what belongs to none of it comes last, as fields."""
    if not isinstance(value, dict):
        yield Block("record", text_of(value), ())
        return
    asked = [key for key in _ORDER if key in value and not _is_beside(key, value)]
    for key in asked:
        yield from _told(key, value)
    if isinstance(value.get("completions"), list) and isinstance(value.get("labels"), list):
        yield from _steps(value["completions"], value["labels"])
        asked += ["completions", "labels"]
    for key in (key for key in value if key not in asked):
        yield _field(key, value)


def _is_beside(key: str, value: Mapping[str, object]) -> bool:
    if key == "content" and "reasoning_content" not in value and "input" not in value:
        return True
    return "Complex_CoT" in value and key in _MEDICAL and _MEDICAL[key] in value


def _told(key: str, value: Mapping[str, object]) -> Iterator[Block]:
    """The blocks of one field."""
    said = value[key]
    if not says_something(said):
        return
    if key in _CHOSEN or key in _REJECTED:
        yield from _answer(key, value)
    elif key == "history" and isinstance(said, list):
        yield from _history(said)
    elif key in CONVERSATIONS and isinstance(said, list):
        yield from _messages(said, (key,), has_rejected="rejected_response" in value)
    elif isinstance(said, dict) and isinstance(said.get("messages"), list):
        yield from turns(said["messages"], (key, "messages"))
        yield from (_field(name, said, (key,)) for name in said if name != "messages" and says_something(said[name]))
    elif isinstance(said, list) and is_turns(said):
        yield from turns(said, (key,))
    else:
        yield from _plain(key, said, value)


def _plain(key: str, said: object, value: Mapping[str, object]) -> Iterator[Block]:
    role = _PLAIN.get(key, key)
    if key == "input" and not any(says_something(value.get(asked)) for asked in ("instruction", "prompt", "question")):
        role = "user"
    if role == "reasoning":
        text = "\n".join(map(text_of, said)) if isinstance(said, list) else text_of(said)
        yield Block(role, text, (key,), aside=True)
    else:
        yield from spoken(role, text_of(said), (key,))


def _history(rounds: list[object]) -> Iterator[Block]:
    """Alpaca's earlier rounds: pairs of what was asked and what was answered."""
    for number, pair in enumerate(rounds):
        if isinstance(pair, list) and len(pair) == 2:
            for side, role in enumerate(("user", "assistant")):
                yield Block(role, text_of(pair[side]), ("history", number, side), note="history")
        else:
            yield Block("history", text_of(pair), ("history", number))


def _messages(said: list[object], path: Steps, *, has_rejected: bool) -> Iterator[Block]:
    found = [*turns(said, path)]
    last = max((at for at, block in enumerate(found) if block.role == "assistant"), default=None)
    for at, block in enumerate(found):
        yield replace(block, role="chosen") if has_rejected and at == last else block


def _answer(key: str, value: Mapping[str, object]) -> Iterator[Block]:
    """An answer of a pair; what both answers were given to is told once, before the chosen one."""
    said, name = value[key], "chosen" if key in _CHOSEN else "rejected"
    if isinstance(said, dict):
        yield from turn(said, (key,), speaker=name)
    elif not (isinstance(said, list) and is_turns(said)):
        yield from spoken(name, text_of(said), (key,))
    else:
        before = _shared(value) if len(said) > 1 else 0
        if name == "chosen":
            yield from turns(said[:before], (key,))
        for number in range(before, len(said)):
            yield from turn(said[number], (key, number), speaker=name)


def _shared(value: Mapping[str, object]) -> int:
    """How many messages both sides of a pair begin with; the last one of each is always its own."""
    sides = [
        next((value[key] for key in keys if isinstance(value.get(key), list)), None) for keys in (_CHOSEN, _REJECTED)
    ]
    if not (isinstance(sides[0], list) and isinstance(sides[1], list)):
        return 0
    most = min(len(sides[0]), len(sides[1])) - 1
    return next((at for at in range(most) if sides[0][at] != sides[1][at]), max(most, 0))


def _steps(completions: list[object], labels: list[object]) -> Iterator[Block]:
    """Steps of an answer, each right or wrong."""
    words = {True: "✓ right", False: "✗ wrong"}
    for number, step in enumerate(completions):
        label = labels[number] if number < len(labels) else None
        note = words[label] if isinstance(label, bool) else "no label" if label is None else text_of(label)
        yield Block(f"step {number + 1}", text_of(step), ("completions", number), note=note)


def _field(key: str, value: Mapping[str, object], path: Steps = ()) -> Block:
    """A field beside the conversation, as it is, and what it means."""
    inner, note = value[key], ""
    text = text_of(inner)
    if key in _RATINGS and isinstance(inner, bool) and (key == "kto_tag" or "text" not in value):
        note = "✓ a good answer" if inner else "✗ not a good answer"
    elif key == "label" and isinstance(inner, str) and _LEVELS in inner.strip(_LEVELS):
        levels = [level.strip() for level in inner.split(_LEVELS)]
        note = f"{len(levels)} levels: {' › '.join(levels)}"
    elif key == "label" and isinstance(inner, list) and inner and all(isinstance(each, str) for each in inner):
        note = f"{len(inner)} labels: {' · '.join(inner)}"
    elif key in _MEDIA and isinstance(inner, list):
        text = "\n".join([f"{number}  {text_of(each)}" for number, each in enumerate(inner, 1)])
    return Block(key, text, (*path, key), aside=key in _ASIDES, is_field=True, note=note)
