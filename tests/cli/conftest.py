"""Transcripts: what a user types, what comes back on stdout and stderr, and the exit status."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import dsvc.repository.context
from dsvc.cli.diagnostics import run

Shell = Callable[..., str]

_IDS = re.compile(r"\b[0-9a-f]{32}\b")
_KEPT = re.compile(r"(dsvc-keep/\S+?-)[0-9a-f]{8}")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question for the time is answered one minute later than the one before."""
    moment = datetime(2025, 3, 1, 9, 0, tzinfo=timezone.utc)

    def tick() -> datetime:
        nonlocal moment
        moment += timedelta(minutes=1)
        return moment

    monkeypatch.setattr(dsvc.repository.context, "now", tick)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], clock: None) -> Shell:
    """Runs ``dsvc`` in an empty folder; gives stdout, then marked stderr and exit status; ids are masked."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def dsvc(*arguments: str) -> str:
        capsys.readouterr()
        status = run(arguments)
        out, err = capsys.readouterr()
        text = out + "".join(f"! {line}\n" for line in err.splitlines()) + (f"exit {status}\n" if status else "")
        text = _KEPT.sub(r"\1<id>", _IDS.sub("<id>", text))
        return text.replace(str(tmp_path), "<tmp>")

    return dsvc


@pytest.fixture
def json_lines(shell: Shell) -> Callable[..., list[dict[str, Any]]]:
    """Runs ``dsvc`` and parses what it prints."""
    return lambda *arguments: [json.loads(line) for line in shell(*arguments).splitlines()]


def write_records(path: str | Path, *records: object) -> None:
    """A JSONL file, its folder made when needed."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")


QUESTIONS = (
    {"instruction": "逾期90天以上怎么处理？", "output": "转入不良贷款，停止计息。"},
    {"instruction": "What is a grace period?", "output": "Days after the due date without a late fee."},
    {"instruction": "信用卡的免息期有多长？", "output": "最长50天，从账单日算起。"},
)


@pytest.fixture
def bank(shell: Shell) -> Shell:
    """A repository with one dataset in one version."""
    shell("init")
    write_records("data/bank.jsonl", *QUESTIONS)
    shell("commit", "data/bank.jsonl", "--source", "bank manual 2025", "--license", "CC-BY-4.0", "-m", "first version")
    return shell


@pytest.fixture
def edited(bank: Shell) -> Shell:
    """The same with an edited answer, a new record and a removed one."""
    first, second, _ = QUESTIONS
    new = {"instruction": "如何提前还款？", "output": "在手机银行申请，当天生效。"}
    write_records("data/bank.jsonl", {**first, "output": "转入可疑类贷款，停止计息。"}, second, new)
    return bank
