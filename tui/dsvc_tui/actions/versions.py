"""What can be done on Home, and to a version wherever one is shown; part of ``dsvc_tui.actions``."""

from __future__ import annotations

from typing import Final

from dsvc_tui.action import Action

HOME: Final = (
    Action(
        id="home.browse",
        keys=("enter",),
        label="browse",
        help="Browse the records of the version or working file under the cursor.",
        screens=("home",),
        command_line="dsvc tui {revision} --screen browse",
        footer=1,
    ),
    Action(
        id="home.mark",
        keys=("space",),
        label="mark",
        help="Mark a version, to compare it with another one; at most two are marked.",
        screens=("home",),
        footer=2,
    ),
    Action(
        id="home.diff",
        keys=("d",),
        label="diff",
        help="Compare the two marked versions, or the one under the cursor with the version before it.",
        screens=("home",),
        command_line="dsvc diff {old} {new}",
        disabled="when there is nothing to compare the version with",
        footer=3,
    ),
    Action(
        id="home.details",
        keys=("i",),
        label="details",
        help="Show or hide the facts about the version under the cursor.",
        screens=("home",),
        command_line="dsvc show {revision}",
        footer=5,
    ),
    Action(
        id="home.import",
        keys=("I",),
        label="import",
        help="Bring in records from a file, a folder or a hub, as a new dataset or a new version.",
        screens=("home",),
        command_line="dsvc import SRC",
        footer=6,
    ),
    Action(
        id="home.export",
        keys=("E",),
        label="export",
        help="Write the version or working file under the cursor for other tools, or for a trainer.",
        screens=("home",),
        command_line="dsvc export {revision} -o PATH",
        footer=7,
    ),
    Action(
        id="home.commit",
        keys=("c",),
        label="commit",
        help="Keep the working file of the dataset under the cursor as a new version.",
        screens=("home",),
        command_line="dsvc commit {dataset}",
        footer=4,
    ),
)

VERSION: Final = (
    Action(
        id="version.checkout",
        keys=("C",),
        label="check out",
        help="Put the version under the cursor into the working file; edits are saved first. Asks.",
        screens=("home", "browse"),
        command_line="dsvc checkout {revision}",
        disabled="on a working file",
        footer=11,
    ),
    Action(
        id="version.restore",
        keys=("X",),
        label="restore",
        help="Bring the working file back to HEAD's version; edits are saved first. Asks.",
        screens=("home", "browse"),
        command_line="dsvc restore {dataset}",
        disabled="for a file that is no dataset",
        footer=12,
    ),
    Action(
        id="version.rollback",
        keys=("B",),
        label="roll back",
        help="Make a new version with the content of the one under the cursor; all others stay. Asks why, and whether.",
        screens=("home", "browse"),
        command_line="dsvc rollback {revision}",
        disabled="on a working file",
        footer=13,
    ),
    Action(
        id="version.tag",
        keys=("L",),
        label="tag",
        help="Give the version under the cursor another name. Asks for it.",
        screens=("home", "browse"),
        command_line="dsvc tag {revision} NAME",
        disabled="on a working file",
        footer=14,
    ),
)
