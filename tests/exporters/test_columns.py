"""Versions as Parquet and as a folder for ``load_from_disk``: types, splits, and fields that make no column."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dsvc.errors import BadDataError, UsageError
from tests.stories.project import lines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stories.project import Project

pa_parquet = pytest.importorskip("pyarrow.parquet")
ROWS: list[dict[str, Any]] = [{"q": n, "名": "账单", "meta": None} for n in range(1500)]
ROWS += [{"q": 0.5, "meta": {"a": [1]}}, {"meta": {"b": "x"}}]


def test_a_file_with_its_version_inside(project: Project, tmp_path: Path) -> None:
    project.save("data/late.jsonl", lines(*ROWS))
    done = project.repo.export("late@v1.0", "parquet", tmp_path / "late.parquet")
    table = pa_parquet.read_table(tmp_path / "late.parquet")
    assert table.num_rows == done.records == 1502
    assert table.to_pylist()[1501] == {"q": None, "名": None, "meta": {"a": None, "b": "x"}}
    facts = json.loads(table.schema.metadata[b"dsvc"])
    assert (facts["revision"], facts["version"]) == ("late@v1.0", project.repo.version("late@v1.0").id)
    again = project.repo.export("late@v1.0", "parquet", tmp_path / "again.parquet")
    assert again.facts["files"][0]["sha256"] == done.facts["files"][0]["sha256"]


def test_what_makes_no_column_is_named_with_the_way_out(project: Project, tmp_path: Path) -> None:
    project.save("data/mixed.jsonl", lines({"x": "a"}, {"x": [1]}))
    with pytest.raises(BadDataError, match=r"column of 'x': its value at 'data/mixed\.jsonl:2'") as caught:
        project.repo.export("mixed@v1.0", "parquet", tmp_path / "x.parquet")
    assert caught.value.hint == "give it one type throughout, or keep it as JSON text: --json-field 'x'"
    assert not [*tmp_path.glob("*parquet*")]
    project.repo.export("mixed@v1.0", "parquet", tmp_path / "x.parquet", json_fields=["x"])
    assert pa_parquet.read_table(tmp_path / "x.parquet")["x"].to_pylist() == ['"a"', "[1]"]
    project.save("data/bare.jsonl", lines({"x": {}, "y": 1}))
    with pytest.raises(BadDataError, match="empty in every record"):
        project.repo.export("bare@v1.0", "parquet", tmp_path / "y.parquet")


def test_splits_of_a_folder(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    project.write("sets/train-00000-of-00002.jsonl", lines({"text": "一"}))
    project.write("sets/train-00001-of-00002.jsonl", lines({"text": "二"}))
    project.write("sets/easy-test.jsonl", lines({"text": "三", "n": 1}))
    project.keep("sets")
    project.repo.export("sets@v1.0", "datasets", tmp_path / "saved")
    saved = datasets.load_from_disk(str(tmp_path / "saved"))
    assert {split: one.to_list() for split, one in saved.items()} == {
        "train": [{"text": "一", "n": None}, {"text": "二", "n": None}],
        "easy-test": [{"text": "三", "n": 1}],
    }
    project.repo.export("sets@v1.0", "trl", tmp_path / "trl")
    loaded = datasets.load_dataset(str(tmp_path / "trl"), cache_dir=str(tmp_path / "cache"))
    assert {split: one["text"][:] for split, one in loaded.items()} == {"train": ["一", "二"], "easy_test": ["三"]}


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        (1.5, True, "true or false, and numbers"),
        ([1.5], [True], "true or false, and numbers"),
        ({"a": [1, 2.5]}, {"a": [False]}, "true or false, and numbers"),
        (9007199254740993, 2.5, "whole numbers that would be rounded"),
        ("x", "\ud800", "half of a surrogate pair"),
        (1, 2**64 - 1, "more than 64 bits"),
    ],
)
@pytest.mark.parametrize("between", [0, 1000])
def test_values_that_a_column_would_change_are_named(
    project: Project, tmp_path: Path, first: object, second: object, what: str, between: int
) -> None:
    """In one batch of records as well as in two."""
    rows = [first] * (between + 1)
    content = b"".join(json.dumps({"x": value}).encode() + b"\n" for value in (*rows, second))
    project.save("data/n.jsonl", content, allow_findings="as collected")
    for to in ("parquet", "datasets"):
        with pytest.raises(BadDataError, match=rf"column of 'x': its value at 'data/n\.jsonl:{between + 2}'.*{what}"):
            project.repo.export("n@v1.0", to, tmp_path / "out")
    assert not [*tmp_path.glob("out*")]
    if what != "half of a surrogate pair":
        project.repo.export("n@v1.0", "parquet", tmp_path / "x.parquet", json_fields=["x"])
        texts = pa_parquet.read_table(tmp_path / "x.parquet")["x"].to_pylist()
        assert [json.loads(text) for text in (texts[0], texts[-1])] == [first, second]


def test_a_number_without_end_is_refused(project: Project, tmp_path: Path) -> None:
    project.save("data/n.jsonl", b'{"x":1.5}\n{"x":1e400}\n')
    with pytest.raises(BadDataError, match=r"'data/n\.jsonl:2' is a number that no column holds"):
        project.repo.export("n@v1.0", "parquet", tmp_path / "x.parquet")


def test_digits_that_a_column_does_not_keep_are_told(project: Project, tmp_path: Path) -> None:
    project.save("data/n.jsonl", b'{"x":1.10,"y":[0.12345678901234567890123],"z":12345678901234567890.5}\n')
    done = project.repo.export("n@v1.0", "parquet", tmp_path / "x.parquet", json_fields=["z"])
    assert done.written is not None
    assert done.written.rounded_fields == ("y",)
    assert pa_parquet.read_table(tmp_path / "x.parquet").to_pylist()[0]["z"] == "12345678901234567890.5"
    done = project.repo.export("n@v1.0", "parquet", tmp_path / "y.parquet", json_fields=["x", "y", "z"])
    assert done.written is not None
    assert done.written.rounded_fields == ()
    assert pa_parquet.read_table(tmp_path / "y.parquet")["x"].to_pylist() == ["1.10"]


def test_keys_that_a_column_fills_with_null_are_told_by_field(project: Project, tmp_path: Path) -> None:
    records = [{"a": {}, "m": [{"x": 1}, {"名": None}]}, {"a": {"x": 1}, "late": None}, {"a": None, "m": []}]
    project.save("data/filled.jsonl", lines(*records))
    for to in ("parquet", "datasets"):
        done = project.repo.export("filled@v1.0", to, tmp_path / to)
        assert done.written is not None
        assert done.written.absent_fields == ("m", "late")
        assert done.written.filled == {"a": ("a.x",), "m": ("m[].x", "m[].名")}
    done = project.repo.export("filled@v1.0", "parquet", tmp_path / "kept", json_fields=["a", "m"])
    assert done.written is not None
    assert not done.written.filled
    assert pa_parquet.read_table(tmp_path / "kept")["a"].to_pylist() == ["{}", '{"x": 1}', "null"]


def test_what_every_object_has_is_not_told(project: Project, tmp_path: Path) -> None:
    project.save("data/same.jsonl", lines({"a": {"x": None, "y": 1}}, {"a": {"y": 2, "x": "一"}}, {"a": None}))
    done = project.repo.export("same@v1.0", "parquet", tmp_path / "same.parquet")
    assert done.written is not None
    assert (done.written.filled, done.written.absent_fields) == ({}, ())


@pytest.mark.parametrize("levels", [49, 65, 900])
@pytest.mark.parametrize("to", ["parquet", "datasets"])
def test_what_is_nested_too_deeply_for_a_column_is_named(
    project: Project, tmp_path: Path, to: str, levels: int
) -> None:
    deep = b'{"a":' * levels + b"1.10" + b"}" * levels
    project.save("data/deep.jsonl", b'{"x":' + deep + b"}\n")
    with pytest.raises(
        BadDataError, match=r"column of 'x': its value at 'data/deep\.jsonl:1' has more than 48"
    ) as error:
        project.repo.export("deep@v1.0", to, tmp_path / "deep")
    assert error.value.hint is not None
    assert error.value.hint.endswith("--json-field 'x'")
    assert not [*tmp_path.glob("*deep*")]
    project.repo.export("deep@v1.0", to, tmp_path / "deep", json_fields=["x"])
    project.repo.export("deep@v1.0", "csv", tmp_path / "deep.csv")
    assert (tmp_path / "deep.csv").read_bytes().endswith(b"1.10" + b"}" * levels + b'"\r\n')


def test_as_deep_as_a_column_goes_is_read_again(project: Project, tmp_path: Path) -> None:
    project.save("data/deep.jsonl", b'{"x":' + b"[" * 48 + b"1" + b"]" * 48 + b"}\n")
    project.repo.export("deep@v1.0", "parquet", tmp_path / "deep.parquet")
    assert pa_parquet.read_table(tmp_path / "deep.parquet").num_rows == 1


def test_a_field_that_no_record_has_is_refused(project: Project, tmp_path: Path) -> None:
    project.save("data/q.jsonl", lines({"question": 1}))
    for to in ("parquet", "datasets"):
        with pytest.raises(UsageError, match=r"no record of 'q@v1\.0' has the field 'qestion'") as caught:
            project.repo.export("q@v1.0", to, tmp_path / "q", json_fields=["qestion"])
        assert caught.value.hint == "keep it as JSON text: --json-field 'question'"
        assert not [*tmp_path.glob("*q")]
