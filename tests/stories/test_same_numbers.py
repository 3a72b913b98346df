"""Two people make the same number: who keeps it, who is told, and that nothing published is rewritten."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import count
from typing import TYPE_CHECKING

import pytest

from dsvc.delta import Added
from dsvc.errors import HookError, NotFoundError, ProtectedError, StorageError, UsageError
from dsvc.repository.numbers.other_branches import OtherBranches
from dsvc.store.git_reader import GitReader
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dsvc.store.git_values import CommitId

V0 = lines({"q": 1}, {"q": 2}, {"q": 3})
ANN = V0 + lines({"q": 11})
BOB = V0 + lines({"q": 12})
BOB_TOO = BOB + lines({"q": 13})
OWN_FILES = (".dsvc/m/manifest.json", ".dsvc/m/store.dvc")
TAKEN = "m v1.1 is on origin/main already: yours"


@dataclass
class Team:
    ann: Project
    bob: Project


@pytest.fixture
def team(project: Project, tmp_path: Path) -> Team:
    """Two clones of one hub, both with v1.0, and a remote for the data."""
    project.remote(tmp_path / "remote")
    project.save("m.jsonl", V0)
    project.dvc("push", "-q")
    hub = tmp_path / "hub.git"
    project.git("clone", "-q", "--bare", ".", str(hub))
    people = []
    for name in ("ann", "bob"):
        project.git("clone", "-q", str(hub), str(tmp_path / name))
        person = Project(tmp_path / name)
        person.repo.restore("m")
        people.append(person)
    return Team(*people)


def numbers(project: Project) -> list[str]:
    return [entry.entry.number for entry in project.repo.log("m")]


def told(project: Project) -> list[str]:
    return of_numbers(tuple(note for state in project.repo.status("m") for note in state.notes))


def of_numbers(notes: Sequence[str]) -> list[str]:
    """Without those that say which version lacks the changes of which: that is a story of its own."""
    return [note for note in notes if "stands beside" not in note]


def publish(project: Project, *where: str) -> None:
    project.repo.push()
    project.git("push", "-q", "--follow-tags", *where)


def fails(project: Project, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=project.root, capture_output=True, text=True)
    assert done.returncode != 0
    return done.stdout + done.stderr


def merge_and_keep_mine(project: Project, branch: str = "origin/main") -> None:
    assert "CONFLICT" in fails(project, "merge", branch)
    project.git("checkout", "-q", "--ours", *OWN_FILES)
    project.git("add", ".dsvc")
    project.git("commit", "-q", "-m", "merge")


def test_a_number_that_was_fetched_is_not_made_again(team: Team) -> None:
    team.ann.save("m.jsonl", ANN)
    publish(team.ann)
    team.bob.git("fetch", "-q", "--no-tags")
    assert team.bob.save("m.jsonl", BOB).manifest.number == "v1.2"
    team.bob.write("m.jsonl", BOB_TOO)
    with pytest.raises(UsageError, match=r"there is a m v1\.1 already"):
        team.bob.keep("m", number="v1.1")
    assert team.bob.repo.clashes() == []


def test_numbers_of_other_branches_here_are_taken_without_tags_too(project: Project) -> None:
    project.write("dsvc.toml", 'tags = "none"\n')
    project.save("m.jsonl", V0)
    project.git("switch", "-q", "-c", "side")
    assert project.save("m.jsonl", ANN).manifest.number == "v1.1"
    project.git("switch", "-q", "main")
    project.repo.checkout("m@HEAD")
    assert project.save("m.jsonl", BOB).manifest.number == "v1.2"


def test_fetch_and_rebase_then_push(team: Team) -> None:
    """The common story: git refuses the tag, the rebase stops, dsvc push gives the next number and says so."""
    hers = team.ann.save("m.jsonl", ANN).manifest
    publish(team.ann)
    his = team.bob.save("m.jsonl", BOB).manifest
    assert hers.number == his.number == "v1.1"
    assert "would clobber existing tag" in fails(team.bob, "fetch", "--tags")
    assert told(team.bob) == [f"{TAKEN} becomes v1.2 with the next dsvc commit or dsvc push"]
    assert team.bob.repo.version("m@v1.1").id == his.id  # that is what HEAD calls it, until it is renumbered

    assert "CONFLICT" in fails(team.bob, "rebase", "origin/main")
    assert of_numbers(team.bob.repo.push().notes) == []  # not in the middle of a rebase
    team.bob.git("checkout", "-q", "--theirs", *OWN_FILES)
    team.bob.git("add", ".dsvc")
    team.bob.git("rebase", "--continue", env={"GIT_EDITOR": "true"})
    assert team.bob.repo.version("m@v1.1").id == hers.id  # both are here now: what is on the remote keeps it
    rebased = team.bob.head()
    pushed = team.bob.repo.push()
    assert of_numbers(pushed.notes) == [f"{TAKEN} is v1.2 now"]
    assert (pushed.versions, pushed.absent) == (("m@v1.0", "m@v1.2"), ("m@v1.1",))
    assert pushed.git_push == "git push --follow-tags"
    assert team.bob.git("rev-parse", "HEAD~1") == rebased
    assert team.bob.changed() == [".dsvc/m/manifest.json", ".dsvc/m/versions.jsonl"]
    assert json.loads(team.bob.read(".dsvc/m/manifest.json"))["number"] == "v1.2"
    assert team.bob.git("tag").split() == ["m_v1.0", "m_v1.2"]
    assert team.bob.git("rev-parse", "m_v1.2^{}") == rebased
    assert team.bob.status() == []
    assert of_numbers(team.bob.repo.push().notes) == []

    team.bob.git("push", "-q", "--follow-tags")
    team.bob.git("fetch", "-q", "--tags")
    team.ann.git("pull", "-q")
    team.ann.repo.checkout("m@HEAD")
    for person in (team.ann, team.bob):
        assert numbers(person) == ["v1.2", "v1.1", "v1.0"]
        assert told(person) == []
        assert person.git("tag").split() == ["m_v1.0", "m_v1.1", "m_v1.2"]
        for name, version in (("v1.1", hers), ("v1.2", his), ("m_v1.2", his), (f"{his.id[:8]}", his)):
            assert person.repo.version(f"m@{name}").id == version.id
            assert person.repo.version(f"m@{name}").number == ("v1.1" if version is hers else "v1.2")
        assert "v1.2" in str(person.repo.describe("m"))
        assert person.repo.manifest("m@v1.2") is not None
        assert {finding.problem for finding in person.repo.fsck()} <= {"not fetched"}
    done = subprocess.run(
        [sys.executable, "-I", "-S", ".dsvc/rebuild.py", "m", "v1.2"], cwd=team.bob.root, capture_output=True
    )
    assert done.stdout == BOB
    assert team.ann.save("m.jsonl", V0).manifest.number == "v1.3"


def test_who_takes_one_side_whole_is_told_what_it_lacks(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost, but what ann added is not in what bob sends: status and push say so for a while."""
    minutes = count(int(time.time()), 60)  # nobody works within one second, the resolution of the ledger
    monkeypatch.setattr("dsvc.repository.context.now", lambda: datetime.fromtimestamp(next(minutes), timezone.utc))
    hers = team.ann.save("m.jsonl", ANN).manifest
    publish(team.ann)
    team.bob.save("m.jsonl", BOB)
    team.bob.git("fetch", "-q")
    merge_and_keep_mine(team.bob)
    pushed = team.bob.repo.push().notes[-1]
    (state,) = team.bob.repo.status("m")
    assert state.notes == (pushed,)
    beside, _, see = pushed.partition("; see it: dsvc diff ")
    assert beside == "v1.1 by Ann Otter stands beside v1.2, which lacks what it changed"
    team.bob.dvc("pull", "-q")
    (added,) = team.bob.repo.diff(see)
    assert isinstance(added, Added)
    assert added.record.content == b'{"q": 11}'
    assert team.bob.repo.version(see.partition("..")[2]).id == hers.id
    for text in ("ann", "more"):
        team.bob.save("m.jsonl", BOB + lines({"q": text}))
    assert told(team.bob) == [] == [note for state in team.bob.repo.status("m") for note in state.notes]


def test_a_merge_then_the_next_commit(team: Team) -> None:
    """Two versions move up together, so that the later one stays the higher one."""
    hers = team.ann.save("m.jsonl", ANN).manifest
    publish(team.ann)
    his = [team.bob.save("m.jsonl", content).manifest for content in (BOB, BOB_TOO)]
    assert [version.number for version in his] == ["v1.1", "v1.2"]
    team.bob.git("fetch", "-q")
    merge_and_keep_mine(team.bob)
    (finding,) = team.bob.repo.fsck()  # two versions are called v1.1 now, and one of them is not fetched
    assert finding.versions in (("v1.1",), (hers.id[:12],))
    merged = team.bob.head()
    made = team.bob.save("m.jsonl", ANN + BOB)
    assert made.manifest.number == "v1.4"
    assert [note for note in made.notes if "v1." in note] == [
        f"{TAKEN} is v1.2 now",
        "m v1.2 comes after a version that moved up: it is v1.3 now",
    ]
    assert numbers(team.bob)[0] == "v1.4"
    assert team.bob.git("rev-parse", "HEAD~1") == merged
    found = [team.bob.repo.version(f"m@v1.{number}").id for number in (1, 2, 3)]
    assert found == [hers.id, his[0].id, his[1].id]
    assert team.bob.git("tag").split() == ["m_v1.0", "m_v1.2", "m_v1.3", "m_v1.4"]
    publish(team.bob)
    team.bob.git("fetch", "-q", "--tags")
    for number, content in ((1, ANN), (2, BOB), (3, BOB_TOO)):
        team.bob.repo.checkout(f"m@v1.{number}")
        assert team.bob.read("m.jsonl") == content


def test_undo_and_once_more(team: Team) -> None:
    """Numbers go up only; to take the commit back and make it again gives the same ones."""
    team.ann.save("m.jsonl", ANN)
    publish(team.ann)
    his = team.bob.save("m.jsonl", BOB).manifest
    team.bob.git("fetch", "-q")
    for _ in range(2):
        made = team.bob.save("m.jsonl", BOB_TOO)
        assert made.manifest.number == "v1.3"
        assert made.notes == (f"{TAKEN} is v1.2 now",)
        assert team.bob.repo.version("m@v1.2").id == his.id
        team.bob.repo.undo()
    assert numbers(team.bob) == ["v1.1", "v1.0"]
    assert team.bob.repo.version("m@v1.2").id == his.id  # its tag has moved on already
    assert of_numbers(team.bob.repo.push().notes) == [f"{TAKEN} is v1.2 now"]


def test_without_tags(team: Team) -> None:
    for person in (team.ann, team.bob):
        person.write("dsvc.toml", 'tags = "none"\n')
    team.ann.save("m.jsonl", ANN)
    publish(team.ann)
    team.bob.save("m.jsonl", BOB)
    team.bob.git("fetch", "-q")
    assert team.bob.repo.rollback("m@v1.0").notes == (f"{TAKEN} is v1.2 now",)
    assert numbers(team.bob) == ["v1.3", "v1.2", "v1.0"]
    assert team.bob.git("tag").split() == ["m_v1.0"]


def test_both_are_on_the_remote(team: Team) -> None:
    """Pull requests: bob's branch was pushed before ann's was merged; the ledger settles it when they meet."""
    team.ann.save("m.jsonl", ANN)
    team.bob.git("switch", "-q", "-c", "bobs")
    his = team.bob.save("m.jsonl", BOB).manifest
    publish(team.bob, "-u", "origin", "bobs")
    team.ann.git("push", "-q")  # the hub has bob's tag of that name
    team.bob.git("fetch", "-q")
    assert told(team.bob) == []
    published = team.bob.head()
    merge_and_keep_mine(team.bob)
    assert told(team.bob) == [
        f"two versions are called m v1.1: '{his.id[:12]}' becomes v1.2 with the next dsvc commit or dsvc push"
    ]
    assert team.bob.repo.version("m@v1.1").id != his.id
    assert of_numbers(team.bob.repo.push().notes) == [f"two versions are called m v1.1: '{his.id[:12]}' is v1.2 now"]
    assert team.bob.git("merge-base", "--is-ancestor", published, "HEAD") == ""
    assert team.bob.repo.version("m@v1.2").id == his.id


def test_a_clone_that_does_not_know_the_remotes_own_branch_waits(team: Team) -> None:
    """His was recorded first, hers is on main: without origin/HEAD the clone would decide for the other one."""
    team.bob.git("switch", "-q", "-c", "bobs")
    his = team.bob.save("m.jsonl", BOB).manifest
    publish(team.bob, "-u", "origin", "bobs")
    time.sleep(1)
    hers = team.ann.save("m.jsonl", ANN).manifest
    assert his.recorded_at < hers.recorded_at
    team.ann.git("push", "-q")
    team.bob.git("fetch", "-q")
    merge_and_keep_mine(team.bob)
    team.bob.git("remote", "set-head", "origin", "--delete")
    hint = "git remote set-head origin --auto"
    assert told(team.bob) == [f"two versions are called m v1.1, both on the remote: to see which keeps it, {hint}"]
    assert of_numbers(team.bob.repo.push().notes) == []
    team.bob.git(*hint.split()[1:])
    assert of_numbers(team.bob.repo.push().notes) == [f"two versions are called m v1.1: '{his.id[:12]}' is v1.2 now"]
    assert team.bob.repo.version("m@v1.1").id == hers.id


def test_branches_that_share_a_ledger_read_it_once(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two", "three"):
        team.bob.git("branch", name)
    read: list[str] = []
    whole = GitReader.read

    def counted(reader: GitReader, commit: CommitId, path: str) -> bytes | None:
        read.append(path)
        return whole(reader, commit, path)

    monkeypatch.setattr(GitReader, "read", counted)
    context = team.bob.repo._context
    (dataset,) = team.bob.repo.datasets()
    read.clear()
    branches = OtherBranches.of(context, dataset)
    assert (len(branches.local), len(branches.remote), read) == (4, 2, [dataset.ledger_path])


def test_nobody_has_published_either(team: Team) -> None:
    """From work tree to work tree: nothing says whose number it is, so both are named; the next commit settles it."""
    hers = team.ann.save("m.jsonl", ANN).manifest
    team.ann.repo.push()
    his = team.bob.save("m.jsonl", BOB).manifest
    team.bob.git("fetch", "-q", "--no-tags", str(team.ann.root), "main")
    merge_and_keep_mine(team.bob, "FETCH_HEAD")
    with pytest.raises(UsageError, match=r"two versions are called m v1\.1") as caught:
        team.bob.repo.version("m@v1.1")
    assert hers.id[:12] in caught.value.message
    assert his.id[:12] in caught.value.message
    named = str(caught.value.hint).rpartition(" ")[2]
    assert team.bob.repo.version(named).number == "v1.1"
    assert team.bob.save("m.jsonl", BOB_TOO).manifest.number == "v1.3"
    first = min((hers, his), key=lambda version: (version.recorded_at, version.id))
    assert team.bob.repo.version("m@v1.1").id == first.id


def command(project: Project, *words: str) -> str:
    done = subprocess.run(["dsvc", *words], cwd=project.root, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_two_versions_of_one_number_are_told_apart_everywhere(team: Team) -> None:
    hers = team.ann.save("m.jsonl", ANN).manifest
    team.ann.repo.push()
    his = team.bob.save("m.jsonl", BOB).manifest
    team.bob.git("fetch", "-q", "--no-tags", str(team.ann.root), "main")
    merge_and_keep_mine(team.bob, "FETCH_HEAD")
    ann, bob = f"v1.1 ({hers.id[:8]})", f"v1.1 ({his.id[:8]})"
    assert command(team.bob, "status").splitlines()[:2] == [f"m  m.jsonl  {bob}", f"  unchanged since {bob}"]
    assert command(team.bob, "show", f"m@{hers.id[:12]}").startswith(f"version m@{ann}\n")
    log = command(team.bob, "log")
    assert ann in log
    assert bob in log
    with pytest.raises(NotFoundError, match="nothing to commit") as nothing:
        team.bob.save("m.jsonl", BOB)
    assert nothing.value.message == f"nothing to commit: 'm.jsonl' is as in {bob}"
    ids = (f"m@{hers.id[:12]}", f"m@{his.id[:12]}")
    assert command(team.bob, "diff", *ids, "--stat").startswith(f"m@{ann} .. m@{bob}\n")
    assert command(team.bob, "diff", f"m@{ann}", f"m@{bob}", "--stat").startswith(f"m@{ann} .. m@{bob}\n")

    team.bob.repo.checkout(ids[0])
    told = command(team.bob, "status")
    assert f"! the file was written from {ann}, but HEAD has {bob}\n" in told
    assert f"make {ann} the newest again: dsvc rollback {ids[0]}\n" in told
    with pytest.raises(ProtectedError) as caught:
        team.bob.save("m.jsonl", ANN + BOB)
    assert caught.value.message == f"'m.jsonl' was written from {ann}, but HEAD has {bob}"
    assert f"to make {ann} with your edits the newest version: dsvc rollback {ids[0]}" in str(caught.value.hint)
    outcome = team.bob.repo.restore("m")
    assert (outcome.file, outcome.head) == (f"'m.jsonl' is back to {bob}", f"stays at {bob}")


def test_a_renumbered_version_keeps_its_new_number_when_head_goes_back(team: Team) -> None:
    team.ann.save("m.jsonl", ANN)
    publish(team.ann)
    his = team.bob.save("m.jsonl", BOB).manifest
    team.bob.git("fetch", "-q")
    assert of_numbers(team.bob.repo.push().notes) == [f"{TAKEN} is v1.2 now"]
    team.bob.git("reset", "-q", "--hard", "origin/main")
    assert team.bob.repo.version(f"m@{his.id[:12]}").number == "v1.2"
    assert command(team.bob, "diff", "m@v1.0..v1.2", "--stat").startswith("m@v1.0 .. m@v1.2\n")
    team.bob.write("m.jsonl", BOB_TOO)
    with pytest.raises(ProtectedError, match=r"'m.jsonl' was written from v1.2, but HEAD has v1.1"):
        team.bob.keep("m")


def test_a_hook_that_says_no_leaves_the_numbers(team: Team) -> None:
    team.ann.save("m.jsonl", ANN)
    publish(team.ann)
    team.bob.save("m.jsonl", BOB)
    team.bob.git("fetch", "-q")
    hook = team.bob.hook("pre-commit", "exit 1")
    before = team.bob.picture()
    with pytest.raises(HookError):
        team.bob.repo.push()
    assert team.bob.picture() == before
    hook.unlink()
    assert of_numbers(team.bob.repo.push().notes) == [f"{TAKEN} is v1.2 now"]
    assert team.bob.status() == []


def test_a_tag_that_could_not_be_renamed_follows_with_the_next_push(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.ann.save("m.jsonl", ANN)
    publish(team.ann)
    team.bob.save("m.jsonl", BOB)
    team.bob.git("fetch", "-q")

    def full(*_: object) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("dsvc.repository.numbers.tags.move_tags", full)
        notes = team.bob.save("m.jsonl", BOB_TOO).notes
    assert notes[-1] == "its tag was not renamed: the disk is full"
    assert team.bob.git("tag").split() == ["m_v1.0", "m_v1.1", "m_v1.3"]
    assert of_numbers(team.bob.repo.push().notes) == []
    assert team.bob.git("tag").split() == ["m_v1.0", "m_v1.2", "m_v1.3"]


def test_what_the_commands_say(team: Team) -> None:
    def run(*words: str) -> tuple[str, str]:
        done = subprocess.run(["dsvc", *words], cwd=team.bob.root, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout, done.stderr

    team.ann.save("m.jsonl", ANN)
    publish(team.ann)
    team.bob.save("m.jsonl", BOB)
    team.bob.git("fetch", "-q")
    waiting = f"{TAKEN} becomes v1.2 with the next dsvc commit or dsvc push"
    assert waiting in run("status")[1]
    assert waiting in run("log")[1]
    assert f"dsvc: {waiting}" in run("hook", "post-merge")[1]
    out, err = run("push")
    assert err == f"{TAKEN} is v1.2 now\n"
    assert out.splitlines()[-1] == "the history and its tags travel with git: git push --follow-tags"
    assert json.loads(run("push", "--json")[0])["git_push"] == "git push --follow-tags"
    team.bob.git("switch", "-q", "-c", "side")
    assert run("push")[0].endswith("git push --follow-tags -u origin side\n")
    team.bob.git("remote", "remove", "origin")
    assert run("push")[0].endswith("which has no remote yet: git remote add origin URL\n")
