"""Records spread over lines and put back; one field given another value."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.editing.field_splice import field_text, with_field, with_field_text
from dsvc.editing.pretty import compact, pretty, shown_string
from dsvc.errors import BadDataError, NotFoundError
from dsvc.record import parse

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
RECORDS = st.dictionaries(st.text(max_size=4), JSON, max_size=5)


@given(RECORDS, st.booleans(), st.booleans())
def test_there_and_back_is_the_same(value: object, tight: bool, ascii_only: bool) -> None:
    written = json.dumps(value, separators=(",", ":") if tight else None, ensure_ascii=ascii_only)
    assert compact(pretty(written), written) == written


@given(RECORDS, JSON, st.booleans(), st.data())
def test_a_field_gets_a_value_and_the_rest_stays(
    record: dict[str, object], value: object, tight: bool, data: st.DataObject
) -> None:
    written = json.dumps(record, separators=(",", ":") if tight else None).encode()
    key = data.draw(st.sampled_from([*record, "new"]))
    changed = with_field(written, (key,), value, name="f", row=0)  # type: ignore[arg-type]
    assert parse(changed) == parse(json.dumps({**record, key: value}).encode())
    if key in record:
        old = field_text(written, (key,), name="f", row=0)
        assert with_field_text(changed, (key,), old, name="f", row=0) == written


def test_what_json_libraries_rewrite_stays() -> None:
    written = (
        '{"a": 1.50, "a": 1e5, "t": "\\u4e2d\\/\\ud800", "u": "中", "big": 123456789012345678901234567890, "z": -0}'
    )
    shown = pretty(written)
    assert '"t": "中/\\ud800"' in shown
    assert compact(shown, written) == written
    assert compact(shown.replace("1.50", "2.50"), written) == written.replace("1.50", "2.50")


def test_hostile_text_is_shown_as_escapes() -> None:
    assert shown_string("a\x1b[2J\u202e中\x9b") == '"a\\u001b[2J\\u202e中\\u009b"'
    assert shown_string("a\U000e0041") == '"a\\udb40\\udc41"'


@pytest.mark.parametrize(
    ("edited", "said"),
    [
        ('{\n  "a": 1,\n}', "line 3, column 1"),
        ('{\n  "a": "x\ny"\n}', "invalid control character at, line 2, column 10"),
        ("", "line 1, column 1"),
        ("[" * 100_000, "this is not JSON"),
    ],
)
def test_errors_say_where(edited: str, said: str) -> None:
    with pytest.raises(BadDataError, match=said):
        compact(edited, "{}")


def test_paths_that_lead_nowhere() -> None:
    for path in (("a", "b"), ("l", 3), ("l", "x")):
        with pytest.raises(NotFoundError):
            with_field(b'{"a": 1, "l": [1]}', path, 2, name="f", row=0)
    with pytest.raises(NotFoundError):
        field_text(b'{"a": 1}', ("b",), name="f", row=0)
    with pytest.raises(BadDataError, match="it is no JSON object"):
        with_field(b'{"a": 1', ("b",), 2, name="f", row=0)
