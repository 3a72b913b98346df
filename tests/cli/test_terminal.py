"""On a real terminal: questions, the editor, colours, the pager, and text that cannot act."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

import dsvc
from tests.cli.conftest import Shell, write_records

RUN = [sys.executable, "-c", "from dsvc.cli import main; main()"]


def on_terminal(*arguments: str, answers: str = "", **environment: str) -> str:
    """Everything that appears on a terminal while ``dsvc`` runs and is given the answers; ends with the exit status."""
    ours, theirs = pty.openpty()
    settings = {"PYTHONPATH": str(Path(dsvc.__file__).parents[1]), "TERM": "xterm", "PAGER": "cat", **environment}
    process = subprocess.Popen(
        [*RUN, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=os.environ | settings
    )
    os.close(theirs)
    os.write(ours, answers.encode())
    shown = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if not select.select([ours], [], [], 1)[0]:
            continue
        try:
            data = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        shown += data
    os.close(ours)
    return shown.decode().replace("\r\n", "\n") + f"exit {process.wait()}"


def test_source_licence_and_reason_are_asked_for(shell: Shell, tmp_path: Path) -> None:
    shell("init")
    write_records("data/bank.jsonl", {"instruction": "a", "output": "b"})
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\ncp "$1" seen.txt\necho "because it is time" > "$1"\n')
    editor.chmod(0o755)
    shown = on_terminal("commit", "data/bank.jsonl", answers="bank manual\n\n", EDITOR=str(editor))
    assert shown.endswith("exit 0")
    assert "source of the added records: " in shown
    assert "licence (SPDX, e.g. CC-BY-4.0) [unknown]: " in shown
    assert "#   would be bank@v1.0  +1  (1 record)" in Path("seen.txt").read_text("utf-8")
    log = shell("log")
    assert "because it is time" in log
    assert "from bank manual" in log


def test_why_errors_may_stay_is_asked_for(bank: Shell) -> None:
    write_records("data/bank.jsonl", {"instruction": "a", "output": ""})
    asked = ("commit", "--source", "x", "-m", "more")
    shown = on_terminal(*asked, answers="\n")
    assert "1 new line has an error: 'data/bank.jsonl:1' empty-field" in shown
    assert "why it may stay (nothing: stop here): " in shown
    assert shown.count("1 new line has an error") == 1
    assert shown.endswith("exit 4")
    assert "v1.1" not in bank("log")
    assert on_terminal(*asked, answers="还没写\n").endswith("exit 0")
    assert "kept because: 还没写" in bank("show", "v1.1")


def test_a_reason_that_stays_empty_stops_the_commit(bank: Shell) -> None:
    write_records("data/bank.jsonl", {"instruction": "a", "output": "b"})
    shown = on_terminal("commit", "--source", "x", EDITOR="true")
    assert "no reason was given, nothing was committed" in shown
    assert shown.endswith("exit 2")
    assert "v1.1" not in bank("log")


def test_an_editor_that_is_not_there_costs_no_answer(bank: Shell) -> None:
    write_records("data/bank.jsonl", {"instruction": "a", "output": "b"})
    shown = on_terminal("commit", answers="银行手册\n\n时候到了\n", EDITOR="no-such-editor")
    assert "warning: cannot start the editor 'no-such-editor'" in shown
    assert "why this version: " in shown
    assert shown.endswith("exit 0")
    assert "时候到了" in bank("log")


def test_an_editor_that_ends_with_an_error_calls_the_commit_off(bank: Shell) -> None:
    """``:cq`` of vim."""
    write_records("data/bank.jsonl", {"instruction": "a", "output": "b"})
    shown = on_terminal("commit", "--source", "x", answers="too late\n", EDITOR="false")
    assert "error: the editor 'false' ended with an error; nothing was changed" in shown
    assert 'hint: dsvc commit bank -m "why"' in shown
    assert "why this version" not in shown
    assert shown.endswith("exit 2")
    assert "v1.1" not in bank("log")


def test_a_licence_that_is_none_is_asked_for_again(bank: Shell) -> None:
    write_records("data/bank.jsonl", {"instruction": "a", "output": "b"})
    shown = on_terminal("commit", "-m", "why", answers="银行手册\n自有\nLicenseRef-internal\n")
    assert "error: '自有' is not a licence as SPDX writes it" in shown
    assert "for one of your own --license LicenseRef-internal" in shown
    assert shown.endswith("exit 0")
    assert "LicenseRef-internal" in bank("show", "v1.1")


def test_colours_only_on_a_terminal(edited: Shell) -> None:
    assert "\x1b[31m[-不良-]\x1b[0m\x1b[32m{+可疑类+}\x1b[0m" in on_terminal("diff")
    assert "\x1b" not in on_terminal("diff", NO_COLOR="1")
    assert "\x1b" not in on_terminal("diff", TERM="dumb")
    assert "\x1b" not in edited("diff")


def test_records_cannot_reach_the_terminal_raw(bank: Shell) -> None:
    Path("data/bank.jsonl").write_bytes('{"text": "\u202eabc \x7f\x9b2J"}\n'.encode())
    for arguments in (("cat", "bank"), ("diff",), ("show", "bank"), ("diff", "--json")):
        shown = on_terminal(*arguments, NO_COLOR="1")
        assert not {"\u202e", "\x7f", "\x9b", "\x1b"} & set(shown), arguments
    assert "⟨202E⟩abc" in on_terminal("cat", "bank")
    assert "\\u202eabc" in on_terminal("diff", "--json")


def test_records_are_not_exported_to_a_terminal(bank: Shell) -> None:
    assert "records are not written to a terminal" in on_terminal("export", "v1.0", "--to", "jsonl")


@pytest.mark.parametrize(("arguments", "paged"), [((), True), (("--no-pager",), False)])
def test_long_output_goes_through_the_pager(shell: Shell, arguments: tuple[str, ...], *, paged: bool) -> None:
    write_records("a.jsonl", *({"number": number} for number in range(100)))
    write_records("b.jsonl", {"number": 0})
    shown = on_terminal("diff", "a.jsonl", "b.jsonl", *arguments, PAGER="sed s/^/PAGED:/", NO_COLOR="1")
    assert ("PAGED:- 100  " in shown) == paged
    assert "- 100  " in shown


def test_short_output_does_not(shell: Shell) -> None:
    write_records("a.jsonl", {"number": 1})
    write_records("b.jsonl", {"number": 2})
    assert "PAGED" not in on_terminal("diff", "a.jsonl", "b.jsonl", PAGER="sed s/^/PAGED:/")


@pytest.mark.parametrize(("answer", "number"), [("y\n", "v1.2 (HEAD)"), ("n\n", "v1.1 (HEAD)")])
def test_a_commit_after_a_checkout_asks_whether_a_rollback_is_meant(edited: Shell, answer: str, number: str) -> None:
    edited("commit", "-m", "more", "--source", "x")
    edited("checkout", "v1.0")
    shown = on_terminal("commit", "-m", "v1.1 was worse", answers=answer)
    assert "make v1.0 the newest version again (rollback)? [y/N]: " in shown
    assert number in edited("log").splitlines()[0]
