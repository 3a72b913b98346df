"""Somebody ran plain git: amend, revert, switch, stash, clean, cherry-pick. What now?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.errors import ProtectedError
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

V0 = lines({"q": 1}, {"q": 2}, {"q": 3})
V1 = lines({"q": 1}, {"q": "two"}, {"q": 3})
V2 = lines({"q": 1}, {"q": "two"}, {"q": 3}, {"q": 4})


@pytest.fixture
def two(project: Project) -> Project:
    project.save("data/m.jsonl", V0)
    project.save("data/m.jsonl", V1)
    return project


def test_hooks_keep_an_unedited_file_in_step(two: Project) -> None:
    two.git("switch", "-q", "-c", "old", "HEAD~1")
    assert two.read("data/m.jsonl") == V0
    assert "up to date" in two.dvc("status")
    two.git("switch", "-q", "main")
    assert two.read("data/m.jsonl") == V1
    two.write("data/m.jsonl", V2)
    two.git("switch", "-q", "old")
    assert two.read("data/m.jsonl") == V2
    with pytest.raises(ProtectedError, match=r"written from v1\.1, but HEAD has v1\.0"):
        two.keep("m")
    two.git("switch", "-q", "main")
    assert two.keep("m").manifest.number == "v1.2"
    two.git("switch", "-q", "old")
    two.git("merge", "-q", "main")
    assert two.read("data/m.jsonl") == V2
    assert two.repo.status("m")[0].stale is False


def test_amend(two: Project) -> None:
    two.git("commit", "-q", "--amend", "-m", "better words")
    assert two.save("data/m.jsonl", V2).manifest.number == "v1.2"
    two.repo.checkout("m@v1.1")
    assert two.read("data/m.jsonl") == V1
    assert [entry.entry.number for entry in two.repo.log("m")] == ["v1.2", "v1.1", "v1.0"]


def test_revert(two: Project) -> None:
    """Reverting the commit of a version is reading the old one again; the file follows, and no number is used twice."""
    two.git("revert", "--no-edit", "HEAD")
    status = two.repo.status("m")[0]
    assert status.head is not None
    assert status.head.number == "v1.0"
    if two.read("data/m.jsonl") == V1:  # git runs no hook after a revert
        assert status.stale
        two.repo.checkout("m@HEAD")
    assert two.read("data/m.jsonl") == V0
    assert two.save("data/m.jsonl", V2).manifest.number == "v1.2"
    two.repo.checkout("m@v1.1")
    assert two.read("data/m.jsonl") == V1


def test_cherry_pick(two: Project) -> None:
    two.git("config", "core.hooksPath", "/dev/null")
    two.git("switch", "-q", "-c", "other", "HEAD~1")
    two.git("commit", "-q", "--allow-empty", "-m", "other work")
    two.git("cherry-pick", "main")
    assert two.read("data/m.jsonl") == V1
    assert not two.repo.status("m")[0].stale
    assert two.save("data/m.jsonl", V2).manifest.number == "v1.2"


def test_stash(two: Project) -> None:
    two.commit("code", {"train.py": "1\n"})
    two.write("data/m.jsonl", V2)
    two.write("train.py", "2\n")
    two.git("stash", "-q", "-u")
    assert two.read("data/m.jsonl") == V2
    assert two.keep("m").manifest.number == "v1.2"
    two.git("stash", "pop", "-q")
    assert two.status() == [" M train.py"]


def test_clean_takes_the_data_the_remote_gives_it_back(two: Project, tmp_path: Path) -> None:
    two.dvc("remote", "add", "--local", "-q", "-d", "disk", str(tmp_path / "remote"))
    two.dvc("push", "-q", "-A")
    two.git("clean", "-q", "-f", "-d", "-x", "-e", "config.local")
    assert not (two.root / "data" / "m.jsonl").exists()
    assert [file.state for file in two.repo.status("m")[0].files] == ["missing"]
    two.repo.restore("m")
    assert two.read("data/m.jsonl") == V1
    two.repo.checkout("m@v1.0")
    assert two.read("data/m.jsonl") == V0


def test_moving_the_file(two: Project) -> None:
    """A file that went to another place is another dataset, and the old one says what is missing."""
    (two.root / "data" / "m.jsonl").rename(two.root / "data" / "new.jsonl")
    assert [file.state for file in two.repo.status("m")[0].files] == ["missing"]
    assert two.keep("data/new.jsonl").dataset.name == "new"
    two.repo.restore("m")
    assert two.read("data/m.jsonl") == V1
    assert two.status() == []


def test_a_rebase_onto_another_version_stops_at_a_conflict(two: Project) -> None:
    two.git("config", "core.hooksPath", "/dev/null")
    two.git("switch", "-q", "-c", "other", "HEAD~1")
    two.repo.checkout("m@HEAD")
    two.save("data/m.jsonl", V2)
    with pytest.raises(AssertionError, match="CONFLICT"):
        two.git("rebase", "-q", "main")
    with pytest.raises(ProtectedError, match="middle of a rebase") as caught:
        two.keep("m")
    assert "git rebase" in str(caught.value.hint)
    two.git("rebase", "--abort")
    assert two.read("data/m.jsonl") == V2
    assert not two.repo.status("m")[0].changed
