"""Fields that are called otherwise than in any shape, and get a name that one knows first."""

from __future__ import annotations

import json

import pytest

from dsvc.errors import BadDataError, UsageError
from dsvc.formats import Conversion
from dsvc.formats.renaming import renaming_of
from dsvc.render.conversion_text import report_lines

RECORD = b'{"id":1.50,"\xe9\x97\xae\xe9\xa2\x98":"q","\xe7\xad\x94\xe6\xa1\x88":"a"}\n'


def test_a_table_with_headings_of_its_own() -> None:
    conversion = Conversion("openai", rename=renaming_of(["问题=question", "答案=answer"]))
    (line,) = conversion.lines([RECORD], "qa.csv")
    assert [turn["content"] for turn in json.loads(line)["messages"]] == ["q", "a"]
    assert b'"id":1.50' in line
    assert next(report_lines(conversion, "qa.csv", None)) == "1 record of 'qa.csv' (question-answer) as openai"


def test_records_that_have_the_shape_by_it_are_written_with_the_new_names() -> None:
    conversion = Conversion("question-answer", rename={"问题": "question", "答案": "answer"})
    plain = b'{"question": "as it is", "answer":"x"}\n'
    assert [*conversion.lines([RECORD, plain], "x")] == [b'{"id":1.50,"question":"q","answer":"a"}\n', plain]


def test_two_names_change_places() -> None:
    (line,) = Conversion("question-answer", rename={"answer": "question", "question": "answer"}).lines(
        [b'{"question":"a","answer":"q"}'], "x"
    )
    assert json.loads(line) == {"question": "q", "answer": "a"}


def test_what_is_named_in_vain_is_told() -> None:
    conversion = Conversion("openai", rename={"x\x1b": "y"})
    assert [*conversion.lines([b'{"question":"q","answer":"a"}\n'], "f")]
    assert "no record has a field 'x␛' to rename" in [*report_lines(conversion, "f", None)]


def test_no_field_is_written_over() -> None:
    conversion = Conversion("openai", rename={"q": "question"})
    with pytest.raises(BadDataError, match="'q' cannot become 'question': the record has a field of that name"):
        [*conversion.lines([b'{"q":"1","question":"2","answer":"a"}\n'], "f")]


@pytest.mark.parametrize("pairs", [["a"], ["=b"], ["a="], ["a=b", "a=c"], ["a=c", "b=c"]])
def test_what_makes_no_sense(pairs: list[str]) -> None:
    with pytest.raises(UsageError):
        Conversion("openai", rename=renaming_of(pairs))
