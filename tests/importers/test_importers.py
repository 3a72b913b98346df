"""Files in other formats arrive as lines, and what is wrong with them is told with its place."""

from __future__ import annotations

import csv
import gzip
import json
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.errors import BadDataError, NotFoundError, UsageError
from dsvc.exporters.formula import as_meant, harmless
from dsvc.importers import InputFile, compression, format_of, json_array, read
from dsvc.importers.source import parse_split

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXTS = st.text('a"\\{}[],:\r\n 中😀\u2028\x00', max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_an_element_on_one_line_keeps_its_bytes(write: Callable[[str, str | bytes], Path]) -> None:
    path = write("a.json", '[ {"a":1.50,  "a": "\\u4e2d"},\n{"b" : [ 1,2 ]} ]\n')
    assert list(read(path)) == [b'{"a":1.50,  "a": "\\u4e2d"}\n', b'{"b" : [ 1,2 ]}\n']


def test_of_an_indented_element_only_the_breaks_go(write: Callable[[str, str | bytes], Path]) -> None:
    path = write(
        "a.json",
        '[\r\n  {\n    "score": 1.50,\n    "text": "a,\\n b",\n    "tags": [\n      1,\n      2\n    ]\n  }\n]',
    )
    assert list(read(path)) == [b'{"score": 1.50, "text": "a,\\n b", "tags": [1, 2]}\n']


@given(
    records=st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=4),
    indent=st.sampled_from([None, 0, 2]),
    chunk=st.integers(1, 40),
)
def test_any_array_arrives_whole(
    tmp_path_factory: pytest.TempPathFactory, records: list[object], indent: int | None, chunk: int
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.json"
    path.write_text(json.dumps(records, indent=indent, ensure_ascii=False), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compression, "_CHUNK", chunk)
        lines = list(json_array.read(InputFile(path, "a.json")))
    assert [json.loads(line) for line in lines] == records
    assert all(line.count(b"\n") == 1 for line in lines)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1}', "a.json:1': expected a JSON array, column 1"),
        ('[{"a": 1}, 5]', "a.json:1': a record is a JSON object, this is not one, column 12"),
        ('[{"a": 1},\n  {"b" 2}]', "a.json:2': expecting ':' delimiter, column 8"),
        ('[{"a": 1}\n  {"b": 2}]', "a.json:2': expected ',' or ']', column 3"),
        ('[{"a": 1},\n{"b": "x', "a.json:2': the text is not closed, column 7"),
        ('[{"a": 1}', "a.json:1': the array is not closed, column 10"),
        ('[{"a": 1},', "a.json:1': the file ends too early, a record should follow, column 11"),
        ('[{"a": 1},\n  ', "a.json:2': the file ends too early, a record should follow, column 3"),
        ('[{"a": 1}] []', "a.json:1': something follows the array, column 12"),
        ('[{"a": NaN}]', "a.json:1': 'NaN' is not a JSON value, column 2"),
        ('[{"a": "x\ny"}]', "a.json:1': the text is not closed, column 10"),
        ("[" + '{"a":' * 100_000, "a.json:1': nested too deeply, column 2"),
        (b'[{"a": "x"},\n{"a": "caf\xe9"}]', "a.json:2': byte 0xe9 is not valid UTF-8"),
        (b'[{"a": "\xe4\xb8', "a.json:1': byte 0xe4 is not valid UTF-8"),
    ],
)
@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_the_place_of_an_error(
    write: Callable[[str, str | bytes], Path],
    monkeypatch: pytest.MonkeyPatch,
    content: str | bytes,
    message: str,
    chunk: int,
) -> None:
    if chunk == 1 and len(content) > 1000:
        pytest.skip("too many retries to be worth it")
    monkeypatch.setattr(compression, "_CHUNK", chunk)
    with pytest.raises(BadDataError) as caught:
        list(json_array.read(InputFile(write("a.json", content), "a.json")))
    assert message in caught.value.message


def test_jsonl_is_taken_as_it_is(write: Callable[[str, str | bytes], Path]) -> None:
    content = b'\xef\xbb\xbf{"a": 1}\r\n\n{"b": "\xe2\x80\xa8"}'
    assert b"".join(read(write("a.jsonl", content))) == content


def test_a_table(write: Callable[[str, str | bytes], Path]) -> None:
    path = write("a.csv", '\ufeffact,"prompt"\r\n诗人,"写""春""\n的诗, 好吗"\r\n\r\n0010,\r\n')
    assert [json.loads(line) for line in read(path)] == [
        {"act": "诗人", "prompt": '写"春"\n的诗, 好吗'},
        {"act": "0010", "prompt": ""},
    ]


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", "a;b\n1;2,5\n"), ("a.csv", 'a\t"b,c"\n1\t2,5\n'), ("a.tsv", "a\tb;;\n1\t2,5\n")]
)
def test_delimiters(write: Callable[[str, str | bytes], Path], name: str, content: str) -> None:
    (line,) = read(write(name, content))
    assert list(json.loads(line).values()) == ["1", "2,5"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n3\n", "a.csv:3': expected 2 values as in the header, found 1"),
        ('a,b\n"x\ny",2\n3\n', "a.csv:4': expected 2 values"),
        ("a,a\n1,2\n", "a.csv:1': two fields are called 'a'"),
        ("a,\n1,2\n", "a.csv:1': field 2 has no name"),
        ("", "a.csv' is empty"),
        ('a,b\n1,"x\n', "a.csv:2': unexpected end of data"),
        ('a,b\n1,"x"y\n', "a.csv:2': a quote inside of a value is not doubled, column 5, near '1,\"x\"y'"),
        (
            'a,b\n5" tall,"x ""y"""\n第一,"l1\nl2 "q" r\n',
            "a.csv:4': a quote inside of a value is not doubled, column 4",
        ),
    ],
)
def test_tables_that_do_not_fit(write: Callable[[str, str | bytes], Path], content: str, message: str) -> None:
    with pytest.raises(BadDataError) as caught:
        list(read(write("a.csv", content)))
    assert message in caught.value.message


def test_a_value_of_many_chunks_with_line_breaks_here_and_there(write: Callable[[str, str | bytes], Path]) -> None:
    text = "账单" * 300_000 + "\n" + "x" * 3_000_000
    path = write("t.csv", f'q,a\r\n"{text}",1\r\n2,"3\n"\n')
    assert [json.loads(line) for line in read(path)] == [{"q": text, "a": "1"}, {"q": "2", "a": "3\n"}]


def test_what_export_protects_comes_back(write: Callable[[str, str | bytes], Path]) -> None:
    path = write("a.csv", "'@x,b\r\n'=1+1,'-5\r\n''=1,'t was\r\n")
    assert [json.loads(line) for line in read(path)] == [{"@x": "=1+1", "b": "-5"}, {"@x": "'=1", "b": "'t was"}]


@given(st.text("'=+-@\t\rx", max_size=6))
def test_every_text_comes_back_from_a_spreadsheet(text: str) -> None:
    assert as_meant(harmless(text)) == text


def test_objects_behind_one_another(write: Callable[[str, str | bytes], Path]) -> None:
    """As ``jq .`` and easy-dataset write them: no array around them, and no record on a line of its own."""
    path = write("a.json", '{\n  "a": 1.50,\n  "b": "中"\n}\n\n{\n  "a": [\n    1\n  ]\n}')
    assert format_of(path) == "json-objects"
    assert list(read(path)) == ['{"a": 1.50, "b": "中"}\n'.encode(), b'{"a": [1]}\n']
    with pytest.raises(BadDataError, match=r"cannot read '.*b\.json:3': expecting ',' delimiter"):
        list(read(write("b.json", '{\n  "a": 1\n  "b": 2\n}\n')))
    with pytest.raises(BadDataError, match=r"c\.json:4': a record is a JSON object, this is not one, column 1"):
        list(read(write("c.json", '{\n  "a": 1\n}\n7\n')))


def test_a_file_called_jsonl_stays_one(write: Callable[[str, str | bytes], Path]) -> None:
    assert format_of(write("a.jsonl", '{\n  "a": 1\n}\n')) == "jsonl"


def test_an_array_called_jsonl(write: Callable[[str, str | bytes], Path]) -> None:
    assert list(read(write("a.jsonl", '[{"a": 1}]'))) == [b'{"a": 1}\n']
    assert list(read(write("b.jsonl", "[1]\n"), "jsonl")) == [b"[1]\n"]


def test_the_format_of_a_file(write: Callable[[str, str | bytes], Path]) -> None:
    assert format_of(write("a.json", " \n[]")) == "json"
    assert format_of(write("b.json", '\ufeff{"a": 1}\n{"a": 2}\n')) == "jsonl"
    assert format_of(write("c.ndjson", "")) == "jsonl"
    assert format_of(write("d.TSV", "")) == "tsv"
    assert format_of(write("e.txt", "[1]")) == "json"
    with pytest.raises(UsageError, match="cannot tell the format"):
        format_of(write("f.bin", b"\x00\x01"))


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read(tmp_path / "none.json")
    (tmp_path / "a.xls").touch()
    with pytest.raises(UsageError, match="not a format"):
        read(tmp_path / "a.xls", "xls")


def test_tables_with_bars_and_with_another_delimiter_in_their_texts(write: Callable[[str, str | bytes], Path]) -> None:
    file = InputFile(write("a.csv", "id|text, as said\n1|a, b\n2|c\n"), "a.csv")
    assert [json.loads(line) for line in read(file)] == [
        {"id": "1", "text, as said": "a, b"},
        {"id": "2", "text, as said": "c"},
    ]
    assert file.told == ["the values in 'a.csv' are separated by bars (|)"]


def test_objects_behind_one_another_on_one_line(write: Callable[[str, str | bytes], Path]) -> None:
    assert list(read(write("a.json", '{"a": 1}{"a": 2} {"a": 3}'))) == [b'{"a": 1}\n', b'{"a": 2}\n', b'{"a": 3}\n']
    assert list(read(write("b.json", '{"a": 1,\n "b": 2}\n{"a": 3}'))) == [b'{"a": 1, "b": 2}\n', b'{"a": 3}\n']


def test_a_single_column_says_nothing_of_delimiters(write: Callable[[str, str | bytes], Path]) -> None:
    for name in ("a.tsv", "a.csv"):
        file = InputFile(write(name, "text\na, b; c\n" if name == "a.tsv" else 'text\n"a, b; c"\n'), name)
        assert [json.loads(line) for line in read(file)] == [{"text": "a, b; c"}]
        assert file.told == []


def test_a_pointer_of_git_lfs_is_no_data(write: Callable[[str, str | bytes], Path]) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    for name in ("a.csv", "a.parquet", "a.jsonl"):
        with pytest.raises(BadDataError, match="is only a pointer"):
            read(write(name, pointer))


@pytest.mark.parametrize(
    ("table", "by"),
    [
        ("sep=;\r\na;b\r\n1;2,5\r\n", "semicolons"),
        ("\ufeffsep=^\na^b\n1^2,5\n", "'^'"),
        ("SEP=\t\na\tb\n1\t2,5\n", "tabs"),
    ],
)
def test_a_first_line_may_say_how_values_are_separated(
    write: Callable[[str, str | bytes], Path], table: str, by: str
) -> None:
    file = InputFile.of(write("a.csv", table), "a.csv")
    assert list(read(file)) == [b'{"a": "1", "b": "2,5"}\n']
    assert file.told == [f"the values in 'a.csv' are separated by {by}, as its first line says"]


def test_lines_below_what_excel_is_told_keep_their_numbers(write: Callable[[str, str | bytes], Path]) -> None:
    path = write("a.csv", "sep=;\na;b\n1;2\n1;2;3\n")
    with pytest.raises(BadDataError, match=r"a\.csv:4': expected 2 values"):
        list(read(path))
    assert list(read(write("b.csv", "sep=x\n1\n"))) == [b'{"sep=x": "1"}\n']


@pytest.mark.parametrize(
    ("content", "records", "lines"),
    [
        (
            'a,b\n1,2\n"x, y", "say ""no"", or, not"\n3,4\n',
            [["1", "2"], ["x, y", 'say "no", or, not'], ["3", "4"]],
            "3",
        ),
        ('a,b\n"x",  "two\nlines, "\n3,4\n', [["x", "two\nlines, "], ["3", "4"]], "2"),
        ('"a", "b"\n"x", "y"\n', [["x", "y"]], "1"),
        ('a;b\n"x"; "y"\n1;2\n', [["x", "y"], ["1", "2"]], "2"),
    ],
)
def test_spaces_between_a_comma_and_a_quote(
    write: Callable[[str, str], Path], content: str, records: list[list[str]], lines: str
) -> None:
    file = InputFile.of(write("a.csv", content), "a.csv")
    assert [list(json.loads(line).values()) for line in read(file)] == records
    assert [*json.loads(next(read(file)))] == ["a", "b"]
    (told,) = [sentence for sentence in file.told if "quote" in sentence]
    assert f"line {lines})" in told
    assert "--from csv-raw" in told


@pytest.mark.parametrize(
    "row",
    ['5, "6" inch', '5, "open', '5, said "x"', "5, 6", '"x, ""y"", z",6', '5," ""y"""', '5, "open' + "\n1,2" * 300],
)
def test_spaces_that_belong_to_a_value(write: Callable[[str, str], Path], row: str) -> None:
    content = f"a,b\n{row}\n7,8\n"
    file = InputFile.of(write("a.csv", content), "a.csv")
    assert [json.loads(line) for line in read(file)] == [*csv.DictReader(content.splitlines(keepends=True))]
    assert not [sentence for sentence in file.told if "quote" in sentence]


def test_lines_of_fasttext_are_refused_with_a_way_out(write: Callable[[str, str], Path]) -> None:
    path = write("ft.txt", "__label__挂失 __label__急 卡丢了 __label__x\nno label\n")
    with pytest.raises(BadDataError, match="written for fastText") as caught:
        list(read(path, name="ft.txt"))
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("of Doccano export JSONL; else make records of its lines: jq -cR '")
    command = caught.value.hint.partition("lines: ")[2].partition(" > ")[0]
    if shutil.which("jq") is not None:
        made = subprocess.run(shlex.split(command), cwd=path.parent, check=True, capture_output=True).stdout
        assert [json.loads(line) for line in made.splitlines()] == [
            {"text": "卡丢了 __label__x", "label": ["挂失", "急"]},
            {"text": "no label", "label": []},
        ]
    packed = path.with_name("ft.txt.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(BadDataError) as caught:
        list(read(packed))
    assert caught.value.hint == "of Doccano export JSONL; else unpack it first"


def test_rows_as_they_are_where_that_was_asked(write: Callable[[str, str], Path]) -> None:
    path = write("a.csv", 'a,b\n1, "2"\n')
    assert [*read(path, "csv-raw")] == [b'{"a": "1", "b": " \\"2\\""}\n']
    with pytest.raises(BadDataError, match=r"a\.csv:2': expected 2 values as in the header, found 3"):
        [*read(write("a.csv", 'a,b\n1, "2,3"\n'), "csv-raw")]


def test_a_range_that_ends_before_it_begins_is_told() -> None:
    assert parse_split("train[1:2]") == ("train", 1, 2)
    with pytest.raises(UsageError, match=r"'train\[2:1\]' holds no records: it ends at 1, and begins at 2") as caught:
        parse_split("train[2:1]")
    assert caught.value.hint == "--split 'train[1:2]'"
