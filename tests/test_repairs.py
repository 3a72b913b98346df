"""Safe repairs, record by record: what is mended, what is left alone, and that nothing else is touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.errors import UsageError
from dsvc.record import BOM
from dsvc.repairs import REPAIRS, Mending
from dsvc.repairs.texts import trimmed

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXTS = st.text(st.sampled_from(' \t\n\u3000逾期ab"\\'), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
RECORDS = st.dictionaries(st.sampled_from(["instruction", "output", "from", "meta", "逾 期"]), VALUES, max_size=4)


def mended(content: bytes, *only: str) -> bytes:
    return b"".join(Mending(only).lines(content.splitlines(keepends=True), "data.jsonl"))


def counts(content: bytes, *only: str) -> dict[str, int]:
    mending = Mending(only)
    list(mending.lines(content.splitlines(keepends=True), "data.jsonl"))
    return {name: made.records for name, made in mending.made.items() if made.records}


def line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"


def test_only_the_text_that_is_mended_changes() -> None:
    """Spacing, escapes, order and numbers of the record stay as somebody wrote them."""
    written = b'{ "b":1.50,"instruction" : " \\u903e\xe6\x9c\x9f?\\n", "output":"ok" }\n'
    assert mended(written) == b'{ "b":1.50,"instruction" : "\xe9\x80\xbe\xe6\x9c\x9f?", "output":"ok" }\n'


def test_roles_of_both_dialects() -> None:
    turns = {"conversations": [{"from": "User", "value": "hi"}, {"from": "assistant", "value": "hello"}]}
    messages = {"messages": [{"role": "Human", "content": "hi"}, {"role": "gpt", "content": "hello"}]}
    assert json.loads(mended(line(turns)))["conversations"] == [
        {"from": "human", "value": "hi"},
        {"from": "gpt", "value": "hello"},
    ]
    assert [turn["role"] for turn in json.loads(mended(line(messages)))["messages"]] == ["user", "assistant"]


def test_a_role_that_could_mean_anything_stays() -> None:
    odd = line({"conversations": [{"from": "narrator", "value": "x"}, {"from": "function_call", "value": "{}"}]})
    assert mended(odd) == odd


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" 逾期 ", "逾期"),
        ("\u3000首行缩进\n第二行\n", "\u3000首行缩进\n第二行"),
        ("\n\n    if x:\n        y()\n", "    if x:\n        y()"),
        ("one\n", "one"),
        ("  \n ", ""),
    ],
)
def test_the_indent_of_code_stays(text: str, expected: str) -> None:
    assert trimmed(text) == expected


def test_where_a_space_means_something_it_stays() -> None:
    for record in ({"text": " and so on\n"}, {"prompt": "The answer is", "completion": " 42"}):
        assert mended(line(record)) == line(record)


def test_of_equal_records_the_first_stays_however_they_are_written() -> None:
    assert mended(b'{"a":1,"b":2}\n{"b": 2, "a": 1}\n{"a":1.0,"b":2}\n') == b'{"a":1,"b":2}\n{"a":1.0,"b":2}\n'


def test_what_became_equal_is_equal() -> None:
    assert counts(line({"output": "yes"}) + line({"output": " yes"})) == {"white-space": 1, "duplicates": 1}


def test_empty_records_go_and_what_counts_stays() -> None:
    kept = line({"score": 0}) + line({"ok": True})
    assert mended(line({"instruction": "", "output": " \u3000"}) + line({"messages": []}) + kept) == kept


def test_line_ends() -> None:
    assert mended(b'{"a": 1}\r\n{"b": 2}') == b'{"a": 1}\n{"b": 2}\n'
    assert mended(b'{"a": 1}\r\n{"b": 2}', "roles") == b'{"a": 1}\r\n{"b": 2}'


def test_blank_lines_marks_and_lines_that_are_no_json_pass() -> None:
    odd = BOM + b'{"a": "x"}\n\n[1, 2]\nnot json \xff\n'
    assert mended(odd) == odd


def test_the_mark_at_the_start_outlives_its_record() -> None:
    assert mended(BOM + b'{"a": ""}\n{"b": "x"}\n') == BOM + b'{"b": "x"}\n'


def test_an_indent_that_is_kept_is_no_change() -> None:
    assert counts(line({"output": "    if x:\n        y()"})) == {}


def test_an_unknown_repair() -> None:
    with pytest.raises(UsageError, match="there is no repair 'duplicate'"):
        Mending(["duplicate"])


@given(st.lists(RECORDS, max_size=5), st.lists(st.sampled_from(sorted(REPAIRS)), unique=True))
def test_mending_twice_is_mending_once(records: Sequence[object], only: list[str]) -> None:
    once = mended(b"".join(map(line, records)), *only)
    assert mended(once, *only) == once
    assert counts(once, *only) == {}


@given(RECORDS)
def test_a_record_with_another_value_has_only_trimmed_texts(record: dict[str, object]) -> None:
    """Nothing is lost but white space: without it both are the same."""
    after = mended(line(record), "white-space")
    assert _bare(json.loads(after)) == _bare(record)


def _bare(value: object) -> object:
    if isinstance(value, str):
        return "".join(value.split())
    if isinstance(value, dict):
        return {key: _bare(inner) for key, inner in value.items()}
    return [_bare(inner) for inner in value] if isinstance(value, list) else value
