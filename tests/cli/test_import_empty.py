"""A download that failed, or that is another dataset's, does not take a dataset's place without a word."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.cli.conftest import QUESTIONS, write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell

NOTHING = {
    "empty.json": b"",
    "empty.jsonl": b"",
    "empty.csv": b"",
    "empty.parquet": b"",
    "empty.json.gz": gzip.compress(b""),
    "mark.json": b"\xef\xbb\xbf",
    "mark16.jsonl": b"\xff\xfe",
    "blank.jsonl": b"\n \r\n",
    "empty": b"",
}


@pytest.mark.parametrize("name", NOTHING)
def test_an_empty_file_is_refused_everywhere_alike(bank: Shell, name: str) -> None:
    Path(name).write_bytes(NOTHING[name])
    before = Path("data/bank.jsonl").read_bytes()
    refused = f"! error: '{name}' is empty: there are no records in it\n! hint: look at what was to write it\nexit 4\n"
    assert bank("import", name, "--into", "bank", "--source", "x") == refused
    assert bank("import", name, "--as", "data/new.jsonl", "--source", "x") == refused
    assert bank("convert", name, "--to", "openai", "-o", "out.jsonl") == refused
    assert Path("data/bank.jsonl").read_bytes() == before
    assert not Path("data/new.jsonl").exists()
    assert not Path("out.jsonl").exists()


@pytest.mark.parametrize(("name", "text"), [("none.json", "[]\n"), ("none.csv", "instruction,output\n")])
def test_a_source_without_records_does_not_empty_a_dataset(bank: Shell, name: str, text: str) -> None:
    Path(name).write_text(text, "utf-8")
    before = Path("data/bank.jsonl").read_bytes()
    for more in ((), ("--force",), ("--dry-run",)):
        assert bank("import", name, "--into", "bank", "--source", "x", *more) == (
            f"! error: '{name}' holds no records; importing it would take 3 records out of 'bank'\n"
            "! hint: if that is meant: : > data/bank.jsonl && dsvc commit bank -m 'what' --allow-findings 'why'\n"
            "exit 5\n"
        )
    assert Path("data/bank.jsonl").read_bytes() == before
    assert "(0 records)" in bank("import", name, "--as", "data/new.jsonl", "--source", "x")
    Path("data/bank.jsonl").write_bytes(b"")  # what the hint says
    assert "(0 records)" in bank("commit", "bank", "-m", "what", "--allow-findings", "why")


def test_a_split_without_records_does_not_empty_a_file_of_a_folder(shell: Shell) -> None:
    shell("init")
    write_records("set/train.jsonl", *QUESTIONS)
    write_records("set/test.jsonl", QUESTIONS[0])
    shell("commit", "set", "--source", "x", "-m", "first")
    Path("none.json").write_text("[]", "utf-8")
    assert "would take 1 record out of 'set'" in shell("import", "none.json", "--as", "set/test.jsonl", "--source", "x")
    assert len(Path("set/test.jsonl").read_bytes()) > 1


def test_a_source_with_nothing_in_common_is_told(bank: Shell) -> None:
    write_records("zh.jsonl", *({"q": f"问题{n}", "a": "x" * n} for n in range(4)))
    assert bank("import", "zh.jsonl", "--into", "bank", "--source", "x") == snapshot("""\
bank@v1.1  +4 -3  (4 records)
source:     x
annotators: Ann Otter
stored:     110 B of records
! no record of 'zh.jsonl' is like any of the 3 records that 'bank' had; if another dataset was meant: dsvc undo
""")
    bank("undo")
    assert "that 'bank' had\n" in bank("import", "zh.jsonl", "--into", "bank", "--source", "x", "--dry-run")
    write_records("more.jsonl", QUESTIONS[0], {"q": "another"})
    assert "is like any" not in bank("import", "more.jsonl", "--into", "bank", "--source", "x")
    changed = [{**each, "output": each["output"] + "！"} for each in QUESTIONS]
    Path("changed.json").write_text(json.dumps(changed, ensure_ascii=False), "utf-8")
    assert "is like any" not in bank("import", "changed.json", "--into", "bank", "--source", "x")
