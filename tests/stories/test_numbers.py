"""Version numbers and tags: two people count on, tags get lost, settings want none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.errors import NotFoundError, ProtectedError, UsageError
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

V0 = lines({"q": 1}, {"q": 2}, {"q": 3})
OURS = lines({"q": 1}, {"q": 2}, {"q": 3}, {"q": "ours"})
THEIRS = lines({"q": 1}, {"q": 2}, {"q": 3}, {"q": "theirs"})


def numbers(project: Project) -> list[str]:
    return [entry.entry.number for entry in project.repo.log("m")]


def test_numbers_that_a_user_chooses(project: Project) -> None:
    assert project.save("m.jsonl", V0).manifest.number == "v1.0"
    assert project.save("m.jsonl", OURS).manifest.number == "v1.1"
    assert project.save("m.jsonl", THEIRS, major=True).manifest.number == "v2.0"
    assert project.save("m.jsonl", OURS, number="3.5").manifest.number == "v3.5"
    assert project.save("m.jsonl", V0).manifest.number == "v3.6"
    assert project.save("m.jsonl", OURS, number="v3.6.1").tag == "m_v3.6.1"
    assert project.save("m.jsonl", V0).manifest.number == "v3.7"
    project.write("m.jsonl", OURS)
    for wrong, message in (("v2.0", "already"), ("two", "not a version number"), ("1", "not a version number")):
        with pytest.raises(UsageError, match=message) as caught:
            project.keep("m", number=wrong)
        assert caught.value.hint
    tags = project.git("tag").split()
    assert tags == sorted(f"m_{number}" for number in numbers(project))
    assert all(project.git("cat-file", "-t", tag) == "tag" for tag in tags)


def test_two_people_make_the_same_number(project: Project, tmp_path: Path) -> None:
    """Both count on from v1.0; after git has put the ledgers together nothing is lost, and ids tell them apart."""
    project.save("m.jsonl", V0)
    project.remote(tmp_path / "remote")
    project.dvc("push", "-q")
    project.git("clone", "-q", "--bare", ".", str(tmp_path / "hub.git"))
    project.git("remote", "add", "origin", str(tmp_path / "hub.git"))
    colleague = Project(tmp_path / "colleague")
    project.git("clone", "-q", str(tmp_path / "hub.git"), str(colleague.root))
    colleague.repo.restore("m")
    theirs = colleague.save("m.jsonl", THEIRS)
    colleague.dvc("push", "-q")
    colleague.git("push", "-q", "--follow-tags", "origin", "HEAD:main")
    ours = project.save("m.jsonl", OURS)
    assert ours.manifest.number == theirs.manifest.number == "v1.1"

    project.git("fetch", "-q", "--no-tags", "origin", "main")
    project.git("-c", "merge.conflictStyle=merge", "merge", "-q", "--no-commit", "-s", "ours", "FETCH_HEAD")
    both = project.git("show", "FETCH_HEAD:.dsvc/m/versions.jsonl").split("\n")
    mine = project.git("show", "HEAD:.dsvc/m/versions.jsonl").split("\n")
    ledger = "".join(f"{line}\n" for line in dict.fromkeys(both + mine))
    project.write(".dsvc/m/versions.jsonl", ledger)
    project.git("add", ".dsvc/m/versions.jsonl")
    project.git("commit", "-q", "-m", "merge")

    assert sorted(numbers(project)) == ["v1.0", "v1.1", "v1.1"]
    assert project.repo.version("m@v1.1").id == theirs.manifest.id  # it is on the remote, whatever the tag here says
    assert project.repo.version(f"m@{theirs.manifest.id[:8]}").id == theirs.manifest.id
    project.repo.checkout(f"m@{theirs.manifest.id[:8]}")
    assert project.read("m.jsonl") == THEIRS
    project.repo.restore("m")
    project.git("update-ref", "-d", "refs/remotes/origin/main")
    with pytest.raises(UsageError, match=r"two versions are called m v1\.1") as caught:
        project.repo.version("m@v1.1")
    named = str(caught.value.hint).rpartition(" ")[2]
    assert project.repo.version(named).number == "v1.1"
    project.git("fetch", "-q", "--no-tags", "origin")
    made = project.save("m.jsonl", V0 + THEIRS)
    assert made.manifest.number == "v1.3"
    assert made.notes[-1] == "m v1.1 is on origin/main already: yours is v1.2 now"
    assert project.repo.version("m@v1.2").id == ours.manifest.id
    assert project.status() == []


def test_git_merges_the_ledgers_by_union(project: Project) -> None:
    project.save("m.jsonl", V0)
    project.git("switch", "-q", "-c", "theirs")
    project.save("m.jsonl", THEIRS)
    project.git("switch", "-q", "main")
    project.repo.checkout("m@HEAD")
    assert project.save("m.jsonl", OURS).manifest.number == "v1.2"
    with pytest.raises(AssertionError, match="CONFLICT"):
        project.git("merge", "-q", "theirs")
    conflicts = project.git("diff", "--name-only", "--diff-filter=U").split()
    assert conflicts == [".dsvc/m/manifest.json", ".dsvc/m/store.dvc"]
    merged = (project.root / ".dsvc/m/versions.jsonl").read_text()
    assert "<<<" not in merged
    assert len(merged.splitlines()) == 3
    with pytest.raises(ProtectedError, match="middle of a merge") as caught:
        project.keep("m")
    way = "git merge --abort (both sides made a version; how to put them together: docs/plain-git-and-dvc.md)"
    assert caught.value.hint == f"finish it first: {way}"
    assert project.repo.status("m")[0].hint == way
    project.git("checkout", "-q", "--ours", ".dsvc/m/manifest.json", ".dsvc/m/store.dvc")
    project.git("add", ".dsvc/m")
    assert project.repo.status("m")[0].hint == "git merge --continue (or --abort)"
    project.git("commit", "-q", "-m", "merge")
    assert sorted(numbers(project)) == ["v1.0", "v1.1", "v1.2"]
    assert not project.repo.status("m")[0].stale
    assert project.save("m.jsonl", THEIRS + OURS).manifest.number == "v1.3"


def test_both_sides_put_together_after_a_merge_that_was_given_up(project: Project) -> None:
    """As docs/plain-git-and-dvc.md says: first the records, then the merge, which is only about the history then."""
    project.save("m.jsonl", V0)
    project.git("switch", "-q", "-c", "theirs")
    project.save("m.jsonl", THEIRS)
    project.git("switch", "-q", "main")
    ours = project.save("m.jsonl", OURS).manifest
    with pytest.raises(AssertionError, match="CONFLICT"):
        project.git("merge", "-q", "theirs")
    project.git("merge", "--abort")
    assert project.repo.version("m@HEAD").id == ours.id
    snapshot = project.repo.snapshot("m@theirs")
    assert b"".join(chunk for file in snapshot.layout.files for chunk in snapshot.chunks(file)) == THEIRS
    together = project.save("m.jsonl", OURS + THEIRS.removeprefix(V0)).manifest
    with pytest.raises(AssertionError, match="CONFLICT"):
        project.git("merge", "-q", "theirs")
    project.git("checkout", "-q", "--ours", ".dsvc/m/manifest.json", ".dsvc/m/store.dvc")
    project.git("add", ".dsvc")
    project.git("commit", "-q", "--no-edit")
    assert project.repo.version("m@HEAD").id == together.id
    assert len(numbers(project)) == 4
    assert "up to date" in project.git("merge", "theirs")
    (state,) = project.repo.status("m")
    assert (state.changed, state.stale, state.problem) == (False, False, None)


@pytest.mark.parametrize("tags", ["none", "releases"])
def test_settings_for_tags(project: Project, tags: str) -> None:
    project.write("dsvc.toml", f'tags = "{tags}"\n')
    for content, major in ((V0, False), (OURS, False), (THEIRS, True), (V0, False)):
        project.save("m.jsonl", content, major=major)
    assert project.git("tag").split() == ([] if tags == "none" else ["m_v1.0", "m_v2.0"])
    assert numbers(project) == ["v2.1", "v2.0", "v1.1", "v1.0"]
    project.repo.checkout("m@v1.1")
    assert project.read("m.jsonl") == OURS
    assert project.repo.manifest("m@v1.1") is not None
    assert project.repo.tag("m@v1.1") == "m_v1.1"
    assert project.git("tag").split().count("m_v1.1") == 1


def test_deleted_tags(project: Project) -> None:
    for content in (V0, OURS, THEIRS):
        project.save("m.jsonl", content)
    project.git("tag", "-d", "m_v1.0", "m_v1.1", "m_v1.2")
    assert numbers(project) == ["v1.2", "v1.1", "v1.0"]
    project.repo.checkout("m@v1.0")
    assert project.read("m.jsonl") == V0
    assert project.repo.tag("m@v1.1") == "m_v1.1"
    manifest = project.repo.manifest("m_v1.1")
    assert manifest is not None
    assert manifest.number == "v1.1"
    project.repo.restore("m")
    assert project.save("m.jsonl", V0).manifest.number == "v1.3"
    project.dvc("gc", "-A", "-f")
    project.repo.checkout("m@v1.0")


def test_names_beside_numbers(project: Project) -> None:
    first = project.save("m.jsonl", V0)
    project.save("m.jsonl", OURS)
    assert project.repo.tag("m@v1.0", "pilot", "what the pilot saw") == "m_pilot"
    for name in (
        "m@pilot",
        "m_pilot",
        "m@m_pilot",
        f"m@{first.commit}",
        "m@HEAD~1",
        "HEAD~1",
        f"m@{first.manifest.id}",
    ):
        assert project.repo.version(name).id == first.manifest.id
    with pytest.raises(ProtectedError, match="already"):
        project.repo.tag("m@v1.1", "pilot")
    for wrong in ("m@v1.9", "m@nonsense", "x@v1.0", "HEAD~9", "m@HEAD~9"):
        with pytest.raises(NotFoundError) as caught:
            project.repo.version(wrong)
        assert caught.value.hint


def test_a_foreign_tag_takes_no_number(project: Project) -> None:
    """Somebody's tag that looks like ours but holds no version is in the way of that number only."""
    project.save("m.jsonl", V0)
    project.git("tag", "m_v1.1", "HEAD")
    result = project.save("m.jsonl", OURS)
    assert result.manifest.number == "v1.2"
    assert project.repo.version("m@v1.2").id == result.manifest.id


def test_a_commit_that_leaves_the_branch_keeps_its_version(project: Project) -> None:
    project.save("m.jsonl", V0)
    lost = project.save("m.jsonl", OURS)
    project.git("reset", "-q", "--hard", "HEAD~1")
    assert numbers(project) == ["v1.0"]
    assert project.repo.version("m@v1.1").id == lost.manifest.id
    assert project.repo.status("m")[0].stale
    project.repo.checkout("m@v1.0", force=True)
    assert project.save("m.jsonl", THEIRS).manifest.number == "v1.2"
    project.dvc("gc", "-A", "-f")
    project.repo.checkout("m@v1.1")
    assert project.read("m.jsonl") == OURS
