"""A hook or a signature says no: nothing has changed, other work is untouched, and the user hears why."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import dsvc
from dsvc.errors import HookError
from dsvc.store.git_history import GitRefusedError
from tests.faults.inspection import check_settled, look
from tests.faults.stories import FILE, FIRST, SECOND, commit, empty_git, git, open_repo, put, records

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two versions and an edit, in a repository with other staged and unstaged work."""
    root = tmp_path / "repo"
    empty_git(root)
    dsvc.init(root)
    shutil.rmtree(root / ".git" / "hooks")
    put(root, FIRST)
    commit(root)
    put(root, SECOND)
    commit(root)
    put(root, SECOND + records(500))
    return root


def hook(root: Path, name: str, script: str) -> None:
    file = root / ".git" / "hooks" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


@pytest.mark.parametrize("name", ["pre-commit", "commit-msg", "prepare-commit-msg"])
def test_a_hook_that_says_no(root: Path, name: str) -> None:
    hook(root, name, "echo 'ticket number is missing' >&2; echo 'second line'; exit 1")
    before = look(root)
    index = git(root, "ls-files", "--stage")
    with pytest.raises(GitRefusedError) as caught:
        commit(root)
    assert "ticket number is missing" in caught.value.message
    assert "second line" in caught.value.output
    assert isinstance(caught.value, HookError)
    assert not check_settled(root, before, before)
    assert git(root, "ls-files", "--stage") == index
    (root / ".git" / "hooks" / name).unlink()
    commit(root)
    assert open_repo(root).version("medical@HEAD").number == "v1.2"


@pytest.mark.parametrize("verb", ["rollback", "undo"])
def test_a_hook_that_lets_no_branch_move(root: Path, verb: str) -> None:
    put(root, SECOND)
    hook(root, "reference-transaction", '[ "$1" = prepared ] || exit 0; grep -q refs/heads/ || exit 0; exit 1')
    before = look(root)
    repo = open_repo(root)
    with pytest.raises(HookError):
        repo.undo() if verb == "undo" else repo.rollback("medical@v1.0")
    assert not check_settled(root, before, before)
    assert look(root).kept == before.kept
    shutil.rmtree(root / ".git" / "hooks")
    repo.undo() if verb == "undo" else repo.rollback("medical@v1.0")


def test_a_signature_that_cannot_be_made(root: Path) -> None:
    git(root, "config", "commit.gpgSign", "true")
    git(root, "config", "gpg.program", "false")
    before = look(root)
    with pytest.raises(GitRefusedError, match="gpg"):
        commit(root)
    assert not check_settled(root, before, before)
    git(root, "config", "--unset", "commit.gpgSign")
    commit(root)


def test_a_tag_that_cannot_be_signed_does_not_cost_the_version(root: Path) -> None:
    git(root, "config", "tag.gpgSign", "true")
    git(root, "config", "gpg.program", "false")
    result = commit(root)
    assert result.tag is None  # type: ignore[attr-defined]
    assert "the tag 'medical_v1.2' was not made" in result.notes[-1]  # type: ignore[attr-defined]
    assert open_repo(root).version("medical@v1.2").number == "v1.2"
    assert open_repo(root).status()[0].problem is None


def test_the_hook_of_dvc_install_runs(root: Path) -> None:
    command = [sys.executable, "-m", "dvc"]
    subprocess.run([*command, "install"], cwd=root, check=True, capture_output=True)
    text = (root / ".git" / "hooks" / "pre-commit").read_text()
    assert "dvc git-hook pre-commit" in text
    hook(root, "pre-commit", f"exec {sys.executable} -m dvc git-hook pre-commit")
    commit(root)
    assert open_repo(root).version("medical@HEAD").number == "v1.2"
    done = subprocess.run([*command, "status"], cwd=root, capture_output=True, text=True)
    assert "up to date" in done.stdout, done.stdout + done.stderr


def test_a_hook_that_edits_the_working_file_is_believed(root: Path) -> None:
    hook(root, "pre-commit", f"echo '{{\"id\": 1000}}' >> {FILE}")
    commit(root)
    status = open_repo(root).status()[0]
    assert status.changed
    assert not status.stale
