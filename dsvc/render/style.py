"""Colour, and only colour: what something means is always in its characters too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Role: TypeAlias = Literal["added", "removed", "changed", "moved", "same", "heading", "strong", "dim", "warning"]
"""What a piece of output is; the colour follows from it."""

_CODES: Final[Mapping[Role, str]] = {
    "added": "32",
    "removed": "31",
    "changed": "33",
    "moved": "36",
    "same": "34",
    "heading": "1",
    "strong": "1",
    "dim": "2",
    "warning": "33",
}


class Style(NamedTuple):
    """Paints text for a terminal, or leaves it as it is."""

    colour: bool = False

    def __call__(self, role: Role | None, text: str) -> str:
        """The text in the colour of its role; it must be safe already (``dsvc.render.safe_text``)."""
        if not self.colour or role is None or not text:
            return text
        return f"\x1b[{_CODES[role]}m{text}\x1b[0m"


PLAIN: Final = Style()
COLOURED: Final = Style(colour=True)
