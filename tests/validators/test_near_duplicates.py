"""What the rule says of records that are nearly the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.validators.other_numbers import other_numbers
from tests.validators.looking import found

if TYPE_CHECKING:
    from pathlib import Path


def test_where_only_numbers_differ_it_is_said_and_counts_less(tmp_path: Path) -> None:
    """Two drills are two questions; with other words besides they are nearly the same as ever."""
    ask = '{"q": "客户的账单逾期%s天怎么办？请说明第%s种办法，并写出费用。", "label": "%s"}'
    lines = [ask % (number, number, label) for number, label in ((10, "a"), (11, "a"), (1024, "a"), (11, "b"))]
    told = {each.place.row: each for each in found(tmp_path, lines, "near-duplicate") if each.place is not None}
    assert {row: (each.severity, each.message) for row, each in told.items()} == {
        2: ("note", "the same as row 1 but for numbers"),
        3: ("note", "the same as row 1 but for numbers"),
        4: ("warning", "91% the same as row 1"),
    }
    assert told[2].fix == "keep one of them, unless the numbers are the question"


def test_in_two_parts_of_a_folder_other_numbers_are_no_error(tmp_path: Path) -> None:
    ask = '{"q": "What is the square root of %s? Answer with the number, please."}'
    parts = {"test.jsonl": [ask % 81, ask.replace("please", "thanks") % 49]}
    told = found(tmp_path, [ask % 49], "near-duplicate", beside=parts)
    assert [(each.severity, each.message.endswith("but for numbers")) for each in told] == [
        ("warning", True),
        ("error", False),
    ]


def test_a_drill_of_a_test_set_with_other_numbers_is_a_warning(tmp_path: Path) -> None:
    ask = '{"question": "What is the square root of %s? Answer with the number, please.", "answer": "%s"}'
    lines = [ask % (81, 9), (ask % (49, 7)).replace("please", "thanks")]
    told = found(tmp_path, lines, "leakage", against=[ask % (49, 7)])
    assert [(each.severity, each.message.partition(" of ")[0], each.message[-7:] == "numbers") for each in told] == [
        ("warning", "the same as row 1", True),
        ("error", "nearly the same as row 1", False),
    ]


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ('{"q": "%s", "ok": true}', '{"q": "%s", "ok": false}'),
        ('{"id": "q-0012", "q": "%s"}', '{"id": "q-0934", "q": "%s"}'),
        ('{"id": "q-0012", "q": "%s"}', '{"q": "%s"}'),
        ('{"q": "%s"}', '{"question": "%s"}'),
        ('{"q": "%s", "at": "2024-05-01 10:20"}', '{"q": "%s", "at": "2024-06-30 09:55:01"}'),
    ],
)
@pytest.mark.parametrize(
    "text",
    [
        "What is the square root of 81? Answer with the number, and tell how you found it, step by step, in words.",
        "客户的信用卡账单逾期10天怎么办？"
        + "会不会影响征信记录，要付多少违约金和利息，能不能申请分期，请逐项说明，并写出办理的步骤和所需的材料。" * 2,
    ],
)
def test_the_same_text_is_no_other_question(tmp_path: Path, line: str, other: str, text: str) -> None:
    """What differs is an id, a date, a name or no text at all: in a test set it is an error as ever."""
    lines, beside = [line % text], [other % text]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (near,) = found(tmp_path / "a", lines, "near-duplicate", beside={"test.jsonl": beside})
    assert (near.severity, "numbers" in near.message) == ("error", False)
    (leaked,) = found(tmp_path / "b", lines, "leakage", against=beside)
    assert (leaked.severity, leaked.message.partition(" of '")[0]) == ("error", "nearly the same as row 1")


def test_equal_texts_are_wholly_the_same(tmp_path: Path) -> None:
    lines = [f'{{"q": "What is the square root of 81, and of 49?", "ok": {ok}}}' for ok in ("true", "false")]
    (told,) = found(tmp_path, lines, "near-duplicate")
    assert (told.severity, told.message) == ("warning", "100% the same as row 1")


@pytest.mark.parametrize(
    ("one", "other", "is_drill"),
    [
        ("逾期10天怎么办？", "逾期20天怎么办？", True),
        ("逾期10天怎么办？", "逾期10天怎么办？", False),
        ("逾期10天怎么办？", "逾期20天怎么办", False),
        ("root of 49", "root of 81", True),
        ("q-0012", "q-0934", False),
        ("2024年5月1日", "2024年6月30日", False),
    ],
)
def test_only_running_texts_ask_with_numbers(one: str, other: str, is_drill: bool) -> None:
    """Whatever the ids are, and short answers with them."""
    records = ({"id": "a-1", "q": one, "answer": "7"}, {"id": "0f3b", "turns": [{"q": other}], "answer": "9"})
    assert other_numbers(*records) is is_drill
    assert not other_numbers({**records[0], "label": "yes"}, {**records[1], "label": "no"})
