"""What can be done on every screen; part of ``dsvc_tui.actions``."""

from __future__ import annotations

from typing import Final

from dsvc_tui.action import Action

EVERYWHERE: Final = (
    Action(
        id="app.help",
        keys=("question_mark", "f1"),
        label="help",
        help="Show all keys of this screen; type to search them.",
        command_line="dsvc tui --help",
    ),
    Action(id="app.palette", keys=("ctrl+p", "colon"), label="palette", help="Find an action by its name and do it."),
    Action(
        id="app.back",
        keys=("escape",),
        label="back",
        help="Go back to the screen before; on the first one nothing happens.",
    ),
    Action(id="app.reload", keys=("R", "f5"), label="read again", help="Read what this screen shows again."),
    Action(
        id="app.theme", keys=("T",), label="theme", help="Change between the dark, the light and the monochrome theme."
    ),
    Action(
        id="app.undo",
        keys=("z",),
        label="undo",
        help="Take back the last command that changed something, also one typed on the command line; asks first.",
        command_line="dsvc undo",
        disabled="outside a repository, or when nothing was done that can be taken back",
    ),
    Action(id="app.quit", keys=("q", "ctrl+q"), label="quit", help="Leave; where you were is remembered."),
)
