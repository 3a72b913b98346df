"""What git is given to read arrives whole, or not at all."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from pathlib import Path
from select import PIPE_BUF
from typing import TYPE_CHECKING

import pytest

from dsvc.store import git_process

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize("size", [0, 1, PIPE_BUF, PIPE_BUF + 1, 1 << 21])
def test_any_amount_arrives(tmp_path: Path, size: int) -> None:
    content = b"x" * size
    done = git_process.run_git(tmp_path, "hash-object", "--stdin", stdin=content)
    assert done.stdout.decode().strip() == hashlib.sha1(b"blob %d\0" % size + content).hexdigest()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks into /proc")
def test_a_killed_writer_does_not_leave_git_with_half_of_it(tmp_path: Path, slow_git: Callable[[str], None]) -> None:
    """git is not fed bit by bit: when its input ends early it would take what it has for all of it."""
    slow_git("sleep 0.5")
    content = b"y" * (1 << 21)
    process = os.fork()
    if process == 0:
        git_process.run_git(tmp_path, "hash-object", "--stdin", stdin=content)
        os._exit(0)
    time.sleep(0.2)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    deadline = time.monotonic() + 20
    while not (tmp_path / "hash").exists() or not (tmp_path / "hash").read_text().strip():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (tmp_path / "hash").read_text().strip() == hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@pytest.fixture
def slow_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A git that waits before it reads, and keeps what it said."""

    def put(first: str) -> None:
        real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
        folder = tmp_path / "bin"
        folder.mkdir()
        script = folder / "git"
        script.write_text(f'#!/bin/sh\n{first}\nexec "{real}" "$@" > "{tmp_path}/hash"\n')
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")

    return put
