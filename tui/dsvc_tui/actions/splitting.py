"""What can be done on the screen Split; part of ``dsvc_tui.actions``."""

from __future__ import annotations

from typing import Final

from dsvc_tui.action import Action

_SPLIT: Final = "dsvc split {dataset}"

SPLIT: Final = (
    Action(
        id="split.apply",
        keys=("enter",),
        label="write",
        help="Write the parts into the folder: working files, which the next commit keeps. Asks.",
        screens=("split",),
        command_line=f"{_SPLIT} --train 0.8 --validation 0.1 --test 0.1 -o FOLDER",
        disabled="before there is a preview",
        footer=1,
    ),
    Action(
        id="split.sizes",
        keys=("s",),
        label="sizes",
        help="The parts and their shares (train=0.8 test=20%); together 1.",
        screens=("split",),
        command_line=f"{_SPLIT} --train 0.8 --test 0.2",
        footer=2,
    ),
    Action(
        id="split.strata",
        keys=("f",),
        label="strata",
        help="A field each of whose values is split by the same shares; several with commas; empty: none.",
        screens=("split",),
        command_line=f"{_SPLIT} --stratify FIELD",
        footer=3,
    ),
    Action(
        id="split.together",
        keys=("g",),
        label="groups",
        help="A field whose equal values stay in one part (a patient, a document); empty: none.",
        screens=("split",),
        command_line=f"{_SPLIT} --group-by FIELD",
        footer=4,
    ),
    Action(
        id="split.near",
        keys=("d",),
        label="near-duplicates",
        help="Keep records that are nearly the same in one part, or do not look for them.",
        screens=("split",),
        command_line=f"{_SPLIT} --near-duplicates ignore",
        footer=5,
    ),
    Action(
        id="split.seed",
        keys=("e",),
        label="seed",
        help="Another seed gives another split by the same rule.",
        screens=("split",),
        command_line=f"{_SPLIT} --seed TEXT",
        footer=6,
    ),
    Action(
        id="split.folder",
        keys=("o",),
        label="folder",
        help="The folder that the parts of a file go into.",
        screens=("split",),
        command_line=f"{_SPLIT} -o FOLDER",
        disabled="of a folder that is split in place",
        footer=7,
    ),
    Action(
        id="split.force",
        keys=("x",),
        label="let go",
        help="Let go of what was committed in the parts and is not in what is split; said again before it is written.",
        screens=("split",),
        command_line=f"{_SPLIT} --force",
        disabled="where nothing in the parts is in the way",
        footer=8,
    ),
)
