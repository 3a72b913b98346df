"""Somebody does not want a dataset any more, or wants it to have another name."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import HookError, NotFoundError, ProtectedError
from dsvc.repository.results import CommitRequest
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

V0 = lines({"q": 1}, {"q": 2})
V1 = lines({"q": 1}, {"q": 22}, {"q": 3})
EDITED = V1 + lines({"q": 99})


@pytest.fixture
def two(project: Project) -> Project:
    project.save("data/m.jsonl", V0)
    project.save("data/m.jsonl", V1)
    return project


def bytes_of(project: Project, revision: str) -> bytes:
    snapshot = project.repo.snapshot(revision)
    return b"".join(chunk for file in snapshot.layout.files for chunk in snapshot.chunks(file))


def typed(project: Project, command: str) -> str:
    done = subprocess.run(command, shell=True, cwd=project.root, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_file_and_the_old_versions_stay(two: Project) -> None:
    two.write("data/m.jsonl", EDITED)
    two.write("mine.txt", b"staged by the user\n")
    two.git("add", "mine.txt")
    outcome = two.repo.remove("data/m.jsonl", reason="merged into another one")
    assert outcome.history == "all versions stay; the last one is 'm@v1.1'"
    assert two.git("log", "-1", "--format=%s").strip() == "m: merged into another one"
    assert two.read("data/m.jsonl") == EDITED
    assert two.status() == ["A  mine.txt"]
    assert not (two.root / ".dsvc/data").exists()
    assert two.repo.datasets() == []
    assert (bytes_of(two, "m@v1.0"), bytes_of(two, "m@v1.1")) == (V0, V1)
    assert two.repo.diff("m@v1.0", "m@v1.1").counts.modified == 1
    assert [(entry.entry.number, entry.current) for entry in two.repo.log("m")] == [("v1.1", False), ("v1.0", False)]
    assert "v1.0" in typed(two, "dsvc show m@v1.0")
    assert "v1.1" in typed(two, "dsvc log m")
    assert "no data or pipelines" in two.dvc("status")
    with pytest.raises(NotFoundError, match="there is no dataset 'm'"):
        two.repo.remove("m")


def test_undo_brings_it_back(two: Project) -> None:
    two.write("data/m.jsonl", EDITED)
    before = two.picture()
    two.repo.remove("m")
    assert two.repo.operations()[0].obstacle is None
    outcome = two.repo.undo()
    assert (outcome.history, outcome.saved_as) == ("'m' is back", None)
    assert two.picture() == before
    assert "up to date" in two.dvc("status")
    assert two.keep("m").manifest.number == "v1.2"


def test_committed_again_it_asks_what_it_goes_on_from(two: Project) -> None:
    two.repo.remove("m")
    two.write("data/m.jsonl", EDITED)
    with pytest.raises(ProtectedError, match="HEAD has no version of it") as refused:
        two.keep("data/m.jsonl")
    bring_back = re.search(r"git restore .* back'", refused.value.hint or "")
    assert bring_back is not None
    typed(two, bring_back.group())
    assert two.keep("m").manifest.number == "v1.2"
    assert "up to date" in two.dvc("status")
    two.repo.remove("m")
    anew = two.keep("data/m.jsonl", base="none").manifest
    assert (anew.number, anew.parents) == ("v1.3", ())
    assert bytes_of(two, "m@v1.1") == V1


@pytest.mark.parametrize("new", ["data/clinic.jsonl", "train/m.jsonl"], ids=["name", "folder"])
def test_another_name_or_place(two: Project, new: str) -> None:
    """What ``dsvc rm --help`` says, typed; the old versions are still called what they were called."""
    (two.root / new).parent.mkdir(exist_ok=True)
    (two.root / "data/m.jsonl").rename(two.root / new)
    status = typed(two, "dsvc status")
    assert "missing" in status
    assert "it has another name now, or is not wanted any more: dsvc rm m" in status
    with pytest.raises(NotFoundError) as refused:
        two.repo.commit(CommitRequest(target="m", reason="why"))
    assert refused.value.hint is not None
    assert refused.value.hint.endswith("dsvc rm m")
    typed(two, f'dsvc rm m -m "it is {new} now"')
    typed(two, f'dsvc commit {new} --source m@v1.1 -m "it was data/m.jsonl"')
    name = two.repo.dataset(None).name
    assert f"m@v1.1 .. {new}\nno differences" in typed(two, f"dsvc diff m@v1.1 {name}")
    assert (bytes_of(two, "m@v1.0"), bytes_of(two, f"{name}@HEAD")) == (V0, V1)
    if name == "clinic":
        assert two.repo.checkout("m@v1.0").head == "has no 'm'"
    else:
        two.repo.checkout("m@v1.0")
    assert (two.read("data/m.jsonl"), two.read(new)) == (V0, V1)
    help_text = re.sub(r"\s+", " ", typed(two, "dsvc rm --help"))
    for command in ("dsvc rm medical -m", "dsvc commit data/clinic.jsonl --source medical@v1.1 -m", "dsvc diff"):
        assert command in help_text
    moved = subprocess.run(["dsvc", "mv", "m", new], cwd=two.root, capture_output=True, text=True)
    assert (moved.returncode, "dsvc rm --help" in moved.stderr) == (2, True)


def test_the_state_of_another_dataset_below_stays(two: Project) -> None:
    two.save("data/m/part.jsonl", V0)
    two.repo.remove("m")
    assert [dataset.name for dataset in two.repo.datasets()] == ["part"]
    assert two.status() == []
    assert "up to date" in two.dvc("status")
    two.repo.undo()
    assert [dataset.name for dataset in two.repo.datasets()] == ["m", "part"]


def test_git_rm(two: Project) -> None:
    """What ``docs/plain-git-and-dvc.md`` says of it."""
    two.git("rm", "-r", "-q", ".dsvc/data/m")
    typed(two, "git restore --source=HEAD --staged --worktree .dsvc/data/m && dsvc rm m")
    assert two.status() == []
    assert two.repo.undo().history == "'m' is back"
    two.git("rm", "-r", "-q", ".dsvc/data/m")
    two.git("commit", "-q", "-m", "gone")
    assert all(line.startswith("?? .dsvc/data/m/store/") for line in two.status())
    typed(two, "rm -r .dsvc/data/m")
    assert two.status() == []
    assert (bytes_of(two, "m@v1.1"), two.read("data/m.jsonl")) == (V1, V1)


def test_a_folder(project: Project) -> None:
    project.write("data/qa/train.jsonl", V0)
    project.write("data/qa/test.jsonl", V1)
    project.keep("data/qa")
    project.repo.remove("data/qa")
    assert (project.read("data/qa/train.jsonl"), project.status()) == (V0, [])
    assert len(project.repo.snapshot("qa@v1.0")) == 5


def test_what_git_refuses_changes_nothing(two: Project) -> None:
    two.hook("pre-commit", "exit 1")
    before = two.picture()
    with pytest.raises(HookError):
        two.repo.remove("m")
    assert two.picture() == before
    assert "up to date" in two.dvc("status")


def test_pushed_it_is_reverted_with_git(two: Project, tmp_path: Path) -> None:
    two.git("init", "-q", "--bare", str(tmp_path / "remote.git"))
    two.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    two.repo.remove("m")
    two.git("push", "-q", "-u", "origin", "HEAD")
    with pytest.raises(ProtectedError, match="already on origin") as refused:
        two.repo.undo()
    typed(two, (refused.value.hint or "").partition(" (")[0])
    assert two.repo.status("m")[0].stale is False
    assert two.save("data/m.jsonl", EDITED).manifest.number == "v1.2"
    assert "up to date" in two.dvc("status")
