"""What can be done to the records of a working file, on the screen Browse; part of ``dsvc_tui.actions``."""

from __future__ import annotations

from typing import Final

from dsvc_tui.action import Action

EDITING: Final = (
    Action(
        id="edit.field",
        keys=("e",),
        label="edit",
        help="Edit the field under the cursor; in the list, choose one.",
        screens=("browse",),
        disabled="in a version, which never changes, and in a folder of files",
        footer=3,
    ),
    Action(
        id="edit.whole",
        keys=("E",),
        label="edit record",
        help="Edit the whole record in $VISUAL or $EDITOR; without one, here.",
        screens=("browse",),
        disabled="in a version, which never changes",
        footer=15,
    ),
    Action(
        id="edit.delete",
        keys=("d", "delete"),
        label="delete",
        help="Take the record out.",
        screens=("browse",),
        disabled="in a version, which never changes",
        footer=16,
    ),
    Action(
        id="edit.duplicate",
        keys=("D",),
        label="duplicate",
        help="Put the same record behind this one.",
        screens=("browse",),
        disabled="in a version, which never changes",
    ),
    Action(
        id="edit.insert",
        keys=("a",),
        label="insert",
        help="Write a new record and put it behind this one.",
        screens=("browse",),
        disabled="in a version, which never changes",
    ),
    Action(
        id="edit.up",
        keys=("K",),
        label="move up",
        help="Move the record one row up.",
        screens=("browse",),
        disabled="in a version, and while not all records are shown in their order",
    ),
    Action(
        id="edit.down",
        keys=("J",),
        label="move down",
        help="Move the record one row down.",
        screens=("browse",),
        disabled="in a version, and while not all records are shown in their order",
    ),
    Action(
        id="edit.take_back",
        keys=("u",),
        label="undo edit",
        help="Take the last edit back; one that was saved too, until a commit.",
        screens=("browse",),
        disabled="when there is no edit",
        footer=17,
    ),
    Action(
        id="edit.make_again",
        keys=("U",),
        label="redo edit",
        help="Make the edit again that was taken back last.",
        screens=("browse",),
        disabled="when none was taken back",
    ),
    Action(
        id="edit.save",
        keys=("ctrl+s",),
        label="save",
        help="Write the edits into the working file.",
        screens=("browse",),
        disabled="when there is no edit to save",
        footer=9,
    ),
    Action(
        id="edit.discard",
        keys=("Z",),
        label="discard",
        help="Forget all edits that were not saved. Asks.",
        screens=("browse",),
        disabled="when there is no edit",
    ),
)
