"""The terminal UI through its server, without a browser: what tabs are sent, who is refused, and how it ends."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
from inline_snapshot import snapshot

import dsvc_tui.serving
from dsvc.cli.diagnostics import run
from dsvc_tui.serving.guard import may_be_called
from dsvc_tui.serving.server import PAGE, TERMINAL
from tests.tui.serving import SECONDS, serving, tab_at

if TYPE_CHECKING:
    from collections.abc import Callable


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(SECONDS * 10):
        if true():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it never was so")


async def test_a_tab_shows_the_home_screen_and_its_keys_act(folder: Path) -> None:
    async with serving(folder) as served, tab_at(served.url) as tab:
        assert "v1.1" in await tab.until("one answer mended")
        await tab.type("2")
        await tab.until("grace period")
        await tab.type("q")
        await tab.until_closed()
        await until(lambda: not served.children())


async def test_each_tab_runs_a_process_of_its_own_that_ends_with_it(folder: Path) -> None:
    async with serving(folder) as served:
        async with tab_at(served.url) as first, tab_at(served.url) as second:
            await first.until("one answer mended")
            await second.until("one answer mended")
            assert len(served.children()) == 2
        await until(lambda: not served.children())


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_it_ends_with_its_children(folder: Path, how: signal.Signals) -> None:
    async with serving(folder) as served, tab_at(served.url) as tab:
        await tab.until("one answer mended")
        children = served.children()
        assert len(children) == 1
        ended = asyncio.create_task(asyncio.to_thread(served.stop, how))
        await tab.until_closed()
        assert await ended == 0
        assert "".join(served.told[1:]) == ""
        assert not any(Path(f"/proc/{child}").exists() for child in children)


async def test_its_children_end_when_it_is_killed(folder: Path) -> None:
    async with serving(folder) as served:
        async with tab_at(served.url) as tab:
            await tab.until("one answer mended")
            children = served.children()
            await asyncio.to_thread(served.stop, signal.SIGKILL)
        await until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))


@pytest.mark.parametrize("name", ['it\'s "so" $(touch x) `touch x` 数据集.jsonl', "-r.jsonl"])
async def test_any_name_reaches_the_screen(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"text": "seen at last"}\n')
    async with serving(tmp_path, "--", name) as served, tab_at(served.url) as tab:
        await tab.until("seen at last")
    assert [path.name for path in tmp_path.iterdir()] == [name]


async def test_screen_and_record_reach_it_too(folder: Path) -> None:
    options = ("--screen", "history", "--record", "2")
    async with serving(folder, "medical@v1.0", *options) as served, tab_at(served.url) as tab:
        await tab.until("grace period")


async def test_what_a_browser_cannot_do_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "no-such-editor")
    async with serving(folder, "--screen", "browse", "medical") as served, tab_at(served.url) as tab:
        await tab.until("grace period")
        await tab.type("E")
        await tab.until("a browser cannot open $EDITOR")


async def test_modules_beside_the_data_are_not_taken_for_its_own(folder: Path) -> None:
    async with serving(folder) as served:
        (folder / "click.py").write_text("raise SystemExit('taken')\n")
        async with tab_at(served.url) as tab:
            await tab.until("one answer mended")


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://evil.example:{port}", "Host": "evil.example:{port}"},
    {"Host": "evil.example:{port}"},
    {},
]


async def test_a_websocket_of_another_page_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, aiohttp.ClientSession() as session:
        port = served.url.split("/")[2].rpartition(":")[2]
        for headers in FOREIGN:
            sent = {name: value.format(port=port) for name, value in headers.items()}
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(f"{served.url}ws", headers=sent)
            assert refused.value.status == 403, headers
        assert not served.children()


async def test_who_does_not_know_the_address_gets_nothing(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, aiohttp.ClientSession() as session:
        top = "/".join(served.url.split("/")[:3])
        for path in ("/", "/ws", "/page/page.js", "/static/js/textual.js", "/guess/", "/guess/ws"):
            async with session.get(top + path, headers={"Origin": top}) as answer:
                assert answer.status == 403, path
                assert await answer.text() == "open the whole address that dsvc tui --serve has printed\n"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{top}/ws", origin=top)
        assert not served.children()
    assert len(served.url.split("/")[3]) >= 22


async def test_a_page_under_another_name_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as served, aiohttp.ClientSession() as session:
        async with session.get(served.url, headers={"Host": "evil.example"}) as answer:
            assert answer.status == 403
        async with session.get(served.url, headers={"Host": "localhost:8000"}) as answer:
            assert answer.status == 200
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:8000", True),
        ("[::1]:8000", True),
        ("localhost", True),
        ("desk.lan:80", True),
        ("desk.lan.evil.example", False),
        ("localhost.evil.example:8000", False),
        ("", False),
        ("[", False),
    ],
)
def test_names_that_it_may_be_called(host: str, *, known: bool) -> None:
    assert may_be_called(host, {"desk.lan"}) == known


async def test_the_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    page = "".join(path.read_text("utf-8") for path in PAGE.iterdir())
    assert not re.search(r"https?://|[\"'(]//", page)
    async with serving(tmp_path) as served, aiohttp.ClientSession() as session:
        for found in set(re.findall(r'(?:src|href)="([^"]+)"|url\("([^"]+)"\)', page)):
            path = "".join(found).removeprefix("../")
            if not path.startswith("data:"):
                async with session.get(served.url + path) as answer:
                    assert answer.status == 200, path
    css = (TERMINAL / "css" / "xterm.css").read_text("utf-8")
    assert "url(" not in css
    assert "@import" not in css


def test_a_busy_port(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(["tui", "--serve", "--port", str(port)]) == 2
    assert capsys.readouterr().err.replace(str(port), "PORT") == snapshot("""\
error: port PORT is taken
hint: --port with another number; 0 takes any free one
""")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--port", "8080"],
            snapshot("""\
error: --host and --port need --serve
hint: dsvc tui --serve --port 8080
"""),
        ),
        (
            ["--serve", "--host", "192.0.2.1"],
            snapshot("""\
error: '192.0.2.1' is no address of this machine
hint: leave out --host: then it is for this machine only
"""),
        ),
        (
            ["--serve", "--host", "no such name"],
            snapshot("""\
error: there is no address 'no such name'
hint: leave out --host: then it is for this machine only
"""),
        ),
        (
            ["--serve", "--screen", "nowhere"],
            snapshot("""\
error: there is no screen 'nowhere'
hint: screens: home, browse, diff, commit, history, import, export, validate, stats, review, pilot, split
"""),
        ),
    ],
)
def test_wrong_usage(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tui", *arguments]) == 2
    assert capsys.readouterr().err == told


def test_without_what_it_needs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delattr(dsvc_tui.serving, "server")
    for name in [name for name in sys.modules if name.startswith(("textual_serve", "dsvc_tui.serving."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    assert run(["tui", "--serve"]) == 2
    assert capsys.readouterr().err == snapshot("""\
error: serving needs textual-serve
hint: pip install 'dsvc[serve]'
""")


async def test_others_are_warned_of(tmp_path: Path) -> None:
    async with serving(tmp_path, "--host", "0.0.0.0") as served:
        assert served.told[:-1] == [
            "warning: whoever gets this address can read, edit and commit here; it is not encrypted on its way\n"
        ]
        host = served.url.rpartition(":")[0]
    assert host == f"http://{socket.gethostname()}"
