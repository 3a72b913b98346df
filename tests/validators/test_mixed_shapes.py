"""Which of the records in a mixture are the odd ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.validators.looking import found

if TYPE_CHECKING:
    from pathlib import Path

OWN = '{"question_zh": "逾期怎么办？", "reply": "还款"}'
CLASS = '{"text": "逾期", "label": "overdue"}'
ALPACA = '{"instruction": "a", "input": "", "output": "b"}'


def told(folder: Path, *lines: str) -> list[tuple[int, str]]:
    """Rows and messages."""
    return [(finding.place.row, finding.message) for finding in found(folder, lines, "mixed-shapes") if finding.place]


def test_a_form_of_its_own_that_most_records_have_is_the_usual_one(tmp_path: Path) -> None:
    message = "the record has the shape 'classification'; 200 others have no known shape"
    assert told(tmp_path, *[OWN] * 200, CLASS) == [(201, message)]


def test_a_few_of_no_known_shape_are_the_odd_ones(tmp_path: Path) -> None:
    message = "the record has no known shape; 3 others have the shape 'classification'"
    assert told(tmp_path, CLASS, OWN, CLASS, CLASS, OWN) == [(2, message), (5, message)]


def test_one_against_one(tmp_path: Path) -> None:
    message = "the record has no known shape; another one has the shape 'classification'"
    assert told(tmp_path, CLASS, OWN) == [(2, message)]


def test_records_that_lack_a_field_are_told_elsewhere(tmp_path: Path) -> None:
    lacking = ALPACA.replace("output", "outptu")
    assert told(tmp_path, ALPACA, *[lacking] * 3) == []
