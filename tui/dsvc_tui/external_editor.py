"""A text in the editor that somebody is used to, while the terminal UI waits."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from dsvc.errors import UsageError

if TYPE_CHECKING:
    from textual.app import App


def editor_command() -> list[str] | None:
    """``$VISUAL``, else ``$EDITOR``; None when neither is set."""
    return shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "") or None


def edited_outside(app: App[int], command: list[str], text: str, folder: Path) -> str:
    """What somebody makes of a text in another program. Until it is read the text lies in a file in ``folder``.

    Raises UsageError when the editor cannot be started or says that something went wrong.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fd, name = tempfile.mkstemp(prefix="record-", suffix=".json", dir=folder)
    path = Path(name)
    try:
        with open(fd, "wb") as file:
            file.write(text.encode("utf-8", "surrogatepass"))
        try:
            with app.suspend():
                status = subprocess.run([*command, name], check=False).returncode
        except SuspendNotSupported:
            raise UsageError("this terminal cannot be handed to an editor") from None
        except OSError as error:
            raise UsageError(
                f"cannot start the editor '{command[0]}': {str(error.strerror).lower()}", hint="export EDITOR=nano"
            ) from None
        if status:
            raise UsageError(f"'{command[0]}' ended with status {status}; nothing was changed")
        data = path.read_bytes()
    finally:
        path.unlink(missing_ok=True)
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise UsageError(f"what the editor wrote is not UTF-8: byte {error.start + 1}") from None
