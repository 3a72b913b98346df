"""``dsvc tui --serve`` as a process, and a websocket client in place of a browser."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

import dsvc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

RUN = [sys.executable, "-c", "from dsvc.cli import main; main()", "tui", "--serve", "--port", "0"]
SECONDS = 40
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*\$?[A-Za-z]")


class Served:
    """A server that was started."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        root = Path(dsvc.__file__).parents[1]
        environment = os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{root / 'tui'}"}
        self.process = subprocess.Popen(
            [*RUN, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        self.told: list[str] = []
        while not (self.told and self.told[-1].startswith("serving at ")):
            line = self.process.stderr.readline()
            assert line, "".join(self.told)
            self.told.append(line)
        self.url = self.told[-1].split()[2]

    def children(self) -> set[int]:
        """The processes that it runs."""
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True)
        return {int(line) for line in found.stdout.split()} if found.returncode == 0 else set()

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """End it; its exit status."""
        self.process.send_signal(how)
        try:
            status = self.process.wait(SECONDS)
        finally:
            self.process.kill()
        assert self.process.stderr is not None
        self.told.append(self.process.stderr.read())
        self.process.stderr.close()
        return status


@asynccontextmanager
async def serving(folder: Path, *arguments: str) -> AsyncIterator[Served]:
    """A server in a folder; afterwards it must have ended well."""
    served = Served(folder, *arguments)
    try:
        yield served
    finally:
        status = await asyncio.to_thread(served.stop) if served.process.poll() is None else 0
    assert status == 0, served.told


def without_escapes(data: bytes) -> str:
    """The text in what a terminal is sent."""
    return _ESCAPES.sub("", data.decode("utf-8", "replace"))


class FakeTab:
    """A browser tab as the server sees it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self._socket = socket
        self._seen = ""

    async def until(self, text: str) -> str:
        """Wait until this text came since the last wait; all that came, without the terminal's escapes."""
        try:
            await asyncio.wait_for(self._read_until(text), SECONDS)
        except asyncio.TimeoutError:
            raise AssertionError(f"'{text}' did not come, but {self._seen}") from None
        seen, self._seen = self._seen, ""
        return seen

    async def until_closed(self) -> None:
        """Wait until the server closes it."""
        await asyncio.wait_for(self._read_until_closed(), SECONDS)

    async def _read_until(self, text: str) -> None:
        while text not in self._seen:
            message = await self._socket.receive()
            assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), (message, self._seen)
            if message.type is aiohttp.WSMsgType.BINARY:
                self._seen += without_escapes(message.data)

    async def _read_until_closed(self) -> None:
        while not self._socket.closed:
            await self._socket.receive()

    async def type(self, keys: str) -> None:
        """Send what is typed."""
        await self._socket.send_str(json.dumps(["stdin", keys]))


@asynccontextmanager
async def tab_at(url: str, *, width: int = 100, height: int = 30) -> AsyncIterator[FakeTab]:
    """A tab of the server's own page."""
    place = f"{url}ws?width={width}&height={height}"
    origin = "/".join(url.split("/")[:3])
    async with aiohttp.ClientSession() as session, session.ws_connect(place, origin=origin) as socket:
        yield FakeTab(socket)
