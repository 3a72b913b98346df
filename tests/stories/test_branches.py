"""A working file on a branch that knows nothing of it: no second line of versions begins unasked."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import NotFoundError
from dsvc.repository.committing.base_check import StaleBaseError
from dsvc.repository.results import CommitRequest
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

V0 = lines({"q": 1}, {"q": 2})
V1 = lines({"q": 1}, {"q": 22})
EDITED = lines({"q": 1}, {"q": 22}, {"q": 3})
FILE = "data/m.jsonl"


@pytest.fixture(params=["all", "none"])
def other(project: Project, request: pytest.FixtureRequest) -> Project:
    """Two versions on ``experiment``, with and without tags; HEAD is on ``main``, which has none, and edits wait."""
    project.commit("begin", {"dsvc.toml": f'tags = "{request.param}"\n'})
    project.git("switch", "-q", "-c", "experiment")
    project.save(FILE, V0)
    project.save(FILE, V1)
    project.git("switch", "-q", "main")
    project.write(FILE, EDITED)
    return project


def refused(project: Project) -> StaleBaseError:
    """The commit is refused, and nothing has changed."""
    before = project.picture()
    with pytest.raises(StaleBaseError) as caught:
        project.keep(FILE)
    assert project.picture() == before
    return caught.value


def ways(error: StaleBaseError) -> list[str]:
    """The commands in a hint."""
    return [part.strip() for part in re.split(r"[^;]*?: (?=git|dsvc)|; | \(or |\)", error.hint or "") if part.strip()]


def follow(project: Project, command: str) -> None:
    done = subprocess.run(command, shell=True, cwd=project.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_commit_says_where_the_version_is(other: Project) -> None:
    error = refused(other)
    assert str(error) == "'data/m.jsonl' was written from v1.1 (on branch 'experiment'), but HEAD has no version of it"
    assert error.exit_code == 5
    assert ways(error) == [
        "git merge 'experiment'",
        "git switch 'experiment'",
        "dsvc commit 'data/m.jsonl' --base none --source 'where from' -m 'why'",
    ]


@pytest.mark.parametrize("way", [0, 1])
def test_where_the_versions_are_the_edits_become_the_next_one(other: Project, way: int) -> None:
    follow(other, ways(refused(other))[way])
    assert other.keep("m").manifest.number == "v1.2"
    assert other.read(FILE) == EDITED
    assert [entry.entry.number for entry in other.repo.log("m")] == ["v1.2", "v1.1", "v1.0"]


def test_somebody_who_wants_to_begins_anew(other: Project) -> None:
    follow(other, ways(refused(other))[2])
    (entry,) = other.repo.log("m")
    assert (entry.entry.parents, entry.entry.counts.records) == ((), 3)
    assert not other.repo.status("m")[0].stale
    other.repo.undo()
    refused(other)


def test_the_question_on_a_terminal_does_not_hide_it(other: Project) -> None:
    from dsvc.cli.asking import is_rollback_meant

    assert is_rollback_meant(other.repo, FILE) is None


def test_an_import_is_refused_too_and_can_begin_anew(other: Project, tmp_path: Path) -> None:
    other.write(FILE, V1)
    source = tmp_path / "new.csv"
    source.write_text("q\n9\n")
    before = other.picture()
    request = CommitRequest(target=FILE, reason="why", source="sheet")
    with pytest.raises(StaleBaseError):
        other.repo.import_(source, request)
    assert other.picture() == before
    follow(other, f"dsvc import '{source}' --as {FILE} --base none --source sheet")
    assert other.read(FILE) == b'{"q": "9"}\n'
    assert len(other.repo.log("m")) == 1


def test_edits_that_came_along_to_another_branch_go_back_where_they_belong(project: Project) -> None:
    from dsvc.render.status_text import status_lines

    project.save(FILE, V0)
    project.git("switch", "-q", "-c", "experiment")
    project.save(FILE, V1)
    project.write(FILE, EDITED)
    project.git("switch", "-q", "main")
    error = refused(project)
    assert str(error) == f"'{FILE}' was written from v1.1, but HEAD has v1.0"
    back, drop = ways(error)
    assert (back, drop) == ("git switch 'experiment'", "dsvc restore m")
    *_, warning, hint = status_lines(project.repo.status("m")[0])
    assert warning == "  ! the file was written from v1.1, but HEAD has v1.0"
    assert hint == f"  hint: {error.hint}"
    follow(project, back)
    assert project.keep("m").manifest.number == "v1.2"


def test_a_branch_that_was_deleted_lives_on_in_its_tags(project: Project) -> None:
    project.commit("begin")
    project.save(FILE, V0)
    project.git("reset", "-q", "--hard", "HEAD~1")
    project.write(FILE, EDITED)
    error = refused(project)
    assert "v1.0 (tag 'm_v1.0')" in str(error)
    follow(project, ways(error)[0])
    assert project.keep("m").manifest.number == "v1.1"


def test_a_dataset_that_was_removed_on_this_branch_comes_back(project: Project) -> None:
    project.save(FILE, V0)
    project.git("rm", "-q", "-r", ".dsvc/data/m")
    project.git("commit", "-q", "-m", "away with it")
    project.write(FILE, EDITED)
    error = refused(project)
    follow(project, ways(error)[0])
    assert project.keep("m").manifest.number == "v1.1"


def test_a_version_that_is_nowhere_any_more(project: Project) -> None:
    project.commit("begin", {"dsvc.toml": 'tags = "none"\n'})
    project.git("switch", "-q", "-c", "experiment")
    version = project.save(FILE, V0).manifest.id
    project.git("switch", "-q", "main")
    project.git("branch", "-q", "-D", "experiment")
    error = refused(project)
    assert str(error) == f"'{FILE}' was written from a version that is not known here ({version[:12]})"
    follow(project, ways(error)[1])
    assert project.repo.version("m@HEAD").number == "v1.0"


def test_an_undone_first_version_is_brought_back_by_its_name(project: Project) -> None:
    project.commit("begin")
    project.save(FILE, V0)
    kept = project.repo.undo().saved_as
    project.write(FILE, b"")
    (project.root / FILE).unlink()
    project.repo.checkout(f"m@{kept}")
    error = refused(project)
    assert f"v1.0 (tag '{kept}')" in str(error)
    follow(project, ways(error)[0])
    with pytest.raises(NotFoundError, match="nothing to commit"):
        project.keep("m")


def test_two_branches_that_each_began_a_line_are_told_apart(other: Project) -> None:
    other.keep(FILE, base="none")
    mine = other.repo.version("m@HEAD")
    other.git("config", "core.hooksPath", "/dev/null")
    other.git("switch", "-q", "experiment")
    other.write(FILE, EDITED + V0)
    with pytest.raises(StaleBaseError) as caught:
        other.keep(FILE)
    hint = caught.value.hint or ""
    assert f"written from {mine.number}" in str(caught.value)
    assert "git switch 'main'" in hint
    follow(other, "dsvc rollback m@main")
    assert other.read(FILE) == EDITED + V0
    assert other.keep("m").manifest.counts.records == 5


def test_an_older_version_of_another_branch_without_tags(project: Project) -> None:
    """Nothing that HEAD knows names it: the way leads back to its branch."""
    project.save(FILE, V0, number="v1.0")
    project.commit("no tags", {"dsvc.toml": 'tags = "none"\n'})
    project.git("config", "core.hooksPath", "/dev/null")
    project.git("switch", "-q", "-c", "experiment")
    project.save(FILE, V1)
    behind = project.repo.version("m@HEAD").id
    project.write(FILE, V0)
    project.keep(FILE)
    project.repo.checkout(f"m@{behind[:12]}")
    project.git("switch", "-q", "main")
    project.write(FILE, EDITED)
    with pytest.raises(StaleBaseError, match=r"written from v1\.1 of 'experiment', but HEAD has v1\.0") as caught:
        project.keep(FILE)
    assert "git switch 'experiment'" in (caught.value.hint or "")
    assert project.repo.status("m")[0].stale
    project.repo.restore("m")
    assert project.read(FILE) == V0
