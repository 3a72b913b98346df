"""Several processes at once: one writer after the other, readers that never wait and never see half a version."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import traceback
from typing import TYPE_CHECKING

import pytest

import dsvc
from dsvc.errors import LockedError
from dsvc.repository import Repository
from dsvc.repository.results import CommitRequest
from tests.faults.inspection import check_settled, content_of, look, sha256
from tests.faults.stories import FILE, commit, empty_git, git, open_repo, put, records
from tests.store.dvc_command import run_dvc

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OTHER = "data/other.jsonl"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with two datasets."""
    root = tmp_path / "repo"
    empty_git(root)
    dsvc.init(root)
    shutil.rmtree(root / ".git" / "hooks")
    for path in (FILE, OTHER):
        put(root, records(*range(20)), path)
        commit(root, path)
    return root


def in_background(act: Callable[[], object], told: Path) -> int:
    """Run something in a process of its own; what it raises goes into ``told``."""
    process = os.fork()
    if process == 0:
        try:
            act()
        except BaseException:
            told.write_text(traceback.format_exc())
        os._exit(0)
    return process


def finished(process: int, told: Path) -> None:
    os.waitpid(process, 0)
    assert not told.exists(), told.read_text()


def commits(root: Path, path: str, count: int) -> None:
    for number in range(count):
        put(root, records(*range(21 + number)), path)
        request = CommitRequest(target=path, reason=f"number {number}", source="manual")
        Repository.open(root, lock_timeout=60).commit(request)


def test_two_writers_take_turns(root: Path, tmp_path: Path) -> None:
    told = [tmp_path / "told-1", tmp_path / "told-2"]
    writers = [
        in_background(lambda path=path: commits(root, path, 5), file)  # type: ignore[misc]
        for path, file in zip((FILE, OTHER), told, strict=True)
    ]
    for process, file in zip(writers, told, strict=True):
        finished(process, file)
    assert [len(open_repo(root).log(name)) for name in ("medical", "other")] == [6, 6]
    state = look(root)
    assert not check_settled(root, state, state)


def test_a_writer_that_waits_too_long_is_told_who_writes(root: Path) -> None:
    put(root, records(1))
    with open_repo(root)._context.writing():
        before = look(root)
        with pytest.raises(LockedError, match=f"process {os.getpid()}"):
            commit(root)
        assert look(root) == before
    commit(root)


def test_readers_never_see_half_a_version(root: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    allowed = {sha256(records(*range(20 + number))) for number in range(13)} | {sha256(records(*range(20)))}
    writer = in_background(lambda: commits(root, FILE, 12), told)
    seen = set()
    while os.waitpid(writer, os.WNOHANG) == (0, 0):
        repo = open_repo(root)
        assert [status.problem for status in repo.status()] == [None, None]
        content = content_of(repo.snapshot("medical@HEAD"))
        assert set(content.values()) <= allowed
        seen.add(repo.version("medical@HEAD").number)
        assert repo.log("medical")
    assert not told.exists(), told.read_text()
    assert len(seen) >= 2
    assert open_repo(root).status()[0].base == open_repo(root).status()[0].head


def test_dvc_runs_beside_commits(root: Path, tmp_path: Path) -> None:
    run_dvc(root, "remote", "add", "--default", "store", str(tmp_path / "remote"))
    told = tmp_path / "told"
    writer = in_background(lambda: commits(root, FILE, 6), told)
    while os.waitpid(writer, os.WNOHANG) == (0, 0):
        for words in (("status",), ("push",), ("gc", "--all-commits", "--force")):
            done = subprocess.run([sys.executable, "-m", "dvc", *words], cwd=root, capture_output=True, text=True)
            said = done.stdout + done.stderr
            assert done.returncode == 0 or "lock" in said.lower(), said
    assert not told.exists(), told.read_text()
    state = look(root)
    assert len(state.versions) == 8
    assert not check_settled(root, state, state)
    assert "up to date" in run_dvc(root, "status")


def test_a_commit_waits_for_gc(root: Path, tmp_path: Path) -> None:
    """DVC's gc keeps only what commits name; a version that is being written is not named yet."""
    told = tmp_path / "told"
    writer = in_background(lambda: commits(root, FILE, 4), told)
    deadline = time.monotonic() + 60
    while os.waitpid(writer, os.WNOHANG) == (0, 0) and time.monotonic() < deadline:
        subprocess.run(
            [sys.executable, "-m", "dvc", "gc", "-A", "-f"], cwd=root, capture_output=True, text=True, check=False
        )
    assert not told.exists(), told.read_text()
    assert len(look(root).versions) == 6


def test_two_processes_commit_the_same_file(root: Path, tmp_path: Path) -> None:
    put(root, records(*range(50)))
    told = [tmp_path / f"told-{n}" for n in range(2)]

    def one() -> None:
        request = CommitRequest(target=FILE, reason="race", source="manual")
        Repository.open(root, lock_timeout=60).commit(request)

    processes = [in_background(one, file) for file in told]
    for process in processes:
        os.waitpid(process, 0)
    complaints = [file.read_text() for file in told if file.exists()]
    assert len(complaints) == 1
    assert "nothing to commit" in complaints[0]
    assert git(root, "rev-list", "--count", "HEAD").strip() == "4"
