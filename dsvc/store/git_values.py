"""What dsvc says about git, in plain values: commits, people, and what git is in the middle of."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NewType

import msgspec

if TYPE_CHECKING:
    from datetime import datetime

CommitId = NewType("CommitId", str)
"""The full hexadecimal name of a commit object (40 digits)."""


class Identity(msgspec.Struct, frozen=True):
    """A person (or a machine) as git writes it: ``name <email>``."""

    name: str
    email: str


class CommitInfo(msgspec.Struct, frozen=True):
    """What a commit says about itself. ``authored_at`` carries the time zone of its author.

    At the edge of a shallow clone ``parents`` is empty, although the commit once had some.
    """

    id: CommitId
    parents: tuple[CommitId, ...]
    author: Identity
    authored_at: datetime
    message: str


class Operation(Enum):
    """What git was left in the middle of; the value is the word that git's commands use."""

    MERGE = "merge"
    CHERRY_PICK = "cherry-pick"
    REVERT = "revert"
    REBASE = "rebase"
