"""What an action is: an entry of the registry in ``dsvc_tui.actions``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something to do. ``screens`` are names, none of them: everywhere.

    ``keys`` are Textual's names; two of them with a space between are pressed one after the other.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    """A word or two for the footer."""
    help: str
    """What it does, in a sentence."""
    screens: tuple[str, ...] = ()
    command_line: str = ""
    """What does the same on the command line; ``{revision}``, ``{dataset}``, ``{row}`` are what the screen shows."""
    disabled: str = ""
    """When it cannot be done, and why."""
    footer: int = 0
    """Its place in the footer from the left; 0: not there."""
    opens: str = ""
    """The screen that it goes to; then that is all it does."""

    @property
    def method(self) -> str:
        """The screen's method that does it."""
        return f"act_{self.id.rpartition('.')[2]}"

    def applies_to(self, screen: str) -> bool:
        """Whether a screen has it."""
        return not self.screens or screen in self.screens
