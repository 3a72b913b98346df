"""Transcripts of ``blame`` and of ``log --record``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.cli.conftest import QUESTIONS, write_records

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Shell

FIRST, SECOND, THIRD = QUESTIONS


@pytest.fixture
def bank_history(bank: Shell) -> Shell:
    """Three versions and an edit on top: an answer mended, a record added, all written anew by a script."""
    mended = {**FIRST, "output": "转入可疑类贷款，停止计息。"}
    new = {"instruction": "如何提前还款？", "output": "在手机银行申请，当天生效。"}
    write_records("data/bank.jsonl", mended, SECOND, THIRD)
    bank("commit", "--annotator", "李敏", "-m", "the class of loans was wrong", "data/bank.jsonl")
    write_records("data/bank.jsonl", new, mended, SECOND, THIRD)
    bank("commit", "--source", "客服记录", "--annotator", "qwen3:model", "-m", "early repayment", "data/bank.jsonl")
    write_records("data/bank.jsonl", new, mended, {**SECOND, "output": "None."}, THIRD)
    return bank


def test_a_file_outside_the_repository_is_copied_in_first(bank: Shell) -> None:
    outside = Path("../outside.jsonl")
    write_records(outside, {"a": 1})
    copy = "! hint: copy it in"
    for verb in ("log", "blame"):
        assert copy in bank(verb, "../outside.jsonl")
        assert "dsvc commit" not in bank(verb, "../outside.jsonl")


def test_blame(bank_history: Shell) -> None:
    assert bank_history("blame") == snapshot("""\
1    v1.2  2025-03-01  qwen3 (model)  客服记录          {"instruction": "如何提前还款？", "output":…
2    v1.1  2025-03-01  李敏           bank manual 2025  {"instruction": "逾期90天以上怎么处理？", "…
3    not committed yet                                  {"instruction": "What is a grace period?", …
4    v1.0  2025-03-01  Ann Otter      bank manual 2025  {"instruction": "信用卡的免息期有多长？", "…
""")
    assert bank_history("blame", "bank@v1.1", "--range", "1:2", "--reason") == snapshot("""\
1    v1.1  2025-03-01  李敏       bank manual 2025  the class of loans was wrong
2    v1.0  2025-03-01  Ann Otter  bank manual 2025  first version
""")
    assert bank_history("blame", "--field", "instruction") == snapshot("""\
1    v1.2  2025-03-01  qwen3 (model)  客服记录          如何提前还款？
2-4  v1.0  2025-03-01  Ann Otter      bank manual 2025  逾期90天以上怎么处理？
""")
    assert bank_history("blame", "--field", "label", "--range", "2") == snapshot(
        "2                                                       (has no label)\n"
    )
    assert bank_history("blame", "--fields", "--range", "2:4") == snapshot("""\
2    v1.1  2025-03-01  李敏           bank manual 2025  output
     v1.0  2025-03-01  Ann Otter      bank manual 2025  instruction
3    not committed yet                                  output
     v1.0  2025-03-01  Ann Otter      bank manual 2025  instruction
4    v1.0  2025-03-01  Ann Otter      bank manual 2025  all of it
""")


def test_blame_that_cannot_be(bank_history: Shell) -> None:
    assert bank_history("blame", "--field", "output", "--fields") == snapshot("""\
! error: --field asks for one field, --fields for all
! hint: take one of them
exit 2
""")
    assert bank_history("blame", "--field", "output[") == snapshot("""\
! error: 'output[' is not the path of a field
! hint: write it like label, meta.lang, messages[0].role
exit 2
""")
    assert bank_history("blame", "v1.1", "--range", "7") == snapshot("""\
! error: there is no row 7: 'bank@v1.1' has 3 records
exit 3
""")
    assert bank_history("blame", "v9.9") == snapshot("""\
! error: 'bank' has no version v9.9
! hint: dsvc log bank
exit 3
""")


def test_blame_for_scripts(bank_history: Shell, json_lines: Callable[..., list[dict[str, object]]]) -> None:
    blocks = json_lines("blame", "--json")
    assert {block["type"] for block in blocks} == {"block"}
    assert [(b["row"], b["records"], b["version"], b["source"]) for b in blocks] == snapshot(
        [
            (1, 1, "v1.2", "客服记录"),
            (2, 1, "v1.1", "bank manual 2025"),
            (3, 1, None, None),
            (4, 1, "v1.0", "bank manual 2025"),
        ]
    )
    assert blocks[0] == snapshot(
        {
            "type": "block",
            "format": "dsvc.blame/1",
            "file": "data/bank.jsonl",
            "row": 1,
            "line": 1,
            "records": 1,
            "version": "v1.2",
            "id": "<id>",
            "authored_at": "2025-03-01T09:05:00+00:00",
            "annotators": [{"name": "qwen3", "kind": "model"}],
            "source": "客服记录",
            "reason": "early repayment",
        }
    )
    (record,) = json_lines("blame", "--fields", "--range", "2", "--json")
    assert (record["type"], record["version"]) == ("record", "v1.1")
    parts = record["parts"]
    assert isinstance(parts, list)
    assert [(part["path"], part["version"]) for part in parts] == [("instruction", "v1.0"), ("output", "v1.1")]
    (block,) = json_lines("blame", "--field", "label", "--json")
    assert block == snapshot(
        {
            "type": "block",
            "format": "dsvc.blame/1",
            "field": "label",
            "file": "data/bank.jsonl",
            "row": 1,
            "line": 1,
            "records": 4,
            "missing": True,
        }
    )


def test_the_history_of_a_record(bank_history: Shell) -> None:
    assert bank_history("log", "--record", "2") == snapshot("""\
data/bank.jsonl  row 2  {"instruction": "逾期90天以上怎么处理？", "output": "转入可疑类贷款，停止计…

~  v1.1  2025-03-01 09:03 · 李敏 · row 1 · from bank manual 2025
   the class of loans was wrong
   ~ output  转入[-不良-]{+可疑类+}贷款，停止计息。
+  v1.0  2025-03-01 09:01 · Ann Otter · row 1 · from bank manual 2025
   first version
   {"instruction": "逾期90天以上怎么处理？", "output": "转入不良贷款，停止计息。"}
""")
    assert bank_history("log", "-r", "3", "--limit", "1") == snapshot("""\
data/bank.jsonl  row 3  {"instruction": "What is a grace period?", "output": "None."}

~  not committed yet  row 3
   ~ output  [-Days after the due date without a late fee.-]{+None.+}
""")
    assert bank_history("log", "bank@v1.2", "--record", "1") == snapshot("""\
bank@v1.2  row 1  {"instruction": "如何提前还款？", "output": "在手机银行申请，当天生效。"}

+  v1.2  2025-03-01 09:05 · qwen3 (model) · row 1 · from 客服记录
   early repayment
   {"instruction": "如何提前还款？", "output": "在手机银行申请，当天生效。"}
""")


def test_the_history_of_a_record_that_stands_there_twice(bank: Shell) -> None:
    write_records("data/bank.jsonl", *QUESTIONS, THIRD)
    bank("commit", "-m", "twice", "--source", "bank manual 2025", "data/bank.jsonl")
    assert bank("log", "-r", "4") == snapshot("""\
data/bank.jsonl  row 4  {"instruction": "信用卡的免息期有多长？", "output": "最长50天，从账单日算起…
1 other record written exactly so: followed in the order in which they stand

+  v1.1  2025-03-01 09:03 · Ann Otter · row 4 · from bank manual 2025
   twice
   {"instruction": "信用卡的免息期有多长？", "output": "最长50天，从账单日算起。"}
""")


def test_a_history_that_cannot_be(bank_history: Shell) -> None:
    assert bank_history("log", "--full") == snapshot("""\
! error: --full goes with --record
! hint: dsvc log --record ROW --full
exit 2
""")
    assert bank_history("log", "--record", "9") == snapshot("""\
! error: there is no row 9: 'data/bank.jsonl' has 4 records
exit 3
""")


def test_the_history_of_a_record_for_scripts(
    bank_history: Shell, json_lines: Callable[..., list[dict[str, object]]]
) -> None:
    steps = json_lines("log", "-r", "2", "--json")
    assert {(step["type"], step["format"]) for step in steps} == {("step", "dsvc.log/1")}
    assert steps == snapshot(
        [
            {
                "type": "step",
                "format": "dsvc.log/1",
                "kind": "modified",
                "version": "v1.1",
                "id": "<id>",
                "authored_at": "2025-03-01T09:03:00+00:00",
                "annotators": [{"name": "李敏", "kind": "person"}],
                "source": "bank manual 2025",
                "reason": "the class of loans was wrong",
                "old": {"file": "data/bank.jsonl", "line": 1, "row": 1, "id": "<id>"},
                "new": {
                    "file": "data/bank.jsonl",
                    "line": 1,
                    "row": 1,
                    "id": "<id>",
                    "record": {"instruction": "逾期90天以上怎么处理？", "output": "转入可疑类贷款，停止计息。"},
                },
                "moved": False,
                "changes": [
                    {
                        "path": "output",
                        "kind": "changed",
                        "old": "转入不良贷款，停止计息。",
                        "new": "转入可疑类贷款，停止计息。",
                        "words": [["removed", "不良"], ["added", "可疑类"]],
                    }
                ],
            },
            {
                "type": "step",
                "format": "dsvc.log/1",
                "kind": "added",
                "version": "v1.0",
                "id": "<id>",
                "authored_at": "2025-03-01T09:01:00+00:00",
                "annotators": [{"name": "Ann Otter", "kind": "person"}],
                "source": "bank manual 2025",
                "reason": "first version",
                "new": {
                    "file": "data/bank.jsonl",
                    "line": 1,
                    "row": 1,
                    "id": "<id>",
                    "record": {"instruction": "逾期90天以上怎么处理？", "output": "转入不良贷款，停止计息。"},
                },
            },
        ]
    )


def test_nothing_of_a_record_reaches_the_terminal_raw(bank: Shell) -> None:
    evil = "\x1b[2J\u202e[/INST]"
    write_records("data/bank.jsonl", {"instruction": evil, evil: 1})
    bank("commit", "--source", f"from {evil}", "--annotator", evil, "-m", evil, "data/bank.jsonl")
    write_records("data/bank.jsonl", {"instruction": evil, evil: 2})
    for words in (("blame",), ("blame", "--reason", "v1.1"), ("blame", "--fields"), ("log", "-r", "1")):
        shown = bank(*words)
        assert "[2J" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
