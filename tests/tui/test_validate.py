"""Validate and stats: what a user sees of findings and figures, and where the keys lead."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from dsvc.validators.runner import Validation
from dsvc_tui.screens.browse import BrowseScreen
from dsvc_tui.screens.validate import ValidateScreen
from tests.repository.lab import lines
from tests.tui.conftest import QUESTIONS, repository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dsvc.validators.finding import Finding
    from tests.repository.lab import Lab
    from tests.tui.conftest import Desk, Start

EMPTY = {"instruction": "还有多少积分？", "output": "", "label": "points"}
MAIL = {"instruction": "怎么联系？", "output": "写信到 li.min@bank-card.cn", "label": "other"}


@pytest.fixture
def flawed(lab: Lab) -> Path:
    """A working file with an empty answer, an address, white space and a record twice."""
    spaced = {**QUESTIONS[1], "output": f"{QUESTIONS[1]['output']} "}
    lab.write(lines(*QUESTIONS, EMPTY, MAIL, QUESTIONS[0], spaced))
    return lab.root


def shown(desk: Desk) -> ValidateScreen:
    screen = desk.app.screen
    assert isinstance(screen, ValidateScreen)
    return screen


@pytest.mark.triggers("screen.validate", "screen.stats")
async def test_a_key_leads_there_from_the_version_under_the_cursor(start: Start, flawed: Path) -> None:
    async with start(flawed, "home") as desk:
        await desk.press("8")
        assert desk.rows()[0].startswith(" Validate  medical")
        await desk.press("9")
        assert desk.rows()[0].startswith(" Stats  medical")
        assert "7 records" in desk.text


async def test_findings_by_rule_the_gravest_first(start: Start, flawed: Path) -> None:
    async with start(flawed, "validate", "medical") as desk:
        rows = [row.strip(" ▸▾") for row in desk.rows()[1:6]]
        assert rows[0].startswith("E empty-field  1  a field that the shape needs is null or empty")
        assert {row.split()[1] for row in rows if row[:2] == "W "} >= {"exact-duplicate", "mail-address"}
        assert "1 error" in desk.text
        assert "in 7 records" in desk.text
        assert "An empty answer teaches the model to answer" in desk.text, "why, for the rule under the cursor"


@pytest.mark.triggers("validate.open", "validate.fold", "validate.read")
async def test_from_a_rule_to_its_finding_to_the_record(start: Start, flawed: Path) -> None:
    async with start(flawed, "validate", "medical") as desk:
        await desk.press("enter", "down")
        assert "row 4" in desk.rows()[2]
        assert "fix: write what belongs there" in desk.text
        assert "还有多少积分？" in desk.text, "the record itself"
        await desk.press("v")
        assert desk.app.focused is shown(desk).pane
        await desk.press("escape", "space")
        assert "row 4" not in desk.rows()[2]
        await desk.press("space", "down", "enter")
        assert isinstance(desk.app.screen, BrowseScreen)
        assert "row 4 of 7 records" in desk.text


async def test_the_field_of_a_finding_is_marked(start: Start, flawed: Path) -> None:
    async with start(flawed, "validate", "medical") as desk:
        screen = shown(desk)
        at = next(n for n, (rule, _) in enumerate(screen.rows._lines) if rule == "mail-address")
        screen.rows.move_to(at)
        await desk.press("space", "down")
        assert screen.pane.path == ("output",)


@pytest.mark.triggers("validate.profiles")
async def test_what_a_trainer_would_do_is_chosen_and_remembered(start: Start, flawed: Path) -> None:
    async with start(flawed, "validate", "medical") as desk:
        await desk.press("p", "space", "enter")
        assert shown(desk).profiles == ("llamafactory",)
        assert desk.rows()[0] == " Validate  medical  for llamafactory"
    async with start(flawed, "validate", "medical") as desk:
        assert shown(desk).profiles == ("llamafactory",)


@pytest.mark.triggers("validate.rules")
async def test_only_some_rules(start: Start, flawed: Path) -> None:
    async with start(flawed, "validate", "medical") as desk:
        await desk.press("f", "space", "enter")
        assert "syntax" not in shown(desk).only
        assert "empty-field" in shown(desk).only
        assert "only" in desk.rows()[0]


@pytest.mark.triggers("validate.fix")
async def test_mending_is_stated_confirmed_and_taken_back(start: Start, flawed: Path) -> None:
    before = (flawed / "data/medical.jsonl").read_bytes()
    async with start(flawed, "validate", "medical") as desk:
        await desk.press("x")
        assert "white-space  1 record, row 7" in desk.text
        assert "duplicates   2 records, rows 6, 7" in desk.text
        await desk.press("x")
        assert (flawed / "data/medical.jsonl").read_bytes() == before, "the key that asked does not do it"
        await desk.press("y")
        assert len(repository(flawed).snapshot("medical")) == 5
        assert "exact-duplicate" not in desk.text, "it has looked again"
        await desk.press("z", "y")
        assert (flawed / "data/medical.jsonl").read_bytes() == before


async def test_a_file_outside_of_a_repository(start: Start, tmp_path: Path) -> None:
    outside = tmp_path / "外"
    outside.mkdir()
    (outside / "绝句.jsonl").write_bytes(lines(*QUESTIONS, EMPTY, QUESTIONS[0]))
    async with start(outside, "browse", "绝句.jsonl") as desk:
        await desk.press("8")
        assert desk.rows()[0].startswith(" Validate  绝句.jsonl")
        assert "E empty-field  1" in desk.text
        await desk.press("enter", "down", "enter")
        assert desk.rows()[0].startswith(" Browse")
        assert "还有多少积分" in desk.text
        await desk.press("escape", "a")
        assert "--write-baseline" in desk.toasts[-1]
        await desk.press("x")
        assert "outside of a repository" in desk.toasts[-1]
        assert [path.name for path in outside.iterdir()] == ["绝句.jsonl"]
        await desk.press("9")
        assert desk.rows()[0].startswith(" Stats  绝句.jsonl")
        assert "5 record" in desk.text
        await desk.press("d")
        assert "no dataset" in desk.toasts[-1]
    subprocess.run(["dsvc", "validate", "绝句.jsonl", "--write-baseline"], cwd=outside, check=True, capture_output=True)
    async with start(outside, "validate", "绝句.jsonl") as desk:
        assert not shown(desk).rows.count
        assert "2 accepted" in desk.text


@pytest.mark.triggers("validate.accept")
async def test_what_is_accepted_is_told_no_more_until_it_is_taken_back(start: Start, flawed: Path) -> None:
    async with start(flawed, "validate", "medical") as desk:
        await desk.press("enter", "down", "a")
        assert "this finding" in desk.text
        assert "all of empty-field" in desk.text
        await desk.press("escape")
        assert not [*flawed.glob("*baseline*")], "leaving the question accepts nothing"
        await desk.press("a", "enter")
        assert "1 finding accepted in 'dsvc-baseline-medical.jsonl'" in desk.toasts[-1]
        assert "z takes it back" in desk.toasts[-1]
        assert "empty-field" not in desk.text
        (path,) = flawed.glob("*baseline*")
        assert "empty-field" in path.read_text("utf-8")
        await desk.press("a", "end", "enter")
        assert shown(desk).rows.count == 0
        await desk.press("z")
        assert "This takes back 'accept'" in desk.text
        await desk.press("y")
        assert shown(desk).rows.count
        assert "empty-field" not in desk.text
        await desk.press("z", "y")
        assert not path.exists()
        assert "E empty-field  1" in desk.text


async def test_what_was_told_covers_no_question(start: Start, flawed: Path) -> None:
    async with start(flawed, "validate", "medical", size=(80, 24)) as desk:
        await desk.press("enter", "down", "a", "enter")
        assert "1 finding accepted in" in desk.text
        await desk.press("z")
        assert "This takes back 'accept'" in desk.text
        assert "Esc leave everything as it is" in desk.text
        assert "1 finding accepted in" not in desk.text, "a toast lies below the question"
        desk.app.notify("told meanwhile")
        await desk.press("left")
        assert "told meanwhile" in desk.text
        await desk.press("escape")
        assert "1 finding accepted in" in desk.text, "it is there until its time is over"


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_a_question_gives_way_to_what_is_told_meanwhile(
    start: Start, flawed: Path, size: tuple[int, int]
) -> None:
    async with start(flawed, "validate", "medical", size=size) as desk:
        await desk.press("enter", "down", "a", "enter", "z")
        for _ in range(2):
            desk.app.notify("a long line that is told meanwhile, and would lie over the keys of the question")
        await desk.press("left")
        box = desk.app.screen.query_one("Dialog > Vertical").region
        inside = [row[box.x : box.right] for row in desk.rows()[box.y : box.bottom]]
        assert all(row[0] in "╭│╰" and row[-1] in "╮│╯" for row in inside), "no line of the box is covered"
        words = " ".join(desk.text.split())
        assert "y take it back Esc leave" in words
        assert "over the keys of the question" in words.replace(" ▌", "")


async def test_what_was_stopped_tells_what_looks_again(
    start: Start, flawed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Validation._findings
    async with start(flawed, "home", size=(80, 24)) as desk:

        def stopped(validation: Validation) -> Iterator[Finding]:
            desk.app.call_from_thread(lambda: shown(desk).act_back())
            assert validation.progress is not None
            validation.progress(1)
            return look(validation)

        with monkeypatch.context() as patch:
            patch.setattr(Validation, "_findings", stopped)
            await desk.press("8")
        assert "stopped: only a part was looked at; R looks again" in desk.text
        await desk.press("R")
        assert "stopped" not in desk.text
        assert shown(desk).rows.count


async def test_of_equal_records_each_is_accepted_once(start: Start, lab: Lab) -> None:
    lab.write(lines(*QUESTIONS, EMPTY, EMPTY))
    repo, path = repository(lab.root), lab.root / "dsvc-baseline-medical.jsonl"
    found = [each for each in repo.validate("medical") if each.rule == "empty-field"]
    async with start(lab.root, "validate", "medical") as desk:
        await desk.press("enter", "down", "a", "enter")
        assert '"count"' not in path.read_text("utf-8")
        repo.accept(found, "medical")  # a script
        written = path.read_bytes()
        assert "E empty-field  1" in desk.text
        await desk.press("enter", "down", "a", "enter")
        assert desk.toasts[-1] == "that is accepted already"
        assert path.read_bytes() == written


async def test_what_was_found_is_not_looked_for_again_when_it_is_accepted(
    start: Start, flawed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start(flawed, "validate", "medical") as desk:
        look, looked = Validation._findings, []

        def counted(validation: Validation) -> Iterator[Finding]:
            looked.append(validation)
            return look(validation)

        monkeypatch.setattr(Validation, "_findings", counted)
        before = desk.text
        await desk.press("a", "end", "enter")
        assert shown(desk).rows.count == 0
        assert "accepted" in desk.text
        await desk.press("z", "y")
        assert [row for row in desk.rows() if "▸" in row] == [row for row in before.split("\n") if "▸" in row]
        assert looked == []
        await desk.press("R")
        assert len(looked) == 1


async def test_a_baseline_that_something_else_wrote_is_not_taken_back(start: Start, flawed: Path) -> None:
    async with start(flawed, "validate", "medical") as desk:
        await desk.press("a", "end", "enter")
        (path,) = flawed.glob("*baseline*")
        path.write_text(written := path.read_text("utf-8").replace("empty-field", "other"), "utf-8")
        await desk.press("z")
        (fault,) = desk.faults()
        assert "was written by something else since" in str(fault)
        assert path.read_text("utf-8") == written


async def test_a_version_cannot_be_mended(start: Start, folder: Path) -> None:
    async with start(folder, "validate", "medical@v1.0") as desk:
        await desk.press("x")
        assert "only a working file can be mended" in desk.toasts[-1]


async def test_nothing_to_find(start: Start, lab: Lab) -> None:
    lab.save(lines(*QUESTIONS), path="data/fine.jsonl", source="manual", licence="CC-BY-4.0")
    async with start(lab.root, "validate", "fine@v1.0", size=(80, 24)) as desk:
        assert "nothing was found" in desk.text
        await desk.press("enter")
        assert "nothing was found (yet)" in desk.toasts[-1]


async def test_small_terminals(start: Start, flawed: Path) -> None:
    async with start(flawed, "validate", "medical", size=(40, 10)) as desk:
        assert "empty-field" in desk.text
        await desk.press("enter", "down", "v")
        assert "还有多少积分" in desk.text


async def test_stats_of_a_version(start: Start, folder: Path) -> None:
    async with start(folder, "stats", "medical@v1.0", size=(80, 24)) as desk:
        assert "medical@v1.0  3 records" in desk.text
        assert "median" in desk.text
        assert "language" in desk.text
        charts = [row for row in desk.rows() if "█" in row and "%" not in row]
        assert charts
        assert not any("…" in row for row in charts), "charts are as wide as there is room"
        await desk.press("d", "end", "enter")
        assert desk.rows()[0] == " Stats  medical@v1.0 .. medical@v1.0"
        assert "of all records" in " ".join(desk.text.split())


@pytest.mark.triggers("stats.compare")
async def test_how_far_two_versions_are_apart(start: Start, lab: Lab) -> None:
    lab.save(lines(*QUESTIONS, EMPTY), reason="points", source="hotline", allow_findings="as collected")
    async with start(lab.root, "stats", "medical@v1.2") as desk:
        await desk.press("d", "end", "enter")
        assert desk.rows()[0] == " Stats  medical@v1.0 .. medical@v1.2"
        assert "drift" in desk.text
        assert "bank manual" in desk.text
        await desk.press("d", "enter")
        assert desk.rows()[0] == " Stats  medical@v1.2"


async def test_a_large_file_is_looked_through_by_several_processes(
    start: Start, flawed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are started while the terminal belongs to the app, whose error output has no descriptor."""
    monkeypatch.setattr("dsvc.processes.ALONE_BYTES", 0)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    async with start(flawed, "validate", "medical") as desk:
        assert "E empty-field  1" in desk.text
        assert "in 7 records" in desk.text


async def test_a_broken_baseline_ends_the_work_and_is_told(start: Start, flawed: Path) -> None:
    (flawed / "dsvc-baseline-medical.jsonl").write_text("{}\nx\n", "utf-8")
    async with start(flawed, "validate", "medical") as desk:
        assert "an error ended it" in desk.text
        assert "looking" not in desk.text
        assert "nothing was found" not in desk.text
        assert shown(desk).is_complete
        assert "cannot read baseline" in desk.toasts[-1]
        desk.faults()
        (flawed / "dsvc-baseline-medical.jsonl").unlink()
        await desk.press("f5")
        assert "1 error" in desk.text


async def test_the_cursor_begins_on_the_gravest_rule_also_when_that_comes_later(start: Start, flawed: Path) -> None:
    async with start(flawed, "validate", "medical") as desk:
        rows = shown(desk).rows
        graver = rows.rule
        assert graver is not None
        found = rows.groups.findings(graver)
        others = [each for rule in rows.groups.counts if rule != graver for each in rows.groups.findings(rule)]
        rows.begin({}, several_files=False)
        rows.add(others)
        rows.add(found)
        assert (rows.cursor, rows.rule) == (0, graver)
        rows.begin({}, several_files=False)
        rows.add(others)
        here = rows.rule
        rows.toggle()
        rows.add(found)
        assert rows.rule == here, "where somebody was at work it stays"


async def test_what_is_cut_in_a_list_is_told_by_an_ellipsis(start: Start, flawed: Path) -> None:
    async with start(flawed, "validate", "medical", size=(80, 24)) as desk:
        await desk.press("f")
        cut = next(row for row in desk.rows() if "column-type" in row)
        assert "a field is of another type than in other re…" in cut
