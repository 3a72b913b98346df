"""What annotators see of a record: fields as texts, or a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.conditions.fields import field, text_of
from dsvc.errors import UsageError
from dsvc.formats import shape
from dsvc.formats.detection import detect
from dsvc.formats.misfit import Misfit
from dsvc.formats.report import Told
from dsvc.render.json_text import json_text
from dsvc.textdiff.paths import steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.formats.canonical import Canonical, Turn
    from dsvc.textdiff.fields import Steps

_USUAL: Final = ("text", "question", "query", "prompt", "content", "input", "sentence")
"""Fields that hold what a record is about, where no shape says it."""
NO_TEXT: Final = "(no text)"
"""Doccano takes no empty text."""


class Said(msgspec.Struct, frozen=True):
    """A part of what is shown: whose it is (a role, or a field's name), and the text."""

    who: str
    text: str


class Shown(msgspec.Struct, frozen=True):
    """What is shown: ``fields``, or where there are none the conversation that a record is, most likely of ``shape``.

    ``without``: fields that people write themselves; their texts do not stand in the conversation, too.
    """

    fields: tuple[str, ...] = ()
    shape: str | None = None
    without: tuple[str, ...] = ()

    def said(self, record: object) -> list[Said]:
        """What people see of a record."""
        if self.fields:
            return [Said(name, text_of(field(record, steps_of(name)))) for name in self.fields]
        for name in self.without:
            record = emptied(record, steps_of(name))
        if isinstance(record, dict):
            told = _told(record, self.shape) or _told(record, detect(record).shape)
            if told is not None:
                return told
        return [Said("record", json_text(record))]

    @property
    def is_conversation(self) -> bool:
        """Whether it is a conversation."""
        return not self.fields


def shown(shapes: Sequence[str], first: object, texts: Sequence[str], labels: Sequence[str]) -> Shown:
    """What to show of records: the fields that the user names, else what their shape says, else a usual field.

    ``shapes``: those that records have, the most frequent first; ``first``: the first record. Raises UsageError when
    nothing tells.
    """
    if texts:
        for name in texts:
            steps_of(name)
        return Shown(tuple(texts))
    for name in shapes[:1]:
        kind = shape(name).kind
        if kind in ("labels", "text"):
            return Shown(("text",))
        return Shown(shape=name, without=tuple(labels))
    has = [*first] if isinstance(first, dict) else []
    found = next((name for name in _USUAL if name in has and name not in labels), None)
    if found is None:
        raise UsageError(
            "which field shall people see? the shape of the records does not tell it",
            hint=f"name it: --text FIELD (the first record has: {', '.join(map(str, has)) or 'none'})",
        )
    return Shown((found,))


def _told(record: dict[str, Any], name: str | None) -> list[Said] | None:
    """A record as a conversation; None when it is none of this shape."""
    if name is None or not all(field in record for field in shape(name).required):
        return None
    try:
        return [*_conversation(shape(name).read(record, Told()))] or [Said("", NO_TEXT)]
    except Misfit:
        return None


def _conversation(record: Canonical) -> Iterator[Said]:
    if record.text is not None:
        yield Said("text", record.text)
    yield from (said for turn in record.turns for said in _turn(turn))
    for number, answer in enumerate(record.answers, 1):
        judged = {True: "chosen", False: "rejected", None: f"answer {number}"}[answer.good]
        for turn in answer.turns:
            yield from _turn(turn, judged)


def _turn(turn: Turn, who: str | None = None) -> Iterator[Said]:
    """The parts of a turn that say something: reasoning, text, calls of tools."""
    role = who or turn.role
    if turn.details is not None and turn.details.reasoning:
        reasoning = turn.details.reasoning
        yield Said(f"{role} (reasoning)", reasoning if isinstance(reasoning, str) else "\n".join(reasoning))
    parts: list[str] = []
    if isinstance(turn.content, str):
        parts.append(turn.content)
    else:
        parts += [
            text_of(part.value) if part.kind == "text" else f"[{part.kind}] {text_of(part.value)}"
            for part in turn.content or []
        ]
    text = "\n".join([part for part in (*parts, turn.input) if part])
    if text:
        yield Said(role, text)
    if turn.details is not None:
        for call in turn.details.calls:
            yield Said(f"{role} (call)", f"{call.name}({text_of(call.arguments)})")


def emptied(value: Any, steps: Steps) -> Any:
    """The value with an empty text at a path, where there is a text; only what lies on the path is copied."""
    if not steps:
        return "" if isinstance(value, str) else value
    step, rest = steps[0], steps[1:]
    if isinstance(value, dict) and step in value:
        return {**value, step: emptied(value[step], rest)}
    if isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
        copy = [*value]
        copy[step] = emptied(value[step], rest)
        return copy
    return value
