"""Findings where records are browsed and compared: marks, the way from one to the next, what is stale."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dsvc.repository.validating import Comparison
from dsvc_tui.screens.browse import BrowseScreen
from dsvc_tui.screens.diff import DiffScreen
from dsvc_tui.widgets.record_pane import RecordPane
from tests.repository.lab import lines
from tests.tui.conftest import QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dsvc.validators.comparison import Compared
    from tests.repository.lab import Lab
    from tests.tui.conftest import Desk, Start

EMPTY = {"instruction": "还有多少积分？", "output": "", "label": "points"}
MAIL = {"instruction": "怎么联系？", "output": "写信到 li.min@bank-card.cn", "label": "other"}
NEXT, BEFORE = ("right_square_bracket", "v"), ("left_square_bracket", "v")


@pytest.fixture
def flawed(lab: Lab) -> Path:
    """A working file whose rows 4 and 5 have something wrong with them."""
    lab.write(lines(*QUESTIONS, EMPTY, MAIL))
    return lab.root


def shown(desk: Desk) -> BrowseScreen:
    screen = desk.app.screen
    assert isinstance(screen, BrowseScreen)
    return screen


@pytest.mark.triggers("browse.next_finding", "browse.previous_finding")
async def test_from_one_finding_to_the_next_and_round(start: Start, flawed: Path) -> None:
    async with start(flawed, "browse", "medical") as desk:
        await desk.press(*NEXT)
        assert "this content was not validated; 8 does it" in desk.toasts[-1]
        await desk.press("8", "escape")
        rows = [row for row in desk.rows() if "还有多少积分" in row or "怎么联系" in row]
        assert "4 E" in rows[0]
        assert "5 W" in rows[1]
        await desk.press(*NEXT)
        assert shown(desk).records.row == 3
        assert "! E empty-field: " in desk.text
        assert shown(desk).pane.path == ("output",), "the field is marked"
        await desk.press(*NEXT)
        assert shown(desk).records.row == 4
        assert "! W mail-address: " in desk.text
        await desk.press(*NEXT)
        assert shown(desk).records.row == 3
        assert desk.toasts[-1] == "from the last finding to the first"
        await desk.press(*BEFORE)
        assert shown(desk).records.row == 4
        assert desk.toasts[-1] == "from the first finding to the last"


async def test_the_first_key_alone_does_what_it_did(start: Start, flawed: Path) -> None:
    async with start(flawed, "browse", "medical") as desk:
        await desk.press("left_square_bracket")
        assert desk.rows()[0] == " Browse  medical@v1.1"
        await desk.press("v", "right_square_bracket", "j")
        assert desk.rows()[0] == " Browse  medical"


async def test_after_an_edit_findings_are_of_other_content(start: Start, flawed: Path) -> None:
    async with start(flawed, "validate", "medical") as desk:
        await desk.press("2")
        assert "2 finding rows" in desk.text
        path = flawed / "data/medical.jsonl"
        path.write_text(path.read_text("utf-8") + json.dumps(EMPTY) + "\n", "utf-8")
        await desk.press("R")
        assert "findings are of other content: 8 looks again" in desk.text
        assert " 4 E" not in desk.text
        await desk.press("8", "escape", "escape", "2")
        assert "3 finding rows" in desk.text


async def test_an_edit_that_is_not_saved_makes_them_stale_too(start: Start, flawed: Path) -> None:
    async with start(flawed, "validate", "medical", size=(120, 30)) as desk:
        await desk.press("2", "home", "D")
        assert "findings are of other content" in desk.text


async def test_only_records_that_are_shown(start: Start, flawed: Path) -> None:
    async with start(flawed, "validate", "medical") as desk:
        await desk.press("2", "f")
        await desk.type("label=other")
        await desk.press("enter", *NEXT)
        assert "怎么联系" in desk.text
        assert shown(desk).records.row == 4
        await desk.press("f")
        await desk.type("label=fees")
        await desk.press("enter", *NEXT)


@pytest.mark.parametrize("size", [(40, 10), (80, 24)])
async def test_marks_have_room_in_small_terminals(start: Start, flawed: Path, size: tuple[int, int]) -> None:
    async with start(flawed, "validate", "medical", size=size) as desk:
        await desk.press("2", *NEXT)
        assert "4 E" in desk.text


@pytest.mark.triggers("diff.findings")
async def test_findings_that_a_change_introduced_and_solved(start: Start, lab: Lab) -> None:
    lab.save(lines(*QUESTIONS, EMPTY), reason="points", source="hotline", allow_findings="a test")
    lab.write(lines(*QUESTIONS, {**EMPTY, "output": "一百分"}, MAIL, QUESTIONS[0]))
    async with start(lab.root, "diff", "medical") as desk:
        assert "W 1 warning introduced  ✓ 1 solved" in desk.text
        assert "rules not asked yet: E" in desk.text
        rows = [row for row in desk.rows() if "还有多少积分" in row or "怎么联系" in row]
        assert "✓" in rows[0]
        assert " W" in rows[1]
        await desk.press("home")
        assert "✓ solved: E empty-field: " in desk.text
        await desk.press("E")
        assert "W 2 warnings introduced  ✓ 1 solved" in desk.text, "a record twice is seen only among all of them"
        assert "not asked yet" not in desk.text


async def test_versions_before_the_two_are_looked_into_when_asked(start: Start, lab: Lab) -> None:
    for answer in ("一百分", None):
        more = [{**EMPTY, "output": answer}] if answer is not None else []
        lab.save(lines(*QUESTIONS, *more), reason="points", source="hotline")
    lab.write(lines(*QUESTIONS, {**EMPTY, "output": "一百分", "label": "other"}))
    async with start(lab.root, "diff", "medical") as desk:
        assert "introduced" not in desk.text
        assert "not asked yet: E" in desk.text, "nothing found by some rules is no 'no findings'"
        await desk.press("E")
        assert "W 1 warning introduced" in desk.text
        assert "'label' is 'other', in medical@v1.2 it was 'points'" in " ".join(desk.text.split())


async def test_a_hostile_path_in_a_finding_is_shown_as_marks(start: Start, lab: Lab) -> None:
    key = "\x1b[2J[/b][@click=app.quit]\u202e"
    lab.write(lines({"messages": [{"role": "user", "content": "x"}], key: "li.min@bank-card.cn"}, *QUESTIONS))
    async with start(lab.root, "validate", "medical") as desk:
        await desk.press("2", *NEXT)
        assert not {"\x1b", "\u202e"} & {*desk.text}
        await desk.press("escape", "3")
        assert not {"\x1b", "\u202e"} & {*desk.text}


async def test_a_comparison_goes_by_settings_and_baseline(start: Start, lab: Lab) -> None:
    long = {"instruction": "怎么还款？", "input": "", "output": "用手机", "history": [["a"]]}
    lab.write(lines(*QUESTIONS, EMPTY, MAIL, long))
    async with start(lab.root, "diff", "medical") as desk:
        assert "E 1 error  W 1 warning introduced" in desk.text
    (lab.root / "dsvc.toml").write_text('[validate]\nprofile = ["llamafactory"]\nignore = ["mail-address"]\n')
    found = [*lab.repo.compare_findings("medical@HEAD", "medical", whole=False).compare().introduced]
    assert any(each.rule.startswith("llamafactory/") for each in found)
    assert not any(each.rule == "mail-address" for each in found)
    async with start(lab.root, "diff", "medical") as desk:
        assert {each.severity for each in found} == {"error"}
        assert f"E {len(found)} errors introduced" in desk.text
    lab.repo.accept([each for each in found if each.rule == "empty-field"], "medical")
    async with start(lab.root, "diff", "medical") as desk:
        assert " introduced  1 accepted" in desk.text


async def test_looking_for_findings_can_be_stopped(start: Start, flawed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, seen = Comparison.steps, []

    async with start(flawed, "browse", "medical") as desk:

        def stop() -> None:
            seen.append(desk.text)
            screen = desk.app.screen
            assert isinstance(screen, DiffScreen)
            screen.act_back()

        def slowly(comparison: Comparison) -> Iterator[Compared]:
            first, *_ = steps(comparison)
            yield first
            desk.app.call_from_thread(stop)
            assert comparison.progress is not None
            comparison.progress(1)
            raise AssertionError

        monkeypatch.setattr(Comparison, "steps", slowly)
        await desk.press("3")
        assert "looking for findings" in seen[0]
        assert "E 1 error  W 1 warning introduced" in seen[0], "what is known is shown while it goes on"
        assert "E 1 error  W 1 warning introduced  stopped: only a part of the rules ran" in desk.text
        assert "looking for findings" not in desk.text
        assert desk.rows()[0].startswith(" Diff"), "the key that stops does not leave"
        await desk.press("escape")
        assert not desk.rows()[0].startswith(" Diff")


TURNS = [
    {"from": "human", "value": "帮我查一下积分"},
    {"from": "gpt", "value": "请稍等。"},
    {"from": "human", "value": "好的"},
    {"from": "observation", "value": '{"points": 100}'},
    {"from": "gpt", "value": "您有一百分。"},
    {"from": "human"},
    {"from": "gpt", "value": "不客气。"},
]
"""A conversation with a result that no call asked for, and a turn without a text."""


def below(desk: Desk, text: str) -> str:
    """The row below the first one that has a text."""
    rows = desk.rows()
    at = next(number for number, row in enumerate(rows) if text in row)
    return rows[at + 1]


async def test_findings_about_turns_stand_at_their_turns(start: Start, lab: Lab) -> None:
    lab.write(lines({"conversations": TURNS}))
    async with start(lab.root, "validate", "medical", size=(160, 40)) as desk:
        await desk.press("2", *NEXT)
        assert "! E role-order: 'observation' follows" in below(desk, "▸ tool")
        assert "! E tool-call-pairing: " in below(desk, "role-order")
        assert "! E empty-turn: the turn of 'human' is without" in desk.text
        assert below(desk, "! E empty-turn").rstrip().endswith("│"), "behind it comes the next turn"
        assert shown(desk).pane.path == ("conversations", 5, "value")


async def test_the_record_of_a_finding_about_a_turn_shows_that_turn(start: Start, lab: Lab) -> None:
    earlier = [{"from": turn, "value": f"{turn} {n}"} for n in range(20) for turn in ("human", "gpt")]
    lab.write(lines({"conversations": [*earlier, *TURNS]}))
    async with start(lab.root, "validate", "medical", size=(100, 30)) as desk:
        await desk.press("down", "enter", "down")
        pane = desk.app.screen.query_one(RecordPane)
        assert pane.path == ("conversations", 43), "the cursor is on it"
        assert "! E role-order: 'observation' follows" in below(desk, "▸ tool")
