"""``dsvc diff`` of versions, files, and what it prints for people and for scripts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from tests.cli.conftest import Shell, write_records

if TYPE_CHECKING:
    from collections.abc import Callable

HISTORIES = Path(__file__).resolve().parents[3] / "shared" / "data" / "histories"


def test_two_files_anywhere(shell: Shell) -> None:
    write_records("old.jsonl", {"id": 1, "text": "one fish two fish"}, {"id": 2, "text": "b"}, {"id": 3, "text": "c"})
    write_records("new.jsonl", {"id": 3, "text": "c"}, {"id": 1, "text": "one fish three fish"}, {"id": 4, "text": "d"})
    assert shell("diff", "old.jsonl", "new.jsonl", "--key", "id") == snapshot()
    assert shell("diff", "old.jsonl", "new.jsonl", "--stat") == snapshot()
    assert shell("diff", "old.jsonl", "new.jsonl", "--limit", "1", "--no-word") == snapshot()
    assert shell("diff", "old.jsonl", "old.jsonl", "--exit-code") == snapshot()
    assert shell("diff", "old.jsonl", "new.jsonl", "--stat", "--exit-code").endswith("exit 1\n")
    assert shell("diff", "old.jsonl", "none.jsonl") == snapshot()


def test_versions_in_any_writing(edited: Shell) -> None:
    edited("commit", "-m", "more", "--source", "call centre")
    whole = edited("diff", "v1.0..v1.1")
    assert whole == snapshot()
    same = [
        edited("diff", "bank@v1.0..v1.1"),
        edited("diff", "v1.0", "v1.1"),
        edited("diff", "data/bank.jsonl@v1.0", "bank@HEAD"),
        edited("diff", "HEAD~1", "HEAD"),
    ]
    assert same == [whole] * 4
    assert edited("diff", "bank") == snapshot()
    assert edited("diff", "v1.0").splitlines()[1:] == whole.splitlines()[1:]


def test_one_object_a_line(edited: Shell, json_lines: Callable[..., list[dict[str, Any]]]) -> None:
    head, *deltas, summary = json_lines("diff", "--json")
    assert (head["type"], summary["type"]) == ("diff", "summary")
    assert {line["format"] for line in (head, *deltas, summary)} == {"dsvc.diff/1"}
    modified, removed, added = deltas
    assert modified["changes"] == snapshot()
    assert removed["record"]["instruction"] == "信用卡的免息期有多长？"
    assert (added["type"], added["row"], added["line"], added["file"]) == ("added", 3, 3, "data/bank.jsonl")
    assert [summary[name] for name in ("added", "removed", "modified")] == [1, 1, 1]


def test_numbers_arrive_as_they_are_written(shell: Shell) -> None:
    Path("a.jsonl").write_text('{"id": 1, "score": 1.50}\n', encoding="utf-8")
    Path("b.jsonl").write_text('{"id": 1, "score": 1.5}\n{"id": 12345678901234567890}\n', encoding="utf-8")
    out = shell("diff", "a.jsonl", "b.jsonl", "--key", "id", "--json")
    assert '"old": 1.50, "new": 1.5' in out
    assert '"record": {"id": 12345678901234567890}' in out


def test_a_change_of_many_records_is_told_once(shell: Shell) -> None:
    records = [{"instruction": f"question {number}", "output": f"answer {number}"} for number in range(30)]
    write_records("a.jsonl", *records)
    write_records("b.jsonl", *({**record, "history": None} for record in records[:-1]), {**records[-1], "output": "!"})
    assert shell("diff", "a.jsonl", "b.jsonl") == snapshot()
    assert shell("diff", "a.jsonl", "b.jsonl", "--full").count("+ history  null") == 30


def test_record_text_cannot_act(shell: Shell) -> None:
    write_records("a.jsonl", {"id": 1, "text": "plain [/INST]"}, {"id": 2, "\x1b]0;owned\x07": 1})
    write_records("b.jsonl", {"id": 1, "text": "\x1b[2Jwiped \u202egnp [/INST]"}, {"id": 3, "\x1b]0;owned\x07": 1})
    assert shell("diff", "a.jsonl", "b.jsonl", "--key", "id") == snapshot()


@pytest.mark.skipif(not HISTORIES.is_dir(), reason="the real histories are not here")
def test_poems(shell: Shell) -> None:
    poems = HISTORIES / "tang_poems_zh"
    out = shell("diff", str(poems / "22.jsonl"), str(poems / "23.jsonl"))
    assert out.split("\n", 1)[1] == snapshot()


@pytest.mark.skipif(not HISTORIES.is_dir(), reason="the real histories are not here")
def test_tool_calls(shell: Shell) -> None:
    tasks = HISTORIES / "bfcl_multi_turn_base"
    out = shell("diff", str(tasks / "09.jsonl"), str(tasks / "10.jsonl"), "--key", "id")
    assert out.split("\n", 1)[1] == snapshot()
