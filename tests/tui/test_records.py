"""Where records come from and what is found in them, without a terminal."""

from __future__ import annotations

import json
from array import array
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc.conditions.line_text import plain
from dsvc.errors import DsvcError, UsageError
from dsvc.record import is_blank
from dsvc_tui.records import file_source, passes
from dsvc_tui.records.conditions import condition
from dsvc_tui.records.conversation import blocks
from dsvc_tui.records.fields import MISSING, field, steps_of, value_of
from dsvc_tui.records.file_source import FileSource
from dsvc_tui.records.search import Query
from dsvc_tui.records.shape import columns_for, first_text, turn_count
from dsvc_tui.records.version_source import VersionSource
from tests.builders import edited, snapshot_of
from tests.repository.lab import lines

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc_tui.records.source import RecordSource


def go_on(_share: float) -> bool:
    return True


def opened(*paths: Path, cache: Path | None = None) -> FileSource:
    source = FileSource(paths, name="x")
    source.scan(cache, report=go_on)
    return source


def contents(source: RecordSource) -> list[bytes]:
    return [source.content(row) for row in range(len(source))]


def batched(source: RecordSource, first: int = 0) -> list[tuple[int, bytes]]:
    return [(row, line) for start, batch in source.batches(first) for row, line in enumerate(batch, start)]


LINES = st.lists(
    st.sampled_from([b"", b"  ", b"{}", b'{"a": 1}', b"not json", b'{"t": "' + b"x" * 40 + b'"}']), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(LINES, min_size=1, max_size=3), end=st.booleans(), chunk=st.integers(3, 60))
def test_files_hold_the_records_that_are_in_them(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[bytes]], end: bool, chunk: int
) -> None:
    folder = tmp_path_factory.mktemp("files")
    paths = []
    for number, part in enumerate(parts):
        paths.append(folder / f"{number}.jsonl")
        paths[-1].write_bytes(b"\n".join(part) + (b"\n" if end else b""))
    wanted = [line for part in parts for line in part if not is_blank(line)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_source, "CHUNK_BYTES", chunk)
        source = opened(*paths)
        assert contents(source) == wanted
        assert batched(source) == [*enumerate(wanted)]
        assert batched(source, len(wanted) // 2) == [*enumerate(wanted)][len(wanted) // 2 :]
        assert [source.head(row, 5) for row in range(len(source))] == [(line[:5], len(line)) for line in wanted]


def test_windows_line_ends(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b'{"a": 1}\r\n\r\n{"b": 2}\r\n')
    assert contents(opened(tmp_path / "a")) == [b'{"a": 1}', b'{"b": 2}']


def test_offsets_are_kept_until_the_file_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_source, "_KEPT_FROM", 1)
    path, cache = tmp_path / "a", tmp_path / "cache"
    path.write_bytes(lines({"a": 1}, {"a": 2}))
    opened(path, cache=cache)
    with monkeypatch.context() as patch:
        patch.setattr(FileSource, "_scan_file", None)
        assert len(opened(path, cache=cache)) == 2
    path.write_bytes(lines({"a": 1}, {"a": 2}, {"a": 3}))
    assert len(opened(path, cache=cache)) == 3
    next(cache.iterdir()).write_bytes(b"damaged")
    assert len(opened(path, cache=cache)) == 3


def test_a_scan_that_is_stopped_leaves_what_it_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_source, "CHUNK_BYTES", 10)
    (tmp_path / "a").write_bytes(lines(*({"a": number} for number in range(9))))
    source = FileSource([tmp_path / "a"], name="x")
    source.scan(None, report=lambda share: share < 0.5)
    assert not source.complete
    assert 1 < len(source) < 9
    assert contents(source) == [b'{"a": %d}' % number for number in range(len(source))]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DsvcError, match="there is no file"):
        FileSource([tmp_path / "no"], name="x")
    with pytest.raises(DsvcError, match="not a regular file"):
        FileSource([tmp_path], name="x")


def test_a_version_is_read_where_it_lies() -> None:
    old = [b'{"n": %d}' % number for number in range(500)]
    new = [*old[:100], b'{"n": "new"}', *old[101:300], b"", *old[320:]]
    source = VersionSource(edited(snapshot_of(old), new))
    wanted = [line for line in new if line]
    assert contents(source) == wanted
    assert batched(source) == [*enumerate(wanted)]
    assert batched(source, 250) == [*enumerate(wanted)][250:]
    assert [source.head(row, 4) for row in (0, 99, 100, 478)] == [
        (wanted[row][:4], len(wanted[row])) for row in (0, 99, 100, 478)
    ]
    with pytest.raises(IndexError):
        source.head(len(source), 4)


def test_a_version_of_several_files() -> None:
    source = VersionSource(snapshot_of({"d/a.jsonl": b"{}\n[1]\n", "d/b.jsonl": b'{"b": 1}'}))
    assert contents(source) == [b"{}", b"[1]", b'{"b": 1}']
    assert batched(source, 2) == [(2, b'{"b": 1}')]
    assert source.head(2, 100_000) == (b'{"b": 1}', 8)


# Fields and conditions


def test_paths() -> None:
    value = {"a": {"b.c": [1, {"d": None}]}, "x y": 2}
    assert field(value, steps_of('a["b.c"][1].d')) is None
    assert field(value, steps_of("$.x y")) == 2
    assert field(value, steps_of("a.nothing[0]")) is MISSING
    assert field(value, steps_of('a["b.c"][-2]')) == 1
    for wrong in ("", "a[", "$"):
        with pytest.raises(UsageError):
            steps_of(wrong)


def test_values_that_one_parser_refuses() -> None:
    assert value_of(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
    assert value_of(rb'{"a": "\ud800"}') == {"a": "\ud800"}
    assert value_of(b"{") is MISSING


RECORD = json.dumps({"label": "fees", "n": 3, "text": "long text", "none": None, "messages": [{}, {}]}).encode()


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("label=fees", True),
        ("label=fee", False),
        ("label = fees", True),
        ("label!=fees", False),
        ("label~^f.*s$", True),
        ("n>2", True),
        ("n>=3", True),
        ("n<3", False),
        ("n<=3", True),
        ("text>8", True),
        ("#turns=2", True),
        ("#turns>2", False),
        ("#length>10", True),
        ("label>1000", False),
        ("none", True),
        ("!none", False),
        ("!other", True),
        ("other", False),
        ("other=", True),
        ("none=null", True),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    assert condition(text).holds(RECORD) == holds


@pytest.mark.parametrize("text", ["", "=x", "a>b", "a~(", "a[=1"])
def test_conditions_that_mean_nothing(text: str) -> None:
    with pytest.raises(UsageError):
        condition(text)


@given(text=st.text(min_size=1), rest=st.text(), escaped=st.booleans())
def test_a_text_is_found_however_it_is_written(text: str, rest: str, escaped: bool) -> None:
    line = json.dumps({"t": f"{rest}{text}{rest}"}, ensure_ascii=escaped).encode()
    assert plain(text, ignore_case=False)(line)
    assert Query(text).matcher()(line)


@pytest.mark.parametrize(
    ("query", "text"), [("école", "ÉCOLE"), ("école", "École"), ("abc", "xABCx"), ("Привет", "Привет")]
)
def test_small_letters_find_capitals(query: str, text: str) -> None:
    assert Query(query).matcher()(json.dumps({"t": text}, ensure_ascii=False).encode())


def test_capitals_find_capitals_only() -> None:
    assert not Query("Abc").matcher()(b'{"t": "abc"}')


# Passes


@pytest.fixture
def source(tmp_path: Path) -> FileSource:
    values = [{"v": 2}, {"v": "b"}, {}, {"v": 1.5}, {"v": True}, {"v": "a"}, {"v": [1, 2]}, {"v": 2}, {"v": 10**400}]
    (tmp_path / "a").write_bytes(lines(*values))
    return opened(tmp_path / "a")


def test_the_order_of_mixed_values(source: FileSource) -> None:
    found = passes.order(source, "v", go_on)
    assert found is not None
    assert [*found] == [2, 4, 3, 0, 7, 8, 5, 1, 6]


def test_frequencies(source: FileSource, monkeypatch: pytest.MonkeyPatch) -> None:
    found = passes.frequencies(source, "v", lambda row: row < 8, go_on)
    assert found is not None
    assert found.counts[0] == ("2", 2)
    assert (found.missing, found.other, found.records) == (1, 0, 8)
    monkeypatch.setattr(passes, "DIFFERENT_VALUES", 2)
    bounded = passes.frequencies(source, "v", lambda row: row < 8, go_on)
    assert bounded is not None
    assert bounded.counts == [("2", 2), ("b", 1)]
    assert bounded.other == 4


def test_a_pass_waits_for_records_that_are_still_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(lines(*({"v": number} for number in range(5))))
    source = FileSource([tmp_path / "a"], name="x")
    rows: array[int] = array("Q")

    def scan_first(_share: float) -> bool:
        if not source.complete:
            source.scan(None, report=go_on)
        return True

    passes.select(source, lambda row, _line: row % 2 == 0, rows, scan_first)
    assert [*rows] == [0, 2, 4]


def test_a_pass_that_is_stopped_says_so(source: FileSource) -> None:
    assert passes.order(source, "v", lambda _: False) is None
    assert passes.frequencies(source, "v", lambda _: True, lambda _: False) is None


# Shapes

USER = {"role": "user", "content": "u"}


@pytest.mark.parametrize(
    ("value", "roles", "first"),
    [
        ({"instruction": "ask", "input": "", "output": "say"}, ["user", "assistant"], "ask"),
        ({"messages": [{"role": "system", "content": "s"}, USER]}, ["system", "user"], "u"),
        (
            {"conversations": [{"from": "human", "value": "u"}, {"from": "gpt", "value": "a"}]},
            ["user", "assistant"],
            "u",
        ),
        ({"prompt": [USER], "chosen": "c", "rejected": "r"}, ["user", "chosen", "rejected"], "u"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "part"}]}]}, ["user"], "part"),
        ({"messages": ["odd", {"role": "tool", "content": "t"}]}, ["turn", "tool"], "odd"),
        ({"a": 1, "b": "x"}, ["a", "b"], "a 1 · b x"),
        ([1, 2], ["record"], "[1, 2]"),
        ({}, [], "{}"),
    ],
)
def test_shapes(value: object, roles: list[str], first: str) -> None:
    assert [block.role for block in blocks(value)] == roles
    assert first_text(value) == first


def test_columns_are_those_that_tell_most() -> None:
    chat = {"messages": [{}], "label": "a", "source": "x" * 50, "lang": "zh"}
    assert [column.title for column in columns_for([chat])] == ["label", "lang", "turns", "bytes", "record"]
    assert turn_count(chat) == 1
    assert turn_count({"messages": "odd"}) is None
