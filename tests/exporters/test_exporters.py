"""Versions go into other formats; what a spreadsheet would run is made harmless."""

from __future__ import annotations

import csv
import io
import json

import pytest

from dsvc.errors import UsageError
from dsvc.exporters import write
from tests.builders import snapshot_of


def exported(content: bytes, format_name: str, *, raw: bool = False) -> tuple[str, int]:
    out = io.BytesIO()
    written = write(snapshot_of(content), out, format_name, raw=raw)
    return out.getvalue().decode(), written.records


def test_jsonl_is_byte_exact() -> None:
    content = b'\xef\xbb\xbf{"a": 1.50}\r\n\n{"b":2}'
    out = io.BytesIO()
    assert write(snapshot_of(content), out, "jsonl").records == 2
    assert out.getvalue() == content


def test_an_array_keeps_how_records_are_written() -> None:
    text, count = exported(b'\xef\xbb\xbf{"a": 1.50}\r\n\n{"b":2}', "json")
    assert (text, count) == ('[\n  {"a": 1.50},\n  {"b":2}\n]\n', 2)
    assert exported(b"", "json") == ("[]\n", 0)


def test_a_table() -> None:
    lines = b'{"text": "a,\\n\\"b\\"", "n": 1.50, "ok": true}\n'
    lines += '{"n": null, "tags": ["x", 1.0], "m": [{"a": "中"}]}\n'.encode()
    text, count = exported(lines, "csv")
    assert count == 2
    assert list(csv.reader(io.StringIO(text))) == [
        ["text", "n", "ok", "tags", "m"],
        ['a,\n"b"', "1.50", "true", "", ""],
        ["", "", "", '["x",1.0]', '[{"a": "中"}]'],
    ]
    assert exported(b"", "csv") == ("", 0)


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_texts_that_a_spreadsheet_would_run(text: str) -> None:
    line = json.dumps({text: text}).encode()
    assert next(csv.reader(io.StringIO(exported(line, "csv")[0], newline=""))) == ["'" + text]
    assert next(csv.reader(io.StringIO(exported(line, "csv", raw=True)[0], newline=""))) == [text]
    assert exported(b'{"n": -1}', "csv")[0] == "n\r\n-1\r\n"


def test_unknown_formats() -> None:
    with pytest.raises(UsageError, match="'trl' is not a format of one file"):
        exported(b"", "trl")
