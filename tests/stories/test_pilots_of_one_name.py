"""Two branches with a pilot of one name, which are two samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.errors import ProtectedError
from dsvc.render.pilot_text import about_lines
from dsvc.sampling.rule import Rule
from tests.stories.project import lines

if TYPE_CHECKING:
    from tests.stories.project import Project

FOLDER = ".dsvc/m/pilots"


@pytest.fixture
def merging(project: Project) -> Project:
    """In the middle of the merge, with a result on either side."""
    project.save("m.jsonl", lines(*({"q": f"问题 {n}"} for n in range(20))))
    project.git("switch", "-q", "-c", "theirs")
    project.repo.pilots.create("m", "p", Rule(size="5", seed="theirs"))
    project.repo.pilots.result("p", {"accuracy": 0.2}, note="theirs")
    project.git("tag", "-d", "m_v1.0_p")
    project.git("switch", "-q", "main")
    project.repo.pilots.create("m", "p", Rule(size="5", seed="ours"))
    project.repo.pilots.result("p", {"accuracy": 0.9}, note="ours")
    with pytest.raises(AssertionError, match="CONFLICT"):
        project.git("merge", "-q", "theirs")
    return project


def test_the_way_out_of_the_merge_names_the_file(merging: Project) -> None:
    with pytest.raises(ProtectedError, match="middle of a merge") as caught:
        merging.repo.pilots.create("m", "q", Rule(size="5"))
    hint = str(caught.value.hint)
    assert "both sides made a version" not in hint
    assert f"git checkout --ours '{FOLDER}/p.json' (or --theirs), git add '{FOLDER}/p.json'" in hint
    assert hint.endswith("git merge --continue; or git merge --abort")


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_result_is_of_the_sample_that_it_measured(merging: Project, side: str) -> None:
    merging.git("checkout", "-q", f"--{side}", f"{FOLDER}/p.json")
    merging.git("add", f"{FOLDER}/p.json")
    merging.git("commit", "-q", "-m", "merge")
    found = merging.repo.pilots.show("p").listed
    assert [each.note for each in found.results] == [side]
    assert [each.note for each in found.others] == ["ours" if side == "theirs" else "theirs"]
    told = [*about_lines(found)]
    assert told[-1].startswith("another sample of this name:  ")
    assert sum(line.startswith("result:") for line in told) == 1


def test_lines_of_before_count(project: Project) -> None:
    project.save("m.jsonl", lines(*({"q": f"问题 {n}"} for n in range(20))))
    project.repo.pilots.create("m", "p", Rule(size="5"))
    made = project.repo.pilots.result("p", {"accuracy": 0.2})
    path = f"{FOLDER}/p.results.jsonl"
    old = project.read(path).replace(f'"sample":"{made.sample}",'.encode(), b"")
    assert b"sample" not in old
    project.write(path, old)
    project.git("commit", "-qam", "as it was written before")
    found = project.repo.pilots.show("p").listed
    assert len(found.results) == 1
    assert not found.others
