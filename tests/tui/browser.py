"""A headless browser, driven by the DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import shutil
import subprocess
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import aiohttp

from tests.tui.serving import without_escapes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SECONDS = 30
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
    "--window-size=1000,600",
)


def installed() -> str | None:
    """The browser's program, None where there is none."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


class Page:
    """A page in the browser, and what happened on it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self._socket = socket
        self._numbers = count(1)
        self.requests: list[str] = []
        """Addresses that were asked for."""
        self.complaints: list[str] = []
        """Errors in the console."""
        self.received = ""
        """What came through websockets."""

    async def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Ask the browser to do something; its answer."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            message = await self._next()
            if message.get("id") == number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result

    async def until_received(self, text: str) -> None:
        """Wait until this text came through a websocket, and forget what came before it."""
        try:
            await asyncio.wait_for(self._read_until(text), SECONDS)
        except asyncio.TimeoutError:
            raise AssertionError(f"'{text}' did not come, but {self.received}") from None
        self.received = self.received.partition(text)[2]

    async def evaluate(self, script: str) -> Any:
        """The value of a script on the page."""
        answer = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")

    async def press(self, key: str) -> None:
        """Press a key that types a character."""
        await self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        await self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def screenshot(self) -> bytes:
        """What is seen, as PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])

    async def _read_until(self, text: str) -> None:
        while text not in self.received:
            assert self.complaints == []
            await self._next()

    async def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = await asyncio.wait_for(self._socket.receive_json(), SECONDS)
        self._note(message.get("method", ""), message.get("params", {}))
        return message

    def _note(self, method: str, event: dict[str, Any]) -> None:
        if method == "Network.webSocketFrameReceived":
            data = event["response"]["payloadData"]
            if event["response"]["opcode"] == 2:
                self.received += without_escapes(base64.b64decode(data))
        elif method == "Network.requestWillBeSent":
            self.requests.append(event["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(event["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(event["exceptionDetails"]))
        elif method == "Log.entryAdded" and event["entry"]["level"] == "error":
            self.complaints.append(event["entry"]["text"])


@asynccontextmanager
async def page_at(url: str, profile: Path, *options: str) -> AsyncIterator[Page]:
    """A browser with an empty profile that was sent to an address."""
    program = installed()
    assert program is not None
    command = [program, *_OPTIONS, *options, f"--user-data-dir={profile}", "about:blank"]
    browser = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port = await _port(profile)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                pages = [found for found in await answer.json() if found["type"] == "page"]
            async with session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                for domain in ("Page", "Network", "Runtime", "Log"):
                    await page.call(f"{domain}.enable")
                await page.call("Page.navigate", url=url)
                yield page
                await page.call("Browser.close")
        await asyncio.to_thread(browser.wait, SECONDS)
    finally:
        browser.kill()
        browser.wait()


async def _port(profile: Path) -> int:
    """The port that the browser writes down when it is ready."""
    for _ in range(SECONDS * 10):
        written = profile / "DevToolsActivePort"
        if written.exists() and (lines := written.read_text().splitlines()):
            return int(lines[0])
        await asyncio.sleep(0.1)
    raise AssertionError("the browser did not start")
