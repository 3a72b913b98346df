"""Editing records in Browse: fields, whole records, undo, save, and what is kept when the program ends."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from threading import Event
from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.widgets import TextArea

from dsvc.editing.session import EditSession
from dsvc_tui.app import DsvcApp
from tests.repository.lab import FILE, lines
from tests.tui.conftest import QUESTIONS, repository

if TYPE_CHECKING:
    from pathlib import Path

    from tests.repository.lab import Lab
    from tests.tui.conftest import Desk, Start


def records(lab: Lab) -> list[dict[str, str]]:
    return [json.loads(line) for line in lab.read().splitlines()]


async def write(desk: Desk, text: str) -> None:
    """Put another text into the dialog and take it."""
    desk.app.screen.query_one(TextArea).text = text
    await desk.press("ctrl+s")


@pytest.mark.triggers("edit.field", "edit.save", "edit.take_back", "edit.make_again")
async def test_a_field_is_edited_undone_redone_and_saved(start: Start, lab: Lab) -> None:
    before = lab.read()
    async with start(lab.root, "browse", "medical") as desk:
        await desk.press("e")
        assert "Edit which field" in desk.text
        await desk.press("down", "enter")
        assert "Edit output of row 1" in desk.text
        await write(desk, "多行\n文字")
        assert "1 unsaved edit" in desk.rows()[0]
        assert " ~ " in desk.rows()[2]
        assert lab.read() == before
        await desk.press("u")
        assert "unsaved" not in desk.rows()[0]
        await desk.press("U", "ctrl+s")
        assert "unsaved" not in desk.rows()[0]
        assert records(lab) == [{**QUESTIONS[1], "output": "多行\n文字"}, QUESTIONS[2]]
        assert "1 edit written into 'data/medical.jsonl'; u takes back, until a commit" in desk.toasts[-1]
        await desk.press("u")
        assert "1 unsaved edit" in desk.rows()[0]
        await desk.press("ctrl+s")
        assert lab.read() == before


async def test_the_field_under_the_cursor_is_edited(start: Start, lab: Lab) -> None:
    async with start(lab.root, "browse", "medical", size=(120, 30)) as desk:
        await desk.press("enter", "down", "e")
        assert "Edit instruction of row 1" in desk.text
        await desk.press("escape")
        await desk.press("e")
        await desk.type("Hm. ")
        await desk.press("escape")
        assert "lost with another Esc" in desk.text
        await desk.press("escape")
        assert "unsaved" not in desk.rows()[0]


@pytest.mark.triggers("edit.delete", "edit.duplicate", "edit.insert", "edit.up", "edit.down")
async def test_records_are_taken_out_put_in_and_moved(start: Start, lab: Lab) -> None:
    async with start(lab.root, "browse", "medical") as desk:
        await desk.press("D")
        assert "row 2 of 3 records" in desk.text
        await desk.press("J", "K", "d")
        assert "row 2 of 2 records" in desk.text
        await desk.press("a")
        assert "as JSON" in desk.text
        await write(desk, '{"instruction": "新"')
        assert "this is not JSON" in desk.text
        assert "line 1, column" in desk.text
        await write(desk, '{\n  "instruction": "新"\n}')
        assert "row 3 of 3 records" in desk.text
        await desk.press("K", "ctrl+s")
    assert records(lab) == [QUESTIONS[1], {"instruction": "新"}, QUESTIONS[2]]


def editor(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor that does what a line of Python says with ``text``."""
    script = folder / "editor.py"
    script.write_text(
        f"import sys\npath = sys.argv[1]\ntext = open(path, encoding='utf-8').read()\n{code}\n"
        "open(path, 'w', encoding='utf-8').write(text)\n"
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} {script}")
    monkeypatch.setattr(DsvcApp, "suspend", lambda self: nullcontext())


@pytest.mark.triggers("edit.whole")
async def test_a_whole_record_in_ones_own_editor(
    start: Start, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, "text = text.replace('fees', 'costs').replace('\"label\"', '\"kind\"')", monkeypatch)
    async with start(lab.root, "browse", "medical") as desk:
        await desk.press("E")
        assert "1 unsaved edit" in desk.rows()[0]
        await desk.press("E")
        assert desk.toasts[-1] == "nothing was changed"
        await desk.press("ctrl+s")
    kind = {name: text for name, text in QUESTIONS[1].items() if name != "label"} | {"kind": "costs"}
    assert lab.read() == lines(kind, QUESTIONS[2])
    assert not [*(lab.root / ".git" / "dsvc" / "edits").glob("record-*")]


async def test_what_is_no_record_goes_back_to_the_editor(
    start: Start, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(tmp_path, "text = text.replace('}', '') if '}' in text else text + '}'", monkeypatch)
    before = lab.read()
    async with start(lab.root, "browse", "medical") as desk:
        await desk.press("E")
        assert "this is not JSON" in desk.text
        assert "line 6, column 1" in desk.text
        await desk.press("down", "enter")
        assert "unsaved" not in desk.rows()[0]
        await desk.press("E", "enter")
        assert "unsaved" not in desk.rows()[0]  # the text came back as it was
    assert lab.read() == before


async def test_without_an_editor_the_record_is_edited_here(
    start: Start, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    async with start(lab.root, "browse", "medical") as desk:
        await desk.press("E")
        assert "set $EDITOR" in desk.text
        await write(desk, '{"a": 1.50}')
        await desk.press("ctrl+s")
    assert lab.read().startswith(b'{"a": 1.50}\n')


async def test_an_editor_that_fails_changes_nothing(start: Start, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DsvcApp, "suspend", lambda self: nullcontext())
    async with start(lab.root, "browse", "medical") as desk:
        for command, said in (("false", "ended with status 1"), ("/no/such/editor", "cannot start the editor")):
            monkeypatch.setenv("VISUAL", command)
            await desk.press("E")
            (fault,) = desk.faults()
            assert said in str(fault)


async def test_edits_are_kept_and_offered(start: Start, lab: Lab) -> None:
    before = lab.read()
    async with start(lab.root) as desk:
        await desk.press("enter", "d", "escape")
        assert "1 edit of 'medical' is kept, and offered when it is opened again" in desk.toasts
        assert lab.read() == before
        await desk.press("enter")
        assert "1 edit of 'medical' is kept from before" in desk.text
        await desk.press("enter")
        assert "1 unsaved edit" in desk.rows()[0]
        assert "row 1 of 1 record" in desk.text
        assert desk.app.screen.parting_words() == "1 edit of 'medical' is kept; to go on: dsvc tui medical"  # type: ignore[attr-defined]
    async with start(lab.root, "browse", "medical") as desk:
        await desk.press("down", "down", "enter")
        assert "row 1 of 2 records" in desk.text
    assert repository(lab.root).kept_edits() is None


async def test_edits_of_a_file_that_was_changed_since(start: Start, lab: Lab) -> None:
    async with start(lab.root, "browse", "medical") as desk:
        await desk.press("d", "d")
        lab.write(lines(QUESTIONS[2], {"new": 1}))
        await desk.press("ctrl+s")
        assert "was changed by something else" in str(desk.faults()[0])
        await desk.press("R")
        assert "2 edits of 'medical' are kept from before; the file was changed since" in desk.text
        await desk.press("enter")
        assert "1 of 2 edits found their record changed" in desk.toasts[-1]
        await desk.press("ctrl+s")
    assert lab.read() == lines({"new": 1})


@pytest.mark.triggers("edit.discard")
async def test_edits_can_be_discarded(start: Start, lab: Lab) -> None:
    before = lab.read()
    async with start(lab.root, "browse", "medical") as desk:
        await desk.press("d", "d")
        assert "no records of" in desk.text
        await desk.press("Z", "Z", "escape")
        assert "2 unsaved edits" in desk.rows()[0]
        await desk.press("Z", "y")
        assert "unsaved" not in desk.rows()[0]
        assert "row 1 of 2 records" in desk.text
    assert lab.read() == before


async def test_versions_folders_and_files_outside_are_not_edited(start: Start, lab: Lab, tmp_path: Path) -> None:
    async with start(lab.root, "browse", "medical@v1.0") as desk:
        await desk.press("e")
        assert desk.toasts[-1] == "edit: a version never changes; edit the working file"
    for name in ("a", "b"):
        lab.write(lines(*QUESTIONS), f"split/{name}.jsonl")
    async with start(lab.root, "browse", "split") as desk:
        await desk.press("d")
        assert "edited one by one" in desk.toasts[-1]
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.jsonl").write_bytes(lines(*QUESTIONS))
    async with start(outside, "browse", "x.jsonl") as desk:
        await desk.press("d")
        assert "no place to keep edits" in desk.toasts[-1]
    async with start(lab.root, "browse", "split/a.jsonl") as desk:
        await desk.press("ctrl+s", "U", "d", "ctrl+s")
    assert lab.read("split/a.jsonl") == lines(*QUESTIONS[1:])


async def test_filters_and_searches_go_on(start: Start, lab: Lab) -> None:
    lab.write(lines(*QUESTIONS))
    async with start(lab.root, "browse", "medical", size=(140, 30)) as desk:
        await desk.press("f")
        await desk.type("label=fees")
        await desk.press("enter", "K")
        assert desk.toasts[-1] == "move up: only while all records are shown in their order"
        await desk.press("d")
        assert "1 shown" in desk.text
        await desk.press("backspace", "ctrl+s")
    assert lab.read() == lines(QUESTIONS[0], QUESTIONS[2])


async def test_hostile_text_is_edited_as_escapes(start: Start, lab: Lab) -> None:
    lab.write(lines({"t": "a\x1b[2J\u202eb", "n": 1.5}))
    async with start(lab.root, "browse", "medical") as desk:
        await desk.press("e", "enter")
        assert '"a\\u001b[2J\\u202eb"' in desk.text
        await write(desk, '"a\\u001bb"')
        await desk.press("e", "down", "enter")
        await write(desk, "2.50")
        await desk.press("ctrl+s")
    assert lab.read() == b'{"t": "a\\u001bb", "n": 2.50}\n'


async def test_a_commit_clears_the_journal(start: Start, lab: Lab) -> None:
    async with start(lab.root, "browse", "medical") as desk:
        await desk.press("d", "ctrl+s")
        lab.keep("medical")
        await desk.press("R")
        await desk.press("u")
        assert desk.toasts[-1] == "undo edit: there is no edit to take back"
    assert not [*(lab.root / ".git" / "dsvc" / "edits").iterdir()]
    assert lab.read(FILE) == lines(QUESTIONS[2])


async def test_a_row_that_is_not_what_is_shown_is_not_edited(start: Start, lab: Lab) -> None:
    async with start(lab.root, "browse", "medical") as desk:
        lab.write(lines({"new": 1}, *QUESTIONS))
        await desk.press("d")
        assert "shown anew; nothing was edited" in desk.toasts[0]
        assert "row 1 of 4 records" in desk.text
        await desk.press("d")
        assert "1 unsaved edit" in desk.rows()[0]
    async with start(lab.root, "browse", "medical") as desk:
        await desk.press("down", "enter")  # not now
        assert "row 1 of 4 records" in desk.text
        await desk.press("d")
        assert "1 edit of 'medical' is shown again; nothing else was edited" in desk.toasts[0]
        assert "row 1 of 3 records" in desk.text
        await desk.press("ctrl+s")
    assert lab.read() == lines(*QUESTIONS)


async def test_what_is_pasted_is_made_safe(start: Start, lab: Lab) -> None:
    async with start(lab.root, "browse", "medical") as desk:
        await desk.press("e", "enter")
        desk.app.screen.query_one(TextArea).post_message(events.Paste("a\x1b[2J\r\nb\u202ec"))
        await desk.settle()
        assert "a␛[2J" in desk.text
        assert "b⟨202E⟩c" in desk.text
        await desk.press("ctrl+s", "ctrl+s")
    assert records(lab)[0]["instruction"].startswith("a␛[2J\nb⟨202E⟩c")


async def test_a_text_that_is_too_long_for_a_dialog(start: Start, lab: Lab) -> None:
    lab.write(lines({"t": "长" * 300_000}))
    async with start(lab.root, "browse", "medical") as desk:
        await desk.press("e", "enter")
        (fault,) = desk.faults()
        assert "300,000 characters" in str(fault)


async def test_names_of_fields_are_data_too(start: Start, lab: Lab) -> None:
    lab.write(lines({"\x1b[31m[bold]x": "[red]y", "a.b[0]": {"": 1}}))
    async with start(lab.root, "browse", "medical") as desk:
        await desk.press("e", "enter")
        assert "\x1b" not in desk.text
        await write(desk, "z")
        await desk.press("e", "down", "enter")
        await write(desk, "2")
        await desk.press("ctrl+s")
    assert lab.read() == lines({"\x1b[31m[bold]x": "z", "a.b[0]": {"": 2}})


async def test_while_a_save_is_at_work(start: Start, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, save = Event(), EditSession.save

    def slow(session: EditSession) -> int:
        assert go_on.wait(20)
        return save(session)

    monkeypatch.setattr(EditSession, "save", slow)
    async with start(lab.root, size=(160, 30)) as desk:
        await desk.press("enter", "d")
        await desk.pilot.press("ctrl+s", "d")
        await desk.pilot.pause()
        assert "saving" in desk.text
        assert desk.toasts[-1] == "delete: the edit before is still being written"
        await desk.pilot.press("escape")
        await desk.pilot.pause()
        assert desk.rows()[0].startswith(" Home")
        go_on.set()
        await desk.settle()
        assert "1 edit written into 'data/medical.jsonl'" in desk.toasts[-1]
        assert "-2" in desk.text
    assert lab.read() == lines(QUESTIONS[2])


async def test_nothing_is_typed_in_vain(start: Start, lab: Lab) -> None:
    """What is wrong with the file is told before the dialog opens."""
    async with start(lab.root, "browse", "medical") as desk:
        lab.write(lines({"new": 1}, *QUESTIONS))
        await desk.press("e")
        assert "nothing was edited" in desk.toasts[-1]
        assert not desk.app.screen.query(TextArea)
        await desk.press("e", "enter")
        await write(desk, "2")
        await desk.press("ctrl+s")
    assert lab.read() == lines({"new": 2}, *QUESTIONS)
