"""The terminal UI in a real browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tui.browser import installed, page_at
from tests.tui.serving import serving

pytestmark = pytest.mark.skipif(installed() is None, reason="no chromium is installed")


def kept(picture: bytes, name: str) -> bytes:
    """The picture, also written into the folder that DSVC_PICTURES names, to be looked at."""
    if folder := os.environ.get("DSVC_PICTURES"):
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
        await page.evaluate("new Promise(done => setInterval(() => closed.offsetHeight && done(), 50))")
        kept(await page.screenshot(), "ended.png")
        assert page.complaints == []
        assert {address.split("/")[2] for address in page.requests if not address.startswith("data:")} == {
            served.url.split("/")[2]
        }
