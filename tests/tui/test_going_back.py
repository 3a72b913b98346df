"""Checkout, restore, rollback, tag: what is stated before, what happens to file and history, and the way back."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from dsvc_tui.screens import going_back
from dsvc_tui.ways_back import go
from tests.repository.lab import lines
from tests.tui.conftest import QUESTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.repository.lab import Lab
    from tests.tui.conftest import Start


@pytest.mark.triggers("version.checkout", "app.undo")
async def test_checkout_saves_the_edits_and_is_taken_back(start: Start, lab: Lab) -> None:
    edited = lab.read()
    async with start(lab.root) as desk:
        await desk.press("down", "down", "down", "C")
        assert "Check out medical@v1.0" in desk.text
        assert "file     'data/medical.jsonl' gets the content of v1.0, 3 records" in desk.text
        assert "history  stays as it is" in desk.text
        assert "HEAD     stays at v1.1" in desk.text
        assert "! what was edited since v1.1 (lines +0 -1) is saved first" in desk.text
        assert "same as: dsvc checkout medical@v1.0 --force" in desk.text
        await desk.press("C", "enter")
        assert "Check out medical@v1.0" in desk.text
        assert lab.read() == edited
        await desk.press("y")
        assert lab.read() == lines(*QUESTIONS)
        assert "the edits were saved as" in desk.toasts[-1]
        assert desk.toasts[-1].endswith("z takes it back")
        assert "unchanged since v1.0" in desk.text
        await desk.press("z", "y")
        assert lab.read() == edited


async def test_what_is_asked_can_be_left(start: Start, lab: Lab) -> None:
    edited = lab.read()
    async with start(lab.root) as desk:
        for keys in (
            ["down", "C", "escape"],
            ["X", "n"],
            ["B"],
            ["down", "down", "B", "enter", "escape"],
            ["L", "escape"],
        ):
            await desk.press(*keys)
            assert desk.rows()[0].startswith(" Home")
        assert [str(fault) for fault in desk.faults()] == ["nothing to roll back: v1.1 has the content of v1.1"]
    assert lab.read() == edited
    assert lab.numbers() == ["v1.1", "v1.0"]


@pytest.mark.triggers("version.restore")
async def test_restore_from_home_and_browse(start: Start, lab: Lab) -> None:
    head = lab.content("v1.1")
    async with start(lab.root) as desk:
        await desk.press("X")
        assert "Restore data/medical.jsonl" in desk.text
        assert "gets the content of v1.1, 3 records" in desk.text
        await desk.press("y")
        assert lab.read() == head
        assert "unchanged since v1.1" in desk.text
        await desk.press("X")
        assert "is saved first" not in desk.text
        await desk.press("y")
        assert "takes it back" not in desk.toasts[-1]  # nothing was changed
    lab.write(lines(*QUESTIONS[:1]))
    async with start(lab.root, "browse", "medical") as desk:
        assert "row 1 of 1 record" in desk.text
        await desk.press("X", "y")
        await desk.press("end")
        assert "row 3 of 3" in desk.text
    assert lab.read() == head


@pytest.mark.triggers("version.rollback")
async def test_rollback_adds_a_version_with_a_reason(start: Start, lab: Lab) -> None:
    async with start(lab.root, "browse", "medical@v1.0") as desk:
        await desk.press("B")
        assert "empty: 'roll back to v1.0'" in desk.text
        await desk.type("v1.1 is worse")
        await desk.press("enter")
        assert "a new version like v1.0 is added; all others stay" in desk.text
        assert "HEAD     goes to the new version" in desk.text
        assert "same as: dsvc rollback medical@v1.0 -m 'v1.1 is worse' --force" in desk.text
        await desk.press("y")
        assert "v1.2 was added (v1.1 is still there)" in desk.toasts[-1]
    assert lab.numbers() == ["v1.2", "v1.1", "v1.0"]
    assert lab.repo.version("HEAD").reason == "v1.1 is worse"
    assert lab.read() == lines(*QUESTIONS)


async def test_rollback_to_what_the_file_was_written_from_keeps_edits(start: Start, lab: Lab) -> None:
    lab.repo.checkout("v1.0", force=True)
    lab.write(lines(*QUESTIONS[:2]))
    async with start(lab.root) as desk:
        await desk.press("down", "down", "down", "B", "enter")
        assert "'data/medical.jsonl' stays as it is, it comes from v1.0" in desk.text
        assert "is saved first" not in desk.text
        await desk.press("y")
        assert "edited since v1.2" in desk.text
    assert lab.read() == lines(*QUESTIONS[:2])


@pytest.mark.triggers("version.tag")
async def test_a_name_for_a_version(start: Start, lab: Lab) -> None:
    async with start(lab.root) as desk:
        await desk.press("down", "L", "enter")
        assert "a name has at least one letter" in desk.text
        await desk.type("best")
        await desk.press("enter")
        assert "the git tag 'medical_best' is put on v1.1" in desk.text
        await desk.press("y")
        assert "v1.1 (HEAD, medical_best)" in desk.text
        assert "git tag -d 'medical_best'" in desk.toasts[-1]
        assert "takes it back" not in desk.toasts[-1]
        await desk.press("down", "down", "L")
        await desk.type("best")
        await desk.press("enter", "y")
        assert [str(fault) for fault in desk.faults()] == ["there is a tag 'medical_best' already, on another version"]


async def test_only_versions_can_be_gone_back_to(start: Start, folder: Path, tmp_path: Path) -> None:
    async with start(folder) as desk:
        await desk.press("C", "B", "L")
        assert desk.toasts[0] == "check out: the working file is no version"
        assert len(desk.toasts) == 3
    (folder / "plain.jsonl").write_bytes(lines(*QUESTIONS))
    async with start(folder, "browse", "plain.jsonl") as desk:
        await desk.press("C", "X")
        assert desk.toasts[0] == "check out: the working file is no version"
        assert len(desk.faults()) == 1


async def test_in_a_small_terminal_the_statement_is_scrolled_above_its_keys(start: Start, folder: Path) -> None:
    async with start(folder, size=(40, 10)) as desk:
        await desk.press("down", "C")
        assert "y put it into the file" in desk.text
        await desk.press("pagedown", "down", "down")
        assert "same as: dsvc checkout" in desk.text
        assert "y put it into the file" in desk.text
        await desk.press("pageup", "up", "up")
        assert "file     'data/medical.jsonl'" in desk.text


async def test_what_is_done_is_told_also_when_its_screen_was_left(
    start: Start, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = Event()

    def slowly(*args: Any) -> Any:
        assert left.wait(20)
        return go(*args)

    monkeypatch.setattr(going_back, "go", slowly)
    async with start(lab.root) as desk:
        await desk.press("down", "enter", "X")
        await desk.pilot.press("y", "escape")
        assert desk.rows()[0].startswith(" Home")
        left.set()
        await desk.settle()
        assert "'data/medical.jsonl' is back to v1.1" in desk.toasts[-1]
        assert "unchanged since v1.1" in desk.text
