"""Pilot: the sample is seen before it is kept, beside the whole, and what it gave is seen beside others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.sampling.rule import Rule
from tests.repository.lab import Lab, lines
from tests.tui.conftest import repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.conftest import Start

RECORDS = [
    {
        "instruction": f"逾期{number}天怎么办？",
        "output": f"第{number}种办法",
        "label": "费用" if number % 4 else "[/b]贷款",
    }
    for number in range(40)
]


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A dataset of forty records with two labels."""
    lab = Lab.over("git", tmp_path / "work")
    lab.save(lines(*RECORDS), reason="first version", source="bank manual 2025")
    return lab.root


@pytest.mark.triggers(
    "screen.pilot",
    "pilot.size",
    "pilot.groups",
    "pilot.strategy",
    "pilot.where",
    "pilot.seed",
    "pilot.near",
    "pilot.keep",
)
async def test_a_rule_is_chosen_and_its_sample_is_seen(start: Start, bank: Path) -> None:
    async with start(bank, "browse", "medical") as desk:
        await desk.press("minus")
        assert "a sample of medical@HEAD" in desk.rows()[0]
        assert "records: 4 of 40" in desk.text, "of a small dataset a tenth"
        await desk.press("s")
        await desk.press(*["backspace"] * 3)
        await desk.type("50")
        await desk.press("enter")
        assert "there are 40 records" in desk.text
        await desk.press("backspace", "backspace")
        await desk.type("8")
        await desk.press("enter", "f")
        await desk.type("label")
        await desk.press("enter")
        assert "records: 8 of 40" in desk.text
        assert "费用" in desk.text
        assert "[/b]贷款" in desk.text
        await desk.press("t", "down", "down", "down", "enter")
        assert "balanced, seed 'pilot-1' · as many of each by label" in desk.text
        await desk.press("e")
        await desk.type("x")
        await desk.press("enter", "d", "w")
        await desk.type("label=费用")
        await desk.press("enter")
        assert "records: 8 of 13 that can be taken, of 40" in desk.text
        assert "seed 'x'" in desk.text
        assert repository(bank).pilots.list() == [], "nothing was written until now"
        await desk.press("enter", "enter")
        assert "pilot-1: 8 records of v1.0" in desk.toasts[-1]
        assert "pilot-1" in desk.rows()[0]
    (kept,) = repository(bank).pilots.list()
    assert (kept.pilot.rule.strategy, kept.pilot.rule.near_duplicates) == ("balanced", "leave-out")


@pytest.mark.triggers("pilot.open", "pilot.result", "pilot.compare", "pilot.export")
async def test_what_trials_gave(start: Start, bank: Path) -> None:
    for name in ("one", "two"):
        repository(bank).pilots.create("medical@HEAD", name, Rule(size="8"))
    async with start(bank, "pilot", "medical") as desk:
        await desk.press("r")
        assert "choose a pilot first" in desk.toasts[-1]
        await desk.press("o", "enter", "r")
        await desk.type("good")
        await desk.press("enter")
        assert "'good' is no metric" in desk.text
        await desk.press(*["backspace"] * 4)
        await desk.type("accuracy=0.71 token accuracy=0.5")
        await desk.press("enter")
        assert "accuracy=0.71, token accuracy=0.5" in desk.text
        await desk.press("c", "enter")
        assert "one .. two" in desk.rows()[0]
        assert "records in both" in desk.text
        await desk.press("x", "enter")
        await desk.press("enter")
        assert "8 records in" in desk.toasts[-1]
        assert (bank / "one-llamafactory" / "dataset_info.json").is_file()
        await desk.press("s")
        assert "does not change" in desk.toasts[-1]
        await desk.press("o", "end", "enter")
        assert "a sample of" in desk.rows()[0]


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (160, 50)])
async def test_at_any_size(start: Start, bank: Path, size: tuple[int, int]) -> None:
    async with start(bank, "pilot", "medical", size=size) as desk:
        assert "records: 4 of 40" in desk.text


@pytest.mark.triggers("pilot.keep")
async def test_the_seed_follows_the_name_and_a_refused_name_may_be_mended(start: Start, bank: Path) -> None:
    async with start(bank, "browse", "medical") as desk:
        await desk.press("minus", "enter", *["backspace"] * 10)
        await desk.type("head")
        await desk.press("enter")
        assert "'head' cannot name a pilot" in desk.text
        await desk.press(*["backspace"] * 10)
        await desk.type("试点")
        await desk.press("enter")
        assert "试点: 4 records of v1.0" in desk.toasts[-1]
    (kept,) = repository(bank).pilots.list()
    assert kept.pilot.rule.seed == "试点"
    assert kept.pilot.records == repository(bank).pilots.create("medical@v1.0", "twin", kept.pilot.rule).pilot.records


async def test_a_rule_that_takes_nothing_is_told_and_may_be_changed(start: Start, bank: Path) -> None:
    async with start(bank, "pilot", "medical@v1.0", size=(80, 24)) as desk:
        await desk.press("w")
        await desk.type("label=不存在")
        await desk.press("enter")
        assert "no record of" in desk.text
        assert "reading" not in desk.text
        assert "no sample can be taken: change the rule" in desk.text
        await desk.press("enter")
        assert "no sample can be taken by this rule" in desk.toasts[-1]
        await desk.press("w", *["backspace"] * 10)
        await desk.press("enter")
        assert "records: 4 of 40" in desk.text


async def test_of_several_datasets_a_command_names_the_one(start: Start, bank: Path) -> None:
    Lab.over("git", bank).save(lines({"q": 1}), "other.jsonl", source="hand")
    repository(bank).pilots.create("medical@HEAD", "one", Rule(size="8"))
    async with start(bank, "pilot", "medical", size=(110, 60)) as desk:
        await desk.press("o", "enter", "question_mark")
        assert "dsvc pilot result one --of medical --metric" in " ".join(desk.text.split())
