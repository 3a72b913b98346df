"""Export: what a target makes of a version, what that loses, which files it writes, and what a refusal leaves."""

from __future__ import annotations

import json
from threading import Event
from typing import TYPE_CHECKING

import pytest

from dsvc_tui.exporting import Wanted
from dsvc_tui.screens.export import ExportScreen
from dsvc_tui.work import Work
from tests.repository.lab import lines
from tests.tui.conftest import QUESTIONS
from tests.tui.test_import import fill

if TYPE_CHECKING:
    from pathlib import Path

    from tests.repository.lab import Lab
    from tests.tui.conftest import Start


def clear(text: str) -> str:
    """The words of the screen, however its lines are broken."""
    return " ".join(text.split())


async def test_what_is_typed_takes_the_place_of_the_old_target(start: Start, folder: Path) -> None:
    async with start(folder, size=(120, 40)) as desk:
        await desk.press("E")
        await desk.type("parquet")
        await desk.press("tab", "escape", "E")
        await desk.type("csv")
        assert desk.rows()[1].split() == ["to", "csv"]


@pytest.mark.triggers("home.export", "export.write")
async def test_from_home_to_the_folder_of_a_trainer(start: Start, folder: Path) -> None:
    async with start(folder, size=(120, 40)) as desk:
        await desk.press("down", "E")
        assert "medical@v1.1" in desk.rows()[0]
        await fill(desk, "to", "openai")
        assert "record 1 of the first 3  as it is" in desk.text
        assert "as openai" in desk.text
        assert "3 records of 'medical@v1.1' (alpaca) as openai" in desk.text
        assert "a path is to be named first" in desk.text
        await fill(desk, "path", "up")
        assert "up/train.jsonl" in clear(desk.text)
        await fill(desk, "card", "yes")
        assert "languages" in desk.text
        assert "up/README.md" in desk.text.replace("\n", "")
        assert not (folder / "up").exists()
        assert "same as: dsvc export medical@v1.1 --to openai -o up --card" in desk.text
        await desk.press("ctrl+s")
        assert desk.rows()[0].startswith(" Home")
        assert "3 records of medical@v1.1 went into" in desk.toasts[-1]
        assert desk.toasts[-1].endswith("same as: dsvc export medical@v1.1 --to openai -o up --card")
    assert {path.name for path in (folder / "up").iterdir()} == {"README.md", "train.jsonl", "dsvc-export.json"}


@pytest.mark.triggers("screen.export")
async def test_what_is_there_is_not_overwritten_unasked(start: Start, lab: Lab) -> None:
    lab.write(b"mine", "out.json")
    async with start(lab.root, size=(120, 40)) as desk:
        await desk.press("7")
        await fill(desk, "path", "out.json")
        assert "exists already" in clear(desk.text)
        assert "hint: overwrite it: yes in the field 'overwrite'" in desk.text
        await desk.press("ctrl+s")
        assert "! " in desk.text
        assert lab.read("out.json") == b"mine"
        await fill(desk, "overwrite", "perhaps")
        assert "! overwrite: 'perhaps' is neither yes nor no" in desk.text
        await fill(desk, "overwrite", "yes")
        assert "exists already" not in clear(desk.text)
        await desk.press("ctrl+s")
        assert "same as: dsvc export medical -o out.json --force" in desk.toasts[-1]
    assert json.loads(lab.read("out.json")) == [*QUESTIONS[1:]]


async def test_a_working_file_is_never_written(start: Start, lab: Lab) -> None:
    before = lab.files()
    async with start(lab.root, "export", "medical@v1.0", size=(120, 40)) as desk:
        await fill(desk, "path", "data/medical.jsonl")
        await fill(desk, "overwrite", "yes")
        await fill(desk, "to", "jsonl")
        await desk.press("ctrl+s")
        assert "is the working file of 'medical'; export does not write there" in clear(desk.text)
    assert lab.files() == before


async def test_the_folder_of_llamafactory_keeps_what_it_has(start: Start, lab: Lab) -> None:
    lab.write(b'{"other": {"file_name": "other.json"}, "qa": {"file_name": "qa.json"}}\n', "lf/dataset_info.json")
    async with start(lab.root, "export", "medical@v1.0", size=(120, 40)) as desk:
        await fill(desk, "to", "llamafactory")
        await fill(desk, "path", "lf")
        assert "lf/medical.jsonl" in desk.text
        assert "lf/dataset_info.json" in desk.text
        await fill(desk, "name", "qa")
        assert "has another entry 'qa'" in clear(desk.text)
        await fill(desk, "name", "bank")
        await desk.press("ctrl+s")
        assert "dataset: bank" in desk.toasts[-1]
    assert {*json.loads(lab.read("lf/dataset_info.json"))} == {"other", "qa", "bank"}


async def test_losses_and_records_that_do_not_fit(start: Start, lab: Lab) -> None:
    lab.write(lines({"prompt": "q", "chosen": "a", "rejected": "b"}, {"odd": 1}), "p.jsonl")
    lab.keep("p.jsonl")
    async with start(lab.root, "export", "p", size=(120, 40)) as desk:
        await fill(desk, "to", "nowhere")
        assert "! 'nowhere' is not a format that can be written" in desk.text
        await fill(desk, "to", "openai")
        await fill(desk, "shape", "openai")
        assert "lost       rejected  in 1 record" in desk.text
        assert "! cannot convert 'p.jsonl:2'" in desk.text
        await fill(desk, "skip", "yes")
        assert "left out: 1 record" in desk.text
        assert "! cannot convert" not in desk.text
        await fill(desk, "path", "up")
        await fill(desk, "strict", "yes")
        await desk.press("ctrl+s")
        assert "! nothing was written: something would be lost in 1 record or more" in desk.text
    assert not lab.exists("up")


async def test_stopping_leaves_no_file(start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, report = Event(), Work.report

    def waits(work: Work, count: int) -> None:
        if work.label == "exporting":
            assert go_on.wait(20)
        report(work, count)

    monkeypatch.setattr(Work, "report", waits)
    async with start(folder, "export", "medical@v1.0", size=(120, 40)) as desk:
        await fill(desk, "to", "csv")
        await fill(desk, "path", "out.csv")
        await desk.pilot.press("ctrl+s")
        await desk.pilot.pause()
        await desk.pilot.press("escape")
        assert "exporting: stopping …" in desk.text
        go_on.set()
        await desk.settle()
        assert "exporting: stopped, and nothing has changed" in desk.text
    assert not [path for path in folder.iterdir() if "out.csv" in path.name]


@pytest.mark.parametrize("size", [(80, 24), (160, 50), (40, 12)])
async def test_the_form_fits(start: Start, folder: Path, size: tuple[int, int]) -> None:
    async with start(folder, "export", "medical@v1.0", size=size) as desk:
        await fill(desk, "to", "trl")
        await fill(desk, "path", "t")
        assert ("record 1 of the first 3" in desk.text) == (size[1] >= 24)
        await desk.press("ctrl+s")
        assert type(desk.app.screen).__name__ == "HomeScreen"
    assert (folder / "t").is_dir()


@pytest.mark.parametrize("target", ["trl", "label-studio", "parquet"])
async def test_all_fields_and_the_records_are_seen_in_a_small_terminal(start: Start, folder: Path, target: str) -> None:
    async with start(folder, "export", "medical@v1.0", size=(80, 24)) as desk:
        await fill(desk, "to", target)
        await fill(desk, "path", "out")
        await fill(desk, "version", "medical@v1.0")
        wanted = Wanted.of({"to": target})
        assert [n for n in ExportScreen.FIELDS if wanted.uses(n) and f" {n.ljust(11)} " not in desk.text] == []
        if target == "label-studio":
            await fill(desk, "label", "output")
        assert "record 1 of the first 3" in desk.text


async def test_what_is_longer_than_its_place_is_scrolled_by_keys(start: Start, folder: Path) -> None:
    async with start(folder, "export", "medical@v1.0", size=(80, 24)) as desk:
        await fill(desk, "to", "trl")
        await fill(desk, "path", "out")
        assert "dsvc-export.json" not in desk.text
        await desk.press("shift+tab")
        while getattr(desk.app.focused, "id", None) != "found":
            await desk.press("tab")
        await desk.press("end")
        assert "dsvc-export.json" in desk.text


CALLS = (
    {"text": "怎么还款？", "intent": "还款"},
    {"text": "How do I pay?", "intent": "还款"},
    {"text": "My card is gone", "intent": "挂失"},
    {"text": "卡丢了", "intent": "挂失"},
)


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_tasks_for_annotators(start: Start, lab: Lab, size: tuple[int, int]) -> None:
    lab.write(lines(*CALLS), "calls.jsonl")
    lab.keep("calls.jsonl")
    async with start(lab.root, "export", "calls@v1.0", size=size) as desk:
        await fill(desk, "to", "label-studio")
        assert "they fill in intent: 2 choices: 挂失, 还款" in desk.text  # the field with few values is asked for
        assert "as a task for label-studio" in desk.text
        await fill(desk, "where", "text~卡; intent=挂失")
        assert "1 record " in desk.text
        await fill(desk, "where", "text=nothing")
        assert "! 'calls@v1.0' has no record that is picked" in clear(desk.text)
        assert "hint: look at the field 'where' and the field 'range'" in clear(desk.text)
        await fill(desk, "where", "")
        await fill(desk, "range", "3:2")
        assert "! range: '3:2' holds no rows" in desk.text
        await fill(desk, "range", "1,000:")
        assert "is not a range of rows" not in desk.text
        await fill(desk, "range", "2:")
        await fill(desk, "blank", "是")
        assert "3 records " in desk.text
        await fill(desk, "path", "round-1")
        await desk.press("ctrl+s")
        assert "3 records of calls@v1.0 went into 'round-1'" in desk.toasts[-1].replace(str(lab.root) + "/", "")
        assert desk.toasts[-1].endswith(
            "same as: dsvc export calls@v1.0 --to label-studio -o round-1 --label intent --range 2: --blank"
        )
    tasks = json.loads(lab.read("round-1/tasks.json"))
    assert [task["data"]["text"] for task in tasks] == [call["text"] for call in CALLS[1:]]
    assert not any("predictions" in task for task in tasks)


async def test_a_question_that_nothing_tells_is_asked_in_the_screen(start: Start, folder: Path) -> None:
    async with start(folder, "export", "medical@v1.0", size=(120, 40)) as desk:
        await fill(desk, "to", "doccano")
        assert "! which field shall people fill in?" in desk.text
        assert "hint: name it: the field 'label' (the first record of 'medical@v1.0' has: instruction, " in desk.text
        await fill(desk, "label", "output")
        assert "they fill in output: a text to write" in desk.text
        await fill(desk, "choice", "a")
        await fill(desk, "free_text", "yes")
        assert "hint: take one of them" in desk.text


async def test_only_fields_that_the_target_has_a_use_for(start: Start, folder: Path) -> None:
    async with start(folder, "export", "medical@v1.0", size=(120, 50)) as desk:
        await desk.press("ctrl+r")
        assert "a folder: for LLaMA-Factory" in desk.text
        await desk.press("escape")
        await fill(desk, "to", "csv")
        assert "\n raw " in desk.text
        assert "\n shape " not in desk.text
        await fill(desk, "to", "card")
        assert "\n people " in desk.text
        assert "\n raw " not in desk.text
        await fill(desk, "path", "README.md")
        await desk.press("ctrl+s")
        assert "the card of medical@v1.0 went into" in desk.toasts[-1]


def test_the_command_line_quotes_what_was_typed() -> None:
    typed = {"to": "parquet", "path": "a b", "version": "m@v1.0", "json_fields": "a，b", "raw": "yes", "shape": "x"}
    assert Wanted.of(typed).command_line() == ("dsvc export m@v1.0 --to parquet -o 'a b' --json-field a --json-field b")
