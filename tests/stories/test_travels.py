"""Versions travel: push, clone, pull, collection of garbage, squashed and shallow histories, plain DVC there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import CorruptError, DsvcError, MissingObjectError, RemoteError
from tests.stories.project import DATA, Project, lines

if TYPE_CHECKING:
    from pathlib import Path

POEMS = DATA / "histories" / "tang_poems_zh"
NUMBERS = ["v1.0", "v1.1", "v1.2"]


def contents() -> list[bytes]:
    """Three versions: real ones where there are some."""
    if POEMS.is_dir():
        return [(POEMS / f"{number:02}.jsonl").read_bytes() for number in (1, 22, 30)]
    return [lines(*({"q": n, "a": "药" * 50 + "。" * (n < i)} for n in range(100))) for i in range(3)]


@pytest.fixture
def pushed(project: Project, tmp_path: Path) -> Project:
    """Three versions, all on a remote folder."""
    project.remote(tmp_path / "remote")
    for content in contents():
        project.save("data/poems.jsonl", content)
    assert "pushed" in project.dvc("push", "-A")
    return project


def assert_all_here(project: Project, name: str = "poems") -> None:
    for number, content in zip(NUMBERS, contents(), strict=True):
        project.repo.checkout(f"{name}@{number}")
        assert project.read("data/poems.jsonl") == content


def test_a_fresh_clone_with_dvc_pull(pushed: Project, tmp_path: Path) -> None:
    clone = pushed.copy(tmp_path / "clone")
    clone.dvc("pull", "-q")
    assert "up to date" in clone.dvc("status")
    status = clone.repo.status("poems")[0]
    assert [file.state for file in status.files] in ([], ["missing"])
    assert_all_here(clone)
    clone.repo.restore("poems")
    assert clone.save("data/poems.jsonl", contents()[0]).manifest.number == "v1.3"
    assert clone.status() == []
    assert "up to date" in clone.dvc("status")


@pytest.mark.parametrize("options", [(), ("--no-tags",), ("--depth", "1")], ids=["full", "no tags", "shallow"])
def test_without_dvc_pull_data_is_fetched_as_needed(pushed: Project, tmp_path: Path, options: tuple[str, ...]) -> None:
    clone = pushed.copy(tmp_path / "clone", *options)
    assert [entry.entry.number for entry in clone.repo.log("poems")] == NUMBERS[::-1]
    assert_all_here(clone)
    counts = clone.repo.diff("poems@v1.0..v1.2").counts
    assert counts.added == counts.removed == 0
    assert counts.modified > 0


def test_a_squashed_history(pushed: Project, tmp_path: Path) -> None:
    """A team that squash-merges keeps one commit; the ledger in it still knows every version."""
    pushed.git("checkout", "-q", "--orphan", "squashed")
    pushed.git("commit", "-q", "-m", "all in one")
    clone = pushed.copy(tmp_path / "clone", "--no-tags", "--single-branch", "-b", "squashed")
    assert clone.git("rev-list", "--count", "HEAD") == "1"
    assert_all_here(clone)
    assert clone.repo.manifest("poems@v1.1") is None
    assert clone.repo.version("poems@HEAD~2").number == "v1.0"
    clone.repo.restore("poems")
    assert clone.save("data/poems.jsonl", contents()[0]).manifest.number == "v1.3"


def test_garbage_collection_keeps_versions(pushed: Project) -> None:
    shutil.rmtree(pushed.root.parent / "remote")
    pushed.dvc("gc", "-A", "-f")
    pushed.dvc("gc", "-T", "-f")
    assert_all_here(pushed)


def test_garbage_collection_of_the_workspace_only_is_mended_by_the_remote(pushed: Project) -> None:
    """``dvc gc -w`` throws all but the current version away; that is what it is for. The remote still has them."""
    pushed.dvc("gc", "-w", "-f")
    assert_all_here(pushed)
    pushed.dvc("gc", "-w", "-f", "-c")
    pushed.repo.checkout("poems@v1.2")
    with pytest.raises(MissingObjectError, match="neither here nor on the remote") as caught:
        pushed.repo.checkout("poems@v1.0")
    assert caught.value.hint
    assert pushed.read("data/poems.jsonl") == contents()[-1]


def test_without_a_remote_a_lost_cache_is_told(project: Project) -> None:
    for content in contents()[:2]:
        project.save("data/poems.jsonl", content)
    shutil.rmtree(project.cache())
    with pytest.raises(DsvcError) as caught:
        project.repo.checkout("poems@v1.0")
    assert caught.value.hint
    assert project.read("data/poems.jsonl") == contents()[1]
    assert not project.repo.status("poems")[0].changed
    assert len(project.repo.log("poems")) == 2


def test_versions_older_than_the_remote(project: Project, tmp_path: Path) -> None:
    """``dvc push -A`` asks each commit's own ``.dvc/config`` for the remote; a local setting holds for all of them."""
    for content in contents()[:2]:
        project.save("data/poems.jsonl", content)
    project.remote(tmp_path / "remote")
    project.dvc("push", "-q", "-A")
    clone = project.copy(tmp_path / "clone")
    clone.repo.restore("poems")
    with pytest.raises(MissingObjectError) as caught:
        clone.repo.checkout("poems@v1.0")
    assert ".dvc/config.local" in str(caught.value.hint)
    project.write(".dvc/config.local", project.read(".dvc/config"))
    project.dvc("push", "-q", "-A")
    clone.repo.checkout("poems@v1.0")
    assert clone.read("data/poems.jsonl") == contents()[0]


def test_a_remote_that_git_does_not_have_yet_is_told(project: Project, tmp_path: Path) -> None:
    """A clone finds the data only where ``.dvc/config`` names the remote."""
    assert not [note for note in project.save("data/poems.jsonl", contents()[0]).notes if "remote" in note]
    project.dvc("remote", "add", "--default", "team", str(tmp_path / "remote"))
    told = "'.dvc/config' is not committed, and clones need its remote: "
    for (note,) in (project.repo.push().notes, project.save("data/poems.jsonl", contents()[1]).notes):
        assert note.startswith(told)
    with pytest.raises(RemoteError, match="no DVC remote is configured"):
        project.copy(tmp_path / "early").repo.restore("poems")
    subprocess.run(note.removeprefix(told), shell=True, cwd=project.root, check=True, capture_output=True)
    assert project.repo.push().notes == ()
    assert project.save("data/poems.jsonl", contents()[2]).notes == ()
    project.repo.push()
    clone = project.copy(tmp_path / "clone")
    clone.repo.restore("poems")
    assert clone.read("data/poems.jsonl") == contents()[2]
    project.write(".dvc/config.local", "['remote \"mine\"']\n    url = elsewhere\n")  # nobody else's business
    assert project.repo.push().notes == ()


def test_a_release_for_machines_that_have_only_dvc(project: Project, tmp_path: Path) -> None:
    project.remote(tmp_path / "remote")
    project.save("data/poems.jsonl", contents()[0])
    release = project.save("data/poems.jsonl", contents()[1], major=True, whole=True)
    assert release.tag == "poems_v2.0"
    project.dvc("push", "-q")
    path = ".dsvc/data/poems/store/poems.jsonl"
    out = tmp_path / "got.jsonl"
    project.dvc("get", "-q", str(project.root), path, "--rev", "poems_v2.0", "-o", str(out))
    assert out.read_bytes() == contents()[1]
    program = f"import dvc.api, sys; sys.stdout.write(dvc.api.read({path!r}, {str(project.root)!r}, 'poems_v2.0'))"
    read = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, check=True)
    assert read.stdout == contents()[1]
    project.save("data/poems.jsonl", contents()[2])
    for number, content in (("v1.0", contents()[0]), ("v2.0", contents()[1]), ("v2.1", contents()[2])):
        project.repo.checkout(f"poems@{number}")
        assert project.read("data/poems.jsonl") == content


def test_dvc_checkout_and_dvc_add_on_the_store(pushed: Project) -> None:
    """Plain DVC may rebuild the store; a store that somebody changed and added is a mixture, and told so."""
    shutil.rmtree(pushed.root / ".dsvc" / "data" / "poems" / "store")
    pushed.dvc("checkout", "-q")
    assert "up to date" in pushed.dvc("status")
    pushed.write(".dsvc/data/poems/store/extra.txt", b"x")
    pushed.dvc("add", "-q", ".dsvc/data/poems/store")
    status = pushed.repo.status("poems")[0]
    assert status.problem
    assert status.hint
    before = pushed.read("data/poems.jsonl")
    pushed.write("data/poems.jsonl", before + lines({"q": 1}))
    with pytest.raises(CorruptError) as caught:
        pushed.keep("poems")
    subprocess.run(str(caught.value.hint), shell=True, cwd=pushed.root, check=True, capture_output=True)
    (pushed.root / ".dsvc/data/poems/store/extra.txt").unlink()
    pushed.keep("poems")
    assert pushed.status() == []
    assert "up to date" in pushed.dvc("status")
