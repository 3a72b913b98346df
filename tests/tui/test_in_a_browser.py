"""The terminal UI in a real browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tui.browser import installed, page_at
from tests.tui.serving import serving

pytestmark = pytest.mark.skipif(installed() is None, reason="no chromium is installed")

_ENDED = "new Promise(done => setInterval(() => document.body.classList.contains('-closed') && done(), 50))"


def kept(picture: bytes, name: str) -> bytes:
    """The picture, also written into the folder that BROWSER_PICTURES names, to be looked at."""
    if folder := os.environ.get("BROWSER_PICTURES"):
        (Path(folder) / name).write_bytes(picture)
    return picture


async def test_the_page_shows_the_datasets_and_its_keys_act(folder: Path, tmp_path: Path) -> None:
    async with serving(folder) as served, page_at(served.url, tmp_path / "profile") as page:
        await page.until_received("one answer mended")
        assert await page.evaluate("document.fonts.check('16px \"Roboto Mono\"')")
        home = kept(await page.screenshot(), "home.png")
        await page.press("2")
        await page.until_received("grace period")
        assert kept(await page.screenshot(), "browse.png") != home
        await page.press("q")
        await page.evaluate(_ENDED)
        kept(await page.screenshot(), "ended.png")
        assert page.complaints == []
        assert {address.split("/")[2] for address in page.requests if not address.startswith("data:")} == {
            served.url.split("/")[2]
        }


async def test_it_is_copied_into_the_clipboard_of_the_browser(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "profile"
    async with serving(folder, "--screen", "browse", "medical") as served, page_at(served.url, place) as page:
        allowed = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        await page.call("Browser.grantPermissions", permissions=allowed)
        await page.until_received("grace period")
        await page.press("y")
        await page.until_received("copied through the browser")
        assert "grace period" in await page.evaluate("navigator.clipboard.readText()")


async def test_without_webgl(folder: Path, tmp_path: Path) -> None:
    async with serving(folder) as served, page_at(served.url, tmp_path / "profile", "--disable-3d-apis") as page:
        await page.until_received("one answer mended")
        assert await page.evaluate("Object.keys(document.createElement('canvas').getContext('webgl2')).length") == 0
        kept(await page.screenshot(), "without_webgl.png")
        assert page.complaints == []
