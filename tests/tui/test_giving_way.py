"""Keys come first: threads that search or read wait while the event loop has something to do."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dsvc_tui import giving_way, main
from dsvc_tui.app import DsvcApp
from dsvc_tui.messages import Open
from dsvc_tui.records import passes
from dsvc_tui.records.file_source import FileSource
from dsvc_tui.session import Session

if TYPE_CHECKING:
    from tests.tui.conftest import Start

FOR_EVER = 600.0

needs_runner = pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio takes no other loop there")


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder with a file of five thousand records, every tenth about fees."""
    texts = ["手续费 fees" if number % 10 == 0 else "loans" for number in range(5000)]
    lines = [json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(texts)]
    (tmp_path / "many.jsonl").write_text("".join(lines), "utf-8")
    return tmp_path


@needs_runner
def test_a_thread_waits_while_the_loop_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving_way, "LONGEST", FOR_EVER)
    story: list[str] = []

    async def drawing() -> None:
        searched = asyncio.Event()
        loop = asyncio.get_running_loop()

        def search() -> None:
            giving_way.give_way()
            story.append("searched")
            loop.call_soon_threadsafe(searched.set)

        thread = threading.Thread(target=search)
        thread.start()
        for _ in range(50):
            time.sleep(0.001)  # the loop is busy, and any thread may run
        story.append("drawn")
        await searched.wait()
        thread.join()

    giving_way.run(drawing())
    assert story == ["drawn", "searched"]


@needs_runner
def test_a_loop_that_never_rests_does_not_stop_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving_way, "LONGEST", 0.001)

    async def never_resting() -> None:
        thread = threading.Thread(target=giving_way.give_way)
        thread.start()
        while thread.is_alive():
            await asyncio.sleep(0)

    giving_way.run(never_resting())


def test_nobody_waits_for_a_loop_that_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving_way, "LONGEST", FOR_EVER)
    giving_way.run(asyncio.sleep(0))
    giving_way.give_way()


def test_a_pass_gives_way_many_times_in_each_batch(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = FileSource([many / "many.jsonl"], name="many.jsonl")
    source.scan(None, report=lambda _: True)
    assert max(len(lines) for _, lines in source.batches()) == 4999
    between: list[int] = []
    rows: list[int] = []
    monkeypatch.setattr(passes, "give_way", lambda: between.append(len(rows)))
    for row, line in passes.each_line(source, lambda _: True):
        assert json.loads(line)["id"] == row
        rows.append(row)
    assert rows == [*range(5000)]
    assert max(after - before for before, after in zip(between, [*between[1:], len(rows)], strict=True)) <= 200


async def test_a_search_goes_on_while_keys_are_pressed(start: Start, many: Path) -> None:
    async with start(many, "browse", "many.jsonl", size=(80, 12)) as desk:
        await desk.press("slash", "tab")
        await desk.type("fe+s|手续费")
        await desk.pilot.press("enter", *["down"] * 20)
        await desk.settle()
        found = re.search(r"row (\d+) of 5,000 records  conversation  500 found: fe\+s", desk.text)
        assert found is not None
        assert int(found[1]) >= 21, "the search goes to what it found, which may be further down"


def test_garbage_is_collected_again_once_the_first_rows_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "_COLLECT_AFTER", 0)

    class Shown(DsvcApp):
        async def run_async(self, **_: object) -> int:
            while not gc.isenabled():
                await asyncio.sleep(0.001)
            return 7

    gc.disable()
    try:
        assert giving_way.run(main._until_left(Shown(Session(Path.cwd()), Open("home")))) == 7
        assert gc.get_freeze_count()
    finally:
        gc.unfreeze()
        gc.enable()
