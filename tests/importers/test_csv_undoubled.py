"""Quotes inside of values that are not doubled: read where there is one way to, and refused otherwise."""

from __future__ import annotations

import csv
import io
import sys
from itertools import repeat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.errors import BadDataError
from dsvc.importers import InputFile, read
from dsvc.importers.csv_rows import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

VALUES = st.text('" ,;\r\na中', max_size=6)
WORDS = st.lists(st.sampled_from(['"', '""', ",", ", ", "\n", "\r\n", "a", " 中", '","', '"\n"']), max_size=6)


def tables(values: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    return st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(values, min_size=width, max_size=width), min_size=1, max_size=5)
    )


TEXTS = (
    st.lists(st.sampled_from(['a"b', '"a', '中"', ",", ", ", "x", '",', ',"']), max_size=6)
    .map("".join)
    .filter(lambda text: '""' not in text)
)
DAMAGED = st.lists(
    st.sampled_from(['"', '""', ",", '",', ',"', "\n", "\r\n", '"\n', "a", "b c", ", ", '","', '"\n"']), max_size=25
)


def rows_of(text: str, delimiter: str = ",", *, exact: bool = False) -> Rows:
    return Rows(iter(io.StringIO(text, newline="\n")), "a.csv", delimiter, first=1, exact=exact)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ('1,"is "Taco Truck""\n', [["1", 'is "Taco Truck"']]),
        ('1,"is "Taco Truck""', [["1", 'is "Taco Truck"']]),
        ('1,"is "Taco Truck""\r\n2,"x"\r\n', [["1", 'is "Taco Truck"'], ["2", "x"]]),
        ('""a" b","c "d""\n"",e\n', [['"a" b', 'c "d"'], ["", "e"]]),
        ('"","say "x""\n', [["", 'say "x"']]),
        ('1,"say "hi", she said"\n2,3\n', [["1", 'say "hi", she said'], ["2", "3"]]),
        ('"x "y",b,c",1\n', [['x "y",b,c', "1"]]),
        ('1,"{"a": 1,"b": 2}"\n', [["1", '{"a": 1,"b": 2}']]),
        ('1,"5" pipe"\n2,"a "b" 24""\n3,x\n', [["1", '5" pipe'], ["2", 'a "b" 24"'], ["3", "x"]]),
        ('1,"he said "hi"\r\nand left"\n\n2,b\n', [["1", 'he said "hi"\r\nand left'], ["2", "b"]]),
        ('1,"x "y" z"\n2,"l1\n\nl, "" 2"\n', [["1", 'x "y" z'], ["2", 'l1\n\nl, " 2']]),
    ],
)
def test_what_can_be_meant_in_one_way_only(rows: str, expected: list[list[str]]) -> None:
    assert [row for _, row in rows_of("a,b\n" + rows)][1:] == expected
    with pytest.raises(BadDataError, match="not doubled"):
        list(rows_of("a,b\n" + rows, exact=True))


MISSING = [
    '1,"hello\n2,"world"\n3,x\n',
    '1,"hello, you\n2,"wo, rld"\n3,x\n',
    '1,"hello\n2, "wo, rld"\n3,x\n',
    '1,"hello\n2,5" pipe\n3,"x"\n',
    '1,"hello\n2,"x\ny"\n',
    '1,"hello\n2,x\n3,"y, "z""\n',
]
NEITHER = [
    '1,"x"y\n2,"z"\n',  # does its value begin with a quote, or is the second one too many?
    '1,"he said ""\n',  # the file may have been cut off
    '1,"he said "hi"\nand left, crying"\n2,x\n',  # the second line could be a row
    '1,"x "y" z"\n2\n',
    '1,"x "y" z"\n2,5" pipe\n',
    '"x","say "hi","bye" now"\n',
    '"x","say "hi","y"\n',
    '1,"a "b" c"d\n',
    '"a" ,"b"\n',
]


@pytest.mark.parametrize("rows", [*MISSING, *NEITHER])
def test_what_is_missing_a_quote_or_does_not_fit_is_refused(rows: str) -> None:
    with pytest.raises(BadDataError, match=r"a.csv:\d+': a quote inside of a value is not doubled, column \d+, near"):
        list(rows_of("a,b\n" + rows))


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("a,b\n", '1,"a ""b"" "c""\n'),
        ("a,b\n", '"a ""b""","c "d""\n'),
        ("a,b\n", '1,"x "" "y""\n'),
        ("a,b\n", '1,"is 24""\n2,x\n3,"y"\n'),  # a quote that is doubled, and none at the end?
        ("a,b\n", 'b,""a, ok"\n'),  # the end of a value of which the line before was read as a row?
        ("a,b,c\n", '""",,\n""","a"b",""\n'),
        ("a,b,c\n", '"a",1,"b "x" b",2,"c"\n'),
    ],
)
def test_what_can_be_read_in_several_ways_is_refused_with_that(header: str, row: str) -> None:
    with pytest.raises(BadDataError, match=r"a\.csv:2': .* column .*, and this row can be read in several ways"):
        list(rows_of(header + row + "1" + ",2" * header.count(",") + "\n"))


def test_a_header_is_not_guessed() -> None:
    with pytest.raises(BadDataError, match=r"a\.csv:1': a quote inside of a value is not doubled"):
        list(rows_of('a,"b "c"\n1,2\n'))


def test_a_row_of_one_column_is_not_guessed() -> None:
    with pytest.raises(BadDataError, match=r"a\.csv:2': a quote inside of a value is not doubled"):
        list(rows_of('a\n"say "hi" to all"\n'))


def test_quotes_within_values_that_have_none_around_them_stay_as_ever() -> None:
    rows = rows_of('a,b\nx "y" z,5" tall\n')
    assert [*rows] == [(1, ["a", "b"]), (2, ['x "y" z', '5" tall'])]
    assert rows.undoubled == 0


def test_a_row_of_very_many_lines_is_not_looked_through() -> None:
    def lines(count: int) -> Iterator[str]:
        yield from ("a,b\n", '1,"x "y"\n')
        yield from repeat("and so on\n", count)
        yield from ('the end"\n', "2,z\n")

    def read_all(count: int) -> int:
        return len([*Rows(lines(count), "a.csv", ",", first=1, exact=False)])

    assert read_all(198) == 3
    with pytest.raises(BadDataError, match=r"a\.csv:2'"):
        read_all(199)
    with pytest.raises(BadDataError, match=r"a\.csv:2'"):
        read_all(sys.maxsize)


def test_it_is_told_where_the_first_one_is(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,"l1\nl2 "q" r"\n2,3\n4,"5" x"\n', "utf-8")
    file = InputFile.of(path, "a.csv")
    assert len([*read(file)]) == 3
    assert file.told == [
        "in 2 rows of 'a.csv' (the first: line 3, column 4, near 'l2 \"q\" r\"') quotes inside of a value are not "
        "doubled; they were kept as text (to refuse such rows: --from csv-raw)"
    ]


@given(
    tables(VALUES | WORDS.map("".join)),
    st.sampled_from(",;|^\t"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
)
def test_what_is_valid_is_read_as_ever(table: list[list[str]], delimiter: str, quoting: int) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows(table)  # type: ignore[arg-type]
    rows = rows_of(text.getvalue(), delimiter)
    assert [row for _, row in rows] == table
    assert rows.undoubled == 0


@given(DAMAGED.map("".join), st.sampled_from(["a\n", "a,b\n", "a,b,c\n"]))
def test_no_character_is_lost_and_no_row_swallowed(text: str, header: str) -> None:
    rows = rows_of(header + text)
    try:
        taken = [*rows]
    except BadDataError:
        return
    lines = io.StringIO(header + text, newline="\n").readlines()
    ends = [*(line - 1 for line, _ in taken[1:]), len(lines)]
    loose = 0
    for (first, row), end in zip(taken, ends, strict=True):
        own = lines[first - 1 : end]
        if strictly(own) == row:
            continue
        loose += bool(rows.undoubled)
        assert not rows.undoubled or len(row) == len(taken[0][1])
        if not rows.spaced:
            assert written(row, "".join(own))
            assert not any(line.count(",") == header.count(",") and line.strip() for line in content_of(own)[1:])
    assert loose >= min(rows.undoubled, 1)


def content_of(lines: Sequence[str]) -> list[str]:
    """Without the empty lines behind a row."""
    own = list(lines)
    while own and not own[-1].strip("\r\n"):
        own.pop()
    return own


def strictly(lines: Sequence[str]) -> list[str] | None:
    try:
        return next(csv.reader(lines, strict=True), None)
    except csv.Error:
        return None


def written(row: list[str], text: str) -> bool:
    """Whether the text is that of these values, each with quotes around it or not, and nothing else."""
    begins = {0}
    for number, value in enumerate(row):
        by = "," if number + 1 < len(row) else ""
        forms = (value + by, f'"{value}"{by}')
        begins = {begin + len(form) for begin in begins for form in forms if text.startswith(form, begin)}
    return any(not text[begin:].strip("\r\n") for begin in begins)


@given(tables(st.text('" ,a中', max_size=6)), st.data())
def test_a_table_with_one_value_that_is_not_doubled_is_read_as_meant_or_refused(
    table: list[list[str]], data: st.DataObject
) -> None:
    row = data.draw(st.sampled_from(table))
    column = data.draw(st.integers(0, len(row) - 1))
    row[column] = data.draw(TEXTS)
    header = [f"f{place}" for place in range(len(row))]
    lines = [
        ",".join(f'"{value}"' if one is row and place == column else doubled(value) for place, value in enumerate(one))
        for one in [header, *table]
    ]
    rows = rows_of("\n".join(lines) + "\n")
    try:
        taken = [one for _, one in rows]
    except BadDataError:
        return
    fits = all(len(one) == len(header) for one in taken)  # import refuses the table otherwise
    assert rows.undoubled == 0 or not fits or taken == [header, *table]


def doubled(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'
