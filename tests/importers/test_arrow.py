"""Parquet and Arrow become lines: each type by a written rule, or refused by its column."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from dsvc.errors import BadDataError
from dsvc.importers import InputFile, read

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

if TYPE_CHECKING:
    from pathlib import Path


def table() -> Any:
    return pa.table(
        {
            "text": ["逾期", None],
            "big": pa.array([2**64 - 1, 0], pa.uint64()),
            "score": [1.5, float("nan")],
            "price": pa.array([Decimal("1.50"), None], pa.decimal128(5, 2)),
            "day": [dt.date(2025, 1, 2)] * 2,
            "at": pa.array([dt.datetime(2025, 1, 2, 3, 4, 5)] * 2, pa.timestamp("ns", "Asia/Shanghai")),
            "took": [dt.timedelta(days=1, seconds=2)] * 2,
            "raw": [b"\xff\x00", b""],
            "turns": [[{"role": "user", "n": None}], []],
            "tags": pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())),
            "label": pa.array(["x", "y"]).dictionary_encode(),
        }
    )


def test_each_type_has_its_rule(tmp_path: Path) -> None:
    pq.write_table(table(), tmp_path / "a.parquet")
    file = InputFile(tmp_path / "a.parquet", "a.parquet")
    first, second = read(file)
    assert first.decode() == (
        '{"text":"逾期","big":18446744073709551615,"score":1.5,"price":1.50,"day":"2025-01-02",'
        '"at":"2025-01-02T11:04:05+08:00","took":"P1DT2S","raw":"/wA=","turns":[{"role":"user","n":null}],'
        '"tags":{"k":1},"label":"x"}\n'
    )
    assert json.loads(second)["score"] is None
    assert file.told == [
        "column 'raw' of 'a.parquet' is binary: it became text in base64",
        "NaN in column 'score' of 'a.parquet' became null: JSON has no such number",
    ]


def test_floats_of_32_bits_are_as_short_as_they_are(tmp_path: Path) -> None:
    single, numbers = pa.float32(), [0.1, None, 3.4e38, 1e-45, 16777216.0]
    columns = {
        "x": pa.array(numbers, single),
        "list": pa.array([[0.1, None]] * 5, pa.list_(single)),
        "pair": pa.array([[0.1, 0.7]] * 5, pa.list_(single, 2)),
        "inside": pa.array([{"a": [{"b": 0.1}]}] * 5, pa.struct([("a", pa.list_(pa.struct([("b", single)])))])),
        "map": pa.array([[("k", 0.1)]] * 5, pa.map_(pa.string(), single)),
        "coded": pa.array([0.1] * 5, single).dictionary_encode(),
        "double": [0.10000000149011612] * 5,
    }
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as out:
        rows = pa.table(columns)
        with pa.ipc.new_file(out, rows.schema) as writer:
            writer.write_table(rows)
    made = [json.loads(line) for line in read(tmp_path / "a.arrow")]
    assert [each["x"] for each in made] == numbers
    assert made[0] == {
        "x": 0.1,
        "list": [0.1, None],
        "pair": [0.1, 0.7],
        "inside": {"a": [{"b": 0.1}]},
        "map": {"k": 0.1},
        "coded": 0.1,
        "double": 0.10000000149011612,
    }
    assert pa.array([each["x"] for each in made], single).equals(columns["x"])


def test_files_streams_and_compressed_ones_are_the_same(tmp_path: Path) -> None:
    rows = table()
    pq.write_table(rows, tmp_path / "a.parquet")
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as out, pa.ipc.new_file(out, rows.schema) as writer:
        writer.write_table(rows)
    with pa.OSFile(str(tmp_path / "b.arrow"), "wb") as out, pa.ipc.new_stream(out, rows.schema) as writer:
        writer.write_table(rows)
    (tmp_path / "c.parquet.gz").write_bytes(gzip.compress((tmp_path / "a.parquet").read_bytes()))
    want = list(read(tmp_path / "a.parquet"))
    assert all(list(read(tmp_path / name)) == want for name in ("a.arrow", "b.arrow", "c.parquet.gz"))


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array([1], pa.timestamp("ns")), "column 'x': casting from .* would lose data"),
        (pa.array([1.0, float("inf")]), "record 2, column 'x': an infinite number"),
        (pa.array([[(1, 2)]], pa.map_(pa.int64(), pa.int64())), "column 'x' has the type map<int64, int64"),
        (pa.array([[("a", 2), ("a", 3)]], pa.map_(pa.string(), pa.int64())), "duplicate key"),
    ],
)
def test_what_json_has_no_place_for(tmp_path: Path, column: Any, message: str) -> None:
    pq.write_table(pa.table({"x": column}), tmp_path / "a.parquet")
    with pytest.raises(BadDataError, match=message):
        list(read(tmp_path / "a.parquet"))


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    pq.write_table(table(), tmp_path / "a.parquet")
    (tmp_path / "a.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:500])
    with pytest.raises(BadDataError, match=r"cannot read '.*a\.parquet': "):
        list(read(tmp_path / "a.parquet"))
