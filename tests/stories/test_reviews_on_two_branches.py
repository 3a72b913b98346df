"""Two people finish the same review on two branches, both with corrections: git stops, and nobody's work is lost."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import NotFoundError, ProtectedError
from dsvc.origin import Annotator
from dsvc.repository.reviews.finish import FinishRequest
from dsvc.repository.reviews.starting import request_of
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = [{"question": f"逾期{number}天怎么办?", "answer": f"第{number}种"} for number in range(20)]


def correct_own(project: Project, reviewer: str) -> None:
    """Look at one's share, and correct the first record of it."""
    at = project.repo.reviews.open("check-1", reviewer=reviewer)
    item = at.current
    assert item is not None
    text = json.dumps({**json.loads(item.content), "answer": f"{reviewer}说的"}, ensure_ascii=False)
    at.give("edit", corrected=text.encode())
    while at.current is not None:
        at.give("accept")


@pytest.fixture
def clones(project: Project, tmp_path: Path) -> tuple[Project, Project]:
    """Anna's clone and Ben's, each with a finish that made a version."""
    project.save("data/bank.jsonl", lines(*RECORDS), annotators=(Annotator("a1"),))
    project.repo.reviews.start("bank@HEAD", request_of("check-1", sample="100%", reviewers=["anna", "本"]))
    project.remote(tmp_path / "remote")
    project.dvc("push", "-q")
    other = project.copy(tmp_path / "other")
    other.dvc("pull", "-q")
    for clone, reviewer in ((project, "anna"), (other, "本")):
        correct_own(clone, reviewer)
        assert clone.repo.reviews.finish(FinishRequest()).changed == 1
    return project, other


def git(project: Project, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *words], cwd=project.root, capture_output=True, text=True, check=False)


def answered(project: Project) -> list[str]:
    said = [json.loads(line)["answer"] for line in project.read("data/bank.jsonl").splitlines()]
    return sorted(each for each in said if each.endswith("说的"))


def test_both_sides_corrections_come_together(clones: tuple[Project, Project]) -> None:
    """As docs/review.md says: one side's version, the verdicts of both, and a finish that makes the rest."""
    anna, ben = clones
    merged = git(anna, "pull", "-q", "--no-rebase", "--no-edit", str(ben.root), "main")
    assert merged.returncode != 0
    conflicts = [line[3:] for line in anna.status() if line.startswith("UU")]
    assert conflicts == [".dsvc/data/bank/manifest.json", ".dsvc/data/bank/store.dvc"], "the verdicts are joined"
    with pytest.raises(ProtectedError, match="in the middle of a merge") as raised:
        anna.repo.reviews.finish(FinishRequest())
    hint = raised.value.hint or ""
    way = hint.partition("where both finished a review: ")[2]
    assert way == (
        "git checkout --ours .dsvc/data/bank/manifest.json .dsvc/data/bank/store.dvc && git add .dsvc"
        " && git commit --no-edit && dsvc review finish check-1"
    )
    for command in way.split(" && ")[:-1]:
        anna.git(*command.split()[1:])
    assert answered(anna) == ["anna说的"]
    status = anna.repo.reviews.status("check-1")
    assert (status.judged, [each.left for each in status.reviewers]) == (20, [0, 0])
    done = anna.repo.reviews.finish(FinishRequest())
    assert (done.changed, done.conflicts) == (1, ())
    assert answered(anna) == ["anna说的", "本说的"]
    assert anna.repo.reviews.figures("bank@HEAD").accuracy.judged == 20
    assert not anna.repo.status("bank")[0].changed
    manifest = done.committed.manifest if done.committed is not None else None
    assert manifest is not None
    assert manifest.annotators == (Annotator("本"),), "whose correction it is"
    anna.dvc("push", "-q")
    ben.git("pull", "-q", "--no-rebase", "--no-edit", str(anna.root), "main")
    ben.dvc("pull", "-q")
    ben.repo.checkout("bank@HEAD")
    assert answered(ben) == ["anna说的", "本说的"]


def test_both_corrected_the_same_record_in_different_ways(project: Project, tmp_path: Path) -> None:
    project.save("data/bank.jsonl", lines(*RECORDS), annotators=(Annotator("a1"),))
    project.repo.reviews.start("bank@HEAD", request_of("check-1", records=None, sample="1"))
    project.remote(tmp_path / "remote")
    project.dvc("push", "-q")
    other = project.copy(tmp_path / "other")
    other.dvc("pull", "-q")
    for clone, reviewer in ((project, "anna"), (other, "本")):
        correct_own(clone, reviewer)
        clone.repo.reviews.finish(FinishRequest())
    git(project, "pull", "-q", "--no-rebase", "--no-edit", str(other.root), "main")
    project.git("checkout", "--ours", ".dsvc/data/bank/manifest.json", ".dsvc/data/bank/store.dvc")
    project.git("add", ".dsvc")
    project.git("commit", "--no-edit", "-q")
    assert project.repo.reviews.status("check-1").reviewers[0].left == 0
    at = project.repo.reviews.open("check-1", reviewer="anna")
    item = at.show("1")
    with pytest.raises(NotFoundError, match="committed already"):
        project.repo.reviews.finish(FinishRequest())
    text = json.dumps({**json.loads(item.content), "answer": "本说的"}, ensure_ascii=False)
    at.give("edit", corrected=text.encode(), comment="Ben is right")
    assert project.repo.reviews.finish(FinishRequest()).changed == 1, "once they say the same"
    assert answered(project) == ["本说的"]
