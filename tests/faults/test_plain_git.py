"""``docs/plain-git-and-dvc.md``, case by case: plain git and plain dvc used beside dsvc, and nothing overwritten."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

import dsvc
from dsvc.errors import CorruptError, NotFoundError
from dsvc.repository.committing.base_check import StaleBaseError
from tests.faults.inspection import look
from tests.faults.stories import FILE, FIRST, SECOND, commit, git, open_repo, put, records
from tests.store.dvc_command import run_dvc

if TYPE_CHECKING:
    from pathlib import Path

EDITED = SECOND + records(900)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two versions, nothing else uncommitted, and no hooks: plain git moves no ignored file."""
    root = tmp_path / "repo"
    root.mkdir()
    git(root, "init", "--quiet", "--template=")
    dsvc.init(root)
    shutil.rmtree(root / ".git" / "hooks")
    put(root, FIRST)
    commit(root)
    git(root, "branch", "old")
    put(root, SECOND)
    commit(root)
    return root


def number(root: Path) -> str:
    return open_repo(root).version("medical@HEAD").number


def stale(root: Path) -> bool:
    (status,) = open_repo(root).status()
    return status.stale


def test_switch_without_hooks(root: Path) -> None:
    git(root, "switch", "--quiet", "old")
    assert (root / FILE).read_bytes() == SECOND
    assert stale(root)
    with pytest.raises(StaleBaseError) as caught:
        commit(root)
    assert caught.value.hint == "bring it in step with HEAD: dsvc checkout medical@v1.0"
    open_repo(root).checkout("medical@v1.0")
    assert (root / FILE).read_bytes() == FIRST
    assert not stale(root)


def test_switch_with_hooks(root: Path) -> None:
    git(root, "switch", "--quiet", "old")
    open_repo(root).keep_in_step()
    assert (root / FILE).read_bytes() == FIRST
    assert not stale(root)


def test_switch_with_edits(root: Path) -> None:
    put(root, EDITED)
    git(root, "switch", "--quiet", "old")
    open_repo(root).keep_in_step()
    assert (root / FILE).read_bytes() == EDITED
    with pytest.raises(StaleBaseError) as caught:
        commit(root)
    assert caught.value.hint
    git(root, "switch", "--quiet", "main")
    commit(root)
    assert number(root) == "v1.2"


def test_pull_of_a_newer_version(root: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(root, "clone", "--quiet", str(root), str(clone))
    shutil.copytree(root / ".dvc" / "cache", clone / ".dvc" / "cache")
    open_repo(clone).checkout("medical@HEAD")
    put(root, EDITED)
    commit(root)
    shutil.copytree(root / ".dvc" / "cache", clone / ".dvc" / "cache", dirs_exist_ok=True)
    git(clone, "pull", "--quiet", "--ff-only")
    assert (clone / FILE).read_bytes() == SECOND
    assert stale(clone)
    open_repo(clone).keep_in_step()
    assert (clone / FILE).read_bytes() == EDITED


def test_reset_hard(root: Path) -> None:
    git(root, "reset", "--quiet", "--hard", "HEAD~1")
    assert (root / FILE).read_bytes() == SECOND
    assert stale(root)
    assert "medical@v1.1" in look(root).versions
    with pytest.raises(StaleBaseError):
        commit(root)


def test_amend(root: Path) -> None:
    git(root, "commit", "--quiet", "--amend", "-m", "better words")
    assert number(root) == "v1.1"
    assert not stale(root)
    put(root, EDITED)
    commit(root)
    assert number(root) == "v1.2"


def test_rebase_of_an_unrelated_commit_below(root: Path) -> None:
    git(root, "switch", "--quiet", "old")
    put(root, b"x\n", "other.txt")
    git(root, "add", "other.txt")
    git(root, "commit", "--quiet", "-m", "other work")
    git(root, "switch", "--quiet", "main")
    git(root, "rebase", "--quiet", "old")
    assert number(root) == "v1.1"
    put(root, EDITED)
    commit(root)
    assert look(root).versions.keys() == {"medical@v1.0", "medical@v1.1", "medical@v1.2"}


def test_squash(root: Path) -> None:
    put(root, EDITED)
    commit(root)
    git(root, "reset", "--quiet", "--soft", "old")
    git(root, "commit", "--quiet", "-m", "squashed")
    assert number(root) == "v1.2"
    assert [entry.entry.number for entry in open_repo(root).log("medical")] == ["v1.2", "v1.1", "v1.0"]
    assert len(look(root).versions) == 3


def test_cherry_pick(root: Path) -> None:
    git(root, "switch", "--quiet", "old")
    git(root, "cherry-pick", "main")
    assert number(root) == "v1.1"
    assert not stale(root)


def test_stash(root: Path) -> None:
    put(root, EDITED)
    put(root, b"x\n", "new.txt")
    git(root, "add", "new.txt")
    git(root, "stash", "--quiet")
    assert (root / FILE).read_bytes() == EDITED
    commit(root)


def test_clean_takes_the_working_file(root: Path) -> None:
    git(root, "clean", "--quiet", "-fdX", "data", ".dsvc")
    assert not (root / FILE).exists()
    open_repo(root).restore()
    assert (root / FILE).read_bytes() == SECOND


def test_two_branches_that_both_made_a_version_stop_at_a_conflict(root: Path) -> None:
    git(root, "switch", "--quiet", "old")
    open_repo(root).keep_in_step()
    put(root, FIRST + records(700))
    commit(root)
    with pytest.raises(AssertionError, match="CONFLICT"):
        git(root, "merge", "main")
    (told,) = open_repo(root).status()
    assert told.problem is not None
    assert "in the middle of a merge" in told.problem
    assert (
        told.hint
        == "git merge --abort (both sides made a version; how to put them together: docs/plain-git-and-dvc.md)"
    )
    git(root, "merge", "--abort")
    assert {"medical@v1.0", "medical@v1.1", "medical@v1.2"} == look(root).versions.keys()


def test_dvc_add_on_the_store(root: Path) -> None:
    store = root / ".dsvc/data/medical/store"
    (store / "mine.jsonl").write_bytes(records(1))
    run_dvc(root, "add", str(store))
    put(root, EDITED)
    with pytest.raises(CorruptError) as caught:
        commit(root)
    assert caught.value.hint is not None
    git(root, *caught.value.hint.replace("'", "").split()[1:])
    commit(root)
    assert number(root) == "v1.2"


def test_dvc_checkout_and_gc(root: Path) -> None:
    shutil.rmtree(root / ".dsvc/data/medical/store")
    run_dvc(root, "checkout")
    assert "up to date" in run_dvc(root, "status")
    run_dvc(root, "gc", "-A", "-f")
    assert len(look(root).versions) == 2
    run_dvc(root, "gc", "-w", "-f")
    with pytest.raises(Exception, match=r"v1\.0"):
        open_repo(root).checkout("medical@v1.0")
    assert (root / FILE).read_bytes() == SECOND


def test_nothing_to_do_after_a_switch_there_and_back(root: Path) -> None:
    git(root, "switch", "--quiet", "old")
    git(root, "switch", "--quiet", "main")
    with pytest.raises(NotFoundError, match="nothing to commit"):
        commit(root)
