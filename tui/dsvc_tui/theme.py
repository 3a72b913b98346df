"""The themes: Textual's dark and light one, and one in black, white and grey."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

MONOCHROME: Final = Theme(
    name="monochrome",
    primary="#d0d0d0",
    secondary="#a0a0a0",
    accent="#ffffff",
    foreground="#e0e0e0",
    background="#000000",
    surface="#101010",
    panel="#202020",
    success="#ffffff",
    warning="#d0d0d0",
    error="#ffffff",
    dark=True,
)

THEMES: Final = ("textual-dark", "textual-light", MONOCHROME.name)
"""In the order in which one key goes through them."""
