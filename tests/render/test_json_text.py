"""JSON output is JSON whatever the records hold."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.record import Json, parse
from dsvc.render.json_text import Verbatim, json_text, record_text
from dsvc.render.safe_text import safe
from dsvc.render.version_text import pretty_record

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(value=VALUES)
def test_any_value_comes_back(value: Json) -> None:
    assert json.loads(json_text(value)) == value
    assert list(pretty_record(value)) == [
        safe(line) for line in json.dumps(value, ensure_ascii=False, indent=2).split("\n")
    ]
    ascii_only = json_text(value, ascii_only=True)
    assert ascii_only.isascii()
    assert ascii_only.isprintable()
    assert json.loads(ascii_only) == value


def test_numbers_stay_as_written() -> None:
    text = '{"a": 1.50, "b": [1e5, -0], "c": 12345678901234567890123}'
    assert json_text(parse(text.encode())) == text


def test_records_stay_as_written() -> None:
    content = b'\xef\xbb\xbf{"b":1.0,\t"a" : "\\u4e2d\xe4\xb8\xad\x7f"}\r'
    assert json_text({"record": record_text(content)}) == '{"record": {"b":1.0,\t"a" : "\\u4e2d中\x7f"}}'
    assert json_text(record_text(content), ascii_only=True) == '{"b":1.0, "a" : "\\u4e2d\\u4e2d\\u007f"}'


def test_what_utf8_cannot_hold_is_escaped() -> None:
    assert json_text({"a": "\ud800中"}) == '{"a": "\\ud800\\u4e2d"}'


def test_moments_and_tuples() -> None:
    assert json_text((datetime(2025, 3, 1, tzinfo=timezone.utc), Verbatim("{}"))) == '["2025-03-01T00:00:00+00:00", {}]'


@pytest.mark.parametrize("shape", ["[", '{"a":'])
def test_any_depth(shape: str) -> None:
    value: Json = 1
    for _ in range(5000):
        value = [value] if shape == "[" else {"a": value}
    assert json_text(value).replace(" ", "").startswith(shape * 5000 + "1")
    assert len(list(pretty_record(value))) == 10_001
