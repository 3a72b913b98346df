"""Starts the terminal UI."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dsvc.errors import UsageError
from dsvc_tui.app import DsvcApp
from dsvc_tui.messages import Open, Target
from dsvc_tui.screens import screen_named
from dsvc_tui.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

_SWITCH_SECONDS = 0.001
"""How long a thread may keep the interpreter: Python's 5 ms are felt while something is searched."""


def run(
    target: str | None = None, *, screen: str | None = None, row: int | None = None, folder: Path | None = None
) -> int:
    """Run until somebody leaves; the exit status. Raises UsageError when there is no terminal or no such screen."""
    if not (sys.stdin.isatty() and sys.__stderr__ is not None and sys.__stderr__.isatty()):
        raise UsageError("the terminal UI needs a terminal", hint="without one: dsvc log, dsvc diff, dsvc cat")
    name = screen or ("home" if target is None else "diff" if ".." in target.strip("./") else "browse")
    screen_named(name)
    session = Session(folder or Path.cwd())
    app = DsvcApp(session, Open(name, Target(revision=target, row=row)), keys=_keys(session))
    sys.setswitchinterval(_SWITCH_SECONDS)
    return app.run() or 0


def _keys(session: Session) -> Mapping[str, str]:
    if not any((session.root / name).is_file() for name in ("dsvc.toml", "pyproject.toml")):
        return {}
    from dsvc.repository.settings import read_settings

    return read_settings(session.root).tui.keys
