"""Browse: searching, filtering, sorting, counting, changes, copying, and going from version to version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import dsvc_tui.app
from dsvc import regular_expression
from dsvc_tui.records.file_source import FileSource
from tests.repository.lab import Lab, lines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.conftest import Desk, Start

ANIMALS = [
    {"id": 1, "name": "Cat", "legs": 4, "说明": "会抓老鼠"},
    {"id": 2, "name": "spider", "legs": 8, "说明": "八条腿"},
    {"id": 3, "name": "snake", "legs": 0},
    {"id": 4, "name": "bobcat", "legs": 4, "说明": None},
    {"id": 5, "name": "hen", "legs": 2, "说明": "下蛋"},
]


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    """A folder with a file of animals; the third line is written with escapes."""
    (tmp_path / "animals.jsonl").write_bytes(lines(*ANIMALS).replace("八条腿".encode(), rb"\u516b\u6761\u817f"))
    return tmp_path


async def ask(desk: Desk, key: str, text: str) -> None:
    await desk.press(key)
    await desk.type(text)
    await desk.press("enter")


def numbers(desk: Desk) -> list[int]:
    """The row numbers of the list, from the top."""
    found = (re.match(r"[▸ ]\s*(\d+) [ +~>=] ", row) for row in desk.rows()[2:])
    return [int(match[1]) for match in found if match]


@pytest.mark.triggers("browse.search", "browse.next", "browse.previous")
async def test_search_goes_from_one_to_the_next(start: Start, animals: Path) -> None:
    async with start(animals, "browse", "animals.jsonl", size=(80, 12)) as desk:
        await ask(desk, "slash", "cat")
        assert "row 1 of 5 records  conversation  2 found: cat" in desk.text
        await desk.press("n")
        assert "row 4 of" in desk.text
        await desk.press("n")
        assert "row 1 of" in desk.text
        await desk.press("N")
        assert "row 4 of" in desk.text


async def test_capitals_in_a_search_count(start: Start, animals: Path) -> None:
    async with start(animals, "browse", "animals.jsonl", size=(80, 12)) as desk:
        await ask(desk, "slash", "Cat")
        assert "1 found: Cat" in desk.text


async def test_search_finds_what_is_written_with_escapes(start: Start, animals: Path) -> None:
    async with start(animals, "browse", "animals.jsonl", size=(80, 12)) as desk:
        await ask(desk, "slash", "条腿")
        assert "row 2 of 5 records  conversation  1 found: 条腿" in desk.text


@pytest.mark.parametrize(("tabs", "text", "row"), [(1, "sp.der|hxn", 2), (2, "bobkat", 4)])
async def test_the_modes_of_search(start: Start, animals: Path, tabs: int, text: str, row: int) -> None:
    async with start(animals, "browse", "animals.jsonl", size=(80, 12)) as desk:
        await desk.press(
            "slash", *["tab"] * tabs, *(char if char.isalnum() else _NAMES[char] for char in text), "enter"
        )
        assert f"row {row} of 5 records  conversation  1 found" in desk.text


_NAMES = {".": "full_stop", "|": "vertical_line", "(": "left_parenthesis"}


async def test_a_wrong_regular_expression_can_be_mended(start: Start, animals: Path) -> None:
    async with start(animals, "browse", "animals.jsonl", size=(80, 12)) as desk:
        await desk.press("slash", "tab", "left_parenthesis", "enter")
        assert "this is not a regular expression: missing )" in desk.text
        await desk.press("backspace", "x", "enter")
        assert desk.toasts == ["nothing has 'x' in it (regex)"]
        await desk.press("n")
        assert desk.toasts[-1] == "no other record was found (yet)"


async def test_a_search_that_comes_to_no_end_is_ended(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regular_expression, "SECONDS", 0.1)
    (tmp_path / "a.jsonl").write_text('{"a": "%sb"}\n' % ("a" * 60))
    async with start(tmp_path, "browse", "a.jsonl", size=(80, 12)) as desk:
        await desk.press("slash", "tab")
        await desk.type("(a|aa)+$|x")
        await desk.press("enter")
        (fault,) = desk.faults()
        assert str(fault) == "the search for '(a|aa)+$|x' comes to no end in a text of 70 characters"


async def test_an_empty_search_ends_it(start: Start, animals: Path) -> None:
    async with start(animals, "browse", "animals.jsonl", size=(80, 12)) as desk:
        await desk.press("n")
        assert desk.toasts == ["next: nothing is searched for"]
        await ask(desk, "slash", "cat")
        await desk.press("slash", *["backspace"] * 3, "enter")
        assert "found" not in desk.rows()[-2]


@pytest.mark.triggers("browse.filter", "browse.clear")
async def test_filters_add_up(start: Start, animals: Path) -> None:
    async with start(animals, "browse", "animals.jsonl", size=(80, 12)) as desk:
        await ask(desk, "f", "legs>1")
        assert numbers(desk) == [1, 2, 4, 5]
        await ask(desk, "f", "name!=hen")
        assert numbers(desk) == [1, 2, 4]
        assert "3 shown: legs>1 and name!=hen" in desk.text
        await desk.press("backspace")
        assert numbers(desk) == [1, 2, 3, 4, 5]


async def test_a_filter_that_nothing_fulfils(start: Start, animals: Path) -> None:
    async with start(animals, "browse", "animals.jsonl", size=(80, 12)) as desk:
        await ask(desk, "f", "legs>x")
        assert "'x' is not a number" in desk.text
        await desk.press("backspace", "9", "enter")
        assert "no records of 5 records  conversation  0 shown: legs>9" in desk.text
        await desk.press("v")
        assert desk.toasts == ["view: no record is shown"]
        await desk.press("backspace")
        assert numbers(desk) == [1, 2, 3, 4, 5]


async def test_the_cursor_stays_on_its_record(start: Start, animals: Path) -> None:
    async with start(animals, "browse", "animals.jsonl", size=(80, 12)) as desk:
        await desk.press("down", "down", "down")
        await ask(desk, "f", "legs=4")
        assert "row 4 of" in desk.text
        await ask(desk, "g", "3")
        assert desk.toasts == ["row 3 is not among those shown"]


@pytest.mark.triggers("browse.sort")
async def test_sorting_and_turning_round(start: Start, animals: Path) -> None:
    async with start(animals, "browse", "animals.jsonl", size=(80, 12)) as desk:
        await desk.press("s", "down", "down", "enter")
        assert numbers(desk) == [3, 5, 1, 4, 2]
        await desk.press("s", "enter")
        assert numbers(desk) == [2, 4, 1, 5, 3]
        assert "by legs ↓" in desk.text
        await ask(desk, "f", "legs<5")
        assert numbers(desk) == [4, 1, 5, 3]
        await desk.press("s", "up", "enter")
        assert numbers(desk) == [1, 4, 5, 3]


@pytest.mark.triggers("browse.frequency")
async def test_a_table_of_a_field_filters_by_the_value_that_is_chosen(start: Start, animals: Path) -> None:
    async with start(animals, "browse", "animals.jsonl", size=(90, 14)) as desk:
        await ask(desk, "t", "legs")
        assert "legs  5 records · 4 values" in desk.text
        assert re.search(r"▸4 +2 +40%  █{20}", desk.text)
        await desk.press("enter")
        assert numbers(desk) == [1, 4]
        await ask(desk, "t", "说明")
        assert "2 records · 2 values" in desk.text
        await desk.press("escape")
        assert numbers(desk) == [1, 4]


async def test_a_table_of_nothing(start: Start, animals: Path) -> None:
    async with start(animals, "browse", "animals.jsonl", size=(90, 14)) as desk:
        await ask(desk, "t", "no.such")
        assert "5 without it" in desk.text
        await desk.press("enter")
        assert numbers(desk) == [1, 2, 3, 4, 5]


@pytest.mark.triggers("browse.columns")
async def test_columns_are_remembered(start: Start, lab: Lab) -> None:
    async with start(lab.root, "browse", "medical@v1.0", size=(90, 14)) as desk:
        await desk.press("o", "down", "space", "enter")
        header = desk.rows()[1]
        assert "output" in header
    async with start(lab.root, "browse", "medical@v1.0", size=(90, 14)) as desk:
        assert desk.rows()[1] == header


@pytest.mark.triggers("browse.changes")
async def test_what_was_changed_is_marked_and_can_be_all_that_is_shown(start: Start, lab: Lab) -> None:
    async with start(lab.root, "browse", "medical@v1.1", size=(90, 14)) as desk:
        assert "against v1.0: ~1" in desk.text
        assert re.match(r"▸1 ~ ", desk.rows()[2])
        await desk.press("c", "down", "enter")
        assert numbers(desk) == [1]
        assert "1 shown: changed" in desk.text


async def test_the_working_file_is_compared_with_its_version(start: Start, lab: Lab) -> None:
    async with start(lab.root, "browse", "medical", size=(90, 14)) as desk:
        assert "against v1.1: -1" in desk.text


async def test_a_first_version_has_no_changes(start: Start, lab: Lab) -> None:
    async with start(lab.root, "browse", "medical@v1.0", size=(90, 14)) as desk:
        assert "against" not in desk.text
        await desk.press("c")
        assert [str(fault) for fault in desk.faults()] == ["this is the first version: everything in it is new"]


@pytest.mark.triggers("browse.older", "browse.newer")
async def test_the_same_row_in_other_versions(start: Start, lab: Lab) -> None:
    async with start(lab.root, "browse", "medical@v1.0", size=(90, 14), row=2) as desk:
        await desk.press("right_square_bracket")
        assert desk.rows()[0] == " Browse  medical@v1.1"
        assert "row 2 of 3" in desk.text
        await desk.press("right_square_bracket")
        assert desk.rows()[0] == " Browse  medical"
        await desk.press("right_square_bracket", "left_square_bracket", "left_square_bracket", "left_square_bracket")
        assert [str(fault) for fault in desk.faults()] == [
            "this is the working file: there is nothing newer",
            "this is the first version",
        ]


@pytest.mark.triggers("browse.copy", "browse.copy_record", "browse.copy_path")
async def test_copying(start: Start, animals: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []

    def take(_app: object, text: str, _folder: object) -> str:
        copied.append(text)
        return "copied"

    monkeypatch.setattr(dsvc_tui.app, "copy", take)
    async with start(animals, "browse", "animals.jsonl", size=(120, 16)) as desk:
        await desk.press("y", "enter", *["down"] * 3, "y", "P", "Y")
        assert copied[0] == copied[3] == lines(ANIMALS[0]).decode().rstrip()
        assert copied[1:3] == ["会抓老鼠", "说明"]
        assert desk.toasts == ["copied"] * 4


async def test_the_last_place_is_remembered(start: Start, lab: Lab) -> None:
    async with start(lab.root, "browse", "medical@v1.0") as desk:
        await desk.press("end")
    async with start(lab.root, "browse", "medical@v1.0") as desk:
        assert "row 3 of 3" in desk.text


async def test_a_file_that_changes_meanwhile_is_told_and_not_read_by_itself(
    start: Start, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start(lab.root, "browse", "medical") as desk:
        monkeypatch.setattr(FileSource, "changed", lambda _: True)
        desk.app.screen._look_at_file()  # type: ignore[attr-defined]
        await desk.settle()
        assert desk.toasts == ["'medical' was changed on the disk; R reads it again"]
        desk.app.clear_notifications()
        await desk.settle()
        assert "! changed on the disk" in desk.text
        monkeypatch.undo()
        await desk.press("R")
        assert "! changed on the disk" not in desk.text


async def test_the_record_beside_is_the_one_under_the_cursor(start: Start, folder: Path) -> None:
    """The cursor stays in the first line when others are filtered out, and another record stands there."""
    async with start(folder, "browse", "medical@v1.1", size=(120, 24)) as desk:
        assert "转入可疑类贷款" in desk.text
        await desk.press("f")
        await desk.type("label=fees")
        await desk.press("enter")
        assert "Days after the due date" in desk.text
        assert "转入可疑类贷款" not in desk.text
