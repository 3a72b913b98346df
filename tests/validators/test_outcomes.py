"""What becomes of the rows, in a line for each consumer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.render.findings_text import outcome_line
from dsvc.validators.finding import Finding, Outcome, Place
from dsvc.validators.outcomes import Outcomes, Tally

if TYPE_CHECKING:
    from collections.abc import Sequence


def told(rule: str, outcome: Outcome | None, row: int | None, file: str = "a.jsonl") -> Finding:
    return Finding(rule, "error", "…", None if row is None else Place(file, row, row), outcome=outcome)


def tallied(findings: Sequence[Finding], records: int, *profiles: str) -> list[Tally]:
    outcomes = Outcomes(profiles)
    for finding in findings:
        outcomes.add(finding)
    return outcomes.tallies(records)


def test_rows_of_which_nothing_is_told_are_accepted() -> None:
    assert tallied([], 10, "trl") == [Tally("trl", 10, 0, 0, 0)]


def test_the_worst_of_a_row_counts_whatever_comes_first() -> None:
    findings = [told("trl/a", "altered", 1), told("trl/b", "aborts", 1), told("trl/c", "dropped", 1)]
    for order in (findings, findings[::-1]):
        assert tallied(order, 4, "trl") == [Tally("trl", 3, 0, 0, 1)]


def test_the_same_row_of_two_files_is_two_rows() -> None:
    findings = [told("trl/a", "dropped", 1, "a.jsonl"), told("trl/a", "dropped", 1, "b.jsonl")]
    assert tallied(findings, 4, "trl") == [Tally("trl", 2, 0, 2, 0)]


def test_each_consumer_is_counted_for_itself_and_other_rules_are_not() -> None:
    findings = [told("trl/a", "altered", 1), told("axolotl/a", "dropped", 2), told("syntax", None, 3)]
    findings += [told("llamafactory/history-trained", None, 3), told("openai/weight", "aborts", 4)]
    assert tallied(findings, 5, "trl", "axolotl", "llamafactory") == [
        Tally("trl", 4, 1, 0, 0),
        Tally("axolotl", 4, 0, 1, 0),
        Tally("llamafactory", 5, 0, 0, 0),
    ]


@pytest.mark.parametrize(
    ("tally", "line", "runs"),
    [
        (Tally("trl", 1200, 0, 0, 0), "rows for trl: 1,200 accepted", True),
        (Tally("trl", 7, 2, 1, 0), "rows for trl: 7 accepted, 2 altered, 1 dropped", True),
        (Tally("trl", 7, 0, 0, 1), "rows for trl: 7 accepted, 1 on which the run aborts", False),
        (Tally("trl", 7, 0, 0, 0, 1), "rows for trl: the run aborts, the files cannot be read as they are", False),
    ],
)
def test_a_line_says_it(tally: Tally, line: str, runs: bool) -> None:
    assert outcome_line(tally) == line
    assert tally.runs is runs


def test_a_finding_about_a_file_ends_the_run() -> None:
    assert not tallied([told("trl/unreadable-shape", "aborts", None)], 5, "trl")[0].runs
