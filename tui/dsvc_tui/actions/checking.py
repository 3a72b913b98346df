"""What can be done on the screens Validate and Stats; part of ``dsvc_tui.actions``."""

from __future__ import annotations

from typing import Final

from dsvc_tui.action import Action

CHECKING: Final = (
    Action(
        id="validate.open",
        keys=("enter",),
        label="open",
        help="Show the findings of a rule; go to the record of a finding.",
        screens=("validate",),
        command_line="dsvc validate {revision}",
        disabled="before something was found",
        footer=1,
    ),
    Action(
        id="validate.fold",
        keys=("space",),
        label="fold",
        help="Show or hide the findings of the rule under the cursor.",
        screens=("validate",),
        disabled="before something was found",
        footer=2,
    ),
    Action(
        id="validate.profiles",
        keys=("p",),
        label="trainers",
        help="Choose the trainers whose rules run as well: what each would do to a record.",
        screens=("validate",),
        command_line="dsvc validate {revision} --profile NAME",
        footer=3,
    ),
    Action(
        id="validate.rules",
        keys=("f",),
        label="rules",
        help="Choose the rules that run.",
        screens=("validate",),
        command_line="dsvc validate {revision} --only RULE",
        footer=4,
    ),
    Action(
        id="validate.fix",
        keys=("x",),
        label="mend",
        help="Mend what needs no judgement: line ends, white space, names of roles, empty records, duplicates. Asks.",
        screens=("validate",),
        command_line="dsvc fix {dataset}",
        disabled="on a version: only a working file can be mended; outside of a repository",
        footer=5,
    ),
    Action(
        id="validate.accept",
        keys=("a",),
        label="accept",
        help="Accept the finding under the cursor, its rule or everything: it is told no more. Asks which.",
        screens=("validate",),
        command_line="dsvc validate {revision} --write-baseline",
        disabled="before something was found, while something is at work, and outside of a repository",
        footer=6,
    ),
    Action(
        id="validate.read",
        keys=("v",),
        label="read",
        help="Go into the record below, to scroll through it.",
        screens=("validate",),
        footer=7,
    ),
    Action(
        id="stats.compare",
        keys=("d",),
        label="compare",
        help="Choose another version, and tell how far each feature has moved.",
        screens=("stats",),
        command_line="dsvc stats {old} {new}",
        disabled="outside of a dataset",
        footer=1,
    ),
)
