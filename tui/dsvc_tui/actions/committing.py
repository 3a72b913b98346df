"""What can be done on the screen Commit; part of ``dsvc_tui.actions``."""

from __future__ import annotations

from typing import Final

from dsvc_tui.action import Action

COMMIT: Final = (
    Action(
        id="commit.commit",
        keys=("ctrl+s",),
        label="commit",
        help="Keep the working file as a new version, with what is written in the fields.",
        screens=("commit",),
        command_line="dsvc commit {dataset} -m REASON",
        disabled="when nothing changed, and while something is at work",
        footer=1,
    ),
    Action(
        id="commit.earlier",
        keys=("ctrl+r",),
        label="earlier",
        help="Choose for this field from what was written for earlier versions; right completes what is typed.",
        screens=("commit",),
        command_line="dsvc log {dataset}",
        disabled="outside of a field",
        footer=2,
    ),
    Action(
        id="commit.diff",
        keys=("ctrl+o",),
        label="all changes",
        help="Show all changes that would be committed, word by word.",
        screens=("commit",),
        command_line="dsvc diff {dataset}",
        disabled="for a first version",
        footer=3,
    ),
)
