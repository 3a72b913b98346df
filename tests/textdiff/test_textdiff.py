"""Field changes: what a person reads when one record became another."""

from __future__ import annotations

import json
import subprocess
import sys
from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc.record import Json, Number, canonical_value
from dsvc.textdiff import FieldChange, field_changes, json_path

HISTORIES = Path(__file__).resolve().parents[3] / "shared" / "data" / "histories"


def told(old: Json, new: Json) -> list[tuple[str, str]]:
    return [(change.kind, change.path) for change in field_changes(old, new)]


def turn(role: str, content: str) -> dict[str, Json]:
    return {"role": role, "content": content}


def apply_changes(old: Json, changes: list[FieldChange]) -> Any:
    """The old value with the changes made to it: the rule that the steps of a change follow."""
    if len(changes) == 1 and not changes[0].steps:
        return changes[0].new
    return _apply(deepcopy(old), [(change.steps, change) for change in changes])


def _apply(value: Any, changes: list[tuple[tuple[str | int, ...], FieldChange]]) -> Any:
    if not changes:
        return value
    here = [(steps[0], change) for steps, change in changes if len(steps) == 1]
    removed = [step for step, change in here if change.kind == "removed"]
    for step in sorted(removed, reverse=True) if isinstance(value, list) else removed:
        del value[step]
    for step, change in here:
        if change.kind == "added" and isinstance(value, list) and isinstance(step, int):
            value.insert(step, change.new)
        elif change.kind != "removed":
            value[step] = change.new
    for step in dict.fromkeys(steps[0] for steps, _ in changes if len(steps) > 1):
        inner = [(steps[1:], change) for steps, change in changes if len(steps) > 1 and steps[0] == step]
        value[step] = _apply(value[step], inner)
    return value


def test_an_inserted_turn_is_one_added_element() -> None:
    old: list[Json] = [turn("user", "你好"), turn("assistant", "您好"), turn("user", "再见"), turn("assistant", "慢走")]
    new = [*old[:2], turn("user", "信用卡怎么办？"), *old[2:]]
    assert told({"messages": old}, {"messages": new}) == [("added", "messages[2]")]
    assert told({"messages": new}, {"messages": old}) == [("removed", "messages[2]")]


def test_an_edited_turn_behind_an_inserted_one_reads_as_edited() -> None:
    old: list[Json] = [turn("user", "信用卡逾期三十天怎么办？"), turn("assistant", "请尽快还款，以免影响征信。")]
    new: list[Json] = [
        turn("system", "You are a bank clerk."),
        turn("user", "信用卡逾期九十天怎么办？"),
        turn("assistant", "请尽快还款，以免影响个人征信。"),
    ]
    changes = field_changes({"messages": old}, {"messages": new})
    assert [(change.kind, change.path) for change in changes] == [
        ("added", "messages[0]"),
        ("changed", "messages[1].content"),
        ("changed", "messages[2].content"),
    ]
    assert [(span.kind, span.text) for span in changes[2].words if span.kind != "equal"] == [("added", "个人")]


def test_a_rewritten_conversation_of_the_same_length_reads_turn_by_turn() -> None:
    assert told({"lines": ["", ""]}, {"lines": ["床前明月光", "疑是地上霜"]}) == [
        ("changed", "lines[0]"),
        ("changed", "lines[1]"),
    ]


def test_elements_without_text_are_paired_by_structure() -> None:
    old: list[Json] = [{"box": [1, 2, 3, 4], "keep": True}, {"box": [50, 60, 70, 80], "keep": False, "n": None}]
    new: list[Json] = [{"x": {"y": 1}}, {"box": [1, 2, 3, 5], "keep": True}, old[1], {"box": []}]
    assert ("changed", "b[1].box[3]") in told({"b": old}, {"b": new})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (1, Number("1.0")),
        (1, 1.0),
        ("10", 10),
        (True, 1),
        (False, 0),
        (Number("0.5"), "0.5"),
        (None, 0),
        ([], {}),
        (Number("1.50"), Number("1.5")),
    ],
)
def test_types_and_ways_to_write_a_number_count(old: Json, new: Json) -> None:
    assert told({"a": old}, {"a": new}) == [("changed", "a")]
    assert told({"a": [old, "x"]}, {"a": [new, "x"]}) == [("changed", "a[0]")]
    assert field_changes({"a": old}, {"a": new})[0].words == ()


def test_missing_is_not_null() -> None:
    assert told({}, {"history": None}) == [("added", "history")]
    assert told({"history": None}, {}) == [("removed", "history")]


def test_the_order_is_that_of_the_new_record_and_removed_fields_stay_where_they_stood() -> None:
    old: Json = {"gone": 0, "id": 1, "input": "", "source": "x", "output": "y"}
    new: Json = {"output": "z", "id": 2, "lang": "zh"}
    assert told(old, new) == [
        ("removed", "gone"),
        ("changed", "output"),
        ("changed", "id"),
        ("removed", "input"),
        ("removed", "source"),
        ("added", "lang"),
    ]


def test_key_order_is_no_change() -> None:
    assert told({"a": 1, "b": {"c": 1, "d": 2}}, {"b": {"d": 2, "c": 1}, "a": 1}) == []


def test_paths_quote_what_is_not_a_name() -> None:
    assert json_path(("messages", 3, "content")) == "messages[3].content"
    assert json_path(("标签", "金额")) == "标签.金额"
    assert json_path(("a b", "c", 'say "hi"', "")) == '["a b"].c["say \\"hi\\""][""]'
    assert json_path(("12", "x-y")) == '["12"]["x-y"]'
    assert json_path(()) == "$"
    assert told(1, 2) == [("changed", "$")]


def test_a_value_too_deep_to_look_into_is_one_change() -> None:
    old: Json = 1
    new: Json = 2
    for _ in range(5_000):
        old, new = [old], [new]
    changes = field_changes(old, new)
    assert [(change.kind, change.path) for change in changes] == [("changed", "$")]


def test_a_long_list_without_anything_in_common_is_answered() -> None:
    changes = field_changes(list(range(30_000)), [-number for number in range(1, 29_000)])
    assert apply_changes(list(range(30_000)), changes) == [-number for number in range(1, 29_000)]


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.sampled_from([0.5, 1.0, Number("1.0"), Number("1e3")]),
    st.sampled_from(["", "1", "银行卡逾期", "银行卡逾期九十天", "hello big world", "hello world"]),
)
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(["a", "b", "内容", "x y"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(values, values)
def test_the_changes_turn_old_into_new(old: Json, new: Json) -> None:
    changes = field_changes(old, new)
    assert canonical_value(apply_changes(old, changes)) == canonical_value(new)
    assert bool(changes) == (canonical_value(old) != canonical_value(new))
    assert field_changes(old, new) == changes


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcd"), values, max_size=4),
    st.dictionaries(st.sampled_from("abcd"), values, max_size=4),
)
def test_field_by_field_deepdiff_agrees(old: dict[str, Json], new: dict[str, Json]) -> None:
    """An independent judge of which top-level fields differ (lists: it does not tell types apart there)."""
    from deepdiff import DeepDiff

    plain_old: Json = {key: value for key, value in old.items() if not isinstance(value, list)}
    plain_new: Json = {key: value for key, value in new.items() if not isinstance(value, list)}
    fields = {change.steps[0] for change in field_changes(plain_old, plain_new)}
    assert set(DeepDiff(plain_old, plain_new, view="tree").affected_root_keys) <= fields


def test_ordinary_records_need_no_deepdiff() -> None:
    code = (
        "import sys; from dsvc.textdiff import field_changes as f;"
        "f({'q': 'a', 'm': [{'c': 'x'}, {'c': 'y'}]}, {'q': 'b', 'm': [{'c': 'x'}, {'c': 'new'}, {'c': 'y z'}]});"
        "sys.exit('deepdiff' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def consecutive(history: str) -> list[tuple[str, str]]:
    """Pairs of changed lines of versions that follow one another, by position."""
    if not (HISTORIES / history).is_dir():
        pytest.skip(f"the shared histories are not here: {history}")
    versions = [
        path.read_bytes().decode().strip("\n").split("\n") for path in sorted((HISTORIES / history).glob("*.jsonl"))
    ]
    return [
        (old, new)
        for before, after in pairwise(versions)
        if len(before) == len(after)
        for old, new in zip(before, after, strict=True)
        if old != new
    ]


@pytest.mark.parametrize("history", ["tang_poems_zh", "bfcl_multi_turn_base"])
def test_real_histories_can_be_replayed(history: str) -> None:
    for old_line, new_line in consecutive(history)[-300:]:
        old, new = json.loads(old_line), json.loads(new_line)
        changes = field_changes(old, new)
        assert apply_changes(old, changes) == new
        for change in changes:
            if change.words:
                assert "".join(span.text for span in change.words if span.kind != "removed") == change.new


def test_the_last_edit_of_the_tang_poems_is_two_characters() -> None:
    old, new = (json.loads(line) for line in consecutive("tang_poems_zh")[-1])
    changes = field_changes(old, new)
    assert [change.path for change in changes] == ["paragraphs[0]", "paragraphs[1]"]
    edits = [[span.text for span in change.words if span.kind != "equal"] for change in changes]
    assert edits == [["併", "並"], ["慾", "欲"]]
