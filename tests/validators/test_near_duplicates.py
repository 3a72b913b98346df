"""What the rule says of records that are nearly the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
