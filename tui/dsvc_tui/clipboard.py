"""Copying: with the system's own tool, else through the terminal (OSC 52), else into a file; and saying which.

In a browser there is no tool: it may run on another machine. The page takes what goes through the terminal.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dsvc.render.numbers import size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import App

THROUGH_TERMINAL: Final = 74_994
"""Bytes after which terminals drop what they are given: xterm's and tmux' limit."""
_TOOLS: Final[Sequence[tuple[str, tuple[str, ...]]]] = (
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
    ("WSL_DISTRO_NAME", ("clip.exe",)),
    ("__CFBundleIdentifier", ("pbcopy",)),
    ("TERM_PROGRAM", ("pbcopy",)),
)
_SECONDS: Final = 2.0
_OSC: Final = "the terminal (OSC 52), if it allows that"


def copy(app: App[int], text: str, folder: Path | None, *, environment: Mapping[str, str] = os.environ) -> str:
    """Copy a text; the sentence that says where it went. ``folder`` takes it when nothing else can."""
    data = text.encode("utf-8", "backslashreplace")
    amount = size(len(data))
    tool = None if app.is_web else _with_tool(data, environment)
    if tool is not None:
        return f"{amount} copied with {tool}"
    if len(b64encode(data)) <= THROUGH_TERMINAL:
        app.copy_to_clipboard(data.decode("utf-8"))
        way = "the browser, if it allows that (on localhost or https)" if app.is_web else _OSC
        return f"{amount} copied through {way}"
    path = (folder or Path(tempfile.gettempdir())) / "dsvc-copied.txt"
    path.write_bytes(data)
    return f"{amount} is too much for the terminal's clipboard; it is in '{path}'"


def _with_tool(data: bytes, environment: Mapping[str, str]) -> str | None:
    """The name of the tool that took it."""
    for variable, command in _TOOLS:
        if environment.get(variable) and shutil.which(command[0], path=environment.get("PATH")):
            try:
                subprocess.run(
                    command, input=data, check=True, timeout=_SECONDS, env=dict(environment),
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )  # fmt: skip
            except (OSError, subprocess.SubprocessError):
                continue
            return command[0]
    return None
