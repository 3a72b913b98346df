"""Findings that are accepted: into the baseline, taken back, and never over what something else wrote."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import BadDataError, ProtectedError
from dsvc.repository.writing import replaced
from dsvc.sampling.rule import Rule
from dsvc.validators.baseline import read_baseline
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.repository.context import Context
    from dsvc.repository.writing.journal import Entry
    from dsvc.validators.finding import Finding

NAME = "dsvc-baseline-账单.jsonl"
FLAWED = lines({"q": "怎么还款？", "a": ""}, {"q": "怎么还款？", "a": ""}, {"q": "停卡", "a": ""})

UNANSWERED = lines({"instruction": "怎么还款？", "input": "", "output": ""})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.start(tmp_path / "work")
    project.save("data/账单.jsonl", FLAWED)
    return project


def found(project: Project, rule: str | None = None) -> list[Finding]:
    return [finding for finding in project.repo.validate("账单") if rule in (None, finding.rule)]


def kept(project: Project) -> list[Path]:
    return [*(project.root / ".git/dsvc/replaced").glob("*")]


def test_a_file_that_git_does_not_have_is_to_be_committed(project: Project) -> None:
    repo, path = project.repo, project.root / NAME
    assert repo.accept(found(project), "账单").to_commit == NAME
    written = path.read_bytes()

    def looks() -> str:
        with pytest.raises(ProtectedError) as refused:
            repo.undo()
        assert refused.value.hint is not None
        return refused.value.hint.removeprefix("look at it: ")

    path.write_bytes(b"other\n")
    assert looks() == f"cat '{NAME}'; or leave it as it is and go on: dsvc undo --force"
    path.write_bytes(written)
    project.git("add", NAME)
    project.git("commit", "-qm", "accepted")
    assert repo.accept([], "账单").to_commit is None
    path.write_bytes(b"other\n")
    assert looks().startswith(f"git diff '{NAME}'; or ")
    project.git("commit", "-qam", "by hand")
    assert looks().startswith(f"git log -p -- '{NAME}'; or ")


def test_it_is_taken_back_step_by_step(project: Project) -> None:
    repo, path = project.repo, project.root / NAME
    first = found(project, "exact-duplicate")
    assert first
    told = repo.accept(first, "账单")
    assert (told.path, told.count) == (path, len(first))
    assert told.outcome is not None
    assert told.outcome.file == f"1 finding accepted in '{NAME}'"
    one = path.read_bytes()
    repo.accept(found(project), "账单")
    two = path.read_bytes()
    assert repo.accept([], "账单").outcome is None, "nothing new, nothing to take back"
    assert [each.verb for each in repo.operations()][:2] == ["accept", "accept"]
    assert repo.undo().file == f"'{NAME}' is as it was before"
    assert path.read_bytes() == one
    assert repo.undo().dataset is not None
    assert not path.exists()
    assert one != two
    assert repo.undo().verb == "undo", "the commit before it, whose base is still known"


def test_what_is_found_in_a_part_forgets_nothing_of_the_rest(project: Project) -> None:
    repo, path = project.repo, project.root / "dsvc-baseline-问答.jsonl"
    for part in "train", "test":
        project.write(
            f"data/问答/{part}.jsonl", lines(*({"instruction": f"{part} {n}", "output": ""} for n in range(5)))
        )
    project.keep("data/问答", "first", "hand", allow_findings="as collected")
    repo.pilots.create("问答", "试", Rule(seed="a", size="2"))
    ran, whole = ["empty-field"], [each for each in repo.validate("问答") if each.rule == "empty-field"]
    assert repo.accept(whole, "问答", rules=ran).count == 10
    before = path.read_bytes()
    for part in "data/问答/train.jsonl", "data/问答/train.jsonl@v1.0", "问答@试":
        some = [each for each in repo.validate(part) if each.rule == "empty-field"]
        assert 0 < len(some) < 10
        assert repo.accept(some, part, rules=ran).outcome is None, "all of that is accepted already"
    assert path.read_bytes() == before
    assert repo.accept(whole[:4], "问答", rules=ran).count == 4, "all of it forgets"


def test_what_is_accepted_twice_counts_once(project: Project) -> None:
    repo, path = project.repo, project.root / NAME
    project.write("data/账单.jsonl", UNANSWERED * 3)
    one = found(project, "empty-field")[:1]
    first = repo.accept(one, "账单")
    assert repo.accept(one, "账单").outcome is None, "that is accepted already"
    assert repo.accept(one, "账单").count == first.count == 1
    seen = read_baseline(path, NAME)
    second, third = [*seen.new(found(project, "empty-field"), ["empty-field"])][:2]
    assert second.record == one[0].record, "an equal record has a finding of its own"
    assert repo.accept([second, third], "账单", seen=seen).count == 3
    assert repo.accept([second, third], "账单", seen=seen).outcome is None, "from two windows at once"
    assert [*read_baseline(path, NAME).new(found(project, "empty-field"), ["empty-field"])] == []
    project.write("data/账单.jsonl", UNANSWERED * 4)
    assert len([*read_baseline(path, NAME).new(found(project, "empty-field"), ["empty-field"])]) == 1


def test_what_was_taken_back_meanwhile_stays_out(project: Project) -> None:
    repo, path = project.repo, project.root / NAME
    project.write("data/账单.jsonl", UNANSWERED * 2)
    first, second = found(project, "empty-field")[:2]
    repo.accept([first], "账单")
    seen = read_baseline(path, NAME)
    repo.undo()
    assert repo.accept([second], "账单", seen=seen).count == 1


def test_rules_that_ran_forget_what_they_found_before(project: Project) -> None:
    every = found(project)
    project.repo.accept(every, "账单")
    rest = [finding for finding in every if finding.rule != "exact-duplicate"]
    assert project.repo.accept([], "账单", rules=["exact-duplicate"]).count == len(rest)


def test_what_something_else_wrote_is_never_overwritten(project: Project) -> None:
    repo, path = project.repo, project.root / NAME
    repo.accept(found(project), "账单")
    path.write_bytes(other := path.read_bytes() + b'{"rule": "theirs"}\n')
    with pytest.raises(ProtectedError, match="was written by something else since") as error:
        repo.undo()
    assert error.value.hint is not None
    assert "dsvc undo --force" in error.value.hint
    assert path.read_bytes() == other
    assert repo.undo(force=True).file == f"'{NAME}' is left as it is"
    assert path.read_bytes() == other
    assert repo.operations()[0].undone
    repo.accept(found(project)[:1], "账单")
    assert b"theirs" in path.read_bytes(), "what is accepted besides stays"


@pytest.mark.parametrize("known_before", [False, True])
def test_what_was_accepted_on_another_branch_stays_there(project: Project, *, known_before: bool) -> None:
    """The file is another one here: undo claims nothing, and writes nothing into this branch."""
    repo, path = project.repo, project.root / NAME
    first, *rest = found(project)
    if known_before:
        repo.accept([first], "账单")
        commit(project, "known")
    project.git("switch", "-q", "-c", "side")
    repo.accept(rest, "账单")
    theirs = path.read_bytes()
    commit(project, "more is known")
    project.git("switch", "-q", "main")
    ours = path.read_bytes() if path.exists() else None
    with pytest.raises(ProtectedError, match="on the branch 'side'") as error:
        repo.undo()
    assert error.value.hint is not None
    assert "git switch 'side', then dsvc undo" in error.value.hint
    assert (path.read_bytes() if path.exists() else None) == ours
    project.git("switch", "-q", "side")
    assert path.read_bytes() == theirs
    assert repo.undo().file == f"'{NAME}' is as it was before"
    assert (path.read_bytes() if path.exists() else None) == ours


@pytest.mark.parametrize("known_before", [False, True])
def test_a_baseline_that_is_gone_is_not_written_anew(project: Project, *, known_before: bool) -> None:
    repo, path = project.repo, project.root / NAME
    first, *rest = found(project)
    if known_before:
        repo.accept([first], "账单")
    repo.accept(rest, "账单")
    path.unlink()
    with pytest.raises(ProtectedError, match="is not here any more") as error:
        repo.undo()
    assert error.value.hint is not None
    assert "dsvc undo --force" in error.value.hint
    repo.undo(force=True)
    assert not path.exists(), "nothing of an older one comes back either"
    assert repo.operations()[0].undone


def commit(project: Project, message: str) -> None:
    project.git("add", NAME)
    project.git("commit", "-q", "-m", message)


def test_what_is_written_while_it_is_accepted_stays(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project.root / NAME
    put = replaced.put

    def meanwhile(ctx: Context, entry: Entry, *, back: bool = False) -> list[str]:
        path.write_text("theirs")
        return put(ctx, entry, back=back)

    monkeypatch.setattr("dsvc.repository.accepting.put", meanwhile)
    with pytest.raises(ProtectedError, match="meanwhile"):
        project.repo.accept(found(project), "账单")
    assert path.read_text() == "theirs"
    assert [each.verb for each in project.repo.operations()] == ["commit"]


def test_only_a_baseline_is_written(project: Project, tmp_path: Path) -> None:
    findings = found(project)
    project.write("notes.txt", "my notes\n")
    for path, error in (
        (project.root / "notes.txt", BadDataError),
        (project.root / "data/账单.jsonl", ProtectedError),
        (tmp_path / "outside.jsonl", ProtectedError),
    ):
        with pytest.raises(error):
            project.repo.accept(findings, "账单", baseline=path)
    assert project.read("notes.txt") == b"my notes\n"
    assert project.read("data/账单.jsonl") == FLAWED


def test_what_was_there_is_kept_as_long_as_it_is_needed(project: Project) -> None:
    for count in range(3):
        project.repo.accept(found(project)[: count + 1], "账单")
    needed = len(kept(project))
    assert 1 <= needed <= 3
    for path in kept(project):
        path.unlink()
    (obstacle,) = [each.obstacle for each in project.repo.operations()[:1]]
    assert obstacle is not None, "there is nothing to put back"
    before = project.read(NAME)
    assert project.repo.undo(force=True).file == f"'{NAME}' is left as it is"
    assert project.read(NAME) == before


@pytest.mark.parametrize("way", [("validate", "--write-baseline"), ("validate", "data/账单.jsonl", "--write-baseline")])
def test_the_command_line_goes_the_same_way(project: Project, way: tuple[str, ...]) -> None:
    def run(*words: str) -> str:
        done = subprocess.run(["dsvc", *words], cwd=project.root / "data", capture_output=True, text=True)
        return done.stdout + done.stderr

    words = [word.removeprefix("data/") for word in way]
    assert "take back: dsvc undo" in run(*words)
    assert (project.root / NAME).is_file()
    assert f"'{NAME}' is as it was before" in run("undo")
    assert not (project.root / NAME).exists()
    outside = project.root.parent / "elsewhere.jsonl"
    assert "undo" not in run(*words, "--baseline", str(outside))
    assert outside.is_file()


def test_each_plain_file_of_the_repository_can_have_one_of_its_own(project: Project) -> None:
    names = ("新.jsonl", "in/新.jsonl", "新.csv", "账单.jsonl")
    kept = []
    for name in names:
        project.write(name, FLAWED if name != "新.csv" else b"instruction,output\nq,\nq,\n")
        findings = [*project.repo.validate(name)]
        assert findings
        kept.append(project.repo.accept(findings, name).path.name)
    stems = ("file-新", "file-in__新", "file-新.csv", "file-账单")
    assert kept == [f"dsvc-baseline-{stem}.jsonl" for stem in stems]
    assert NAME not in kept
    for name in names:
        assert "no findings" in run(project, "validate", name), "what is known of one is not that of another"
    project.repo.undo()
    assert not (project.root / kept[-1]).exists()


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_is_no_baseline(project: Project, kind: str) -> None:
    path = project.root / NAME
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    for words in (["validate"], ["validate", "--write-baseline"], ["validate", "--baseline", NAME, "--write-baseline"]):
        told = run(project, *words)
        assert f"'{NAME}' is a {kind}" in told
        assert "hint: name another file: --baseline FILE" in told
        assert "tmp" not in told
    with pytest.raises(BadDataError, match=f"is a {kind}"):
        project.repo.accept(found(project), "账单")
    if kind == "folder":
        assert "is a folder" in run(project, "validate", "--baseline", NAME)


def run(project: Project, *words: str) -> str:
    done = subprocess.run(["dsvc", *words], cwd=project.root, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def test_a_writer_that_died_is_finished(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def dead(ctx: Context, entry: Entry, *, back: bool = False) -> list[str]:
        raise MemoryError

    path = project.root / NAME
    findings = found(project)
    with monkeypatch.context() as patch:
        patch.setattr("dsvc.repository.accepting.put", dead)
        with pytest.raises(MemoryError):
            project.repo.accept(findings, "账单")
    assert not path.exists()
    project.repo.accept([], "账单")
    assert path.is_file()
    with monkeypatch.context() as patch:
        patch.setattr("dsvc.repository.going_back.undo.put", dead)
        with pytest.raises(MemoryError):
            project.repo.undo()
    project.repo.tag("账单@v1.0", "good", None)
    assert not path.exists(), "taken back by the next writer"
