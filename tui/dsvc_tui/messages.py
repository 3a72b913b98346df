"""What screens and widgets tell each other and the app. Messages of one widget are nested in that widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from dsvc.delta import Change
    from dsvc.repository.results import Outcome


@dataclass(frozen=True, slots=True)
class Target:
    """What a screen is to show. Which of these it looks at is its own business."""

    revision: str | None = None
    """A version (``medical@v1.1``), a working file (``medical``), or the path of any JSONL file."""
    other: str | None = None
    """The newer side of a comparison."""
    row: int | None = None
    """A record, by its row from 1."""
    only: tuple[Change, ...] | None = None
    """Changes that were chosen from a diff."""


class Open(Message):
    """Show the screen of this name; posted by screens, served by the app."""

    def __init__(self, screen: str, target: Target | None = None) -> None:
        super().__init__()
        self.screen = screen
        self.target = target or Target()


class Done(Message):
    """Something was changed: told in a toast that offers undo, and open screens look again."""

    def __init__(self, outcome: Outcome, *, undoable: bool = True) -> None:
        super().__init__()
        self.outcome = outcome
        self.undoable = undoable
