"""``fsck`` names the records that a damaged stored file takes along: all of them, and few others."""

from __future__ import annotations

import json
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
import pytest

import dsvc
from dsvc.errors import CorruptError, DsvcError
from dsvc.pack import BLOCK_BYTES
from dsvc.repository.results import CommitRequest
from dsvc.store.memory_packs import MemoryPacks
from tests.repository.lab import Lab, numbered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dsvc.repository import Repository
    from dsvc.repository.results import Finding
    from dsvc.snapshot import Snapshot
    from dsvc.store.objects import ObjectId
    from tests.git_repo import GitRepo

LINES = [json.dumps({"id": n, "text": "贷款 loan " * 8 + str(n)}, ensure_ascii=False).encode() for n in range(9_000)]
MOVED = [b'{"new": 1}', *LINES[4_000:], b'{"new": 2}', *LINES[10:4_000]]
VERSIONS = {"v1.0": LINES, "v1.1": MOVED}


@pytest.fixture
def repository(git_repo: GitRepo) -> Repository:
    """Two versions of a file that is large enough to have an index; the second one moved its halves."""
    dsvc.init(git_repo.root)
    made = dsvc.open(git_repo.root)
    for lines in VERSIONS.values():
        (git_repo.root / "qa.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
        made.commit(CommitRequest(target="qa.jsonl", reason="step", source="manual"))
    return made


def stored(repository: Repository, suffix: str, revision: str = "v1.0") -> dict[str, ObjectId]:
    """Objects of a version whose names end so."""
    listed = repository._context.versions.store(repository.version(revision)).entries
    return {name: oid for name, oid in listed.items() if name.endswith(suffix)}


def file_of(repository: Repository, oid: ObjectId) -> Path:
    path: Path = repository._context.packs.path(oid)  # type: ignore[attr-defined]
    return path


def the_pack(repository: Repository) -> Path:
    """The stored file that has nearly all records."""
    (oid,) = stored(repository, ".jsonl").values()
    return file_of(repository, oid)


def flip(file: Path, *spots: int) -> None:
    data = bytearray(file.read_bytes())
    for spot in spots:
        data[spot] ^= 0x04
    file.chmod(0o644)
    file.write_bytes(bytes(data))
    file.chmod(0o444)


def rows(finding: Finding, version: str) -> set[int]:
    """The records of a version that a finding names, from 1."""
    ranges = [pair for group in finding.records if version in group.versions for pair in group.ranges]
    return {row for first, last in ranges for row in range(first, last + 1)}


def readable(snapshot: Snapshot, lines: list[bytes]) -> Iterator[int]:
    """The records whose own bytes can be read and verified, from 1."""
    (file,) = snapshot.layout.files
    ends = np.cumsum(file.pieces.bytes)
    for row, (line, end) in enumerate(zip(lines, accumulate(len(line) + 1 for line in lines), strict=True), 1):
        start = end - len(line) - 1
        place = int(np.searchsorted(ends, start, side="right"))
        at = int(file.pieces.offset[place] + start - (ends[place] - file.pieces.bytes[place]))
        try:
            assert snapshot.packs.read(int(file.pieces.pack[place]), at, len(line)) == line
        except CorruptError:
            continue
        yield row


@pytest.mark.parametrize("spots", [[0], [700_000], [-1], [300_000, 900_000], [100, 400_000, -100], [262_500]])
def test_exactly_the_records_that_cannot_be_read_are_named(repository: Repository, spots: list[int]) -> None:
    flip(the_pack(repository), *spots)
    (finding,) = repository.fsck()
    assert (finding.problem, finding.versions) == ("damaged", ("v1.0", "v1.1"))
    for version, lines in VERSIONS.items():
        everything = set(range(1, len(lines) + 1))
        assert rows(finding, version) == everything - set(readable(repository.snapshot(version), lines))
    assert len(rows(finding, "v1.0")) <= len(spots) * BLOCK_BYTES // 90


def test_a_line_end_that_is_gone_moves_no_other_record(repository: Repository) -> None:
    pack = the_pack(repository)
    flip(pack, *[place for place, byte in enumerate(pack.read_bytes()[:300_000]) if byte == 0x0A][1000:1100:7])
    (finding,) = repository.fsck()
    for version, lines in VERSIONS.items():
        everything = set(range(1, len(lines) + 1))
        assert rows(finding, version) == everything - set(readable(repository.snapshot(version), lines))


def test_a_missing_file_takes_all_its_records_along(repository: Repository) -> None:
    the_pack(repository).unlink()
    (finding,) = repository.fsck()
    assert finding.problem == "missing"
    assert len(rows(finding, "v1.0")) == len(LINES)
    assert len(rows(finding, "v1.1")) == len(MOVED) - 2


def test_a_small_file_is_named_whole(repository: Repository) -> None:
    small = set(stored(repository, ".jsonl", "v1.1").values()) - set(stored(repository, ".jsonl").values())
    flip(file_of(repository, small.pop()), 3)
    (finding,) = repository.fsck()
    (group,) = finding.records
    assert (group.file, group.unit, group.versions) == ("qa.jsonl", "record", ("v1.1",))
    assert [MOVED[first - 1] for first, _ in group.ranges] == [b'{"new": 1}', b'{"new": 2}']


@pytest.mark.parametrize("suffix", [".layout", ".dir"])
def test_what_tells_the_order_takes_the_whole_version_along(repository: Repository, suffix: str) -> None:
    version = repository.version("v1.1")
    directory = repository._context.versions.store(version).directory
    assert directory is not None
    flip(file_of(repository, directory if suffix == ".dir" else stored(repository, suffix, "v1.1").popitem()[1]), 20)
    for finding in repository.fsck():
        (group,) = [group for group in finding.records if "v1.1" in group.versions]
        assert (group.file, group.ranges) == ("qa.jsonl", ((1, len(MOVED)),))


def test_nothing_is_fetched_to_say_what_is_missing(repository: Repository, tmp_path: Path) -> None:
    config = repository.root / ".dvc" / "config"
    config.write_text(f"[core]\n    remote = there\n['remote \"there\"']\n    url = {tmp_path / 'remote'}\n")
    repository = dsvc.open(repository.root)
    repository.push()
    for suffix in (".layout", ".jsonl"):
        file_of(repository, stored(repository, suffix).popitem()[1]).unlink()
    assert {finding.problem for finding in repository.fsck()} == {"missing"}
    assert all(finding.repaired and not finding.records for finding in repository.fsck(repair=True))
    assert list(repository.fsck()) == []


@pytest.mark.parametrize("how", ["missing", "damaged"])
@pytest.mark.parametrize("whole", [False, True])
def test_an_index_is_made_anew_without_a_remote(repository: Repository, how: str, whole: bool) -> None:
    if whole:
        repository.commit(CommitRequest(target="qa.jsonl", reason="release", whole=True))
    for oid in stored(repository, ".idx", "HEAD").values():
        index = file_of(repository, oid)
        index.unlink() if how == "missing" else flip(index, 40)
    with pytest.raises(DsvcError):
        next(iter(repository.snapshot("qa@HEAD")))
    assert all(finding.problem == how for finding in repository.fsck())
    assert all(finding.repaired for finding in repository.fsck(repair=True))
    assert list(repository.fsck()) == []
    assert next(iter(repository.snapshot("qa@HEAD"))).content == MOVED[0]


def test_an_index_of_a_damaged_file_is_not_made_anew(repository: Repository) -> None:
    (oid,) = stored(repository, ".idx").values()
    file_of(repository, oid).unlink()
    flip(the_pack(repository), 700_000)
    assert [finding.repaired for finding in repository.fsck(repair=True)] == [False, False]


@pytest.fixture
def memory(tmp_path: Path) -> Lab:
    return Lab.over("memory", tmp_path / "work")


def damage(lab: Lab, revision: str, content: bytes) -> None:
    """Flip the first byte of ``content`` in the one stored file of a version that holds it."""
    assert isinstance(lab.packs, MemoryPacks)
    listed = lab.repo._context.versions.store(lab.repo.version(revision)).entries
    (oid,) = {oid for name, oid in listed.items() if content in lab.packs.objects[oid]}
    data = bytearray(lab.packs.objects[oid])
    data[data.index(content)] ^= 0x04
    lab.packs.objects[oid] = bytes(data)


def test_records_that_were_folded_are_found_in_every_version(memory: Lab) -> None:
    memory.versions(*(numbered(*range(count)) for count in range(1, 37)))
    folds = [memory.repo._context.versions.layout(entry.entry).layout.folds for entry in memory.repo.log()]
    assert folds[0]
    assert not folds[-1]
    memory.save(numbered(99, *range(36)))
    damage(memory, "HEAD", numbered(5))
    (finding,) = memory.repo.fsck()
    with_fold = [
        e.entry.number for e in memory.repo.log() if memory.repo._context.versions.layout(e.entry).layout.folds
    ]
    assert set(finding.versions) == set(with_fold)
    held = memory.repo._context.versions.layout(memory.repo.version("HEAD")).layout.folds[0].runs
    assert rows(finding, with_fold[0]) == set(range(2, 2 + len(held)))


def test_one_stored_file_may_have_two_names(memory: Lab) -> None:
    memory.save(numbered(1, 2, 3))
    memory.keep(whole=True, reason="release")
    damage(memory, "v1.0", numbered(2))
    (finding,) = memory.repo.fsck()
    (group,) = finding.records
    assert (group.versions, group.ranges) == (("v1.0", "v1.1"), ((1, 3),))


def test_a_folder_names_the_file_in_it(memory: Lab) -> None:
    memory.write(numbered(1, 2), "data/qa/train.jsonl")
    memory.write(numbered(7, 8), "data/qa/test.jsonl")
    memory.keep("data/qa")
    memory.save(numbered(1, 2, 3), "data/qa/train.jsonl", source="hand")
    damage(memory, "v1.1", numbered(3))
    ((group,),) = [finding.records for finding in memory.repo.fsck()]
    assert (group.file, group.ranges) == ("data/qa/train.jsonl", ((3, 3),))


@pytest.mark.parametrize("cached", [True, False], ids=["lines are known", "lines are not known"])
def test_status_says_that_it_cannot_count(repository: Repository, cached: bool) -> None:
    """Where the file differs from damaged bytes, the difference is no edit."""
    root = repository.root
    edited = [b'{"edited": true}', *MOVED[1:]]
    (root / "qa.jsonl").write_bytes(b"".join(line + b"\n" for line in edited))
    (state,) = dsvc.open(root).status()
    assert (state.files[0].lines_added, state.files[0].lines_removed, state.problem) == (1, 1, None)
    pack = the_pack(repository)
    pack.chmod(0o644)
    content = bytearray(pack.read_bytes())
    spot = content.index(b'8999"')
    content[spot] ^= 1
    pack.write_bytes(content)
    if not cached:
        for file in (root / ".git" / "dsvc" / "cache" / "lines").iterdir():
            file.unlink()
    (state,) = dsvc.open(root).status()
    (name,) = stored(repository, ".jsonl")
    assert state.problem is not None
    assert state.problem.startswith(f"the changed lines cannot be counted: stored file '{name}' is damaged")
    assert state.hint is not None
    assert "dsvc fsck --repair" in state.hint
    assert (state.changed, state.files[0].lines_added) == (True, 0)
