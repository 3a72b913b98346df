"""A dataset that plain DVC, git or git-lfs kept until today is taken over, with all that it was."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import DsvcError, HookError, MissingObjectError, NotFoundError, ProtectedError, UsageError
from dsvc.repository.results import CommitRequest
from tests.stories.project import DATA, Project, lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dsvc.repository.results import AdoptResult

HISTORIES = DATA / "histories"
FILE = "data/诗.jsonl"
PEOPLE = [("王芳", "fang@example.com"), ("Ann Otter", "ann@example.com")]
MOON = {"title": "静夜思", "text": "床前明月光，疑是地上霜。"}
CONTENTS = [lines({"q": 1}), lines({"q": 1}, MOON), lines({"q": 1}, {**MOON, "title": "夜思"})]


def day(number: int) -> str:
    return f"2024-05-{number + 1:02}T09:30:00+08:00"


def commit(project: Project, number: int, files: Mapping[str, bytes], *paths: str) -> str:
    """A commit of the past: by one of two people, on a day of its own."""
    for path, content in files.items():
        project.write(path, content)
    name, email = PEOPLE[number % 2]
    who = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": day(number)}
    project.git("add", "-A", "--", *(paths or files))
    command = ["git", "commit", "-q", "-m", f"第{number}步\n\nmore of it"]
    subprocess.run(command, cwd=project.root, env={**os.environ, **who}, check=True)
    return project.git("rev-parse", "HEAD").strip()


def by_dvc(project: Project, contents: Sequence[bytes]) -> None:
    for number, content in enumerate(contents):
        project.write(FILE, content)
        project.dvc("add", "-q", FILE)
        commit(project, number, {}, f"{FILE}.dvc", "data/.gitignore")


def by_git(project: Project, contents: Sequence[bytes]) -> None:
    for number, content in enumerate(contents):
        commit(project, number, {FILE: content})


def lfs_pointer(content: bytes) -> bytes:
    oid = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n".encode()


def by_lfs(project: Project, contents: Sequence[bytes]) -> None:
    """As ``git lfs`` leaves a clone: pointers in git, the bytes in .git/lfs and in the working file."""
    project.commit("lfs", {".gitattributes": b"*.jsonl filter=lfs diff=lfs merge=lfs -text\n"})
    for number, content in enumerate(contents):
        commit(project, number, {FILE: lfs_pointer(content)})
        oid = hashlib.sha256(content).hexdigest()
        project.write(f".git/lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}", content)
    project.write(FILE, contents[-1])


def adopt(project: Project, target: str = FILE, *, history: bool = True, **more: object) -> AdoptResult:
    request = CommitRequest(target=target, reason="", name="poems", **more)  # type: ignore[arg-type]
    return project.repo.adopt(request, history=history)


def seen(project: Project) -> dict[str, object]:
    """All that a user sees; DVC's cache may hold objects that nothing refers to, until ``dvc gc``."""
    picture: dict[str, object] = dict(project.picture())
    files = picture["files"]
    assert isinstance(files, dict)
    picture["files"] = {name: each for name, each in files.items() if not name.startswith(".dvc/cache/")}
    return picture


def content_of(project: Project, number: str) -> bytes:
    snapshot = project.repo.snapshot(f"poems@{number}")
    return b"".join(chunk for file in snapshot.layout.files for chunk in snapshot.chunks(file))


KEEPERS = {"dvc": by_dvc, "git": by_git, "git-lfs": by_lfs}
keepers = pytest.mark.parametrize("keeper", KEEPERS)


@keepers
def test_every_old_version_with_its_author_date_and_message(project: Project, keeper: str, tmp_path: Path) -> None:
    project.remote(tmp_path / "remote")
    KEEPERS[keeper](project, CONTENTS)
    before, tags = project.git("rev-parse", "HEAD").strip(), project.git("tag", "release").strip()
    result = adopt(project)
    assert (result.keeper, [entry.number for entry in result.versions]) == (keeper, ["v1.0", "v1.1", "v1.2"])
    assert [content_of(project, entry.number) for entry in result.versions] == CONTENTS
    for number, entry in enumerate(result.versions):
        assert (entry.author.name, entry.author.email) == PEOPLE[number % 2]
        assert entry.authored_at.isoformat() == day(number)
        assert (entry.recorded_by.name, entry.recorded_at.year > 2024) == ("Ann Otter", True)
        assert entry.reason == f"第{number}步\n\nmore of it"
        assert [annotator.name for annotator in entry.annotators] == [PEOPLE[number % 2][0]]
    assert [str(entry.changes.added) + str(entry.changes.modified) for entry in result.versions] == ["10", "10", "01"]
    # git: its commits and tags as before, the file no more, and each version a commit of its own.
    assert project.git("rev-parse", "release").strip() == before
    assert tags == ""
    assert FILE not in project.git("-c", "core.quotePath=false", "ls-files")
    assert not (project.root / f"{FILE}.dvc").exists()
    told = project.git("log", "--format=%an %aI %s", f"{before}..HEAD").splitlines()
    assert told[1:] == [f"{PEOPLE[n % 2][0]} {day(n)} poems v1.{n}: 第{n}步" for n in (1, 0)]
    assert project.git("tag", "--list", "poems_*").split() == ["poems_v1.0", "poems_v1.1", "poems_v1.2"]
    assert project.status() == []
    assert project.read(FILE) == CONTENTS[-1]
    assert "up to date" in project.dvc("status")
    # The data of all versions outlives what DVC throws away, and travels.
    project.dvc("gc", "-q", "-f", "-A")
    assert [finding for finding in project.repo.fsck() if finding.problem] == []
    project.dvc("push", "-q", "-A")
    clone = project.copy(tmp_path / "clone")
    for number, content in enumerate(CONTENTS):
        clone.repo.checkout(f"poems@v1.{number}", force=True)
        assert clone.read(FILE) == content


@keepers
def test_only_what_it_is_today(project: Project, keeper: str) -> None:
    KEEPERS[keeper](project, CONTENTS)
    result = adopt(project, history=False, source="anthology")
    (entry,) = result.versions
    assert (entry.number, entry.reason, entry.sources) == ("v1.0", "第2步\n\nmore of it", ("anthology",))
    assert content_of(project, "v1.0") == CONTENTS[-1]
    assert project.status() == []


@keepers
@pytest.mark.parametrize("history", [True, False])
def test_undo_gives_it_back_to_its_keeper(project: Project, keeper: str, history: bool) -> None:
    KEEPERS[keeper](project, CONTENTS)
    before = seen(project)
    adopt(project, history=history)
    outcome = project.repo.undo()
    gone = "3 versions" if history else "1 version"
    assert outcome.history == f"'poems' is kept as it was before, {gone} of it taken out"
    after = seen(project)
    (kept,) = set(project.git("tag", "--list").split())
    assert kept.startswith("dsvc-keep/poems/")
    assert {**after, "refs": None} == {**before, "refs": None}
    if keeper == "dvc":
        assert "up to date" in project.dvc("status")
    assert [entry.number for entry in adopt(project, history=history).versions][-1] == ("v1.2" if history else "v1.0")


@keepers
def test_other_staged_work_and_edits_of_the_file_stay(project: Project, keeper: str) -> None:
    KEEPERS[keeper](project, CONTENTS)
    edited = CONTENTS[-1] + lines({"q": "not committed"})
    project.write(FILE, edited)
    project.write("notes.txt", b"staged")
    project.git("add", "notes.txt")
    adopt(project)
    assert project.read(FILE) == edited
    assert content_of(project, "v1.2") == CONTENTS[-1]
    assert project.git("status", "--porcelain").split() == ["A", "notes.txt"]
    (status,) = project.repo.status()
    assert (status.changed, status.files[0].lines_added, status.files[0].lines_removed) == (True, 1, 0)
    assert project.keep("poems").manifest.number == "v1.3"


@keepers
def test_a_refusing_hook_leaves_everything_as_it_was(project: Project, keeper: str) -> None:
    KEEPERS[keeper](project, CONTENTS)
    project.hook("pre-commit", "echo 'not on a Friday' >&2; exit 1")
    before = seen(project)
    with pytest.raises(HookError, match="not on a Friday"):
        adopt(project)
    assert seen(project) == before
    assert project.repo.datasets() == []


def test_versions_whose_bytes_are_gone_or_no_records_are_listed(project: Project) -> None:
    by_lfs(project, [CONTENTS[0], lines({"q": 1}) + b"{broken\n", CONTENTS[1], CONTENTS[2]])
    gone = hashlib.sha256(CONTENTS[0]).hexdigest()
    (project.root / ".git" / "lfs" / "objects" / gone[:2] / gone[2:4] / gone).unlink()
    result = adopt(project)
    assert [content_of(project, entry.number) for entry in result.versions] == CONTENTS[1:]
    first, second = result.left_out
    assert first.why == f"git-lfs does not have '{FILE}' ({gone[:10]}) here"
    assert f"'{FILE}:2'" in second.why
    assert project.git("log", "-1", "--format=%s", first.commit).strip() == "第0步"


def test_when_the_last_version_is_gone_nothing_is_taken_over(project: Project) -> None:
    by_dvc(project, CONTENTS)
    subprocess.run(["rm", "-rf", str(project.cache())], check=True)
    project.write(FILE, b"{}\n")
    before = seen(project)
    with pytest.raises(MissingObjectError, match="neither here nor on a remote") as caught:
        adopt(project)
    assert caught.value.hint == "dvc fetch --all-commits"
    assert seen(project) == before


@pytest.mark.parametrize("keeper", ["git", "git-lfs"])
def test_staged_changes_are_not_dropped(project: Project, keeper: str) -> None:
    KEEPERS[keeper](project, CONTENTS)
    project.write(FILE, b'{"staged": 1}\n')
    project.git("add", FILE)
    project.write(FILE, b'{"worktree": 1}\n')
    before = seen(project)
    with pytest.raises(ProtectedError, match=r"has staged changes$") as caught:
        adopt(project)
    assert seen(project) == before
    assert f"git restore --staged '{FILE}'" in str(caught.value.hint)
    project.git("restore", "--staged", FILE)
    adopt(project)
    assert project.read(FILE) == b'{"worktree": 1}\n'


def test_who_goes_back_behind_the_adoption_was_told(project: Project) -> None:
    """git overwrites a file that it ignores where an older commit tracks it; only a warning can be in its way."""
    by_git(project, CONTENTS)
    project.git("branch", "before")
    notes = " ".join(adopt(project).notes)
    assert "commits from before track the file" in notes
    project.git("switch", "-q", "before")
    project.git("switch", "-q", "-")
    assert not (project.root / FILE).exists()
    project.repo.restore("poems")
    assert project.read(FILE) == CONTENTS[-1]


def test_a_shallow_clone_says_that_there_was_more(project: Project, tmp_path: Path) -> None:
    by_git(project, CONTENTS)
    clone = Project.start(tmp_path / "clone")
    clone.git("fetch", "-q", "--depth=1", f"file://{project.root}", "HEAD")
    clone.git("reset", "-q", "--hard", "FETCH_HEAD")
    done = adopt(clone)
    assert len(done.versions) == 1
    assert done.notes[0].startswith("this clone is shallow: versions from before it are not there")


def test_branches_that_changed_the_file_apart_are_told(project: Project) -> None:
    by_git(project, CONTENTS[:1])
    project.git("branch", "side")
    commit(project, 1, {FILE: CONTENTS[1]})
    project.git("switch", "-q", "side")
    commit(project, 2, {FILE: CONTENTS[2]})
    project.git("switch", "-q", "main")
    project.git("merge", "-q", "-s", "ours", "-m", "both", "side")
    told = "branches changed the file apart from each other"
    assert any(note.startswith(told) for note in adopt(project, dry_run=True).notes)
    assert any(note.startswith(told) for note in adopt(project).notes)


@keepers
def test_a_file_is_followed_over_its_renamings(project: Project, keeper: str) -> None:
    KEEPERS[keeper](project, CONTENTS[:2])
    before = project.git("rev-list", "--reverse", "HEAD", "--", FILE, f"{FILE}.dvc").split()
    new = "poems/唐诗.jsonl"
    (project.root / "poems").mkdir()
    if keeper == "dvc":
        project.dvc("move", FILE, new)
        commit(project, 2, {}, ".")
    else:
        project.git("mv", FILE, new)
        project.git("commit", "-q", "-m", "renamed")
    told = adopt(project, new, dry_run=True)
    assert [version.counts.records for version in told.versions] == [1, 2]
    done = adopt(project, new)
    assert [version.annotators[0].name for version in done.versions] == [PEOPLE[0][0], PEOPLE[1][0]]
    made = [project.repo.manifest(f"poems@{number}") for number in ("v1.0", "v1.1")]
    assert [each.metadata["adopted"]["commit"] for each in made if each is not None] == before[-2:]
    assert [content_of(project, number) for number in ("v1.0", "v1.1")] == CONTENTS[:2]
    assert not done.left_out


def test_a_folder_that_was_renamed_says_where_its_history_ends(project: Project) -> None:
    commit(project, 0, {"old/train.jsonl": CONTENTS[0]})
    commit(project, 1, {"old/train.jsonl": CONTENTS[1]})
    project.git("mv", "old", "new")
    renaming = commit(project, 2, {}, ".")
    notes = adopt(project, "new", dry_run=True).notes
    assert notes == (
        f"commit {renaming[:10]} renamed 'old' to 'new': folders are not followed, "
        "so what it was before is not among the versions",
    )


def test_a_merge_of_other_work_is_no_branch_of_the_file(project: Project) -> None:
    by_git(project, CONTENTS[:1])
    project.git("branch", "side")
    commit(project, 1, {FILE: CONTENTS[1]})
    project.git("switch", "-q", "side")
    commit(project, 2, {"other.txt": b"x"})
    project.git("switch", "-q", "main")
    project.git("merge", "-q", "-m", "both", "side")
    assert not any("branches" in note for note in adopt(project).notes)


def test_a_pointer_that_git_lfs_left_is_told(project: Project) -> None:
    by_lfs(project, CONTENTS)
    project.write(FILE, lfs_pointer(CONTENTS[-1]))
    assert any("dsvc restore poems" in note and "pointer" in note for note in adopt(project).notes)
    project.repo.restore("poems")
    assert project.read(FILE) == CONTENTS[-1]


def test_the_working_file_is_as_good_as_the_cache(project: Project) -> None:
    by_dvc(project, CONTENTS)
    subprocess.run(["rm", "-rf", str(project.cache())], check=True)
    project.write(FILE, CONTENTS[-1])
    result = adopt(project)
    assert [content_of(project, entry.number) for entry in result.versions] == [CONTENTS[-1]]
    assert len(result.left_out) == 2


@pytest.mark.parametrize("keeper", ["dvc", "git"])
def test_a_folder_of_splits(project: Project, keeper: str) -> None:
    steps = [
        {"data/qa/train.jsonl": CONTENTS[0], "data/qa/test.jsonl": lines({"t": 1})},
        {"data/qa/train.jsonl": CONTENTS[1]},
        {"data/qa/dev.jsonl": lines({"d": 1})},
    ]
    for number, files in enumerate(steps):
        if keeper == "git":
            commit(project, number, files)
            continue
        for path, content in files.items():
            project.write(path, content)
        project.dvc("add", "-q", "data/qa")
        commit(project, number, {}, "data/qa.dvc", "data/.gitignore")
    result = adopt(project, "data/qa")
    assert [entry.counts.files for entry in result.versions] == [2, 2, 3]
    assert [entry.changes.added for entry in result.versions] == [2, 1, 1]
    assert project.status() == []
    assert project.read("data/qa/train.jsonl") == CONTENTS[1]


def test_from_git_to_dvc_once(project: Project) -> None:
    by_git(project, CONTENTS[:2])
    project.git("rm", "-q", "--cached", FILE)
    project.write(FILE, CONTENTS[2])
    project.dvc("add", "-q", FILE)
    commit(project, 2, {}, f"{FILE}.dvc", "data/.gitignore")
    result = adopt(project)
    assert [content_of(project, entry.number) for entry in result.versions] == CONTENTS


def test_the_hint_of_a_refused_commit_leads_here(project: Project) -> None:
    by_git(project, CONTENTS)
    with pytest.raises(ProtectedError) as caught:
        project.keep(FILE)
    assert caught.value.hint == f"dsvc adopt '{FILE}' --history (with its old versions)"


def test_what_cannot_be_taken_over(project: Project) -> None:
    def refusal(target: str) -> DsvcError:
        before = seen(project)
        with pytest.raises(DsvcError) as caught:
            adopt(project, target)
        assert seen(project) == before
        return caught.value

    project.write("free.jsonl", b"{}\n")
    assert isinstance(refusal("free.jsonl"), NotFoundError)
    assert "neither DVC nor git keeps 'free.jsonl'" in refusal("free.jsonl").message
    project.git("add", "free.jsonl")
    assert "is staged in git, and no commit has it" in refusal("free.jsonl").message
    project.commit("csv", {"x.csv": b"a,b\n"})
    assert isinstance(refusal("x.csv"), UsageError)
    assert refusal("nothing.jsonl").message == "there is no 'nothing.jsonl', and no 'nothing.jsonl.dvc'"
    project.write("d/a.jsonl", b"{}\n")
    project.write("d/picture.png", b"png")
    project.dvc("add", "-q", "d")
    assert "has changes that are not committed" in refusal("d").message
    project.commit("folder", {})
    assert refusal("d/a.jsonl").hint == "dsvc adopt 'd'"
    assert "'d/picture.png' lies in 'd' too" in refusal("d").message
    project.save("m.jsonl", b"{}\n")
    assert "is a dataset of dsvc already" in refusal("m.jsonl").message


def test_a_trial_changes_nothing(project: Project) -> None:
    by_git(project, CONTENTS)
    before = project.picture()
    result = adopt(project, dry_run=True)
    assert (len(result.versions), result.commit) == (3, None)
    assert project.picture() == before, "nor does the cache hold anything new"


@pytest.mark.skipif(not HISTORIES.is_dir(), reason="the real histories are not on this machine")
@pytest.mark.parametrize(("name", "keeper"), [("tang_poems_zh", "git"), ("bfcl_multi_turn_base", "git-lfs")])
def test_real_histories(project: Project, name: str, keeper: str) -> None:
    steps = json.loads((HISTORIES / name / "history.json").read_bytes())
    contents = [(HISTORIES / name / step["file"]).read_bytes() for step in steps]
    KEEPERS[keeper](project, contents)
    result = adopt(project)
    assert [content_of(project, entry.number) for entry in result.versions] == contents
    assert result.left_out == ()
