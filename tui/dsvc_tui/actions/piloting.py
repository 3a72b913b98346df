"""What can be done on the screen Pilot; part of ``dsvc_tui.actions``."""

from __future__ import annotations

from typing import Final

from dsvc_tui.action import Action

_CREATE: Final = "dsvc pilot create {revision} --name NAME"
_NO_PILOT: Final = "when there is no pilot yet"

PILOT: Final = (
    Action(
        id="pilot.size",
        keys=("s",),
        label="size",
        help="How many records are taken, or which share of them.",
        screens=("pilot",),
        command_line=f"{_CREATE} --size 1000",
        footer=2,
    ),
    Action(
        id="pilot.strategy",
        keys=("t",),
        label="strategy",
        help="How records are chosen.",
        screens=("pilot",),
        command_line=f"{_CREATE} --strategy NAME",
        footer=3,
    ),
    Action(
        id="pilot.groups",
        keys=("f",),
        label="groups",
        help="A field whose values make groups, each with its share; several with commas; empty: no groups.",
        screens=("pilot",),
        command_line=f"{_CREATE} --stratify FIELD",
        footer=4,
    ),
    Action(
        id="pilot.where",
        keys=("w",),
        label="where",
        help="A condition that records must meet (label=fees); empty: none.",
        screens=("pilot",),
        command_line=f"{_CREATE} --where EXPR",
        footer=5,
    ),
    Action(
        id="pilot.seed",
        keys=("e",),
        label="seed",
        help="Another seed gives other records.",
        screens=("pilot",),
        command_line=f"{_CREATE} --seed TEXT",
    ),
    Action(
        id="pilot.near",
        keys=("d",),
        label="near-duplicates",
        help="Take one of those records that are nearly the same, or all.",
        screens=("pilot",),
        command_line=f"{_CREATE} --near-duplicates leave-out",
    ),
    Action(
        id="pilot.keep",
        keys=("enter",),
        label="keep",
        help="Keep the sample under a name, with a git tag.",
        screens=("pilot",),
        command_line=_CREATE,
        disabled="before there is a sample, and where a pilot is shown",
        footer=1,
    ),
    Action(
        id="pilot.open",
        keys=("o",),
        label="open",
        help="Show a pilot that was kept: its results, and how far it is from the whole; or a new sample.",
        screens=("pilot",),
        command_line="dsvc pilot show NAME",
        disabled=_NO_PILOT,
        footer=6,
    ),
    Action(
        id="pilot.result",
        keys=("r",),
        label="result",
        help="Write down what a trial on the pilot gave.",
        screens=("pilot",),
        command_line="dsvc pilot result {pilot} --metric accuracy=0.71",
        disabled="where no pilot is shown",
        footer=7,
    ),
    Action(
        id="pilot.compare",
        keys=("c",),
        label="compare",
        help="Put another pilot beside this one: results, records, what changed in the data between them.",
        screens=("pilot",),
        command_line="dsvc pilot compare {pilot} NAME",
        disabled="where no pilot is shown, or there is no other one",
        footer=8,
    ),
    Action(
        id="pilot.export",
        keys=("x",),
        label="export",
        help="Write the pilot for a trainer, a tenth of it for validation.",
        screens=("pilot",),
        command_line="dsvc pilot export {pilot} --to TRAINER -o FOLDER --validation 0.1",
        disabled="where no pilot is shown",
        footer=9,
    ),
)
