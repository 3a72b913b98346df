"""Browse: records of files and versions, and one of them to read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.repository.lab import lines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.conftest import Start


async def test_a_wide_terminal_has_the_record_beside_the_list(start: Start, folder: Path) -> None:
    async with start(folder, "browse", "medical@v1.0", size=(100, 10)) as desk:
        assert desk.text == snapshot("""\
 Browse  medical@v1.0
     label    record                                   │ ▾ user
▸1   overdue  逾期90天以上怎么处理？                   │   逾期90天以上怎么处理？
 2   fees     What is a grace period?                  │
 3   fees     信用卡的免息期有多长？                   │ ▾ assistant
                                                       │   转入不良贷款，停止计息。
                                                       │
                                                       │ label  overdue
 row 1 of 3 records  conversation
 Enter read  / search  f filter  e edit  c changes  g go to  v view  s sort  t table  ? help\
""")


async def test_a_narrow_one_below(start: Start, folder: Path) -> None:
    async with start(folder, "browse", "medical@v1.0", size=(60, 20)) as desk:
        assert desk.text == snapshot("""\
 Browse  medical@v1.0
     label    bytes  record
▸1   overdue    121  逾期90天以上怎么处理？
 2   fees       111  What is a grace period?
 3   fees       118  信用卡的免息期有多长？




────────────────────────────────────────────────────────────
 ▾ user
   逾期90天以上怎么处理？

 ▾ assistant
   转入不良贷款，停止计息。

 label  overdue

 row 1 of 3 records  conversation
 Enter read  / search  f filter  e edit  c changes  ? help\
""")


async def test_a_very_small_one_shows_the_list(start: Start, folder: Path) -> None:
    async with start(folder, "browse", "medical@v1.0", size=(40, 10)) as desk:
        assert desk.text == snapshot("""\
 Browse  medical@v1.0
     record
▸1   逾期90天以上怎么处理？
 2   What is a grace period?
 3   信用卡的免息期有多长？



 row 1 of 3 records  conversation
 Enter read  / search  f filter  ? help\
""")


@pytest.mark.parametrize("revision", ["medical", "data/medical.jsonl", "medical@v1.1", None])
async def test_everything_that_has_records_opens(start: Start, folder: Path, revision: str | None) -> None:
    async with start(folder, "browse", revision) as desk:
        assert "What is a grace period?" in desk.text
        assert desk.app.session.repository is not None


async def test_a_version_that_there_is_not(start: Start, folder: Path) -> None:
    async with start(folder, "browse", "medical@v9.0") as desk:
        assert "has no version v9.0" in desk.toasts[0]
        assert len(desk.faults()) == 1


@pytest.mark.triggers("browse.goto")
async def test_go_to_a_row(start: Start, tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_bytes(lines(*({"text": f"record number {number}"} for number in range(1, 2001))))
    async with start(tmp_path, "browse", "many.jsonl") as desk:
        await desk.press("g")
        await desk.type("1,500")
        await desk.press("enter")
        assert "row 1,500 of 2,000 records" in desk.text
        assert "record number 1500" in desk.text
        await desk.press("g")
        await desk.type("50%")
        await desk.press("enter")
        assert "row 1,001 of" in desk.text
        await desk.press("g")
        await desk.type("3000")
        await desk.press("enter")
        assert "there is no row 3000: there are 2,000 records" in desk.text
        await desk.press("escape", "end")
        assert "row 2,000 of" in desk.text
        await desk.press("home", "pagedown", "pageup", "j", "k", "down")
        assert "row 2 of" in desk.text


async def test_begins_at_a_row(start: Start, tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_bytes(lines(*({"text": f"record number {number}"} for number in range(1, 2001))))
    async with start(tmp_path, "browse", "many.jsonl", row=700) as desk:
        assert "row 700 of" in desk.text


@pytest.mark.triggers("browse.view")
async def test_the_views_of_a_record(start: Start, folder: Path) -> None:
    async with start(folder, "browse", "medical@v1.0", size=(120, 24)) as desk:
        assert "▾ assistant" in desk.text
        await desk.press("v")
        assert "output  转入不良贷款，停止计息。" in desk.text
        await desk.press("v")
        assert '{"instruction": "逾期90天以上怎么处理？", ' in desk.text
        await desk.press("v")
        assert "▾ assistant" in desk.text


@pytest.mark.triggers("browse.read")
async def test_asides_are_folded(start: Start, tmp_path: Path) -> None:
    turns = [
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "reasoning_content": "the tool knows", "content": "sunny", "tool_calls": [{"id": 1}]},
    ]
    (tmp_path / "chat.jsonl").write_bytes(lines({"messages": turns}))
    async with start(tmp_path, "browse", "chat.jsonl", size=(160, 24)) as desk:
        assert "▸ assistant reasoning  the tool knows" in desk.text
        await desk.press("enter", *["down"] * 3, "enter")
        assert "▾ assistant reasoning" in desk.text
        await desk.press("enter")
        assert "▸ assistant reasoning" in desk.text
        await desk.press("escape")
        assert desk.rows()[0].startswith(" Browse")


@pytest.mark.triggers("browse.pane")
async def test_the_record_can_be_hidden(start: Start, folder: Path) -> None:
    async with start(folder, "browse", "medical@v1.0", size=(120, 24)) as desk:
        await desk.press("i")
        assert "▾ assistant" not in desk.text
        await desk.press("enter")
        assert "▾ assistant" in desk.text


@pytest.mark.triggers("browse.wrap")
async def test_long_lines_wrap_or_are_cut(start: Start, tmp_path: Path) -> None:
    (tmp_path / "long.jsonl").write_bytes(lines({"text": "word " * 100}))
    async with start(tmp_path, "browse", "long.jsonl", size=(120, 24)) as desk:
        wrapped = desk.text.count("word word word")
        await desk.press("w")
        assert desk.text.count("word word word") < wrapped


async def test_a_line_that_is_not_json_is_shown_as_it_is(start: Start, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_bytes(b'not json\n\n{"a": 1}\n')
    async with start(tmp_path, "browse", "bad.jsonl", size=(120, 24)) as desk:
        assert "this line is not JSON" in desk.text
        assert "row 1 of 2 records" in desk.text


async def test_an_empty_file(start: Start, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    async with start(tmp_path, "browse", "empty.jsonl") as desk:
        assert "no records" in desk.text
        await desk.press("g", "v", "enter")
        assert desk.toasts == [f"{name}: there are no records here (yet)" for name in ("go to", "view", "read")]


async def test_a_very_long_record_holds_up_nothing(start: Start, tmp_path: Path) -> None:
    (tmp_path / "long.jsonl").write_text(json.dumps({"text": "长" * 400_000}) + "\n" + json.dumps({"text": "x"}) + "\n")
    async with start(tmp_path, "browse", "long.jsonl", size=(120, 24)) as desk:
        assert "长长长" in desk.text
        await desk.press("enter", "end")
        assert "200,000 more characters are not laid out" in desk.text


@pytest.mark.triggers("app.reload")
async def test_a_changed_file_is_read_again(start: Start, folder: Path) -> None:
    async with start(folder, "browse", "medical") as desk:
        assert "row 1 of 2 records" in desk.text
        (folder / "data" / "medical.jsonl").write_bytes(lines({"text": "new"}, {"text": "newer"}, {"text": "newest"}))
        await desk.press("R")
        assert "row 1 of 3 records" in desk.text
        assert "newest" in desk.text


async def test_a_folder_is_one_list(start: Start, tmp_path: Path) -> None:
    for name in ("test", "train"):
        (tmp_path / "set").mkdir(exist_ok=True)
        (tmp_path / "set" / f"{name}.jsonl").write_bytes(lines({"text": f"{name} one"}, {"text": f"{name} two"}))
    async with start(tmp_path, "browse", "set") as desk:
        assert "row 1 of 4 records" in desk.text
        assert [name for name in ("test one", "test two", "train one", "train two") if name not in desk.text] == []
