"""Is everything whole, and is it somewhere else too: ``fsck`` and ``push`` on a real cache and a real remote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import dsvc
from dsvc.errors import CorruptError, MissingObjectError, RemoteError
from dsvc.repository.results import CommitRequest

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.repository import Repository
    from tests.git_repo import GitRepo


@pytest.fixture
def repository(git_repo: GitRepo, tmp_path: Path) -> Repository:
    dsvc.init(git_repo.root)
    config = git_repo.root / ".dvc" / "config"
    config.write_text(f"[core]\n    remote = there\n['remote \"there\"']\n    url = {tmp_path / 'remote'}\n")
    made = dsvc.open(git_repo.root)
    for number in range(3):
        (git_repo.root / "qa.jsonl").write_text("".join(f'{{"问": {i}}}\n' for i in range(5 + number)))
        made.commit(CommitRequest(target="qa.jsonl", reason=f"step {number}", source="manual"))
    return made


def pack_of(repository: Repository, line: str) -> Path:
    """The cache object that holds a line."""
    for path in (repository.root / ".dvc" / "cache" / "files" / "md5").rglob("*"):
        if path.is_file() and f"{line}\n".encode() in path.read_bytes():
            return path
    raise AssertionError("no such object")


def test_a_whole_repository_has_no_findings(repository: Repository) -> None:
    assert list(repository.fsck()) == []


def test_damage_is_named_with_the_versions_that_need_it_and_repaired(repository: Repository) -> None:
    pushed = repository.push()
    assert pushed.versions == ("qa@v1.0", "qa@v1.1", "qa@v1.2")
    pack = pack_of(repository, '{"问": 3}')
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes().replace(b"3", b"8"))
    pack.chmod(0o444)
    (finding,) = repository.fsck("qa")
    assert (finding.problem, finding.versions, finding.repaired) == ("damaged", ("v1.0", "v1.1", "v1.2"), False)
    (finding,) = repository.fsck("qa", repair=True)
    assert finding.repaired
    assert list(repository.fsck()) == []


def test_a_lost_object_is_named_and_comes_back_from_the_remote(repository: Repository) -> None:
    repository.push()
    pack_of(repository, '{"问": 6}').unlink()
    (finding,) = repository.fsck()
    assert (finding.problem, finding.versions) == ("missing", ("v1.2",))
    assert [found.repaired for found in repository.fsck(repair=True)] == [True]


@pytest.mark.parametrize("how", ["damaged", "missing"])
def test_what_the_working_file_still_has_is_repaired_from_it(repository: Repository, how: str) -> None:
    (repository.root / ".dvc" / "config").write_text("")
    alone = dsvc.open(repository.root)
    before = (repository.root / "qa.jsonl").read_bytes()
    for line in ('{"问": 3}', '{"问": 6}'):
        if how == "damaged":
            damage(alone, line)
        else:
            pack_of(alone, line).unlink()
    with pytest.raises((CorruptError, RemoteError)) as refused:
        alone.checkout("qa@v1.0")
    assert "dsvc fsck --repair" in str(refused.value.hint)
    assert {(found.problem, found.repaired) for found in alone.fsck(repair=True)} == {(how, True)}
    assert list(alone.fsck()) == []
    alone.checkout("qa@v1.0")
    alone.checkout("qa@v1.2")
    assert (repository.root / "qa.jsonl").read_bytes() == before


def test_without_a_remote_nothing_can_be_repaired_or_sent(repository: Repository) -> None:
    (repository.root / ".dvc" / "config").write_text("")
    alone = dsvc.open(repository.root)
    pack_of(repository, '{"问": 6}').unlink()
    (repository.root / "qa.jsonl").write_text('{"问": 1}\n')  # it does not have the lost line either
    assert [found.repaired for found in alone.fsck(repair=True)] == [False]
    with pytest.raises(RemoteError, match="no DVC remote"):
        alone.push()


def test_versions_whose_data_nobody_has_here_are_left_out_of_a_push(repository: Repository) -> None:
    pack_of(repository, '{"问": 6}').unlink()
    assert repository.push().absent == ("qa@v1.2",)
    for path in (repository.root / ".dvc" / "cache" / "files" / "md5").rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(MissingObjectError, match="is not here"):
        repository.push()


@pytest.mark.parametrize("remote", ["none", "lacks it"])
def test_a_damaged_file_stays_until_a_good_one_has_come(repository: Repository, remote: str) -> None:
    if remote == "none":
        (repository.root / ".dvc" / "config").write_text("")
    pack = pack_of(repository, '{"问": 3}')
    pack.chmod(0o644)
    pack.write_bytes(damaged := pack.read_bytes().replace(b"3", b"8"))
    (repository.root / "qa.jsonl").unlink()
    alone = dsvc.open(repository.root)
    (finding,) = alone.fsck(repair=True)
    assert not finding.repaired
    assert pack.read_bytes() == damaged
    with pytest.raises(CorruptError) as refused:
        alone.checkout("qa@v1.0")
    assert "rm " not in str(refused.value.hint)


def test_a_version_that_nobody_fetched_is_not_called_missing(repository: Repository) -> None:
    for path in (repository.root / ".dvc" / "cache" / "files" / "md5").rglob("*"):
        if path.is_file():
            path.unlink()
    assert {finding.problem for finding in repository.fsck()} == {"not fetched"}


def damage(repository: Repository, line: str) -> None:
    pack = pack_of(repository, line)
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes().replace(line.encode(), line.replace("问", "门").encode()))
    pack.chmod(0o444)


def test_undone_versions_and_saved_edits_are_checked_and_called_by_their_tags(repository: Repository) -> None:
    undone = repository.undo().saved_as
    (repository.root / "qa.jsonl").write_text('{"问": "edit"}\n')
    saved = repository.restore().saved_as
    assert list(repository.fsck()) == []
    for line, tag in (('{"问": 6}', undone), ('{"问": "edit"}', saved)):
        assert tag is not None
        damage(repository, line)
        (finding,) = [found for found in repository.fsck() if tag in found.versions]
        assert (finding.problem, len(finding.records)) == ("damaged", 1)
        assert repository.version(f"qa@{tag}").counts.records >= finding.records[0].ranges[0][0]


def test_what_only_a_tag_keeps_of_a_dataset_is_checked(repository: Repository) -> None:
    for _ in range(3):
        tag = repository.undo().saved_as
    assert repository.datasets() == []
    damage(repository, '{"问": 3}')
    for findings in (list(repository.fsck()), list(repository.fsck("qa"))):
        (finding,) = findings
        assert (finding.dataset.name, len(finding.versions)) == ("qa", 3)
        assert tag in finding.versions


def test_what_is_kept_was_never_to_be_fetched(repository: Repository) -> None:
    tag = repository.undo().saved_as
    for path in (repository.root / ".dvc" / "cache" / "files" / "md5").rglob("*"):
        if path.is_file():
            path.unlink()
    problems = {finding.versions: finding.problem for finding in repository.fsck()}
    assert problems == {("v1.0",): "not fetched", ("v1.1",): "not fetched", (tag,): "missing"}


def test_a_push_leaves_out_what_only_a_tag_keeps_and_says_so(repository: Repository) -> None:
    assert repository.push().kept == 0
    (repository.root / "qa.jsonl").write_text('{"问": "undone"}\n')
    repository.commit(CommitRequest(target="qa.jsonl", reason="wrong", source="manual"))
    repository.undo()
    pushed = repository.push()
    assert (pushed.versions, pushed.kept) == (("qa@v1.0", "qa@v1.1", "qa@v1.2"), 1)
    damage(repository, '{"问": "undone"}')
    (repository.root / "qa.jsonl").unlink()
    assert [found.repaired for found in repository.fsck(repair=True)] == [False]
