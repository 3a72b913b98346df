"""What a list tells of records: what each is about, in a line, and which columns tell most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dsvc.conditions.fields import field_names, text_of
from dsvc.conditions.fields import turn_count as turn_count
from dsvc_tui.records.conversation import blocks

if TYPE_CHECKING:
    from collections.abc import Sequence


_LABELS: Final = ("label", "category", "intent", "task", "type", "lang", "source")


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
