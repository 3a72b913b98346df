"""``dsvc undo`` after git moved HEAD: nothing unrelated is taken back, and there is always a way on."""

from __future__ import annotations

import pytest

from dsvc.errors import ProtectedError
from tests.stories.project import Project, lines

ONE, TWO, THREE = (lines(*({"q": number} for number in range(count))) for count in (1, 2, 3))


def refused(project: Project) -> tuple[str, str]:
    with pytest.raises(ProtectedError) as caught:
        project.repo.undo()
    assert caught.value.hint is not None
    return caught.value.message, caught.value.hint


def numbers(project: Project) -> list[str]:
    return [entry.entry.number for entry in project.repo.log("m")]


def test_a_commit_of_a_branch_is_undone_there(project: Project) -> None:
    for content in (ONE, TWO):
        project.save("m.jsonl", content)
    for where in (("--detach", "m_v1.0"), ("-c", "side", "m_v1.0")):
        project.git("switch", "-q", *where)
        message, hint = refused(project)
        assert message.endswith("its commit is on the branch 'main', not at HEAD")
        assert hint == "git switch 'main', then dsvc undo"
    project.git("switch", "-q", "main")
    project.repo.undo()
    assert numbers(project) == ["v1.0"]


def test_a_commit_on_a_detached_head_is_undone_there(project: Project) -> None:
    for content in (ONE, TWO):
        project.save("m.jsonl", content)
    project.git("switch", "-q", "--detach", "m_v1.0")
    project.save("m.jsonl", THREE)
    project.repo.undo()
    assert (project.git("rev-parse", "HEAD"), numbers(project)) == (project.git("rev-parse", "m_v1.0^{}"), ["v1.0"])
    assert refused(project)[1] == "git switch 'main', then dsvc undo"
    project.git("switch", "-q", "main")
    project.repo.undo()
    assert numbers(project) == ["v1.0"]


def test_a_commit_that_no_branch_has_is_passed_over(project: Project) -> None:
    for content in (ONE, TWO):
        project.save("m.jsonl", content)
    project.git("switch", "-q", "--detach", "m_v1.1")
    made = project.save("m.jsonl", THREE)
    project.write("m.jsonl", edits := THREE + ONE)  # so the hook leaves the file alone
    project.git("switch", "-q", "main")
    first, second, *_ = project.repo.operations()
    assert first.obstacle == "its commit is on no branch any more: it is passed over"
    assert (first.passed_over, second.passed_over, second.obstacle) == (True, False, None)
    project.repo.undo()
    assert numbers(project) == ["v1.0"]
    assert project.read("m.jsonl") == edits
    (state,) = project.repo.status()
    assert state.base is not None
    assert (state.base.id, state.stale) == (
        made.manifest.id,
        True,
    )  # the file was not touched: it is still of that version


def test_what_git_reset_took_out_is_passed_over(project: Project) -> None:
    for content in (ONE, TWO, THREE):
        project.save("m.jsonl", content)
    project.git("reset", "-q", "--hard", "HEAD~1")
    project.repo.undo()
    assert numbers(project) == ["v1.0"]


def test_an_amended_commit_is_not_passed_over(project: Project) -> None:
    for content in (ONE, TWO):
        project.save("m.jsonl", content)
    project.git("commit", "-q", "--amend", "-m", "better said")
    message, hint = refused(project)
    assert message.endswith("its commit was made anew since (amended or rebased)")
    assert hint == "dsvc rollback m@v1.0 (a new version with what was before)"
    project.repo.rollback("m@v1.0")
    assert project.read("m.jsonl") == ONE
