"""Diff: what a user sees of the changes between two revisions, and where the keys lead."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from dsvc_tui.records.change_list import ChangeList
from dsvc_tui.records.change_pages import Sides, change_page
from dsvc_tui.screens.diff import DiffScreen
from tests.repository.lab import lines
from tests.tui.conftest import QUESTIONS, repository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dsvc_tui.records.change_pages import ChangePageLine
    from tests.repository.lab import Lab
    from tests.tui.conftest import Desk, Start


@pytest.fixture
def busy(lab: Lab) -> Path:
    """A repository whose working file has one change of each kind."""
    rest = [{"instruction": f"question {number}", "output": f"answer {number}", "label": "x"} for number in range(8)]
    lab.save(lines(*QUESTIONS, *rest), reason="more", source="bank manual 2025")
    first, second, third = QUESTIONS
    edited = {**second, "output": "Days after the due date with a fee.", "label": "grace"}
    moved = [rest[7], *rest[:7]]
    written = lines(moved[1]).replace(b'": "', b'":"')
    lab.write(lines(edited, third, {"instruction": "new", "output": "新增"}, moved[0]) + written + lines(*moved[2:]))
    assert first not in (edited, third)
    return lab.root


def shown(desk: Desk) -> DiffScreen:
    screen = desk.app.screen
    assert isinstance(screen, DiffScreen)
    return screen


async def test_the_changed_words_of_two_versions(start: Start, folder: Path) -> None:
    async with start(folder, "diff", "v1.0..v1.1") as desk:
        rows = desk.rows()
        assert rows[0] == " Diff  medical@v1.0 .. medical@v1.1"
        assert "  ~ 1 modified" in desk.text
        assert "~ 1  output" in desk.text
        assert "转入[-不良贷款，停止计息-]{+可疑类贷款+}。" in desk.text.replace("\n", "")
        assert "unchanged: instruction, label" in desk.text
        assert "change 1 of 1" in desk.text


async def test_every_kind_of_change_has_its_sign(start: Start, busy: Path) -> None:
    async with start(busy, "diff", "medical", size=(118, 40)) as desk:
        assert desk.rows()[0] == " Diff  medical@v1.2 .. data/medical.jsonl"
        for told in ("+ 1 added", "- 1 removed", "~ 1 modified", "> 1 moved", "= 1 reformatted"):
            assert told in desk.text
        signs = [row[1] for row in desk.rows() if row[:1] in " ▸" and row[1:2] in "+-~>=" and row[2:3] == " "]
        assert sorted(signs[:5]) == sorted("+-~>=")


@pytest.mark.triggers("diff.kind", "diff.clear")
async def test_only_one_kind_is_shown(start: Start, busy: Path) -> None:
    async with start(busy, "diff", "medical", size=(118, 40)) as desk:
        await desk.press("f")
        assert "Show only changes that are" in desk.text
        await desk.press("down", "enter")
        assert "change 1 of 1  only added  of 5 changes" in desk.text
        assert "新增" in desk.text
        await desk.press("backspace")
        assert "of 5" in desk.text
        await desk.press("backspace")
        assert desk.toasts[-1] == "show all: all changes are shown"


@pytest.mark.triggers("diff.field", "diff.next_field", "diff.previous_field")
async def test_fields_of_a_change(start: Start, busy: Path) -> None:
    async with start(busy, "diff", "medical", size=(118, 40)) as desk:
        await desk.press("F", "down", "enter")
        assert "change 1 of 1  only in label" in desk.text
        await desk.press("enter")
        pane = shown(desk).pane
        await desk.press("right_square_bracket")
        assert desk.app.focused is pane
        assert "label" in "".join(text for _, text in pane.line(pane.cursor, 80))
        await desk.press("left_square_bracket")
        assert "output" in "".join(text for _, text in pane.line(pane.cursor, 80))


@pytest.mark.triggers("diff.read", "diff.next", "diff.previous", "app.back")
async def test_from_change_to_change_without_leaving_the_text(start: Start, busy: Path) -> None:
    async with start(busy, "diff", "medical") as desk:
        await desk.press("enter", "n", "n")
        assert "change 3 of 5" in desk.text
        await desk.press("p")
        assert "change 2 of 5" in desk.text
        await desk.press("escape")
        assert desk.app.focused is shown(desk).rows


@pytest.mark.triggers("diff.beside", "diff.whole", "diff.summary")
async def test_ways_of_showing(start: Start, folder: Path) -> None:
    async with start(folder, "diff", "v1.0..v1.1", size=(130, 30)) as desk:
        assert "side by side" in desk.text
        old, _, new = next(row for row in desk.rows() if "不良" in row).partition("│")
        assert "[-不良贷款，停止计息-]" in old
        assert "{+可疑类贷款+}" in new
        await desk.press("v")
        assert "one below the other" in desk.text
        await desk.press("u")
        assert "逾期90天以上怎么处理？" in desk.text.split("─")[-1]
        await desk.press("i")
        assert "fields: output" not in desk.text
    async with start(folder, "diff", "v1.0..v1.1", size=(130, 30)) as desk:
        assert "one below the other" in desk.text  # remembered


@pytest.mark.triggers("diff.swap", "diff.browse", "diff.copy")
async def test_other_way_round_to_the_record_and_into_the_clipboard(start: Start, folder: Path) -> None:
    async with start(folder, "diff", "v1.0..v1.1") as desk:
        await desk.press("x")
        assert desk.rows()[0] == " Diff  medical@v1.1 .. medical@v1.0"
        await desk.press("y")
        assert desk.toasts
        await desk.press("b")
        assert desk.rows()[0] == " Browse  medical@v1.0"


@pytest.mark.triggers("home.diff", "screen.diff")
async def test_from_home(start: Start, folder: Path) -> None:
    async with start(folder) as desk:
        await desk.press("down", "d")
        assert desk.rows()[0] == " Diff  medical@v1.0 .. medical@v1.1"
        await desk.press("escape")
        assert desk.rows()[0].startswith(" Home")
        await desk.press("3")
        assert "Diff  medical@v1.1 .. data/medical.jsonl" in desk.rows()[0]
        assert "- 1 removed" in desk.text


async def test_no_differences(start: Start, folder: Path) -> None:
    async with start(folder, "diff", "v1.0..v1.0") as desk:
        assert "no differences" in desk.text
        await desk.press("f")
        assert desk.toasts == ["kind: there are no changes (yet)"]


async def test_in_a_small_terminal_the_list_has_the_room(start: Start, folder: Path) -> None:
    async with start(folder, "diff", "v1.0..v1.1", size=(40, 10)) as desk:
        assert "~ 1 modified" in desk.text
        assert "change 1 of 1" in desk.text
        await desk.press("enter")
        assert "[-不良贷款" in desk.text


async def test_a_record_that_changed_and_moved_says_from_where(start: Start, lab: Lab) -> None:
    lab.save(lines(*QUESTIONS), reason="one")
    first, second, third = QUESTIONS
    lab.write(lines(second, third, {**first, "label": "other"}))
    async with start(lab.root, "diff", "medical", size=(118, 40)) as desk:
        assert any(row.lstrip(" ▸").startswith("~ 3  W  from 1  label") for row in desk.rows())


def test_rows_of_a_moved_block_between_blank_lines(busy: Path) -> None:
    file = busy / "data" / "medical.jsonl"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\n\n"))
    changes = ChangeList(repository(busy).diff("medical"))
    changes.read(lambda: True)
    moved = next(changes[number] for number in changes.chosen(">", None))
    assert moved.new is not None
    assert b"question 7" in changes.new.content(moved.new)
    assert changes.counts() == {"+": 1, "-": 1, "~": 1, ">": 1, "=": 1}
    assert changes.field_counts() == {"label": 1, "output": 1}


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("width", [10, 38, 120])
def test_no_line_is_wider_than_its_room(beside: bool, width: int) -> None:
    from dsvc.render.safe_text import cell_width

    old = '{"a": "逾期九十天以上 of all\\nline two", "b": [1, 2, 3], "c": "same"}'.encode()
    new = '{"a": "逾期一百天以上 of ALL\\nline 2", "b": [1, 3], "d": "新"}'.encode()
    for sign, sides in (
        ("~", Sides(old, new)),
        ("+", Sides(None, new)),
        ("-", Sides(old, None)),
        ("=", Sides(old, old)),
    ):
        for line in change_page(sign, sides, width, beside=beside, whole=True):
            if beside or sign != "=":
                assert sum(cell_width(text) for _, text in line.parts) <= max(width, 40) + 14


async def test_large_records_are_compared_while_the_screen_stays_quick(start: Start, lab: Lab) -> None:
    """Half a second for the words of a 100 kB answer, so in a thread; who goes on meanwhile sees the next change."""
    answer = "".join(f"第{number}条规定，逾期还款的客户需要支付滞纳金。" for number in range(2000))
    small = {"q": "small", "a": "before"}
    lab.save(lines({"q": "large", "a": answer}, small), reason="first", source="bank manual 2025")
    edited = {"q": "large", "a": answer.replace("第1234条规定", "第1234条细则")}
    lab.write(lines(edited, {**small, "a": "after"}))
    async with start(lab.root, "diff", "medical", size=(100, 30)) as desk:
        pane = shown(desk).pane
        words = "".join([text.strip() for line in pane._lines for _, text in line.parts])
        assert "第1234条[-规定-]{+细则+}" in words
        await desk.press("down")
        assert "[-before-]{+after+}" in desk.text
        shown(desk).rows.move_to(0)
        await desk.pilot.pause()
        assert pane.line(0, 100)[0][1] == "comparing …"
        shown(desk).rows.move_to(1)
        await desk.settle()
        assert "[-before-]{+after+}" in desk.text
        assert "comparing" not in desk.text


async def test_of_a_record_too_large_to_compare_the_beginning_is_shown(
    start: Start, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsvc_tui.screens.diff.READ_BYTES", 1000)
    old, new = (lines({"q": word, "a": "x" * 2000}) for word in ("账单", "还款"))
    lab.save(old, reason="first", source="bank manual 2025")
    lab.write(new)
    async with start(lab.root, "diff", "medical") as desk:
        assert "too large: only the beginning, as it is written" in desk.text
        assert "[-账单-]{+还款+}" in desk.text
        assert "not JSON" not in desk.text


@pytest.mark.parametrize("beside", [True, False])
def test_an_empty_text_is_not_told_by_an_empty_line(beside: bool) -> None:
    page = change_page("~", Sides(b'{"p": ["a", ""]}', b'{"p": ["a"]}'), 80, beside=beside, whole=False)
    assert any('""' in "".join([text for _, text in line.parts]) for line in page)


LONG = "\n".join(f"第{number}条" for number in range(1, 13))


def test_of_a_long_text_the_lines_near_a_change_are_shown() -> None:
    """Whoever looks at a change of one word in a page of text sees that word, not the top of the page."""
    page = change_page("~", in_lines(LONG, LONG.replace("第7条", "第七条")), 80, beside=False, whole=False)
    assert text_of_page(page) == snapshot("""\
~ a
    … 4 lines are the same
    第5条
    第6条
    第[-7-]{+七+}条
    第8条
    第9条
    … 3 lines are the same\
""")


def test_side_by_side_too() -> None:
    page = change_page("~", in_lines(LONG, LONG.replace("第12条", "第十二条")), 60, beside=True, whole=False)
    assert text_of_page(page) == snapshot("""\
~ a
    … 9 lines are the same
  第10条                      │ 第10条
  第11条                      │ 第11条
  第[-12-]条                  │ 第{+十二+}条\
""")


def test_what_is_as_short_as_its_count_is_shown_itself() -> None:
    """Three lines before and one behind: a line that counts them would spare next to nothing."""
    short = "\n".join(LONG.split("\n")[:7])
    page = change_page("~", in_lines(short, short.replace("第4条", "第四条")), 80, beside=False, whole=False)
    shown = text_of_page(page)
    assert "same" not in shown
    assert "第7条" in shown


@pytest.mark.parametrize("beside", [False, True])
def test_all_lines_on_demand(beside: bool) -> None:
    page = change_page("~", in_lines(LONG, LONG.replace("第7条", "第七条")), 80, beside=beside, whole=True)
    shown = text_of_page(page)
    assert all(f"第{number}条" in shown for number in (1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12))


def in_lines(old: str, new: str) -> Sides:
    """Both texts in the field of a record."""
    before, after = (json.dumps({"a": text}, ensure_ascii=False).encode() for text in (old, new))
    return Sides(before, after)


def text_of_page(page: Iterator[ChangePageLine]) -> str:
    """What is on the page."""
    return "\n".join("".join([text for _, text in line.parts]).rstrip() for line in page)
