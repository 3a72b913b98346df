"""Home: what a user sees of datasets and versions, and where the keys lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.repository.lab import lines
from tests.tui.conftest import QUESTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.repository.lab import Lab
    from tests.tui.conftest import Start


async def test_versions_are_listed_with_who_where_from_and_why(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        text = desk.text
    assert "medical  data/medical.jsonl  3 records" in text
    assert "working file  edited since v1.1  lines +0 -1" in text
    assert "*  v1.1 (HEAD)  ~1  one answer mended" in text
    assert "*  v1.0  +3  first version" in text
    assert "Ann Otter · from bank manual 2025 · 3 records" in text
    assert "on disk: " in text


@pytest.mark.triggers("home.browse", "app.back")
async def test_enter_goes_to_the_records_and_escape_back(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        await desk.press("down", "enter")
        assert desk.rows()[0] == " Browse  medical@v1.1"
        assert "转入可疑类贷款" in desk.text
        await desk.press("escape")
        assert desk.rows()[0].startswith(" Home")


@pytest.mark.triggers("home.details")
async def test_facts_about_the_version_under_the_cursor(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        await desk.press("down")
        assert "version medical@v1.1" in desk.text
        await desk.press("i")
        assert "version medical@v1.1" not in desk.text


async def test_facts_about_the_working_file_are_those_of_status(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        assert "the working file 'data/medical.jsonl'" in desk.text
        assert "~ changed  data/medical.jsonl  lines -1" in desk.text
        assert "see what changed: dsvc diff medical" in desk.text


@pytest.mark.triggers("home.mark")
async def test_two_marked_versions(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        await desk.press("down", "space", "down", "down", "space")
        assert desk.text.count("●") == 2
        await desk.press("space")
        assert desk.text.count("●") == 1


async def test_only_a_version_can_be_marked(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        await desk.press("space")
        assert desk.toasts == ["mark: the cursor is not on a version"]


async def test_an_empty_repository_says_how_to_begin(start: Start, tmp_path: Path) -> None:
    import dsvc

    dsvc.init(tmp_path)
    async with start(tmp_path) as desk:
        assert "hint: dsvc commit FILE.jsonl" in desk.text
        await desk.press("enter")
        assert desk.toasts == ["browse: there is no dataset here yet"]


async def test_outside_a_repository_the_error_is_a_message(start: Start, tmp_path: Path) -> None:
    async with start(tmp_path) as desk:
        assert len(desk.faults()) == 1
        assert "hint: " in desk.toasts[0]
        await desk.press("question_mark")
        assert "Help: home" in desk.text


async def test_the_cursor_is_on_what_was_named(start: Start, lab: Lab) -> None:
    lab.save(lines(QUESTIONS[0]), path="data/calls.jsonl", reason="calls", source="hotline")
    for named, told in (("medical", "working file 'data/medical.jsonl'"), ("medical@v1.0", "version medical@v1.0")):
        async with start(lab.root, "browse", named) as desk:
            await desk.press("1")
            assert desk.rows()[0].startswith(" Home")
            assert told in desk.text
            await desk.press("8")
            assert desk.rows()[0].startswith(f" Validate  {named}")
    async with start(lab.root, "commit", "medical") as desk:
        await desk.press("escape", "c")
        assert desk.rows()[0].startswith(" Commit  medical@")


async def test_between_two_versions_nothing_is_offered_that_cannot_be_done(start: Start, folder: Path) -> None:
    async with start(folder, "diff", "medical@v1.0..v1.1", size=(120, 30)) as desk:
        assert "commit" not in desk.rows()[-1]
        assert "X take back" in desk.rows()[-1]
    (folder / "other.jsonl").write_bytes(lines(QUESTIONS[0]))
    async with start(folder, "diff", "other.jsonl..data/medical.jsonl", size=(120, 30)) as desk:
        assert "mark" not in desk.rows()[-1]
        assert "X" not in desk.rows()[-1]
    async with start(folder, "diff", "medical", size=(120, 30)) as desk:
        assert "Space mark" in desk.rows()[-1]
        assert "c commit" in desk.rows()[-1]
