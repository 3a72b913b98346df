"""History: where a record came from, what each version did to it, and the way back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc_tui.screens.history import HistoryScreen
from tests.repository.lab import lines
from tests.tui.conftest import QUESTIONS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.repository.lab import Lab
    from tests.tui.conftest import Start

FIRST, SECOND, THIRD = QUESTIONS
MENDED = {**FIRST, "output": "转入可疑类贷款。"}
LABELLED = {**MENDED, "label": "collection"}


@pytest.fixture
def travelled(lab: Lab) -> Path:
    """The first record was mended, labelled and moved, each in a version of its own; now it has a note."""
    lab.save(lines(LABELLED, SECOND, THIRD), reason="labels of the new scheme", source="audit 2026")
    lab.save(lines(SECOND, THIRD, LABELLED), reason="hard ones last")
    lab.write(lines(SECOND, THIRD) + lines({**LABELLED, "note": "checked"}))
    return lab.root


async def test_every_step_of_a_record_with_its_words(start: Start, travelled: Path) -> None:
    async with start(travelled, "history", "medical@v1.3", row=3) as desk:
        assert desk.rows()[0] == " History  medical@v1.3  row 3"
        assert desk.rows()[1].startswith(" row 3  逾期90天以上怎么处理？")
        shown = [row for row in desk.rows() if " v1." in row and row[1:2] in "+~"]
        assert [row.lstrip("▸ ").split()[:2] for row in shown] == [["~", "v1.2"], ["~", "v1.1"], ["+", "v1.0"]]
        assert "labels of the new scheme" in shown[0]
        assert "from bank manual" in shown[0]  # a record keeps the source that it came in with
        assert "label" in desk.text
        assert "[-overdue-]{+collection+}" in desk.text
        await desk.press("down")
        assert "转入[-不良贷款，停止计息-]{+可疑类贷款+}。" in desk.text.replace("\n", "")
        assert "step 2 of 3" in desk.text
        await desk.press("down")
        assert "step 3 of 3" in desk.text
        assert "first version" in desk.text


@pytest.mark.triggers("history.fields")
async def test_the_version_that_each_part_comes_from(start: Start, travelled: Path) -> None:
    async with start(travelled, "history", "medical", row=3) as desk:
        await desk.press("f")
        told = {row.split()[1]: row for row in desk.rows() if row.startswith(" ") and "│" in row and " v1." in row}
        assert "v1.1" in told["output"] or "v1.1" in desk.text
        assert "not committed yet" in desk.text
        await desk.press("down", "enter")
        assert isinstance(desk.app.screen, HistoryScreen)
        assert "step 4 of 4" in desk.text or "step 3 of 4" in desk.text or "step 2 of 4" in desk.text


@pytest.mark.triggers("record.history", "history.browse", "history.read", "history.whole", "history.beside")
async def test_from_a_record_to_its_history_and_back(start: Start, travelled: Path) -> None:
    async with start(travelled, "browse", "medical@v1.3") as desk:
        await desk.press("G", "h")
        assert desk.rows()[0] == " History  medical@v1.3  row 3"
        await desk.press("enter", "u")
        assert "instruction" in desk.text
        await desk.press("v")
        assert "│" in desk.text
        await desk.press("escape", "down", "b")
        assert desk.rows()[0] == " Browse  medical@v1.1"
        assert "row 1 of 3 records" in desk.text


async def test_from_a_change_to_the_record_behind_it(start: Start, travelled: Path) -> None:
    async with start(travelled, "diff", "medical") as desk:
        await desk.press("h")
        assert desk.rows()[0] == " History  data/medical.jsonl  row 3"
        assert "not committed yet" in desk.text
        await desk.press("b")
        assert desk.rows()[0] == " Browse  data/medical.jsonl"
        assert "row 3 of 3 records" in desk.text


@pytest.mark.triggers("screen.history")
async def test_the_number_keeps_the_record(start: Start, travelled: Path) -> None:
    async with start(travelled, "browse", "medical@v1.3") as desk:
        await desk.press("down", "5")
        assert desk.rows()[0] == " History  medical@v1.3  row 2"


async def test_a_removed_record(start: Start, folder: Path) -> None:
    async with start(folder, "diff", "medical") as desk:
        await desk.press("h")
        assert desk.rows()[0] == " History  medical@v1.1  row 1"
        assert "step 1 of 2" in desk.text


async def test_a_file_that_is_no_dataset(start: Start, folder: Path, tmp_path: Path) -> None:
    (folder / "plain.jsonl").write_bytes(lines(*QUESTIONS))
    async with start(folder, "browse", "plain.jsonl") as desk:
        await desk.press("h")
        assert desk.toasts[-1] == "history: this file is no dataset: its records have no history"


async def test_outside_of_a_repository(start: Start, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "plain.jsonl").write_bytes(lines(*QUESTIONS))
    async with start(outside, "browse", "plain.jsonl") as desk:
        await desk.press("h")
        assert desk.toasts[-1] == "history: outside of a repository records have no history"


async def test_a_row_that_there_is_not(start: Start, travelled: Path) -> None:
    async with start(travelled, "history", "medical", row=99) as desk:
        assert "there is no row 99" in desk.toasts[-1]
        assert len(desk.faults()) == 1
