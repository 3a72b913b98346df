"""The one record that every conversion goes through: what shapes say, apart from how each of them writes it.

A conversation is a list of turns; what was trained to be judged (chosen, rejected, rated, step by step) stands in
``answers`` behind it. Media are parts of a turn's content where they occur, so that a list of files with placeholders
and parts with addresses are two ways to write one thing. Keys that a shape does not know wait in ``extra``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from dsvc.record import Json, Number

Role: TypeAlias = Literal["system", "developer", "user", "assistant", "tool"]
Medium: TypeAlias = Literal["image", "video", "audio"]
Kind: TypeAlias = Literal["conversation", "labels", "preference", "unpaired", "reward", "steps", "text"]
"""What a record is for: it decides which conversions make sense at all."""

NOTHING: dict[str, Json] = {}
"""Stands for no unknown keys; never changed."""


class Part(msgspec.Struct, frozen=True, gc=False):
    """A piece of a turn's content: a text, or a medium with its path, address or object."""

    kind: Literal["text"] | Medium
    value: Json
    extra: dict[str, Json] = NOTHING


class Call(msgspec.Struct, frozen=True, gc=False):
    """One call of a tool. ``arguments`` is a value; a text only where it is no JSON object."""

    name: str
    arguments: Json
    id: str | None = None
    extra: dict[str, Json] = NOTHING


Content: TypeAlias = "str | list[Part] | None"


class Details(msgspec.Struct, frozen=True, gc=False):
    """What most turns do not have.

    ``reasoning`` is a text, or a list of steps; ``weight`` 0 or 1 (any other number as it is written); ``name`` and
    ``call_id`` belong to a tool's result.
    """

    reasoning: str | list[str] | None = None
    calls: tuple[Call, ...] = ()
    weight: int | Number | None = None
    name: str | None = None
    call_id: str | None = None
    extra: dict[str, Json] = NOTHING


PLAIN = Details()


class Turn(msgspec.Struct, frozen=True, gc=False):
    """One message. ``content`` is None only beside calls; ``details`` is None for a message of role and text alone.

    ``input`` is what Alpaca keeps apart from the instruction; empty where there is none.
    """

    role: Role
    content: Content
    details: Details | None = None
    input: str = ""


class Answer(msgspec.Struct, frozen=True, gc=False):
    """Turns that were judged: ``good`` as chosen or rejected, right or wrong; ``score`` as a number."""

    turns: list[Turn]
    good: bool | None = None
    score: Json = None


class Canonical(msgspec.Struct, frozen=True, gc=False):
    """A record of any shape.

    ``labels`` is one label, or a list of them; ``text`` is pre-training text. ``standard`` marks prompt and answer that
    are bare texts, which no chat template will be put around (TRL's "standard" datasets).
    """

    turns: list[Turn]
    answers: tuple[Answer, ...] = ()
    tools: list[Json] | None = None
    labels: Json = None
    text: str | None = None
    standard: bool = False
    extra: dict[str, Json] = NOTHING
