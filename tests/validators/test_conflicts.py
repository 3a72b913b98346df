"""The same question with another label, or another answer: what counts as the same, and what is told of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.validators.looking import found

if TYPE_CHECKING:
    from pathlib import Path

TALK = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]


def told(folder: Path, *records: dict[str, Any]) -> list[tuple[str, str]]:
    """The paths and messages of what is found in these records."""
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    return [(finding.path, finding.message) for finding in found(folder, lines, "conflicting-answers")]


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"prompt": "q", "completion": "a"}, "label"),
        ({"messages": TALK}, "label"),
        ({"instruction": "q", "input": "", "output": "a"}, "kto_tag"),
    ],
)
def test_one_answer_judged_both_ways(tmp_path: Path, record: dict[str, Any], field: str) -> None:
    assert told(tmp_path, {**record, field: True}, {**record, field: False}) == [
        (field, "the same question and answer as in row 1 have the label 'true', here 'false'")
    ]


def test_a_good_and_a_bad_answer_are_what_kto_is_made_of(tmp_path: Path) -> None:
    records = [{"prompt": "q", "completion": "a", "label": True}, {"prompt": "q", "completion": "b", "label": False}]
    messages = [{"messages": [TALK[0], {**TALK[1], "content": f"a{n}"}], "label": n == 0} for n in range(2)]
    assert told(tmp_path, *records, *messages) == []


def test_answers_that_are_numbers(tmp_path: Path) -> None:
    record = {"instruction": "n", "input": "", "label": "x"}
    assert told(tmp_path, {**record, "output": 1.5}, {**record, "output": 2}) == [
        ("output", "the same question as row 1 has another answer")
    ]


def test_labels_of_any_depth_and_type(tmp_path: Path) -> None:
    records: list[dict[str, Any]] = [{"text": "x", "meta": {"label": label}} for label in ("a", "b")]
    records += [{"text": "y", "label": label} for label in (0.5, 1, ["a"], None)]
    assert told(tmp_path, *records) == [
        ("meta.label", "the same question as row 1 has the label 'a', here 'b'"),
        ("label", "the same question as row 3 has the label '0.5', here '1'"),
        ("label", "the same question as row 3 has the label '0.5', here '[\"a\"]'"),
    ]


@pytest.mark.parametrize("field", ["tools", "images", "system", "history"])
def test_what_the_answer_depends_on_belongs_to_the_question(tmp_path: Path, field: str) -> None:
    records = [
        {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": f"a{n}"}], field: value}
        for n, value in enumerate(([["one", "1"]], [["two", "2"]], [["one", "1"]]))
    ]
    assert told(tmp_path, *records) == [("", "the same question as row 1 has another answer")]


def test_parts_that_are_no_text_belong_to_the_question(tmp_path: Path) -> None:
    def seen(url: str, answer: str) -> dict[str, Any]:
        parts = [{"type": "text", "text": "what is it?"}, {"type": "image_url", "image_url": {"url": url}}]
        system = {"role": "system", "content": "s"}
        return {"messages": [system, {"role": "user", "content": parts}, {"role": "assistant", "content": answer}]}

    assert told(tmp_path, seen("a.png", "a cat"), seen("b.png", "a dog"), seen("b.png", "a rat")) == [
        ("", "the same question as row 2 has another answer")
    ]
