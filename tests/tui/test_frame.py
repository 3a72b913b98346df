"""What all screens share: help, palette, themes, undo, errors as messages, keys from the configuration, state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events

from dsvc_tui.main import _keys
from dsvc_tui.messages import Done
from dsvc_tui.records.file_source import FileSource
from dsvc_tui.session import Session
from dsvc_tui.widgets.dialogs import Choose, ChooseSeveral, Confirm
from dsvc_tui.widgets.record_list import RecordList
from tests.tui.conftest import repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.conftest import Start


@pytest.mark.triggers("app.help")
async def test_help_is_searched_by_key_name_and_effect(start: Start, folder: Path) -> None:
    async with start(folder, "browse", "medical") as desk:
        await desk.press("question_mark")
        assert "g               go to: Go to a row by its number" in desk.text
        assert "same as: dsvc show medical --record 1" in desk.text
        await desk.type("wrap")
        assert "Wrap long lines" in desk.text
        assert "Go to a row" not in desk.text
        await desk.press(*["backspace"] * 4, "g")
        assert "go to: Go to a row" in desk.text
        await desk.press(*"zzzz")
        assert "nothing here is called so" in desk.text
        await desk.press("down", "pagedown", "up", "pageup", "escape")
        assert "Help" not in desk.text


async def test_help_says_why_something_cannot_be_done(start: Start, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    async with start(tmp_path, "browse", "empty.jsonl") as desk:
        await desk.press("f1")
        assert "not now: there are no records here (yet)" in desk.text


@pytest.mark.triggers("app.palette", "browse.view")
async def test_the_palette_does_every_action(start: Start, folder: Path) -> None:
    async with start(folder, "browse", "medical", size=(120, 30)) as desk:
        await desk.press("ctrl+p")
        await desk.type("as a conv")
        await desk.settle()
        await desk.press("enter")
        assert "row 1 of 2 records  tree" in desk.text


@pytest.mark.triggers("app.theme")
async def test_the_theme_is_remembered(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        await desk.press("T", "T")
        assert desk.app.theme == "monochrome"
    async with start(folder) as desk:
        assert desk.app.theme == "monochrome"


@pytest.mark.triggers("app.quit")
async def test_quit(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        await desk.press("q")
        assert desk.app._exit


async def test_ctrl_c_tells_how_to_leave(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        await desk.press("ctrl+c")
        assert desk.toasts[-1] == "q quits"
        assert not desk.app._exit


@pytest.mark.triggers("screen.home", "screen.browse")
async def test_every_screen_has_a_key(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        await desk.press("2")
        assert desk.rows()[0] == " Browse  medical"
        await desk.press("1")
        assert desk.rows()[0].startswith(" Home")


async def test_escape_on_the_first_screen_says_how_to_quit(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        await desk.press("escape")
        assert desk.toasts == ["this is the first screen; q quits"]


@pytest.mark.triggers("app.undo")
async def test_undo_states_what_it_takes_back_and_asks_with_another_key(start: Start, folder: Path) -> None:
    repository(folder).restore()
    async with start(folder) as desk:
        assert "unchanged since v1.1" in desk.text
        await desk.press("z")
        assert "This takes back 'restore'" in desk.text
        await desk.press("z", "enter")
        assert "This takes back" in desk.text
        await desk.press("y")
        assert "edited since v1.1" in desk.text
        assert len(desk.toasts) == 1


async def test_undo_can_be_left(start: Start, folder: Path) -> None:
    repository(folder).restore()
    async with start(folder) as desk:
        await desk.press("z", "escape")
        assert "unchanged since v1.1" in desk.text


async def test_nothing_to_undo(start: Start, tmp_path: Path) -> None:
    import dsvc

    dsvc.init(tmp_path)
    async with start(tmp_path) as desk:
        await desk.press("z")
        assert [str(fault) for fault in desk.faults()] == ["nothing was done here that can be taken back"]


async def test_what_was_done_is_told_with_the_way_back(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        desk.app.post_message(Done(repository(folder).checkout("v1.0", force=True)))
        await desk.settle()
        assert desk.toasts[0].endswith("z takes it back")
        assert "unchanged since v1.0" in desk.text


@pytest.mark.parametrize(("asked_with", "confirm"), [("d", "y"), ("y", "Y")])
async def test_the_key_that_asks_does_not_confirm(start: Start, folder: Path, asked_with: str, confirm: str) -> None:
    async with start(folder) as desk:
        answers: list[bool | None] = []
        for keys in ([asked_with, "enter", "space", confirm], [asked_with, "escape"], ["n"]):
            desk.app.push_screen(Confirm("Drop", [("", "[/b] all of it")], asked_with=asked_with), answers.append)
            await desk.press(*keys)
        assert answers == [True, None, None]


async def test_choices(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        one: list[int | None] = []
        some: list[list[int] | None] = []
        desk.app.push_screen(Choose("Which", [("[/a]", "first"), ("b", "second")], at=1), one.append)
        await desk.press("up", "enter")
        desk.app.push_screen(ChooseSeveral("Which", [("a", ""), ("b", ""), ("c", "")], {0, 1}), some.append)
        await desk.press("space", "down", "down", "space", "enter")
        assert (one, some) == ([0], [[1, 2]])


async def test_an_error_in_an_action_is_a_message(start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with start(folder, "browse", "medical") as desk:
        monkeypatch.setattr(FileSource, "head", lambda *_: (_ for _ in ()).throw(RuntimeError("[/b] boom")))
        await desk.press("down")
        assert str(desk.faults()[0]) == "[/b] boom"
        assert "unexpected RuntimeError: [/b] boom" in desk.toasts[0]
        monkeypatch.undo()
        await desk.press("up", "v")
        assert "tree" in desk.text


async def test_an_error_in_drawing_a_line_is_shown_in_its_place(
    start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start(folder, "browse", "medical") as desk:
        monkeypatch.setattr(RecordList, "line", lambda *_: 1 / 0)
        desk.app.screen.query_one(RecordList).refresh()
        await desk.settle()
        assert "cannot be shown: division by zero" in desk.text
        assert desk.faults()


async def test_other_keys(start: Start, folder: Path) -> None:
    async with start(folder, "browse", "medical", keys={"browse.goto": "ctrl+g"}) as desk:
        await desk.press("g")
        assert "Go to row" not in desk.text
        await desk.press("ctrl+g")
        assert "Go to row" in desk.text
        await desk.press("escape", "question_mark")
        assert "Ctrl+G          go to" in desk.text


async def test_settings_that_cannot_be_read_keep_nobody_from_looking(start: Start, folder: Path) -> None:
    (folder / "dsvc.toml").write_text("[tui\n", "utf-8")
    keys, problem = _keys(Session(folder))
    async with start(folder, "browse", "medical", keys=keys, problem=problem) as desk:
        assert "cannot read 'dsvc.toml:1'" in desk.text
        assert "row 1 of" in desk.text


async def test_a_key_for_something_that_there_is_not_is_told_and_the_others_count(start: Start, folder: Path) -> None:
    keys = {"browse.gotoo": "x", "浏览": "y", "browse.goto": "ctrl+g"}
    async with start(folder, "browse", "medical", keys=keys) as desk:
        told = " ".join(desk.text.split())
        assert "'browse.gotoo' (and 1 more)" in told
        assert "did you mean 'browse.goto'" in told
        assert "row 1 of" in desk.text
        await desk.press("ctrl+g")
        assert "Go to row" in desk.text


async def test_a_click_does_what_a_key_does(start: Start, folder: Path) -> None:
    async with start(folder, "browse", "medical@v1.0", size=(120, 20)) as desk:
        await desk.pilot.click("#records", offset=(5, 2))
        await desk.settle()
        assert "row 3 of 3" in desk.text
        await desk.pilot.click("ActionBar", offset=(desk.rows()[-1].index("v view"), 0))
        await desk.settle()
        assert "tree" in desk.text


async def test_a_terminal_that_changes_its_size(start: Start, folder: Path) -> None:
    async with start(folder, "browse", "medical@v1.0", size=(120, 30)) as desk:
        for size in ((40, 10), (20, 5), (80, 24), (200, 60)):
            await desk.pilot.resize_terminal(*size)
            await desk.settle()
            assert max(map(len, desk.rows())) <= size[0]
        assert "▾ assistant" in desk.text


async def test_what_the_cursor_is_on_is_shown_by_the_next_screen(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        await desk.press("end")
        await desk.press("2")
        assert desk.rows()[0] == " Browse  medical@v1.0"
        await desk.press("1")
        assert desk.rows()[0].startswith(" Home")
        assert len(desk.app.screen_stack) == 1


async def test_other_formats_are_not_shown_as_broken_records(start: Start, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("question,answer\nq,a\n")
    async with start(tmp_path, "browse", "x.csv") as desk:
        assert "'x.csv' is CSV, which is not shown record by record" in desk.toasts[-1]
        assert len(desk.faults()) == 1


async def test_what_is_typed_before_a_question_is_there_is_its_answer(start: Start, folder: Path) -> None:
    async with start(folder, "browse", "medical") as desk:
        for key in ("f", *"label", "=", *"fees", "enter"):
            desk.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await desk.settle()
        assert "label=fees" in desk.text
