"""What is accepted stays accepted wherever its record goes; what is new is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.errors import BadDataError, NotFoundError
from dsvc.validators.baseline import read_baseline, write_baseline
from dsvc.validators.comparison import compare
from tests.validators.made_up import finding

if TYPE_CHECKING:
    from pathlib import Path

RULES = ("shouting", "share")


def test_a_move_is_no_news_and_an_edit_is(tmp_path: Path) -> None:
    file = tmp_path / "known.jsonl"
    assert write_baseline(file, [finding(row=3)], RULES) == 1
    moved, edited = finding(row=900), finding(row=4, record="b" * 32)
    baseline = read_baseline(file, "known.jsonl")
    assert list(baseline.new([moved, edited], RULES)) == [edited]
    assert (baseline.accepted, baseline.gone) == (1, 0)


def test_of_equal_records_as_many_are_accepted_as_there_were(tmp_path: Path) -> None:
    file = tmp_path / "known.jsonl"
    write_baseline(file, [finding(row=1), finding(row=2)], RULES)
    third = finding(row=3)
    assert list(read_baseline(file, "").new([finding(row=1), finding(row=2), third], RULES)) == [third]


def test_what_is_about_all_records_is_accepted_whatever_its_figures(tmp_path: Path) -> None:
    file = tmp_path / "known.jsonl"

    def share(text: str) -> object:
        return finding(text, name="share", row=None, record=None, path="label")

    write_baseline(file, [share("91% of the labels are 'fees' (1,200 of 1,318)")], RULES)  # type: ignore[list-item]
    other = share("90% of the labels are 'cards' (12 of 13)")
    now = [share("90% of the labels are 'fees' (1,203 of 1,337)"), other]
    assert list(read_baseline(file, "").new(now, RULES)) == [other]  # type: ignore[arg-type]


def test_what_is_gone_is_told_for_rules_that_ran(tmp_path: Path) -> None:
    file = tmp_path / "known.jsonl"
    write_baseline(file, [finding(), finding(name="share")], RULES)
    baseline = read_baseline(file, "")
    assert list(baseline.new([], ["shouting"])) == []
    assert baseline.gone == 1


def test_the_file_is_sorted_and_writing_it_with_one_rule_keeps_the_others(tmp_path: Path) -> None:
    file = tmp_path / "known.jsonl"
    found = [finding(record=c * 32, name=name) for c in "cab" for name in RULES]
    write_baseline(file, found, RULES)
    lines = file.read_text().splitlines()
    assert lines[1:] == sorted(lines[1:])
    write_baseline(file, [], ["share"], read_baseline(file, ""))
    assert file.read_text().splitlines() == [line for line in lines if '"share"' not in line]
    write_baseline(file, reversed(found), RULES)
    assert file.read_text().splitlines() == lines, "the order of what was found means nothing"


@pytest.mark.parametrize("content", ["", "{}\n", '{"format": "dsvc.baseline/9"}\n', "[]\n", "\x00"])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "known.jsonl"
    file.write_text(content + '{"rule": 1}\n')
    with pytest.raises(BadDataError, match=r"'known\.jsonl:1'"):
        read_baseline(file, "known.jsonl")
    with pytest.raises(NotFoundError):
        read_baseline(tmp_path / "other", "other")


def test_introduced_and_solved() -> None:
    stays, moves = finding(row=1), finding(row=5, record="1" * 32)
    goes, comes = finding(row=2, record="2" * 32), finding(row=9, record="3" * 32)
    found = compare([stays, moves, goes], [finding(row=7, record="1" * 32), stays, comes, finding(row=8)])
    assert found.introduced == (comes, finding(row=8)), "an equal record more is a finding more"
    assert found.solved == (goes,)
    assert compare([stays, moves], [moves, stays]) == compare([], [])
