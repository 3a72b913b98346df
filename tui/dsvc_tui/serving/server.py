"""The server: a page, and for each tab that shows it a process of its own."""

from __future__ import annotations

import shlex
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import textual_serve
from aiohttp import WSCloseCode, web
from textual_serve.server import Server

from dsvc_tui.serving import DRIVER
from dsvc_tui.serving.guard import add_headers, guard
from dsvc_tui.serving.tab import PATIENCE, Tab

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE: Final = Path(__file__).parent / "page"
"""Our page. That of textual-serve takes its font from elsewhere; its scripts and the font's file are taken from it."""
TERMINAL: Final = Path(textual_serve.__file__).parent / "static"
_RUN: Final = "import sys; sys.path[:] = filter(None, sys.path); from dsvc.cli import main; main()"
"""Runs dsvc; modules that happen to lie beside the data are not taken for its own."""
_HEARTBEAT: Final = 15.0


class TuiServer(Server):
    """Shows ``dsvc tui`` with these arguments in browsers."""

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(command_line(arguments), title="dsvc")
        self._tabs: set[web.WebSocketResponse] = set()

    def application(self, names: set[str], secret: str) -> web.Application:
        """What answers requests under these names, and below a path that only who was told it knows."""
        app = web.Application(middlewares=[guard(names, secret)])
        inside = web.Application()
        inside.add_routes(
            [
                web.get("/", self.handle_index),
                web.get("/ws", self.handle_websocket),
                web.get("/download/{key}", self.handle_download),
                web.static("/page", PAGE),
                web.static("/static", TERMINAL),
            ]
        )
        app.add_subapp(f"/{secret}/", inside)
        app.on_response_prepare.append(add_headers)
        app.on_shutdown.append(self.on_shutdown)
        return app

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """The page."""
        return web.FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run a terminal UI for as long as a tab is open."""
        tab_side = web.WebSocketResponse(heartbeat=_HEARTBEAT)
        await tab_side.prepare(request)
        tab = Tab(
            self.command,
            write_bytes=tab_side.send_bytes,
            write_str=tab_side.send_str,
            close=tab_side.close,  # type: ignore[arg-type]
            download_manager=self.download_manager,
        )
        self._tabs.add(tab_side)
        try:
            await tab.start(_number(request, "width", 80), _number(request, "height", 24))
            await self._process_messages(tab_side, tab)
        finally:
            self._tabs.discard(tab_side)
            await tab.stop()
        return tab_side

    async def on_shutdown(self, app: web.Application) -> None:
        """Close all tabs, which ends their processes."""
        for tab_side in list(self._tabs):
            await tab_side.close(code=WSCloseCode.GOING_AWAY)


def serve(arguments: Sequence[str], listening: socket.socket, host: str, secret: str) -> None:
    """Serve below the path ``secret`` until Ctrl-C or a signal to end."""
    app = TuiServer(arguments).application({host.lower(), socket.gethostname().lower()}, secret)
    web.run_app(app, sock=listening, print=None, access_log=None, shutdown_timeout=2 * PATIENCE + 5)


def command_line(arguments: Sequence[str]) -> str:
    """A command for the shell that runs ``dsvc tui`` with these arguments, whatever is in them."""
    return "exec " + shlex.join(["env", f"TEXTUAL_DRIVER={DRIVER}", sys.executable, "-c", _RUN, "tui", *arguments])


def _number(request: web.Request, name: str, otherwise: int) -> int:
    value = request.query.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 5 else otherwise
