"""A part of a record as somebody reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsvc_tui.records.fields import Steps


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a conversation: who speaks, what, and at which field it stands. ``aside``: shown folded at first."""

    role: str
    text: str
    path: Steps
    aside: bool = False
    is_field: bool = False
    """Whether it is no part of the conversation but a field beside it."""
    note: str = ""
    """What is said of it in the record: that it is good, its weight, its name."""

    @property
    def key(self) -> tuple[Steps, str]:
        """What it is folded by: two blocks may stand in one field."""
        return self.path, self.role
