"""The shapes that fine-tuning records come in: what a conversation is made of, and which columns tell most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dsvc.conditions.fields import CONVERSATIONS, MISSING, field_names, text_of
from dsvc.conditions.fields import turn_count as turn_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a conversation: who speaks, what, and at which field it stands. ``aside``: shown folded at first."""

    role: str
    text: str
    path: tuple[str | int, ...]
    aside: bool = False
    is_field: bool = False
    """Whether it is no part of the conversation but a field beside it."""


_ROLES: Final[Mapping[str, str]] = {"human": "user", "gpt": "assistant", "bot": "assistant", "model": "assistant"}
_PLAIN: Final[Mapping[str, str]] = {
    "instruction": "user",
    "prompt": "user",
    "question": "user",
    "query": "user",
    "input": "input",
    "context": "context",
    "reasoning": "reasoning",
    "output": "assistant",
    "response": "assistant",
    "completion": "assistant",
    "answer": "assistant",
    "chosen": "chosen",
    "rejected": "rejected",
    "text": "text",
}
_ORDER: Final = ("system", *CONVERSATIONS, *_PLAIN)
"""The order in which the fields of a record are read."""
_ASIDES: Final = ("reasoning_content", "reasoning", "thinking", "tool_calls", "function_call", "tools")
_LABELS: Final = ("label", "category", "intent", "task", "type", "lang", "source")


def blocks(value: object) -> Iterator[Block]:
    """A record as a conversation; what belongs to none of it comes last, as fields."""
    if not isinstance(value, dict):
        yield Block("record", text_of(value), ())
        return
    for key in (key for key in _ORDER if key in value):
        if key in CONVERSATIONS and isinstance(value[key], list):
            yield from _turns(value[key], (key,))
        elif _says_something(value[key]):
            yield from _spoken(_PLAIN.get(key, key), value[key], (key,))
    for key in (key for key in value if key not in _ORDER):
        yield Block(key, text_of(value[key]), (key,), aside=key in _ASIDES, is_field=True)


def _spoken(role: str, said: object, path: tuple[str | int, ...]) -> Iterator[Block]:
    """A field that holds a text, or (in preference data) a conversation."""
    if isinstance(said, list) and said and all(isinstance(turn, dict) for turn in said):
        yield Block(role, "", path)
        yield from _turns(said, path)
    else:
        yield Block(role, text_of(said), path, aside=role == "reasoning")


def _turns(turns: Sequence[object], path: tuple[str | int, ...]) -> Iterator[Block]:
    for number, turn in enumerate(turns):
        here = (*path, number)
        if not isinstance(turn, dict):
            yield Block("turn", text_of(turn), here)
            continue
        role = text_of(turn.get("role", turn.get("from", "turn")))
        role = _ROLES.get(role, role)
        for key in (key for key in _ASIDES if _says_something(turn.get(key))):
            yield Block(f"{role} {key.replace('_', ' ')}", text_of(turn[key]), (*here, key), aside=True)
        said = next((key for key in ("content", "value", "text") if key in turn), None)
        if said is not None and (_says_something(turn[said]) or not any(key in turn for key in _ASIDES)):
            yield Block(role, _content(turn[said]), (*here, said), aside=role in ("tool", "function"))


def _content(content: object) -> str:
    """A message's text; the parts of a message in parts one after the other."""
    if isinstance(content, list):
        return "\n".join(
            [text_of(part.get("text", part)) if isinstance(part, dict) else text_of(part) for part in content]
        )
    return text_of(content)


def _says_something(value: object) -> bool:
    return value not in (None, "", [], {}, MISSING)


def first_text(value: object) -> str:
    """What a record is about, in a line: what the user says first, else its first text."""
    if not isinstance(value, dict):
        return text_of(value)
    told = [block for block in blocks(value) if block.text and not block.aside]
    said = [block for block in told if not block.is_field]
    asked = next((block for block in said if block.role == "user"), said[0] if said else None)
    if asked is not None:
        return asked.text
    return " · ".join([f"{block.role} {block.text[:80]}" for block in told]) or text_of(value)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list: ``#first``, ``#turns`` and ``#length`` are made of the record, else a field's path."""

    name: str

    @property
    def title(self) -> str:
        """What stands over it."""
        return {"#first": "record", "#turns": "turns", "#length": "bytes"}.get(self.name, self.name)

    @property
    def is_number(self) -> bool:
        """Whether it is set to the right."""
        return self.name in ("#turns", "#length")


FIRST: Final = Column("#first")
TURNS: Final = Column("#turns")
LENGTH: Final = Column("#length")


def columns_for(values: Sequence[object]) -> list[Column]:
    """The columns that tell most about records like these; what needs the most room is last."""
    names = field_names(values)
    labels = [Column(name) for name in _LABELS if name in names and _is_short(values, name)][:2]
    turns = [TURNS] if any(turn_count(value) is not None for value in values) else []
    return [*labels, *turns, LENGTH, FIRST]


def _is_short(values: Sequence[object], name: str) -> bool:
    texts = [text_of(value.get(name)) for value in values if isinstance(value, dict)]
    return all(len(text) <= 24 for text in texts)
