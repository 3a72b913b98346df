"""Every shape: told from its examples, read as its consumers read it, unknown keys kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from dsvc.errors import BadDataError, UsageError
from dsvc.formats import NAMES, Conversion, all_shapes, detect, shape
from dsvc.formats.llamafactory import dataset_info
from tests.formats.records import EXAMPLES, convert, example, line

TAGS = {"role_tag", "content_tag", "user_tag", "assistant_tag", "observation_tag", "function_tag", "system_tag"}


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_examples_are_of_their_shape(name: str, number: int) -> None:
    found = detect(json.loads(line(example(name, number))))
    assert found.shape == name
    assert found.confidence >= 0.5
    assert found.runner_up != name
    shape(name).model.model_validate(example(name, number))


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_chinese_and_english(name: str) -> None:
    first, second = (json.dumps(one, ensure_ascii=False) for one in shape(name).examples)
    assert any("一" <= char <= "鿿" for char in first)
    assert not any("一" <= char <= "鿿" for char in second)


@pytest.mark.parametrize("name", NAMES)
def test_a_shape_is_documented(name: str) -> None:
    one = shape(name)
    assert one.readers
    assert one.source
    assert all(field.about for field in one.fields)
    schema = one.model.model_json_schema(by_alias=True)
    assert set(one.required) <= set(schema["required"])
    assert {field.name for field in one.fields} == set(schema["properties"])


@pytest.mark.parametrize("name", NAMES)
def test_unknown_keys_go_last_and_stay(name: str) -> None:
    value = {"备注": {"来源": "手册", "页": 3.10}, **example(name), "id": "a-0017"}
    target = {"conversation": "openai", "preference": "preference-trl", "unpaired": "unpaired-trl"}.get(
        shape(name).kind
    )
    if target in (None, name):
        return
    (made, *_), _ = convert(value, target, name)
    assert [*made][-1] == "id"
    assert [*made].index("备注") > max([*made].index(key) for key in shape(target).required)
    assert made["备注"] == value["备注"]


@pytest.mark.parametrize("name", NAMES)
def test_the_model_keeps_unknown_keys_and_is_strict(name: str) -> None:
    model = shape(name).model
    kept = model.model_validate({**example(name), "x": [1]}).model_dump(by_alias=True, exclude_unset=True)
    assert kept == {**example(name), "x": [1]}
    with pytest.raises(ValidationError):
        model.model_validate({**example(name), shape(name).required[0]: {"no": "such"}})


@pytest.mark.parametrize("one", all_shapes(), ids=lambda one: one.name)
def test_an_entry_for_llama_factory_names_all_tags(one: Any) -> None:
    """A block of tags without ``system_tag`` drops every record with a system message."""
    entry = dataset_info(one, None, "x.jsonl")
    if entry is None:
        return
    assert entry["formatting"] in ("alpaca", "sharegpt", "openai")
    assert ("tags" in entry) is (entry["formatting"] != "alpaca")
    tags = entry.get("tags")
    assert tags is None or (isinstance(tags, dict) and tags.keys() == TAGS)
    assert set(entry["columns"].values()) <= {field.name for field in one.fields}  # type: ignore[union-attr]


def test_an_entry_names_the_columns_that_the_file_has() -> None:
    conversion = Conversion("sharegpt")
    [*conversion.lines([line(example("openai"))], "x.jsonl")]
    entry = dataset_info(shape("sharegpt"), conversion.columns, "out.json")
    assert entry is not None
    assert entry["columns"] == {"messages": "conversations", "tools": "tools"}


HUMAN = {"from": "human", "value": "q"}
REFUSED = [
    ("alpaca", {"instruction": "a", "output": {"x": 1}}, "'output' expected a text, found an object"),
    ("alpaca", {"instruction": "a", "output": "b", "history": [["q"]]}, "'history[0]' is not a pair of two texts"),
    ("sharegpt", {"conversations": [{"from": "alien", "value": "x"}]}, "[0].from' 'alien' is no role here"),
    ("sharegpt", {"conversations": []}, "'conversations' is empty"),
    ("sharegpt", {"conversations": [{"from": "function_call", "value": "f()"}]}, "[0].value' is not JSON"),
    ("openai", {"messages": [{"role": "user", "content": None}]}, "'messages[0].content' expected a text, found null"),
    ("openai", {"messages": [{"role": "tool", "content": "1"}]}, "'messages[0].tool_call_id' is missing"),
    ("openai", {"messages": [{"role": "assistant", "content": "a", "weight": 2}]}, "weight' is neither 0 nor 1"),
    ("kto", {"messages": [{"role": "assistant", "content": "a"}], "label": "true"}, "'label' expected true or false"),
    ("unpaired-trl", {"prompt": "a", "completion": "b", "label": 1}, "'label' expected true or false, found a number"),
    ("reward", {"input": "a", "output": "b", "reward_score": "0.9"}, "'reward_score' expected a number, found a text"),
    ("stepwise", {"prompt": "a", "completions": ["b"], "labels": []}, "'labels' has 0, completions has 1"),
    ("prompt-completion", {"prompt": "a", "completion": []}, "'completion' expected a text, as the other side"),
    ("chain-of-thought", {"instruction": "a", "chain_of_thought": [1], "output": "b"}, "_thought[0]' expected"),
    ("multimodal", {"messages": [{"role": "user", "content": "x"}], "images": ["a"]}, "'images' has 1 more than"),
    ("llamafactory-v1", {"messages": [{"role": "user", "content": "x"}]}, "expected a list of parts"),
    ("preference-openai", {"input": {"messages": []}, "preferred_output": [], "non_preferred_output": []}, "is empty"),
    ("preference-sharegpt", {"conversations": [HUMAN], "chosen": HUMAN}, "'chosen.from' is not gpt"),
    ("preference-v1", {"chosen_messages": []}, "'rejected_messages' is missing"),
    ("classification", {"text": "a", "label": None}, "'label' expected a label or a list of labels, found null"),
    ("pretrain", {"text": ["a"]}, "'text' expected a text, found a list"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "message"), REFUSED)
def test_a_record_that_the_consumer_would_refuse(name: str, value: object, message: str) -> None:
    """Strict where the consumer is strict: one error with the field."""
    with pytest.raises(BadDataError) as caught:
        convert(value, name, name)
    assert caught.value.message.startswith("cannot convert 'data.jsonl:1': ")
    assert message in caught.value.message


def test_an_unknown_shape() -> None:
    with pytest.raises(UsageError, match="there is no shape 'opnai'; did you mean 'openai'"):
        shape("opnai")
