"""dsvc in a git repository that people work in: what is theirs stays theirs."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

import dsvc
from dsvc.errors import DsvcError, HookError, NotFoundError, ProtectedError
from dsvc.repository.reviews.starting import request_of
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

V0 = lines({"q": 1}, {"q": 2}, {"q": 3})
V1 = lines({"q": 1}, {"q": "two"}, {"q": 3})
V2 = lines({"q": 1}, {"q": "two"}, {"q": 3}, {"q": 4})

OURS = {
    ".dsvc/data/m/manifest.json",
    ".dsvc/data/m/versions.jsonl",
    ".dsvc/data/m/store.dvc",
}


def test_only_its_own_paths_enter_the_commit(project: Project) -> None:
    first = project.save("data/m.jsonl", V0)
    assert first.commit == project.head()
    assert set(project.changed()) == OURS | {
        ".dsvc/.gitattributes",
        ".dsvc/rebuild.py",
        ".dsvc/data/m/.gitignore",
        ".dvc/.gitignore",
        ".dvc/config",
        ".dvcignore",
        "data/.gitignore",
    }
    project.commit("code", {"train.py": "print(1)\n", "notes.md": "a\n"})
    project.write("staged.py", "new\n")
    project.git("add", "staged.py")
    project.write("train.py", "print(2)\n")
    project.git("add", "train.py")
    project.write("train.py", "print(3)\n")
    project.write("notes.md", "dirty\n")
    project.write("loose.txt", "untracked\n")
    staged = project.git("diff", "--cached")
    project.save("data/m.jsonl", V1)
    assert set(project.changed()) == OURS
    assert project.git("diff", "--cached") == staged
    assert project.status() == [" M notes.md", "A  staged.py", "MM train.py", "?? loose.txt"]
    assert project.git("log", "-1", "--format=%s") == "m v1.1: more"


def test_an_unborn_branch_with_staged_work(project: Project) -> None:
    project.write("train.py", "print(1)\n")
    project.git("add", "train.py")
    project.save("data/m.jsonl", V0)
    assert "train.py" not in project.changed()
    assert project.status() == ["A  train.py"]


def test_detached_head(project: Project) -> None:
    project.save("data/m.jsonl", V0)
    project.git("checkout", "-q", "--detach")
    result = project.save("data/m.jsonl", V1)
    told = "HEAD is detached: this commit is on no branch; keep it on one: git switch -c NAME"
    assert result.notes[-1] == told
    started = project.repo.reviews.start("m@HEAD", request_of("check", sample="100%"))
    assert started.notes == (told,)
    project.repo.undo()
    assert project.head() == result.commit
    assert project.git("rev-parse", "main") != result.commit
    project.git("checkout", "-q", "main")
    status = project.repo.status("m")[0]
    assert status.head is not None
    assert status.head.number == "v1.0"
    assert project.repo.version("m@v1.1").id == result.manifest.id  # its tag holds it


def test_switching_branches_leaves_a_stale_file_that_is_not_committed(project: Project) -> None:
    project.save("data/m.jsonl", V0)
    project.git("config", "core.hooksPath", "/dev/null")
    project.git("switch", "-q", "-c", "experiment")
    project.save("data/m.jsonl", V1)
    project.git("switch", "-q", "main")
    assert project.read("data/m.jsonl") == V1
    assert project.repo.status("m")[0].stale
    project.write("data/m.jsonl", V2)
    with pytest.raises(ProtectedError, match=r"written from v1\.1, but HEAD has v1\.0") as caught:
        project.keep("m")
    assert caught.value.hint
    assert project.read("data/m.jsonl") == V2
    project.repo.checkout("m@HEAD", force=True)
    assert project.read("data/m.jsonl") == V0
    assert project.save("data/m.jsonl", V2).manifest.number == "v1.2"


def test_a_linked_worktree(project: Project, tmp_path: Path) -> None:
    project.save("data/m.jsonl", V0)
    project.save("data/m.jsonl", V1)
    project.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "other"), "HEAD~1")
    other = Project(tmp_path / "other")
    assert not (other.root / "data" / "m.jsonl").exists()
    other.repo.restore("m")
    assert other.read("data/m.jsonl") == V0
    result = other.save("data/m.jsonl", V2)
    assert result.manifest.number == "v1.2"
    assert not list(other.root.glob(".dvc/cache/files/**/*"))
    assert project.read("data/m.jsonl") == V1
    assert not project.repo.status("m")[0].stale
    assert project.repo.snapshot("m@v1.2").record(4).value == {"q": 4}
    other.repo.checkout("m@v1.1")
    assert other.read("data/m.jsonl") == V1
    assert project.save("data/m.jsonl", V2 + V0).manifest.number == "v1.3"
    assert "up to date" in project.dvc("status")


@pytest.mark.slow
def test_dvc_in_a_linked_worktree_after_init(project: Project, tmp_path: Path) -> None:
    project.save("data/m.jsonl", V0)
    project.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    other = Project(tmp_path / "other")
    dsvc.init(other.root)
    other.repo.restore("m")
    other.save("data/m.jsonl", V1)
    assert other.status() == []
    assert "up to date" in other.dvc("status")


def test_an_existing_dvc_setup_is_respected(git_repo: Project, tmp_path: Path) -> None:
    place = Project(git_repo.root, git_repo.clock)
    place.dvc("init", "-q")
    settings = (
        f"[core]\n    autostage = true\n    remote = theirs\n[cache]\n    dir = {tmp_path}/big disk/cache\n"
        f"['remote \"theirs\"']\n    url = {tmp_path}/remote\n"
    )
    place.write(".dvc/config", settings)
    place.write(".dvc/config.local", "[cache]\n    type = copy\n")
    place.dvc("install")
    place.write("images.bin", b"image")
    place.dvc("add", "-q", "images.bin")
    place.commit("their project")
    config = place.read(".dvc/config")
    dsvc.init(place.root)
    place.save("data/m.jsonl", V0)
    place.save("data/m.jsonl", V1)
    assert place.read(".dvc/config") == config
    assert place.status() == []
    assert not (place.root / ".dvc" / "cache").exists()
    assert "up to date" in place.dvc("status")
    place.dvc("push", "-q", "-A")
    assert not place.repo.status("m")[0].changed
    clone = place.copy(tmp_path / "clone")
    clone.write(".dvc/config.local", f"[cache]\n    dir = {tmp_path}/other cache\n")
    clone.dvc("pull", "-q")
    assert clone.read("images.bin") == b"image"
    for number, content in (("v1.0", V0), ("v1.1", V1)):
        clone.repo.checkout(f"m@{number}")
        assert clone.read("data/m.jsonl") == content


def test_a_refusing_hook_leaves_everything_as_it_was(project: Project) -> None:
    project.save("data/m.jsonl", V0)
    project.hook("pre-commit", "echo 'not on a Friday' >&2; exit 1")
    project.write("data/m.jsonl", V1)
    before = project.picture()
    with pytest.raises(HookError, match="not on a Friday"):
        project.keep("m")
    after = project.picture()
    assert (after["status"], after["index"], after["refs"]) == (before["status"], before["index"], before["refs"])
    assert project.read("data/m.jsonl") == V1
    assert "up to date" in project.dvc("status")


@pytest.mark.parametrize("tracked", ["data/m.jsonl", "data"])
def test_tracked_by_plain_dvc(project: Project, tracked: str) -> None:
    project.write("data/m.jsonl", V0)
    project.dvc("add", "-q", tracked)
    project.commit("tracked by DVC")
    with pytest.raises(ProtectedError, match=f"'{tracked}' is tracked by '{tracked}.dvc'$") as caught:
        project.keep("data/m.jsonl")
    follow(project, caught.value)
    assert project.read("data/m.jsonl") == V0
    assert project.status() == []
    assert "up to date" in project.dvc("status")


@pytest.mark.parametrize("keeper", ["git", "git-lfs"])
def test_tracked_by_git(project: Project, keeper: str) -> None:
    if keeper == "git-lfs":
        project.write(".gitattributes", "*.jsonl filter=lfs diff=lfs merge=lfs -text\n")
    project.commit(f"tracked by {keeper}", {"data/m.jsonl": V0})
    with pytest.raises(ProtectedError, match=f"'data/m.jsonl' is tracked by {keeper}$") as caught:
        project.keep("data/m.jsonl")
    follow(project, caught.value)
    assert project.read("data/m.jsonl") == V0
    assert project.status() == []


def follow(project: Project, error: DsvcError) -> None:
    """Run a hint's command; then dsvc keeps the file."""
    command, _, _ = str(error.hint).partition(" (")
    subprocess.run(command, shell=True, cwd=project.root, check=True, capture_output=True)
    (dataset,) = project.repo.datasets()
    assert [entry.entry.number for entry in project.repo.log(dataset.name)] == ["v1.0"]


def test_git_add_force_later(project: Project) -> None:
    project.save("data/m.jsonl", V0)
    project.git("add", "-f", "data/m.jsonl")
    project.write("data/m.jsonl", V1)
    with pytest.raises(ProtectedError, match="is tracked by git") as caught:
        project.keep("m")
    assert "git rm --cached" in str(caught.value.hint)


def test_outside_of_any_repository(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        dsvc.open(tmp_path)
    assert "dsvc init" in str(caught.value.hint)


def test_a_subfolder_as_a_starting_point(project: Project) -> None:
    from dsvc.repository.results import CommitRequest

    project.write("data/m.jsonl", V0)
    repo = dsvc.open(project.root / "data")
    repo.commit(CommitRequest(target="m.jsonl", reason="first", source="hand"))
    assert repo.dataset("m.jsonl").path == "data/m.jsonl"
    assert repo.status("m.jsonl")[0].head is not None
    assert repo.version("m.jsonl@v1.0").number == "v1.0"
