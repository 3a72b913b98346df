"""Rows are typed as they are printed (7,299); lines of files are told as editors take them (data/qa.jsonl:7299)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


@pytest.fixture
def long(shell: Shell) -> Shell:
    """A dataset of 1,205 records."""
    shell("init")
    write_records("data/qa.jsonl", *({"q": f"问题 {number}", "a": "答"} for number in range(1205)))
    shell("commit", "data/qa.jsonl", "--source", "x", "-m", "first")
    return shell


def test_rows_are_typed_as_they_are_printed(long: Shell) -> None:
    shown = long("show", "qa@v1.0", "-r", "1,203")
    assert shown.startswith("qa@v1.0  row 1,203  data/qa.jsonl:1203\n")
    assert shown == long("show", "qa@v1.0", "-r", "1203")
    for verb in (("cat", "qa@v1.0", "--range"), ("blame", "qa", "--range")):
        assert long(*verb, "1,200:1,203") == long(*verb, "1200:1203") != ""
        assert long(*verb, "1，203") == long(*verb, "1203")
    assert long("log", "-r", "1,203") == long("log", "-r", "1203")
    exported = ("export", "qa@v1.0", "--to", "label-studio", "--label", "a", "--text", "q", "-o", "tasks")
    assert "6 records" in long(*exported, "--range", "1,200:")
    for wrong in ("1,2", "12,03", "1,203,4"):
        assert long("show", "qa@v1.0", "-r", wrong).endswith("exit 2\n")
        assert long("cat", "qa@v1.0", "--range", wrong).endswith("exit 2\n")


def test_a_record_of_a_review_is_named_as_it_is_shown(long: Shell) -> None:
    long("review", "start", "qa@v1.0", "--name", "r1", "--sample", "1205")
    told = long("review", "accept", "--record", "row 1,203")
    assert "accepted: 1,203 of 1,205 (row 1,203)" in told
    assert "data/qa.jsonl:1204  row 1,204" in told
    assert "accepted: 1,204 of" in long("review", "accept", "--record", "1,204")
    assert "'row 7,299' is not in the review" in long("review", "accept", "--record", "row 7,299")
