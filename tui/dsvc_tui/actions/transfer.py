"""What can be done on the screens Import and Export; part of ``dsvc_tui.actions``."""

from __future__ import annotations

from typing import Final

from dsvc_tui.action import Action

TRANSFER: Final = (
    Action(
        id="import.bring_in",
        keys=("ctrl+s",),
        label="import",
        help="Bring the records in, as the fields say; Esc stops it, and then nothing has changed.",
        screens=("import",),
        command_line="dsvc import SRC",
        disabled="before a source was looked at, and while something is at work",
        footer=1,
    ),
    Action(
        id="import.try_out",
        keys=("ctrl+o",),
        label="what would change",
        help="Tell what the new version would be, without making it.",
        screens=("import",),
        command_line="dsvc import SRC --dry-run",
        disabled="before a source was looked at, and while something is at work",
        footer=3,
    ),
    Action(
        id="export.write",
        keys=("ctrl+s",),
        label="export",
        help="Write the files, as the fields say; Esc stops it, and then nothing was written.",
        screens=("export",),
        command_line="dsvc export {revision} -o PATH",
        disabled="before a place was named, and while something is at work",
        footer=1,
    ),
    Action(
        id="transfer.choose",
        keys=("ctrl+r",),
        label="choose",
        help="Choose for this field from what there is; right completes what is typed.",
        screens=("import", "export"),
        disabled="outside of a field",
        footer=2,
    ),
    Action(
        id="transfer.next",
        keys=("f8", "n"),
        label="next record",
        help="Show the next one of the first records.",
        screens=("import", "export"),
        disabled="when there is none",
        footer=4,
    ),
    Action(
        id="transfer.previous",
        keys=("f7", "N"),
        label="previous",
        help="Show the one before of the first records.",
        screens=("import", "export"),
        disabled="when there is none",
        footer=5,
    ),
    Action(
        id="transfer.fold",
        keys=("enter",),
        label="fold",
        help="Fold or unfold what is under the cursor of a record.",
        screens=("import", "export"),
        disabled="outside of a record",
    ),
)
