"""``dsvc stats`` as it is typed."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from inline_snapshot import snapshot

from dsvc.cli.diagnostics import run
from dsvc.render.safe_text import cell_width
from tests.repository.lab import Lab, lines

QUESTIONS = [{"q": f"第{n}个问题", "label": "逾期" if n % 4 else "fees"} for n in range(12)]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A dataset of which the second version has six records more of one class."""
    made = Lab.over("git", tmp_path)
    made.save(lines(*QUESTIONS), source="银行手册")
    made.save(lines(*QUESTIONS, *QUESTIONS[:1] * 6), source="hotline")
    monkeypatch.chdir(tmp_path)
    return made


@pytest.mark.usefixtures("lab")
def test_one_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stats", "v1.0"]) == 0
    assert capsys.readouterr().out == snapshot("""\
medical@v1.0  12 records, 500 B

                          least  5 %  median  95 %  most
  characters                  8    8       8    10    10  █    ▂    ▃
  tokens                      6    6       7     7     7  ▃       █
  q characters                5    5       5     6     6  █       ▂

  language  1 value
    zh                     100.0%        12  ████████████████████████

  source  1 value
    银行手册               100.0%        12  ████████████████████████

  label  2 values
    逾期                    75.0%         9  ██████████████████
    fees                    25.0%         3  ██████
""")


def test_what_some_records_have_is_told_with_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And values of other types, which are in no other line."""
    monkeypatch.chdir(tmp_path)
    records: list[dict[str, Any]] = [
        {"instruction": f"问题 {n:04}", "input": "", "output": "x" * n} for n in range(1200)
    ]
    records[3] = {"instruction": "问题", "input": 7, "ouput": "y" * 54}
    records[5] = {"instruction": "问题", "input": ["a"], "output": None, "很长很长的字段名": "z"}
    Path("new.jsonl").write_bytes(lines(*records))
    assert run(["stats", "new.jsonl"]) == 0
    told = capsys.readouterr().out
    assert max(map(cell_width, told.splitlines())) <= 80
    assert told == snapshot("""\
new.jsonl  1,200 records, 789 kB

                               records  least  5 %  median   95 %   most
  characters                     1,200      6   68     608  1,148  1,208  ██████
  tokens                         1,200      3   19     154    289    304  ██████
  instruction characters         1,200      2    7       7      7      7  ▁    █
  input characters               1,198      0    0       0      0      0  █
  output characters              1,198      0   61     600  1,140  1,199  ██████
  ouput characters                   1     54   54      54     54     54  █
  很长很长的字段名 characters        1      1    1       1      1      1  █

  language  2 values
    zh+latin                99.9%     1,199  ████████████████████████
    zh                       0.1%         1  ▏

  source  1 value
    none                   100.0%     1,200  ████████████████████████

  not in all records, or of several types  4 fields
    input                   1,200  text 1,198 · list 1 · number 1
    output                  1,199  text 1,198 · null 1
    ouput                       1  text
    很长很长的字段名            1  text
""")
    Path("old.jsonl").write_bytes(lines(*records[10:]))
    assert run(["stats", "old.jsonl", "new.jsonl"]) == 0
    told = capsys.readouterr().out
    assert "  ouput characters        0.001  none   median – -> 54 · in 0 -> 1 records\n" in told


@pytest.mark.usefixtures("lab")
def test_two_versions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["stats", "v1.0..v1.1"]) == 0
    told = capsys.readouterr().out
    assert told == snapshot("""\
medical@v1.0 .. medical@v1.1
  records  12 -> 18   bytes  500 B -> 740 B

                          drift
  source                  0.333  large  银行手册 100.0% -> 66.7% · hotline 0.0% -> 33.3%
  characters              0.250  large  median 8 -> 9
  tokens                  0.250  large  median 7 -> 6
  label                   0.250  large  fees 25.0% -> 50.0% · 逾期 75.0% -> 50.0%
  q characters            0.056  some   median 5 -> 5
  language                0.000  none

  0: the same, 1: nothing in common; of all records, with a feature or without
""")
    assert run(["stats", "medical@v1.0", "medical@v1.1"]) == 0
    assert capsys.readouterr().out == told
    assert run(["stats", "v1.0", "v1.1", "--json"]) == 0
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["type"] for each in objects[:2]] == ["statistics", "statistics"]
    figures = {each["feature"]: each["drift"] for each in objects if each["type"] == "shift"}
    assert figures["label"] == 0.25  # 3 of 12 were fees, 9 of 18 are


def test_any_file_outside_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "train.jsonl").write_bytes(lines(*QUESTIONS))
    monkeypatch.chdir(tmp_path)
    assert run(["stats", "train.jsonl"]) == 0
    assert "train.jsonl  12 records" in capsys.readouterr().out
    assert run(["stats", "missing.jsonl"]) == 3
    assert capsys.readouterr().err.startswith("error: ")


def test_lines_that_are_not_measured_are_named_as_validate_finds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad set.jsonl").write_bytes(b'{"a": 1}\n{"a": }\n{"a": "\xff"}\n')
    assert run(["stats", "bad set.jsonl"]) == 0
    told = capsys.readouterr().out.splitlines()[1]
    command = "dsvc validate 'bad set.jsonl' --only syntax --only encoding"
    assert told == f"  2 lines are not JSON and not measured: {command}"
    assert run(shlex.split(command)[1:]) == 1
    assert "3 records, 2 errors" in capsys.readouterr().out


def test_figures_of_millions_stand_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "long.jsonl").write_bytes(lines({"a": "x" * 12_345_678}))
    assert run(["stats", "long.jsonl"]) == 0
    [head, row, *_] = capsys.readouterr().out.splitlines()[2:]
    assert row.split()[:4] == ["characters", *["12,345,678"] * 3]
    assert head.index("least") + len("least") == row.index("12,345,678") + len("12,345,678")
