"""Choosing in the diff: mark changes, commit some, bring others back; the rest stays in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc_tui.messages import Open, Target
from dsvc_tui.screens.commit import CommitScreen
from dsvc_tui.screens.diff import DiffScreen
from tests.repository.lab import FILE, lines
from tests.tui.conftest import QUESTIONS, repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.repository.lab import Lab
    from tests.tui.conftest import Start

FIRST, SECOND, THIRD = QUESTIONS
MENDED = {**FIRST, "output": "转入可疑类贷款。"}
GRACE = {**SECOND, "label": "grace"}
LONGER = {**THIRD, "output": "最长56天，从账单日算起。"}


@pytest.fixture
def edited(lab: Lab) -> Path:
    """Two records of the working file are edited, one is new."""
    lab.write(lines(MENDED, GRACE, LONGER, {"instruction": "积分多久过期？", "output": "两年。", "label": "points"}))
    return lab.root


@pytest.mark.triggers("diff.mark", "diff.commit")
async def test_marked_changes_are_committed_and_the_rest_is_left(start: Start, edited: Path) -> None:
    before = (edited / FILE).read_bytes()
    async with start(edited, "diff", "medical", size=(110, 40)) as desk:
        await desk.press("down", "space")
        assert "● 1 marked" in desk.text
        await desk.press("c")
        assert isinstance(desk.app.screen, CommitScreen)
        assert "1 chosen change" in desk.text
        assert "~1" in desk.text
        await desk.type("longer grace period")
        await desk.press("ctrl+s")
        assert isinstance(desk.app.screen, DiffScreen)
        assert f"1 change of '{FILE}' is kept as medical@v1.2" in desk.toasts[-1]
        assert "~ 1 modified" in desk.text
        assert "+ 1 added" in desk.text
    assert (edited / FILE).read_bytes() == before
    assert [record.content for record in repository(edited).snapshot("medical@v1.2")] == lines(
        MENDED, SECOND, LONGER
    ).splitlines()


@pytest.mark.triggers("diff.take_back")
async def test_one_record_is_brought_back_and_undone(start: Start, edited: Path) -> None:
    before = (edited / FILE).read_bytes()
    async with start(edited, "diff", "medical", size=(110, 40)) as desk:
        await desk.press("X")
        assert "Bring the record back as in medical@v1.1" in desk.text
        assert "all others stay" in desk.text
        await desk.press("y")
        assert f"1 change of '{FILE}' against v1.1 was taken back" in desk.toasts[-1]
        assert (edited / FILE).read_bytes() == before.replace(lines(GRACE), lines(SECOND))
        assert "~ 1 modified" in desk.text
        await desk.press("z", "y")
        assert (edited / FILE).read_bytes() == before


@pytest.mark.triggers("diff.mark_all")
async def test_all_of_a_kind(start: Start, edited: Path) -> None:
    async with start(edited, "diff", "medical", size=(110, 40)) as desk:
        await desk.press("f", "down", "down", "enter", "a")
        assert "● 2 marked" in desk.text
        await desk.press("backspace", "a", "a")
        assert "marked" not in desk.text
        await desk.press("f", "down", "down", "enter", "a", "X", "y")
        assert "2 changes of" in desk.toasts[-1]
        assert "+ 1 added" in desk.text
        assert "~ " not in "".join(desk.rows()[:4])


async def test_a_record_of_an_older_version(start: Start, edited: Path) -> None:
    async with start(edited, "diff", "v1.0..v1.1", size=(110, 40)) as desk:
        await desk.press("c")
        assert "only changes of the working file" in desk.toasts[-1]
        await desk.press("X", "y")
        assert "against v1.0 was taken back" in desk.toasts[-1]
        assert (edited / FILE).read_bytes().startswith(lines(FIRST, GRACE))


async def test_plain_files_have_nothing_to_go_back_to(start: Start, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(*QUESTIONS))
    (tmp_path / "b.jsonl").write_bytes(lines(MENDED, SECOND, THIRD))
    async with start(tmp_path, "browse", "a.jsonl") as desk:
        desk.app.post_message(Open("diff", Target("a.jsonl", "b.jsonl")))
        await desk.settle()
        assert "~ 1 modified" in desk.text
        await desk.press("X")
        assert "no version of a dataset" in desk.toasts[-1]


async def test_a_file_that_changed_since(start: Start, edited: Path) -> None:
    async with start(edited, "diff", "medical", size=(110, 40)) as desk:
        (edited / FILE).write_bytes(lines(MENDED, {**GRACE, "label": "other"}, LONGER))
        await desk.press("X", "y")
        assert f"'{FILE}' was changed after it was looked at" in desk.toasts[-1]
        assert len(desk.faults()) == 1
    assert b'"other"' in (edited / FILE).read_bytes()


async def test_a_file_that_changes_before_the_chosen_changes_are_committed(start: Start, edited: Path) -> None:
    async with start(edited, "diff", "medical", size=(140, 40)) as desk:
        await desk.press("c")
        await desk.type("why")
        (edited / FILE).write_bytes(lines(MENDED, {**GRACE, "label": "other"}, LONGER))
        await desk.press("ctrl+s")
        assert "was changed after it was looked at" in desk.text
        assert "go back (Esc), read the changes again (F5), and choose again" in desk.text
        await desk.press("f5")
        assert "go back (Esc), read the changes again (F5), and choose again" in desk.text
        await desk.press("escape", "f5", "c")
        assert "1 chosen change" in desk.text
