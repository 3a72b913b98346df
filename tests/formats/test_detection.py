"""Which shape a record has: by its keys and what is behind them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dsvc.errors import BadDataError
from dsvc.formats import Conversion, detect
from dsvc.formats.detection import Survey
from tests.formats.records import example, line


def called(*fields: str) -> dict[str, Any]:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": {}}}
    return {"role": "assistant", "content": None, "tool_calls": [call], **dict.fromkeys(fields, "x")}


USER = {"role": "user", "content": "问"}
SAID = {"role": "assistant", "content": "答"}


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"messages": [USER, SAID]}, "openai"),
        ({"messages": [USER, {**SAID, "thinking": "想"}]}, "trl"),
        ({"messages": [USER, called()]}, "trl"),
        ({"messages": [USER, SAID], "images": []}, "multimodal"),
        ({"messages": [USER, SAID], "tools": "[]"}, "multimodal"),
        ({"messages": [USER, SAID], "label": True}, "kto"),
        ({"messages": [USER, SAID], "rejected_response": "x"}, "preference-swift"),
        ({"messages": [USER, SAID], "id": 7, "source": "web"}, "openai"),
        ({"text": "x", "label": ["a", "b"]}, "classification"),
        ({"text": "x", "label": "a>b>c"}, "classification"),
        ({"text": "x", "meta": {"url": "u"}}, "pretrain"),
        ({"input": "x", "output": "y", "reward_score": 1.5}, "reward"),
        ({"prompt": "x", "chosen": "a", "rejected": "b"}, "preference-trl"),
        ({"chosen": "a", "rejected": "b"}, "preference-implicit"),
        ({"Question": "x", "Complex-CoT": "y", "Response": "z"}, "complex-cot"),
        ({"input": "x", "content": "y", "reasoning_content": "z", "score": 9}, "distillation"),
        ({"instruction": "x", "input": "", "output": "y", "domain": "法律"}, "alpaca"),
        ({"image_url": "x", "text": "q", "caption": "y"}, "image-caption"),
    ],
)
def test_what_a_record_is(value: object, name: str) -> None:
    assert detect(json.loads(line(value))).shape == name


@pytest.mark.parametrize(
    "value", [{}, {"a": 1}, {"messages": "x"}, {"conversations": [{"a": 1}]}, {"text": None}, [1], "x"]
)
def test_what_is_no_shape(value: object) -> None:
    found = detect(value)  # type: ignore[arg-type]
    assert (found.shape, found.confidence, found.equal) == (None, 0.0, ())


def test_plain_messages_may_be_of_several_shapes() -> None:
    found = detect(json.loads(line({"messages": [USER, SAID]})))
    assert (found.shape, found.runner_up) == ("openai", "trl")
    assert found.confidence == pytest.approx(0.5, abs=0.02)
    assert set(found.equal) == {"openai", "trl", "multimodal"}


def test_few_calls_decide_for_the_whole_file() -> None:
    """Messages without calls fit several shapes; one record with arguments as an object says which it is."""
    survey = Survey()
    survey.look([*[line({"messages": [USER, SAID]})] * 9, line(example("trl"))], "chat.jsonl")
    assert [(one.shape, one.records, one.first) for one in survey.found()] == [("trl", 10, 1)]


def test_mixed_shapes_are_counted() -> None:
    survey = Survey()
    survey.look([line(example("alpaca"))] * 3 + [b"\n", line({"a": 1})] + [line(example("sharegpt"))] * 2, "x.jsonl")
    assert [(one.shape, one.records, one.first) for one in survey.found()] == [
        ("alpaca", 3, 1), ("sharegpt", 2, 5), (None, 1, 4)
    ]  # fmt: skip


def test_the_name_of_a_file_says_nothing() -> None:
    survey = Survey()
    survey.look([line(example("kto"))], "alpaca_sharegpt_openai.jsonl")
    assert [one.shape for one in survey.found()] == ["kto"]


def test_a_mixed_file_is_converted_record_by_record() -> None:
    conversion = Conversion("openai")
    v1 = example("llamafactory-v1", 1)
    records = [example("alpaca"), {"messages": [USER, SAID]}, v1, example("alpaca")]
    written = [json.loads(one) for one in conversion.lines(map(line, records), "x.jsonl")]
    assert [len(one["messages"]) for one in written] == [2, 2, 2, 2]
    assert written[2]["messages"][1] == {"role": "assistant", "content": "A branch."}
    assert conversion.census.counts() == [("alpaca", 2, 1), ("openai", 1, 2), ("llamafactory-v1", 1, 3)]


def test_a_line_that_is_no_record() -> None:
    with pytest.raises(BadDataError, match=r"cannot read record at 'x\.jsonl:2'"):
        Survey().look([line(example("kto")), b'{"a" 1}\n'], "x.jsonl")
