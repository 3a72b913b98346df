"""Which version an unknown file is, as it is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.cli.conftest import QUESTIONS, write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_two_versions_that_are_equally_near(bank: Shell) -> None:
    write_records("data/bank.jsonl", *QUESTIONS[:2], {"instruction": "n", "output": "m"})
    bank("commit", "bank", "-m", "another one", "--source", "s")
    write_records("found.jsonl", *QUESTIONS[:2], {"instruction": "x", "output": "y"})
    assert bank("identify", "found.jsonl") == snapshot("""\
bank@v1.1  +1 -1
as near as that: bank@v1.0
2 of its 3 records as there; the version has 3
see the differences: dsvc diff bank@v1.1 found.jsonl
""")
    bank("rollback", "bank@v1.0", "-m", "back")
    write_records("same.jsonl", *QUESTIONS)
    assert bank("identify", "same.jsonl") == snapshot("""\
bank@v1.2  byte for byte
as near as that: bank@v1.0
""")


def test_an_object_around_the_records(bank: Shell) -> None:
    Path("api.json").write_text(json.dumps({"data": {"my rows": QUESTIONS}}), encoding="utf-8")
    assert bank("identify", "api.json") == snapshot("""\
! error: 'api.json' is one object around a list: its 'data.my rows' holds 3 objects
! hint: take the list out first: jq -c '."data"."my rows"[]' api.json > records.jsonl
exit 4
""")


@pytest.mark.parametrize(
    "words",
    [
        ("identify", ""),
        ("identify", " "),
        ("import", "", "--as", "x"),
        ("export", "", "-o", "x.json"),
        ("export", "v1.0", "-o", ""),
        ("diff", ""),
        ("show", ""),
        ("log", ""),
        ("cat", ""),
        ("status", ""),
        ("describe", ""),
        ("checkout", ""),
        ("restore", ""),
        ("rollback", ""),
        ("rm", ""),
        ("fsck", ""),
        ("blame", ""),
        ("convert", "", "--to", "openai"),
        ("adopt", ""),
        ("commit", ""),
        ("push", ""),
    ],
)
def test_an_empty_name_is_wrong_usage(bank: Shell, words: tuple[str, ...]) -> None:
    assert bank(*words).endswith("exit 2\n")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--into", ("import", "new.json", "--as", "")),
        ("--into", ("import", "new.json", "--into", "")),
        ("--config", ("import", "new.json", "--config", "")),
        ("--split", ("import", "new.json", "--split", "")),
        ("--key", ("commit", "bank", "--key", "")),
        ("--source-field", ("commit", "bank", "--source-field", "")),
        ("--shape", ("export", "bank", "--to", "trl", "-o", "x", "--shape", "")),
        ("--label", ("export", "bank", "--to", "doccano", "-o", "x", "--label", "")),
        ("--remote", ("push", "--remote", "")),
        ("--revision", ("restore", "bank", "--revision", "")),
    ],
)
def test_an_option_that_names_nothing_is_wrong_usage(bank: Shell, option: str, words: tuple[str, ...]) -> None:
    Path("new.json").write_text(json.dumps([{"a": 1}]), encoding="utf-8")
    told = bank(*words)
    assert f"! error: {option} is empty" in told
    assert told.endswith("exit 2\n")
    assert "'' cannot name a dataset" in bank("import", "new.json", "--name", "")
    assert not Path("new.jsonl").exists()
