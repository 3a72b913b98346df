"""What goes wrong is told in one line, with the way out, and an exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

import dsvc
from tests.cli.conftest import Shell, write_records

if TYPE_CHECKING:
    from typing import NoReturn


def test_outside_of_a_repository(shell: Shell) -> None:
    assert shell("status") == snapshot()


def test_typing_errors(shell: Shell) -> None:
    assert shell("comit") == snapshot()
    assert shell("frobnicate") == snapshot()
    assert shell("log", "--frob") == snapshot()
    assert shell("diff", "a", "b", "c") == snapshot()
    assert shell("cat", "v1.0", "--range", "x:y") == snapshot()
    assert shell("cat", "v1.0", "--range", "9:3") == snapshot()
    assert shell("commit", "--annotator", ":model") == snapshot()
    assert shell("export", "v1.0") == snapshot()
    assert shell("checkout", "a", "b", "c") == snapshot()
    assert shell("checkout") == snapshot()
    assert shell("-C", "nowhere", "status") == snapshot()


def test_no_terminal_no_questions(bank: Shell) -> None:
    write_records("data/bank.jsonl", {"instruction": "a", "output": "b"})
    assert bank("commit", "--source", "x") == snapshot()
    assert bank("commit", "--no-input", "-m", "why") == snapshot()


def test_data_that_is_no_record(bank: Shell) -> None:
    Path("data/bank.jsonl").write_text('{"a": 1}\n{"a" 2}\n', encoding="utf-8")
    assert bank("commit", "-m", "why", "--source", "x") == snapshot()


def test_versions_and_files_that_are_not_there(bank: Shell) -> None:
    assert bank("checkout", "v9.9") == snapshot()
    assert bank("diff", "v1.0", "nothing.jsonl") == snapshot()
    assert bank("show", "--record", "99") == snapshot()
    assert bank("cat", "v1.0", "--file", "data/other.jsonl") == snapshot()
    assert bank("status", "other") == snapshot()


def test_hostile_names_reach_the_terminal_as_marks(bank: Shell) -> None:
    assert bank("checkout", "v1.0\x1b[2J\u202e") == snapshot()


def test_a_fault_of_ours(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_options: object) -> NoReturn:
        raise RuntimeError("the sky is falling\nlow")

    monkeypatch.setattr(dsvc, "open", broken)
    assert shell("status") == snapshot()
    monkeypatch.setenv("DSVC_DEBUG", "1")
    assert "Traceback" in shell("status")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), EOFError()])
def test_interrupted(shell: Shell, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def interrupted(*_args: object, **_options: object) -> NoReturn:
        raise error

    monkeypatch.setattr(dsvc, "open", interrupted)
    assert shell("status") == "! interrupted\nexit 130\n"


def test_a_file_that_may_not_be_read(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_args: object, **_options: object) -> NoReturn:
        raise PermissionError(13, "Permission denied", "data/bank.jsonl")

    monkeypatch.setattr(dsvc, "open", forbidden)
    assert shell("status") == snapshot()


def test_a_reader_that_has_enough(bank: Shell) -> None:
    write_records("data/big.jsonl", *({"n": number, "text": "x" * 1000} for number in range(2000)))
    command = f"{sys.executable} -c 'from dsvc.cli import main; main()' diff data/bank.jsonl data/big.jsonl"
    done = subprocess.run(
        ["bash", "-c", f"{command} | head -1; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(dsvc.__file__).parents[1])},
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "data/bank.jsonl .. data/big.jsonl\n", "")
