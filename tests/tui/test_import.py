"""Import: what is found out about a source, what is shown before and after, what a refusal or a stop leaves."""

from __future__ import annotations

import gzip
import json
from threading import Event
from typing import TYPE_CHECKING

import pytest

from dsvc_tui.importing import Facts, Given, look
from dsvc_tui.paths import PathSuggester, entries
from dsvc_tui.screens import importing as importing_screen
from dsvc_tui.screens.importing import ImportScreen
from dsvc_tui.work import Work
from tests.repository.lab import lines
from tests.tui.conftest import QUESTIONS, repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.repository.lab import Lab
    from tests.tui.conftest import Desk, Start

ALPACA = (
    {"instruction": "怎么还款？", "input": "", "output": "在手机银行。", "topic": "pay"},
    {"instruction": "And a PIN?", "input": "lost", "output": "In the app."},
)
PAIR = {"instruction": "q", "input": "", "chosen": "good", "rejected": "bad"}


@pytest.fixture
def alpaca(lab: Lab) -> Path:
    """A file that somebody downloaded beside the repository's own."""
    path = lab.root / "alpaca.json"
    path.write_text(json.dumps(ALPACA, ensure_ascii=False), "utf-8")
    return path


async def fill(desk: Desk, name: str, text: str) -> None:
    """Go to a field, write into it, and leave it."""
    while (focused := desk.app.focused) is None or focused.parent is None or focused.parent.id != name:
        await desk.pilot.press("tab")
    await desk.press("end", "ctrl+u")
    await desk.type(text)
    await desk.press("enter")


@pytest.mark.triggers("home.import", "import.bring_in", "import.try_out", "transfer.choose")
async def test_from_a_download_to_a_version_in_another_shape_and_back(start: Start, lab: Lab, alpaca: Path) -> None:
    async with start(lab.root, size=(120, 40)) as desk:
        await desk.press("I")
        assert "Enter in the first field looks at the source" in desk.text
        await desk.type("alpaca.json")
        await desk.press("enter")
        assert desk.rows()[0] == " Import  alpaca.json  → alpaca.jsonl"  # not what the cursor was on
        assert "take the place" not in desk.text
        assert "json  170 B  2 records" in desk.text
        assert "alpaca  2 records  sure" in desk.text
        assert "▾ user\n   怎么还款？" in desk.text
        await fill(desk, "shape", "")
        await desk.press("shift+tab", "ctrl+r")
        assert "Choose: shape" in desk.text
        assert "chat messages" in desk.text.lower() or "openai" in desk.text
        await desk.press("escape")
        await fill(desk, "shape", "openai")
        assert "as openai" in desk.text
        assert "2 records of 'alpaca.json' (alpaca) as openai" in desk.text
        assert "rewritten  input  in 1 record, first 2: follows the instruction on a line of its own" in desk.text
        await fill(desk, "dataset", "data/qa.jsonl")
        await fill(desk, "source", "bank 2025")
        await fill(desk, "reason", "more questions")
        await desk.press("ctrl+o")
        assert "qa@v1.0 would be: +2  2 records" in desk.text
        assert not (lab.root / "data/qa.jsonl").exists()
        line = "dsvc import alpaca.json --as data/qa.jsonl --convert openai --source 'bank 2025' -m 'more questions'"
        assert f"same as: {line}" in desk.text
        await desk.press("ctrl+s")
        assert desk.rows()[0].startswith(" Home")
        assert "'data/qa.jsonl' holds 2 records of 'alpaca.json'" in desk.toasts[-1]
        assert desk.toasts[-1].endswith("z takes it back")
        assert "qa  data/qa.jsonl  2 records" in desk.text
        assert b'"messages"' in lab.read("data/qa.jsonl")
        await desk.press("z", "y")
        assert "qa  data/qa.jsonl" not in desk.text
        assert not lab.exists("data/qa.jsonl")


@pytest.mark.triggers("screen.import", "transfer.next", "transfer.previous", "transfer.fold")
async def test_records_before_and_after(start: Start, lab: Lab) -> None:
    lab.write(lines(PAIR, {"odd": 1}, {**PAIR, "chosen": "<think>\nhm\n</think>\n\nyes"}), "p.jsonl")
    async with start(lab.root, size=(120, 40)) as desk:
        await desk.press("6")
        await desk.type("p.jsonl")
        await desk.press("enter")
        await fill(desk, "shape", "unpaired-trl")
        assert "record 1 of the first 3  as it is" in desk.text
        assert "as unpaired-trl, 1 of 2" in desk.text
        assert "label  true  ✓ a good answer" in desk.text
        await desk.press("f8")
        assert "as unpaired-trl, 2 of 2" in desk.text
        assert "label  false  ✗ not a good answer" in desk.text
        await desk.press("f8")
        assert "! the record has no known shape (keys: odd)" in desk.text
        assert "left out: 1 record" in desk.text
        await desk.press("f8", "f8", "f8")
        assert desk.toasts[-1] == "next record: there is no other record"
        await desk.press("f7", "f7", "f7", "f7", "f7")
        assert desk.toasts[-1] == "previous: there is no other record"
        await fill(desk, "shape", "as it is")
        await desk.press("f8", "f8", "f8")
        assert "▸ chosen reasoning" in desk.text
        assert "as unpaired-trl" not in desk.text
        desk.app.screen.query_one("#before").focus()
        await desk.press("down", "down", "down", "enter")
        assert "▾ chosen reasoning" in desk.text


async def test_edits_are_saved_before_records_take_their_place(start: Start, lab: Lab) -> None:
    lab.write(lines(*QUESTIONS, ALPACA[0]), "new.jsonl")
    mine = lab.read()
    async with start(lab.root, "import", "new.jsonl", size=(100, 40)) as desk:
        await fill(desk, "dataset", "medical")
        assert "they take the place of the records that 'medical' has" in " ".join(desk.text.split())
        await fill(desk, "source", "bank")
        assert "! 'medical' has edits: they are saved first, under a tag" in desk.text
        await desk.press("ctrl+s")
        assert "save them and import" in desk.text
        await desk.press("escape")
        assert lab.read() == mine
        await desk.press("ctrl+s", "y")
        assert "v1.2 (HEAD)" in desk.text
        assert lab.read() == lines(*QUESTIONS, ALPACA[0])
        assert "your edits were saved as" in desk.toasts[-1]
        await desk.press("z", "y")
    assert lab.read() == mine


async def test_errors_that_the_settings_refuse_stay_when_it_is_said_why(start: Start, lab: Lab) -> None:
    (lab.root / "dsvc.toml").write_text("[validate]\nrefuse = ['structure']\n")
    lab.write(lines({**ALPACA[0], "output": ""}), "new.jsonl")
    before = lab.files()
    async with start(lab.root, "import", "new.jsonl", size=(100, 40)) as desk:
        await fill(desk, "dataset", "data/theirs.jsonl")
        await fill(desk, "source", "bank")
        await desk.press("ctrl+o")
        text = " ".join(desk.text.split())
        assert "refused unless it is said why they may stay: 1 new line has an error" in text
        assert "kept as they are" not in text
        await desk.press("ctrl+s")
        assert "Why errors may stay" in desk.text
        assert "record 1 of the import empty-field: 'output' is" in desk.text
        await desk.press("enter")
        assert desk.toasts[-1] == "not imported: nothing was changed"
        assert lab.files() == before
        await desk.press("ctrl+s")
        await desk.type("known upstream")
        await desk.press("enter")
        assert "theirs" in desk.text
    kept = repository(lab.root).manifest("theirs@v1.0")
    assert kept is not None
    assert kept.validation is not None
    assert kept.validation["allowed"] == "known upstream"


@pytest.mark.parametrize(
    ("source", "said", "hint"),
    [
        ("nope.jsonl", "there is no file 'nope.jsonl'", ""),
        ("broken.jsonl", "cannot read record at 'broken.jsonl:2': expecting value, column 7", "mend the line"),
        ("odd.bin", "cannot tell the format of 'odd.bin'", "hint: name it: json|jsonl"),
        ("-", "a pipe cannot be looked at before it is read", "dsvc import - --as NAME"),
        ("ftp://a/b", "'ftp://' is not known", "one of: hf://"),
    ],
)
async def test_what_cannot_be_read(start: Start, lab: Lab, source: str, said: str, hint: str) -> None:
    lab.write(b'{"a": 1}\n{"b": \n', "broken.jsonl")
    lab.write(b"\x00\x01", "odd.bin")
    before = lab.files()
    async with start(lab.root, "import", source) as desk:
        text = " ".join(desk.text.split())
        assert f"! {said}" in text
        assert hint in text
        await desk.press("ctrl+s")
        assert desk.toasts[-1] == "import: no source was looked at"
    assert lab.files() == before


async def test_answers_that_make_no_sense_are_told_in_place(start: Start, lab: Lab, alpaca: Path) -> None:
    before = lab.files()
    async with start(lab.root, "import", "alpaca.json", size=(120, 40)) as desk:
        await fill(desk, "shape", "opnai")
        assert "! there is no shape 'opnai'; did you mean 'openai'?" in desk.text
        await fill(desk, "shape", "")
        await fill(desk, "format", "xml")
        assert "! 'xml' is not a format that can be read" in desk.text
        await fill(desk, "format", "csv")
        await fill(desk, "format", "")
        await fill(desk, "dataset", "data/qa.jsonl")
        await desk.press("ctrl+s")
        assert "! 2 added records of 'qa' need a source" in desk.text
        await fill(desk, "source", "x")
        await fill(desk, "annotators", "qwen3:robot")
        await desk.press("ctrl+s")
        assert "! 'robot' is not person, model or script" in desk.text
    assert lab.files() == before


async def test_stopping_leaves_everything_as_it_was(
    start: Start, lab: Lab, alpaca: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, report = Event(), Work.report

    def waits(work: Work, count: int) -> None:
        if work.label == "importing":
            assert go_on.wait(20)
        report(work, count)

    monkeypatch.setattr(Work, "report", waits)
    before = lab.files()
    async with start(lab.root, "import", "alpaca.json", size=(120, 40)) as desk:
        await fill(desk, "dataset", "data/new/qa.jsonl")
        await fill(desk, "source", "x")
        await desk.pilot.press("ctrl+s")
        while "Esc stops it" not in desk.text:
            await desk.pilot.pause()
        assert "importing" in desk.text
        await desk.pilot.press("escape")
        assert "importing: stopping …" in desk.text
        go_on.set()
        await desk.settle()
        assert "importing: stopped, and nothing has changed" in desk.text
        assert lab.files() == before
        assert not (lab.root / "data/new").exists()
        await desk.press("ctrl+s")
        assert "qa  data/new/qa.jsonl" in desk.text


async def test_nobody_waits_for_a_source_that_takes_long(
    start: Start, lab: Lab, alpaca: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = Event()

    def slowly(folder: Path, given: Given) -> Facts:
        assert go_on.wait(20)
        return look(folder, given)

    monkeypatch.setattr(importing_screen, "look", slowly)
    async with start(lab.root, "import") as desk:
        await desk.type("alpaca.json")
        await desk.pilot.press("enter")
        await desk.pilot.pause()
        assert "looking …" in desk.text
        await desk.pilot.press("escape")
        await desk.pilot.pause()
        assert "looking: stopped; Enter looks again" in desk.text
        go_on.set()
        await desk.settle()
        assert "nothing was looked at yet" in desk.text
        await fill(desk, "path", "alpaca.json")
        assert "record 1 of the first 2" in desk.text


async def test_a_folder_of_splits_in_chinese(start: Start, lab: Lab) -> None:
    folder = lab.root / "下载"
    folder.mkdir()
    (folder / "train.csv").write_text("问题;答案\n年费多少？;免。\n", encoding="gb18030")
    (folder / "test.jsonl.gz").write_bytes(gzip.compress(lines(QUESTIONS[0])))
    (folder / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n")
    async with start(lab.root, "import", "下载", size=(120, 40)) as desk:
        assert "licence cc-by-4.0" in desk.text
        assert "test 1 record" in desk.text
        assert "train 1 record" in desk.text
        assert "is not UTF-8, it was read as GB18030" in desk.text
        assert "separated by semicolons" in desk.text
        await fill(desk, "split", "train[:1]")
        assert "test 1 record" not in desk.text
        assert "问题" in desk.text
        await fill(desk, "split", "dev")
        assert "has no split 'dev' (it has: test, train)" in desk.text
        await fill(desk, "split", "")
        await fill(desk, "dataset", "data/卡")
        await fill(desk, "source", "银行")
        await desk.press("ctrl+s")
        assert "卡  data/卡  2 records" in desk.text
    assert repository(lab.root).version("卡@v1.0").sources


@pytest.mark.parametrize("size", [(80, 24), (160, 50), (40, 12)])
async def test_the_form_fits(start: Start, lab: Lab, alpaca: Path, size: tuple[int, int]) -> None:
    async with start(lab.root, "import", "alpaca.json", size=size) as desk:
        desk.app.next_theme()
        desk.app.next_theme()  # monochrome
        await fill(desk, "shape", "openai")
        await fill(desk, "dataset", "qa.jsonl")
        await fill(desk, "source", "x")
        assert "source      x" in desk.text
        assert ("record 1 of the first 2" in desk.text) == (size[1] >= 24)
        await desk.press("ctrl+s")
        assert type(desk.app.screen).__name__ == "HomeScreen"
    assert lab.exists("qa.jsonl")


async def test_all_fields_and_the_records_are_seen_in_a_small_terminal(start: Start, lab: Lab, alpaca: Path) -> None:
    async with start(lab.root, "import", "alpaca.json", size=(80, 24)) as desk:
        assert [name for name in ImportScreen.FIELDS if f" {name.ljust(11)} " not in desk.text] == []
        assert "怎么还款？" in desk.text
        await fill(desk, "config", "")
        await desk.press("shift+tab")
        assert "config  the configuration, where a source has several" in desk.text


async def test_a_table_with_headings_of_its_own(start: Start, lab: Lab) -> None:
    (lab.root / "t.csv").write_text("问题,答案\n年费多少？,免\n", "utf-8")
    async with start(lab.root, "import", "t.csv", size=(120, 40)) as desk:
        await fill(desk, "shape", "openai")
        assert "left out: 1 record" in desk.text
        await fill(desk, "rename", "问题")
        assert "! '问题' renames nothing" in desk.text
        await fill(desk, "rename", "问题=question, 答案=answer")
        assert "left out" not in desk.text
        await fill(desk, "source", "x")
        assert "--rename '问题=question' --rename '答案=answer'" in " ".join(desk.text.split())
        await desk.press("ctrl+s")
    assert lab.read("t.jsonl").decode().startswith('{"messages":[{"role":"user","content":"年费多少？"}')


async def test_what_a_source_says_is_told_in_fields(start: Start, lab: Lab) -> None:
    (lab.root / "t.csv").write_text('a;b\n1; "2"\n', "utf-8")
    async with start(lab.root, "import", "t.csv", size=(120, 40)) as desk:
        assert "(to take rows as they are: csv-raw in the field 'format')" in " ".join(desk.text.split())
        await fill(desk, "split", "train[2:1]")
        assert "hint: train[1:2] in the field 'split'" in desk.text


async def test_quotes_that_are_not_doubled_are_told_before_anything_is_written(start: Start, lab: Lab) -> None:
    (lab.root / "t.csv").write_text('a,b\n1,"is "Taco Truck""\n', "utf-8")
    async with start(lab.root, "import", "t.csv", size=(120, 40)) as desk:
        shown = " ".join(desk.text.split())
        assert "in 1 row of 't.csv' (line 2, column 7, near '1,\"is \"Taco Truck\"\"')" in shown
        assert "(to refuse such rows: csv-raw in the field 'format')" in shown
        assert not (lab.root / "t.jsonl").exists()


async def test_paths_are_completed_and_chosen(start: Start, lab: Lab, alpaca: Path) -> None:
    (lab.root / "bad\x1b[2Jname").write_text("x")
    (lab.root / ".hidden").write_text("x")
    assert entries(lab.root, "") == ["data/", "alpaca.json", "dsvc.toml"] or "alpaca.json" in entries(lab.root, "")
    assert not [name for name in entries(lab.root, "") if "name" in name or name.startswith(".")]
    assert entries(lab.root, "nowhere/") == []
    complete = PathSuggester(lab.root).get_suggestion
    assert await complete("da") == "data/"
    assert await complete("data/m") == "data/medical.jsonl"
    assert await complete("hf://me") is None
    async with start(lab.root, "import") as desk:
        await desk.type("alp")
        await desk.press("right")
        assert " path        alpaca.json" in desk.text
        await desk.press("ctrl+u", "ctrl+r", "enter")
        assert "Choose: path" in desk.text
        await desk.press("enter")
        assert " path        data/" in desk.text


async def test_what_was_typed_is_there_again(start: Start, lab: Lab, alpaca: Path) -> None:
    async with start(lab.root, "import", "alpaca.json") as desk:
        await fill(desk, "source", "bank")
        await desk.press("escape")
        assert desk.rows()[0].startswith(" Home")
    async with start(lab.root, "import", "alpaca.json") as desk:
        assert "source      bank" in desk.text
    lab.write(lines(PAIR), "other.jsonl")
    async with start(lab.root, "import", "other.jsonl") as desk:
        assert "source      bank" not in desk.text


async def test_outside_of_a_repository(start: Start, tmp_path: Path) -> None:
    async with start(tmp_path, "import", "x.jsonl") as desk:
        assert "is not in a git repository" in " ".join(desk.text.split())
        assert "hint: dsvc init" in desk.text


async def test_a_source_that_would_take_over_the_terminal(start: Start, lab: Lab) -> None:
    evil = "\x1b[2J\x1b]52;c;eA==\x07[/b] [@click=app.quit]x"
    lab.write(lines({"instruction": evil, "input": evil, "output": evil, evil: evil}), "evil.jsonl")
    async with start(lab.root, "import", "evil.jsonl", size=(120, 40)) as desk:
        await fill(desk, "shape", "openai")
        await fill(desk, "source", "x")
        assert "\x1b" not in desk.text
        assert "␛[2J" in desk.text


def test_the_command_line_quotes_what_was_typed() -> None:
    given = Given.of({"path": "a b.json", "split": "train，test[:5]", "annotators": "a1, b:model", "reason": "it's"})
    assert given.command_line(dry_run=True, force=True) == (
        "dsvc import 'a b.json' --split train --split 'test[:5]' --annotator a1 --annotator b:model"
        """ -m 'it'"'"'s' --dry-run --force"""
    )


async def test_records_inside_of_one_object(start: Start, lab: Lab) -> None:
    lab.write(b'{"data": [{"a": "b"}, {"a": "c"}]}', "api.json")
    async with start(lab.root, "import", size=(120, 50)) as desk:
        await fill(desk, "path", "api.json")
        await fill(desk, "source", "x")
        await desk.press("ctrl+s")
        assert "! 'api.json' is one object around a list: its 'data' holds 2 objects" in desk.text
        await fill(desk, "inside", "data")
        assert "2 records" in desk.text
        assert "--records data" in desk.text
        await desk.press("ctrl+s")
    assert lab.read("api.jsonl") == b'{"a": "b"}\n{"a": "c"}\n'
