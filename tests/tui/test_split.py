"""Split: parts are seen before they are written, with the labels of each, and the rule may be changed as one looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.repository.results import CommitRequest
from dsvc.splitting.rule import Share
from tests.repository.lab import Lab, lines
from tests.tui.conftest import repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.conftest import Desk, Start

RECORDS = [
    {
        "instruction": f"逾期{number}天怎么办？",
        "output": f"第{number}种办法：{number * 7919}",
        "label": "费用" if number % 4 else "[/b]贷款",
        "patient": f"p{number // 5}",
    }
    for number in range(40)
]


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A dataset of forty records, two labels and eight patients."""
    lab = Lab.over("git", tmp_path / "work")
    lab.save(lines(*RECORDS), reason="first version", source="bank manual 2025")
    return lab.root


def words(desk: Desk) -> str:
    """The text of the screen, with one space between words."""
    return " ".join(desk.text.split())


async def answer(desk: Desk, key: str, text: str, *, over: int = 0) -> None:
    """Ask with a key, replace what stands there, and take it."""
    await desk.press(key, *["backspace"] * over)
    await desk.type(text)
    await desk.press("enter")


@pytest.mark.triggers(
    "screen.split", "split.sizes", "split.strata", "split.together", "split.near", "split.seed", "split.folder"
)
async def test_a_rule_is_chosen_and_its_parts_are_seen(start: Start, bank: Path) -> None:
    async with start(bank, "browse", "medical", size=(110, 50)) as desk:
        await desk.press("equals_sign")
        assert "parts of medical" in desk.rows()[0]
        assert "the parts go into data/medical_split" in desk.text
        assert "train 32 80.0%" in words(desk)
        assert "the whole" in desk.text
        await desk.press("d")
        assert "near-duplicates not looked for" in desk.text
        await answer(desk, "s", "train=0.75 dev=25%", over=40)
        assert "dev 10 25.0%" in words(desk)
        await answer(desk, "s", "train=0.9", over=40)
        assert "a split needs two parts or more" in desk.text
        await desk.press("escape")
        await answer(desk, "f", "label")
        assert "strata   label" in desk.text
        assert "[/b]贷款" in desk.text
        await answer(desk, "e", "又一个")
        assert "seed 又一个" in desk.text
        await answer(desk, "g", "patient")
        assert "8 groups" in desk.text
        await answer(desk, "g", "nothing", over=10)
        assert "no record has the field 'nothing'" in desk.text
        await desk.press("enter")
        assert "there is no preview that could be written" in desk.toasts[-1]
        await answer(desk, "g", "", over=10)
        await answer(desk, "o", "parts", over=30)
        assert "the parts go into parts" in desk.text
    assert not (bank / "parts").exists(), "nothing is written while one looks"


@pytest.mark.triggers("split.apply")
async def test_parts_are_written_and_split_again_in_place(start: Start, bank: Path) -> None:
    async with start(bank, "split", "medical") as desk:
        await desk.press("enter")
        assert "gets the parts train 32, validation 4, test 4" in words(desk)
        await desk.press("enter")
        assert not (bank / "data" / "medical_split").exists(), "the key that asked does not confirm"
        await desk.press("y")
        assert (bank / "data" / "medical_split" / "train.jsonl").is_file()
        assert "written; commit them" in desk.text
        await desk.press("enter")
        assert "the parts are written: commit them" in desk.toasts[-1]
        await answer(desk, "e", "二", over=10)
        assert "nothing is written yet" in desk.text
    assert repository(bank).propose_split("medical").output == "data/medical_split"


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (160, 50)])
async def test_at_any_size(start: Start, bank: Path, size: tuple[int, int]) -> None:
    async with start(bank, "split", "medical", size=size) as desk:
        assert "parts of medical" in desk.rows()[0]
        assert "strata" in desk.text


@pytest.mark.triggers("split.force")
async def test_the_way_out_is_seen_where_a_correction_would_be_lost(start: Start, bank: Path) -> None:
    shares = (Share("train", 0.8), Share("test", 0.2))
    repository(bank).split("medical", shares=shares, output="parts")
    repository(bank).commit(CommitRequest(target="parts", reason="parts"))
    file = bank / "parts" / "test.jsonl"
    file.write_bytes(file.read_bytes().replace("种办法".encode(), "种更好的办法".encode(), 1))
    repository(bank).commit(CommitRequest(target="parts", reason="better"))
    async with start(bank, "split", "medical", size=(80, 24)) as desk:
        assert "--force" in words(desk)
        assert "change the rule" not in desk.text
        assert "x lets go of what is there" in desk.text
        await desk.press("x")
        assert "nothing is written yet" in desk.text
        await desk.press("enter")
        assert "is not in what is split goes" in words(desk)
        await desk.press("y")
        assert "更好" not in file.read_text("utf-8")
