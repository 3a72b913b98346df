"""Starts the terminal UI."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dsvc.errors import DsvcError, UsageError
from dsvc_tui import giving_way
from dsvc_tui.app import DsvcApp
from dsvc_tui.messages import Open, Target
from dsvc_tui.screens import screen_named
from dsvc_tui.serving import DRIVER
from dsvc_tui.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SWITCH_SECONDS = 0.001
"""How long a thread may keep the interpreter: Python's 5 ms are felt while something is searched."""


_COLLECT_AFTER = 1.0
"""Seconds until garbage is collected, where the command line put that off: the first rows are there by then."""


def run(
    target: str | None = None, *, screen: str | None = None, row: int | None = None, folder: Path | None = None
) -> int:
    """Run until somebody leaves; the exit status. Raises UsageError when there is no terminal or no such screen."""
    if not (_on_a_terminal() or os.environ.get("TEXTUAL_DRIVER") == DRIVER):
        raise UsageError("the terminal UI needs a terminal", hint="without one: dsvc log, dsvc diff, dsvc cat")
    name = _first_screen(target, screen)
    session = Session(folder or Path.cwd())
    keys, problem = _keys(session)
    app = DsvcApp(session, Open(name, Target(revision=target, row=row)), keys=keys, problem=problem)
    sys.setswitchinterval(_SWITCH_SECONDS)
    return giving_way.run(_until_left(app)) or 0


async def _until_left(app: DsvcApp) -> int | None:
    asyncio.get_running_loop().call_later(_COLLECT_AFTER, _collect_garbage)
    return await app.run_async()


def _collect_garbage() -> None:
    """Let the collector begin; what there is by now, mostly modules, stays, and is never looked through."""
    gc.freeze()
    gc.enable()


def serve(
    target: str | None = None,
    *,
    screen: str | None = None,
    row: int | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    say: Callable[[str], None],
    warn: Callable[[str], None],
) -> int:
    """Show it in browsers, each tab with a process of its own, until Ctrl-C; the exit status.

    Raises UsageError when there is no such screen, the address cannot be used, or what is needed is not installed.
    """
    _first_screen(target, screen)
    try:
        from dsvc_tui.serving import address, server
    except ModuleNotFoundError as error:
        if error.name not in ("textual_serve", "aiohttp"):
            raise
        raise UsageError("serving needs textual-serve", hint="pip install 'dsvc[serve]'") from error
    listening = address.listen(host, port)
    if not address.is_this_machine_only(listening):
        warn("whoever gets this address can read, edit and commit here; it is not encrypted on its way")
    options = [f"--screen={screen}"] * bool(screen) + [f"--record={row}"] * bool(row)
    arguments = [*options, "--", *([target] if target is not None else [])]
    with suppress(KeyboardInterrupt):  # before the server minds it
        secret = address.new_secret()
        say(f"serving at {address.url(listening, host, secret)} (Ctrl-C ends it)")
        server.serve(arguments, listening, host, secret)
    return 0


def _on_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.__stderr__ is not None and sys.__stderr__.isatty()


def _first_screen(target: str | None, screen: str | None) -> str:
    name = screen or ("home" if target is None else "diff" if ".." in target.strip("./") else "browse")
    screen_named(name)
    return name


def _keys(session: Session) -> tuple[Mapping[str, str], DsvcError | None]:
    """Keys of the settings, or what is wrong with those: one may look at data all the same."""
    if not any((session.root / name).is_file() for name in ("dsvc.toml", "pyproject.toml")):
        return {}, None
    from dsvc.repository.settings import read_settings

    try:
        return read_settings(session.root).tui.keys, None
    except DsvcError as error:
        return {}, error
