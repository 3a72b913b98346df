"""Spaces in tables: those of a value stay, those between a delimiter and a quote are no part of one."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.importers import InputFile, read
from dsvc.importers.csv_rows import Rows

if TYPE_CHECKING:
    from pathlib import Path

VALUES = st.text(' ",;\r\na中', max_size=6)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(VALUES, min_size=width, max_size=width), min_size=1, max_size=5)
)


def rows_of(text: str, delimiter: str = ",") -> Rows:
    return Rows(iter(io.StringIO(text, newline="\n")), "a.csv", delimiter, first=1, exact=False)


@given(TABLES, st.sampled_from(",;|^\t"))
def test_what_a_writer_wrote_comes_back(table: list[list[str]], delimiter: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(table)
    rows = rows_of(text.getvalue(), delimiter)
    assert [row for _, row in rows] == table
    assert rows.spaced == 0


@given(TABLES, st.sampled_from(",;|^\t"), st.integers(1, 3))
def test_spaces_before_quotes_are_no_part_of_a_value(table: list[list[str]], delimiter: str, spaces: int) -> None:
    by = delimiter + " " * spaces
    lines = [by.join('"' + value.replace('"', '""') + '"' for value in row) + "\n" for row in table]
    rows = rows_of("".join(lines), delimiter)
    assert [row for _, row in rows] == table
    assert rows.spaced == (len(table) if len(table[0]) > 1 else 0)


@pytest.mark.parametrize(
    ("content", "expected", "told"),
    [
        ("id, text\n1, hello\n", {"id": "1", " text": " hello"}, False),
        ('"name, first",age\nx, 5\n', {"name, first": "x", "age": " 5"}, False),
        ('a,b,c\n ," """, \n', {"a": " ", "b": ' "', "c": " "}, False),
        (' "a","b"\n1,2\n', {' "a"': "1", "b": "2"}, False),
        ('a,b,c\n" ""x""", y , "z"\n', {"a": ' "x"', "b": " y ", "c": "z"}, True),
        (' "a", "b",  c\n "x, y", "2",  3\n', {"a": "x, y", "b": "2", "  c": "  3"}, True),
    ],
)
def test_spaces_go_before_a_quote_only(tmp_path: Path, content: str, expected: dict[str, str], *, told: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content.encode())
    file = InputFile.of(path, "a.csv")
    assert [json.loads(line) for line in read(file)] == [expected]
    assert any("spaces stand between a delimiter and a quote" in sentence for sentence in file.told) == told


def test_a_row_that_is_shorter_without_its_spaces_takes_no_other_with_it() -> None:
    """Strictly read, the second row goes on into the third one."""
    rows = rows_of('x,y\na, "b,"\nc,"d"\ne,f\n')
    assert [*rows] == [(1, ["x", "y"]), (2, ["a", "b,"]), (3, ["c", "d"]), (4, ["e", "f"])]
    assert (rows.spaced, rows.first_spaced) == (1, 2)


def test_names_of_fields_with_spaces_around_them_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("编号, text,label \n1, hello,x\n".encode())
    file = InputFile.of(path, "a.csv")
    assert [*json.loads(next(read(file)))] == ["编号", " text", "label "]
    assert file.told == ["names of fields in 'a.csv' have spaces around them, which were kept: ' text', 'label '"]
