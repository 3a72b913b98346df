"""Hostile text in findings: in the groups of Validate, the marks of Browse, and what Diff tells of a change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.hostile import HOSTILE, IN_REPORTS
from tests.tui.conftest import QUESTIONS
from tests.tui.test_hostile import is_safe

if TYPE_CHECKING:
    from pathlib import Path

    from tests.repository.lab import Lab
    from tests.tui.conftest import Start

NEXT = ("right_square_bracket", "v")
TEXTS = [text[:3000] for text in (HOSTILE | IN_REPORTS).values() if text.strip()]


def flawed(text: str, number: int) -> bytes:
    """A record with findings whose path and message have the text in them."""
    record = {
        "instruction": f"{number} {text}",
        "output": f"{text} li.min{number}@bank-card.cn",
        "label": text[:40],
        text[:60]: f"{text[:200]} li.min{number}@bank-card.cn",
    }
    return json.dumps(record).encode() + b"\n"


@pytest.fixture
def hostile(lab: Lab) -> Path:
    """A working file in which every record has findings, and every text stands with two labels."""
    good = b"".join(json.dumps(each).encode() + b"\n" for each in QUESTIONS)
    records = [flawed(text, number) for number, text in enumerate(TEXTS)]
    relabelled = [line.replace(b'"label": "', b'"label": "2 ', 1) for line in records]
    lab.write(good + b"".join(records) + b"".join(relabelled))
    return lab.root


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_groups_of_validate(start: Start, hostile: Path, size: tuple[int, int]) -> None:
    async with start(hostile, "validate", "medical", size=size) as desk:
        is_safe(desk, "folded")
        rules = desk.text.count("▸")
        assert rules > 2
        for _ in range(rules):
            await desk.press("enter", "down")
            for _ in range(2 * len(TEXTS) + 2):
                is_safe(desk, "a finding")
                await desk.pilot.press("down")
                if "▸" in desk.text.split("\n")[1]:
                    break
            await desk.press("home", "enter", "down")
        await desk.press("a")
        is_safe(desk, "accept")
        await desk.press("escape")


async def test_marks_of_browse(start: Start, hostile: Path) -> None:
    async with start(hostile, "validate", "medical", size=(120, 30)) as desk:
        await desk.press("2", "home")
        for number in range(2 * len(TEXTS)):
            await desk.press(*NEXT)
            is_safe(desk, f"record {number}")
        assert "finding rows" in desk.text


@pytest.mark.parametrize("beside", [False, True])
async def test_findings_of_a_change(start: Start, hostile: Path, beside: bool) -> None:
    async with start(hostile, "diff", "medical", size=(120, 30)) as desk:
        assert "introduced" in desk.text
        await desk.press(*(["v"] if beside else []), "home")
        for number in range(2 * len(TEXTS)):
            is_safe(desk, f"change {number}")
            await desk.pilot.press("down")
        await desk.press("E")
        is_safe(desk, "all records")
