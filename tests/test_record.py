"""Records: what a line may be, and when two lines say the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsvc.errors import BadDataError
from dsvc.pack import line_ends
from dsvc.record import (
    Number,
    canonical,
    canonical_value,
    check_record,
    check_records,
    is_blank,
    parse,
    record_id,
)

_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=8)  # also lone surrogates
_NUMBER_TEXT = st.sampled_from(
    ["0", "-0", "-0.0", "1", "1.0", "1.50", "1e5", "1E+5", "123456789012345678901234567890", "9223372036854775808"]
) | st.integers().map(str)
_SCALARS = st.none() | st.booleans() | _TEXT | _NUMBER_TEXT.map(Number)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4),
    max_leaves=12,
)
_RECORDS = st.dictionaries(_TEXT, _VALUES, max_size=5)


def _written(draw: st.DrawFn, value: Any) -> str:
    """A value as JSON, with spaces, key order and escapes as somebody may happen to write them."""
    space = draw(st.sampled_from(["", " ", "\t"]))
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=draw(st.booleans()) or any("\ud800" <= c <= "\udfff" for c in value))
    if isinstance(value, list):
        return f"[{space}{f'{space},'.join(_written(draw, item) for item in value)}{space}]"
    if isinstance(value, dict):
        keys = draw(st.permutations(list(value)))
        items = [f"{_written(draw, key)}{space}:{space}{_written(draw, value[key])}" for key in keys]
        return f"{{{space}{f',{space}'.join(items)}{space}}}"
    return json.dumps(value)


@given(_RECORDS, st.data())
def test_however_a_record_is_written_it_is_the_same(record: dict[str, Any], data: st.DataObject) -> None:
    @st.composite
    def writing(draw: st.DrawFn) -> bytes:
        return _written(draw, record).encode()

    one, other = data.draw(writing()), data.draw(writing())
    assert canonical(one) == canonical(other) == canonical_value(record)
    assert record_id(one) == record_id(other + b"\r\n") == record_id(b"\xef\xbb\xbf" + one)
    assert canonical(canonical(one)) == canonical(one)
    assert canonical_value(parse(one)) == canonical(one)


@given(_RECORDS, _RECORDS)
def test_different_records_have_different_canonical_forms(left: dict[str, Any], right: dict[str, Any]) -> None:
    def typed(value: Any) -> object:
        if isinstance(value, dict):
            return {key: typed(item) for key, item in value.items()}
        if isinstance(value, list):
            return [typed(item) for item in value]
        return type(value).__name__, value

    assert (canonical_value(left) == canonical_value(right)) == (typed(left) == typed(right))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ('{"a": 1, "b": [true, null]}', '{ "b":[true,null],"a":1 }\r\n'),
        ('{"a": "\\u4e2d\\/\\n"}', '{"a":"中/\\u000a"}'),
        ('{"a": 1, "a": 2}', '{"a": 2}'),
        ('{"a": "\\ud83d\\ude00"}', '{"a": "😀"}'),
        ('{"a": "\\ud800"}', '{"a": "\\uD800"}'),
        ('{"a": "\\ud800", "b": 1.50}', '{"b": 1.50, "a": "\\uD800"}'),
    ],
)
def test_equal(left: str, right: str) -> None:
    assert canonical(left.encode()) == canonical(right.encode())


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ('{"a": 1}', '{"a": 1.0}'),
        ('{"a": 1.0}', '{"a": 1.00}'),
        ('{"a": 1e5}', '{"a": 1E5}'),
        ('{"a": "0010"}', '{"a": 10}'),
        ('{"a": null}', "{}"),
        ('{"a": 0}', '{"a": -0}'),
        ('{"a": 12345678901234567890123}', '{"a": 12345678901234567890124}'),
        ('{"a": 0.1000000000000000055}', '{"a": 0.1}'),
        ('{"a": true}', '{"a": 1}'),
        ('{"a": [1, 2]}', '{"a": [2, 1]}'),
        ('{"a": "\\ud800"}', '{"a": "\\\\ud800"}'),
        ('{"é": 1}', '{"e\\u0301": 1}'),
    ],
)
def test_not_equal(left: str, right: str) -> None:
    assert canonical(left.encode()) != canonical(right.encode())


def test_the_canonical_form_is_as_the_format_says() -> None:
    line = '{"b": 1.50, "a": "中\\u0001\\"\\ud800/", "𝕏": [], "ﬀ": {}}'.encode()
    assert canonical(line) == '{"a":"中\\u0001\\"\\ud800/","b":1.50,"ﬀ":{},"𝕏":[]}'.encode()
    assert record_id(b'{"a": 1}') == "015abd7f5cc57a2dd94b7590f04ad808"


def test_numbers_keep_how_they_were_written() -> None:
    value = parse(b'{"a": 1.50, "b": -0, "c": 3}')
    assert value == {"a": Number("1.50"), "b": Number("-0"), "c": 3}
    assert isinstance(value, dict)
    assert isinstance(value["a"], Number)


@pytest.mark.parametrize("line", [b"", b'{"a": }', b'{"a": NaN}', b"{} {}", b'{"a": "\xff"}', b"[" * 100_000])
def test_what_is_no_json_has_no_canonical_form(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - a promise of the docstring; the text is the parser's
        canonical(line)


def _check(lines: list[bytes], *, name: str, first_line: int) -> None:
    content = b"".join(line + b"\n" for line in lines)
    check_records(content, line_ends(content), name=name, numbers=range(first_line, first_line + len(lines)))


def test_very_deep_nesting_is_told_and_not_a_crash() -> None:
    line = b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}"
    with pytest.raises(BadDataError, match=r"'x\.jsonl:3': nested too deeply"):
        _check([line], name="x.jsonl", first_line=3)


_FRAGMENTS = st.lists(
    st.sampled_from(
        [
            *(
                b"{",
                b"}",
                b"[",
                b"]",
                b'"a"',
                b'"',
                b":",
                b",",
                b"1",
                b"-",
                b"0",
                b".5",
                b"e9",
                b"true",
                b"nul",
                b" ",
                b"\t",
            ),
            *(b"\r", b"\x00", b"\xff", b"\\", b"\\u12", b"\\ud800", b"NaN", b"\x0b", b"\xef\xbb\xbf", "中".encode()),
        ]
    ),
    max_size=9,
).map(b"".join)
_BROKEN = st.tuples(_RECORDS, st.integers(0, 60), _FRAGMENTS).map(
    lambda parts: (text := json.dumps(parts[0]).encode())[: parts[1]] + parts[2] + text[parts[1] :]
)


@given(st.lists(_FRAGMENTS | _BROKEN | _RECORDS.map(lambda record: json.dumps(record).encode()), max_size=4))
@example([b'{"a": 1}', b'{"a": "\\ud800"}', b"", b" {}"])
@example([b'{"a": 123456789012345678901234567890}'])
@example([b'{"a": 1e999}'])
@example([b'{"a": "\xed\xa0\x80"}'])
def test_all_lines_at_once_are_judged_as_each_by_itself(lines: list[bytes]) -> None:
    def verdict(check: Any) -> str | None:
        try:
            check()
        except BadDataError as error:
            return error.message
        return None

    def one_by_one() -> None:
        for number, line in enumerate(lines, 1):
            check_record(line, name="x", line_number=number)

    together = verdict(lambda: _check(lines, name="x", first_line=1))
    assert together == verdict(one_by_one)
    if together is None:
        for line in lines:
            assert is_blank(line) or isinstance(parse(line), dict)
            assert is_blank(line) or canonical(line)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"a": 1', "expecting ',' delimiter, column 8"),
        (b'{"a": 1} {"b": 2}', "two records on one line, column 10"),
        ('{"问": 1}{"问": 2}\r'.encode(), "two records on one line, column 9"),
        (b'{"a": 1}{"b": 2}{"c": 3}', "several records on one line, column 9"),
        (b'{"a": 1}{"b": 2', "extra data, column 9"),
        (b'{"a": 1}, {"b": 2}', "extra data, column 9"),
        (b'{"a": 1} 2', "extra data, column 10"),
        (b"{'a': 1}", "expecting property name enclosed in double quotes, column 2"),
        (b'{"a": NaN}', "'NaN' is not a JSON value"),
        (b'{"a": "\xb4\xfa"}', "byte 0xb4 is not valid UTF-8, column 8"),
        (b'{"a": "\x00"}', "invalid control character, column 8"),
        (b'{"a": "broken', "the text is not closed, column 7"),
        (b'{"a": "broken\r', "the text is not closed, column 7"),
        (b"[1, 2]", "a record is a JSON object, this is an array, column 1"),
        (b"7", "a record is a JSON object, this is not an object, column 1"),
        (b"\xef\xbb\xbf{}", "a byte order mark may only begin a file, column 1"),
    ],
)
def test_a_bad_line_is_told_with_its_place_and_a_way_out(line: bytes, message: str) -> None:
    with pytest.raises(BadDataError) as caught:
        _check([b"{}", b"", line, b"{}"], name="data/医疗.jsonl", first_line=410)
    assert caught.value.message == f"cannot read record at 'data/医疗.jsonl:412': {message}"
    assert caught.value.hint


def test_records_on_one_line_are_to_be_put_apart() -> None:
    with pytest.raises(BadDataError) as caught:
        _check([b'{"a": 1}{"b": 2}'], name="x", first_line=1)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("write each on a line of its own")


def test_a_byte_order_mark_is_fine_before_the_first_record_only() -> None:
    _check([b'\xef\xbb\xbf{"a": 1}', b"{}"], name="x", first_line=1)
    with pytest.raises(BadDataError, match="'x:1'"):
        _check([b"\xef\xbb\xbf"], name="x", first_line=1)


def test_a_json_array_in_the_first_line_points_at_import() -> None:
    with pytest.raises(BadDataError) as caught:
        _check([b"[", b'{"a": 1},'], name="x.json", first_line=1)
    assert "dsvc import" in str(caught.value.hint)


def test_blank_is_ascii_white_space_only() -> None:
    assert all(map(is_blank, [b"", b" ", b"\t\r", b"\x0b\x0c"]))
    assert not is_blank("\u3000".encode())


@pytest.mark.parametrize(("name", "said"), [("逾期.jsonl", "-t UTF-8 '逾期.jsonl' >"), ("", "-t UTF-8 FILE >")])
def test_bytes_of_another_encoding_are_told_with_the_command_that_converts_them(name: str, said: str) -> None:
    with pytest.raises(BadDataError) as caught:
        check_record('{"q": "逾期"}'.encode("gb18030"), name=name, line_number=1)
    assert f"iconv -f GB18030 {said}" in str(caught.value.hint)
