"""Values in messages: short, and what they are in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.conditions.fields import text_of
from dsvc.formats.misfit import called

if TYPE_CHECKING:
    from dsvc.record import Json

_LONGEST: Final = 40


def short(value: object) -> str:
    """A value in single quotes, cut where it is long."""
    text = text_of(value)
    return f"'{text}'" if len(text) <= _LONGEST else f"'{text[: _LONGEST - 1]}…'"


def kind(value: Json | object) -> str:
    """What a value is: ``a text``, ``null``, ``an object`` …"""
    return called(value)  # type: ignore[arg-type]  # it takes anything
