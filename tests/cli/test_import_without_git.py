"""An import whose git step fails leaves nothing in the way of the next one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import QUESTIONS, write_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Shell

IMPORT = ("import", "new.jsonl", "--source", "x", "--as")


@pytest.fixture
def read_only_git(tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """A git that cannot write its index, once its folder stands first in PATH."""
    real = shutil.which("git")
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\nfor each in "$@"; do case "$each" in add|commit|update-index)\n'
        "echo \"fatal: Unable to create '.git/index.lock': Permission denied\" >&2; exit 128;; esac; done\n"
        f'exec {real} "$@"\n'
    )
    program.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.mark.parametrize("target", ["data/new.jsonl", "bank"])
def test_files_go_back_once_git_can_write_again(
    bank: Shell, target: str, read_only_git: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_records("new.jsonl", {"a": 1})
    write_records("other.jsonl", QUESTIONS[0], {"a": 2})
    read_only_git.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    told = bank(*IMPORT, target)
    read_only_git.undo()
    assert "Permission denied\n! hint: see who may write there: ls -ld <tmp>/work/.git\nexit 5" in told
    assert "(2 records)" in bank("import", "other.jsonl", "--source", "x", "--as", target)
    bank("undo")
    assert Path("data/new.jsonl").exists() is False
    assert len(Path("data/bank.jsonl").read_bytes().splitlines()) == 3


def test_a_read_only_repository_is_told_first(bank: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    write_records("new.jsonl", {"a": 1})
    monkeypatch.setattr(os, "access", lambda path, mode, **_: mode != os.W_OK or Path(path).name != ".git")
    told = bank(*IMPORT, "data/new.jsonl")
    assert told.startswith("! error: permission denied: '<tmp>/work/.git'\n! hint: see who may write there: ls -ld")
    assert not Path("data/new.jsonl").exists()
