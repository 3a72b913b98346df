"""Commit: what a user sees before, what is asked, what a refusal leaves, and what is there afterwards."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from textual import events

from dsvc.errors import HookError
from dsvc_tui.committing import Typed, commit
from dsvc_tui.screens import commit as commit_screen
from tests.repository.lab import lines
from tests.tui.conftest import QUESTIONS, repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.repository.lab import Lab
    from tests.tui.conftest import Start

NEW = {"instruction": "new", "output": "新增", "label": "x"}


@pytest.mark.triggers("home.commit", "commit.commit", "app.undo")
async def test_from_home_to_a_new_version_and_back(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        await desk.press("c")
        assert desk.rows()[0] == " Commit  medical@v1.2  data/medical.jsonl"
        assert "-1  2 records" in desk.text
        assert "- 1" in desk.text
        assert "Ctrl+S keeps 'data/medical.jsonl' as medical@v1.2" in desk.text
        assert "\n source" not in desk.text
        await desk.type("one is wrong")
        assert "same as: dsvc commit medical -m 'one is wrong'" in desk.text
        await desk.press("ctrl+s")
        assert desk.rows()[0].startswith(" Home")
        assert "v1.2 (HEAD)  -1  one is wrong" in desk.text
        assert desk.toasts[-1].endswith("z takes it back")
        await desk.press("z", "y")
        assert "v1.2 (HEAD)" not in desk.text
        assert "edited since v1.1" in desk.text


@pytest.mark.triggers("commit.earlier")
async def test_added_records_need_a_source_and_nothing_typed_is_lost(start: Start, lab: Lab) -> None:
    lab.write(lines(*QUESTIONS, NEW))
    async with start(lab.root, "commit") as desk:
        assert "where 1 added record came from" in desk.text
        await desk.type("more")
        await desk.press("ctrl+s")
        assert "! 1 added record of 'medical' needs a source" in desk.text
        assert "bank manual 2025 in the field 'source'" in desk.text
        assert "FIELD" not in desk.text, "there is no field for that"
        assert " more" in desk.text
        await desk.press("enter", "ctrl+r", "enter")
        assert "--source 'bank manual 2025' -m more" in desk.text
        assert "\n licence" not in desk.text
        await desk.type(" b")
        assert "\n licence" in desk.text
        await desk.press("escape", "escape")
    async with start(lab.root, "commit") as desk:
        assert "--source 'bank manual 2025 b' -m more" in desk.text
        await desk.press("ctrl+s")
        assert desk.rows()[0].startswith(" Home")
        assert "+1" in desk.text
    assert repository(lab.root).version("HEAD").sources


@pytest.mark.triggers("commit.earlier")
async def test_errors_in_new_lines_stay_when_it_is_said_why(start: Start, lab: Lab) -> None:
    lab.write(lines({**QUESTIONS[0], "output": ""}, *QUESTIONS[1:]))
    async with start(lab.root, "commit") as desk:
        assert "1 new line has an error: 'data/medical.jsonl:1' empty-field" in desk.text
        assert "why they may stay" in desk.text
        assert "kept as they are" not in desk.text, "that is asked, and not yet said"
        await desk.type("one is open")
        await desk.press("ctrl+s")
        assert "write into the field 'errors' why they may stay" in desk.text
        assert repository(lab.root).version("HEAD").number == "v1.1"
        await desk.press("tab", "tab", "ctrl+r", "enter")
        assert "--allow-findings 'as collected'" in desk.text
        await desk.press("ctrl+s")
    kept = repository(lab.root).manifest("HEAD")
    assert kept is not None
    assert kept.validation is not None
    assert kept.validation["allowed"] == "as collected"


async def test_a_line_that_the_settings_refuse_is_told_with_the_way_out(start: Start, lab: Lab) -> None:
    (lab.root / "rules.toml").write_text("[[rule]]\nid = 'apology'\nseverity = 'error'\npattern = '抱歉'\n", "utf-8")
    (lab.root / "dsvc.toml").write_text("[validate]\npatterns = ['rules.toml']\nrefuse = ['apology']\n")
    lab.write(lines(*QUESTIONS, {**NEW, "output": "抱歉。"}))
    async with start(lab.root, "commit") as desk:
        assert "1 new line has an error" in desk.text
        assert "apology" in desk.text
        assert "the field 'errors'" in desk.text
        await desk.press("ctrl+s")
    assert repository(lab.root).version("HEAD").number == "v1.1"


async def test_a_reason_an_annotator_and_a_number_are_checked(start: Start, folder: Path) -> None:
    async with start(folder, "commit") as desk:
        await desk.press("ctrl+s")
        assert "! a version needs a reason" in desk.text
        await desk.type("why")
        await desk.press("tab")
        await desk.type("a1, qwen3:robot")
        await desk.press("ctrl+s")
        assert "! 'robot' is not person, model or script" in desk.text
        await desk.press(*["backspace"] * 5)
        await desk.type("model")
        await desk.press("tab")
        await desk.type("major")
        await desk.press("tab")
        assert "Commit  medical@v2.0" in desk.text
        await desk.press("ctrl+s")
    made = repository(folder).version("v2.0")
    assert [(who.name, who.kind) for who in made.annotators] == [("a1", "person"), ("qwen3", "model")]


@pytest.mark.parametrize("between", ["tab", "enter"])
async def test_keys_that_come_in_one_piece_go_each_to_its_field(start: Start, folder: Path, between: str) -> None:
    async with start(folder, "commit") as desk:
        for key in ("w", "h", "y", between, "a", "b", "backspace", between, "v", "3", ".", "0", "shift+tab", "x"):
            desk.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await desk.settle()
        screen = desk.app.screen
        assert isinstance(screen, commit_screen.CommitScreen)
        typed = screen.typed()
        assert (typed.reason, typed.annotators, typed.version) == ("why", "ax", "v3.0")


async def test_nothing_to_commit(start: Start, lab: Lab) -> None:
    lab.repo.restore()
    async with start(lab.root, "commit") as desk:
        assert "! nothing to commit: 'data/medical.jsonl' is as in v1.1" in desk.text
        await desk.press("ctrl+s")
        assert desk.toasts[-1] == "commit: there is nothing to commit"
        lab.write(lines(*QUESTIONS[:1]))
        await desk.press("f5")
        assert "medical@v1.2" in desk.text


async def test_a_file_that_is_written_meanwhile_is_looked_at_first(start: Start, lab: Lab) -> None:
    async with start(lab.root, "commit") as desk:
        await desk.type("why")
        lab.write(lines(*QUESTIONS[:1]))
        await desk.press("ctrl+s")
        assert "! 'data/medical.jsonl' was changed after it was looked at" in desk.text
        assert lab.numbers() == ["v1.1", "v1.0"]
        await desk.press("f5")
        await desk.press("ctrl+s")
    assert lab.numbers() == ["v1.2", "v1.1", "v1.0"]
    assert lab.content("v1.2") == lines(*QUESTIONS[:1])


async def test_nobody_leaves_while_it_is_committed(start: Start, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Event()

    def slowly(*args: Any) -> Any:
        assert asked.wait(20)
        return commit(*args)

    monkeypatch.setattr(commit_screen, "commit", slowly)
    async with start(lab.root) as desk:
        await desk.press("c")
        await desk.type("why")
        await desk.pilot.press("ctrl+s", "escape")
        assert desk.toasts[-1] == "back: a moment, the commit is being made"
        asked.set()
        await desk.settle()
        assert "v1.2 (HEAD)" in desk.text


async def test_an_older_version_in_the_file_is_not_committed(start: Start, lab: Lab) -> None:
    lab.repo.checkout("v1.0", force=True)
    async with start(lab.root, "commit") as desk:
        assert "from Home: dsvc rollback medical@v1.0" in desk.text


@pytest.mark.triggers("screen.commit", "commit.diff")
async def test_a_new_file_and_one_of_several(start: Start, lab: Lab) -> None:
    lab.write(lines(NEW), "data/more.jsonl")
    async with start(lab.root, "commit", "data/more.jsonl") as desk:
        assert "Commit  more@v1.0  data/more.jsonl" in desk.text
        await desk.type("first")
        await desk.press("tab")
        await desk.type("hand")
        await desk.press("tab")
        await desk.type("MIT")
        await desk.press("ctrl+o")
        assert desk.toasts[-1] == "all changes: there is no version to compare with"
        await desk.press("ctrl+s")
        assert "more  data/more.jsonl  1 record" in desk.text
        await desk.press("home", "4")
        assert "medical@v1.2" in desk.text  # the only one that was edited
        await desk.press("ctrl+o")
        assert desk.rows()[0] == " Diff  medical@v1.1 .. data/medical.jsonl"
    lab.write(lines(NEW, NEW), "data/more.jsonl")
    async with start(lab.root, "commit") as desk:
        assert "Commit which dataset" in desk.text
        await desk.press("down", "enter")
        assert "more@v1.1" in desk.text


@pytest.mark.parametrize("size", [(80, 24), (40, 10)])
async def test_the_form_fits(start: Start, folder: Path, size: tuple[int, int]) -> None:
    async with start(folder, "commit", size=size) as desk:
        await desk.type("why")
        assert " reason      why" in desk.text
        await desk.press("ctrl+s")
        assert desk.rows()[0].startswith(" Home")


def test_the_command_line_quotes_what_was_typed() -> None:
    typed = Typed(reason="it's", source="a b", licence="MIT", annotators="a1，b:model", version="v3.0")
    assert typed.command_line("medical") == (
        "dsvc commit medical --version v3.0 --source 'a b' --license MIT --annotator a1 --annotator b:model"
        """ -m 'it'"'"'s'"""
    )


async def test_leaving_the_commit_screen_when_it_is_the_first(start: Start, lab: Lab) -> None:
    async with start(lab.root, "commit") as desk:
        assert "F1 help" in desk.rows()[-1]
        await desk.press("ctrl+c")
        assert desk.toasts[-1] == "Ctrl+Q quits"
        await desk.press("escape")
        assert desk.rows()[0].startswith(" Home")


async def test_lines_that_cannot_be_read_stand_in_the_way(start: Start, lab: Lab) -> None:
    lab.write(lines({**QUESTIONS[0], "output": ""}, *QUESTIONS[1:]) + b'{"instruction": NaN}\n')
    async with start(lab.root, "commit", size=(80, 24)) as desk:
        assert "cannot read record at 'data/medical.jsonl:4'" in desk.text
        assert "the field 'errors'" not in desk.text, "it is not shown"
        await desk.press("ctrl+s")
        assert desk.toasts[-1].startswith("commit: cannot read record at 'data/medical.jsonl:4'")
        await desk.press("ctrl+o")
        assert desk.rows()[0] == " Diff  medical@v1.1 .. data/medical.jsonl"
    (lab.root / "data/new.jsonl").write_text('{"instruction": NaN}\n')
    async with start(lab.root, "commit", "data/new.jsonl") as desk:
        await desk.press("ctrl+o")
        assert desk.toasts[-1] == "all changes: there is no version to compare with"


async def test_a_hook_that_refuses_is_told_with_its_end(start: Start, folder: Path) -> None:
    hook = folder / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        "#!/bin/sh\nseq -f 'finding %g' 40\nprintf '\\033[2J\\n'\necho '! errors introduced  1  failed'\nexit 1\n"
    )
    hook.chmod(0o755)
    async with start(folder, "commit", size=(80, 24)) as desk:
        await desk.type("why")
        await desk.press("ctrl+s")
        assert "! a git hook (pre-commit) refused the commit\n" in desk.text
        assert "! errors introduced  1  failed" in desk.text
        assert "finding 39" in desk.text
        assert " finding 1\n" not in desk.text
        await desk.press("tab", "tab", "tab", "home")
        assert "finding 1" in desk.text, "the rest can be read"
        assert "\x1b" not in desk.text
        desk.app.report(_refused(folder))
        await desk.settle()
        assert "refused the commit\nfinding 35\n" in desk.toasts[-1]
        assert desk.toasts[-1].endswith("! errors introduced  1  failed"), "also where it is told in a toast"
        desk.faults()
        hook.write_text(hook.read_text().replace("failed'", "failed'; seq -f 'told %g' 9"))
        await desk.press("ctrl+s")
        assert "! errors introduced  1  failed" in desk.text, "what comes behind it is not what refused"
        assert "told 9" not in desk.text
        hook.write_text("#!/bin/sh\nexit 0\n")
        await desk.press("ctrl+s")
        assert desk.rows()[0].startswith(" Home")


def _refused(folder: Path) -> HookError:
    with pytest.raises(HookError) as caught:
        repository(folder).commit(Typed(reason="x").request("medical"))
    return caught.value
