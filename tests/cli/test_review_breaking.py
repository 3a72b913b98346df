"""``review edit`` tells at once what ``review finish`` would refuse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.conftest import write_records

if TYPE_CHECKING:
    from tests.cli.conftest import Shell


def test_a_correction_that_finish_would_refuse_is_told_at_once(shell: Shell) -> None:
    shell("init")
    write_records("data/qa.jsonl", *({"instruction": f"问题 {n}", "input": "", "output": "答"} for n in range(3)))
    shell("commit", "data/qa.jsonl", "--source", "x", "-m", "first")
    shell("review", "start", "qa@v1.0", "--name", "r1", "--sample", "3")
    shell("review", "next")
    told = shell("review", "edit", "--set", "output=")
    assert "! 'review finish' refuses this unless it is said why (empty-field: output: " in told
    assert "corrected: 1 of 3" in told
    assert "refuses" not in shell("review", "edit", "--set", "output=好")
    shell("review", "accept")
    assert "empty-field" in shell("review", "finish")
    Path("dsvc.toml").write_text("[validate]\nrefuse = []\n", encoding="utf-8")
    assert "refuses" not in shell("review", "edit", "--record", "1", "--set", "output= ")
