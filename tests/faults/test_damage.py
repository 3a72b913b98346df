"""A flipped byte in anything stored: refused with the file's name and a way out, or harmless; never wrong data."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dsvc
from dsvc.errors import CorruptError, DsvcError, MissingObjectError, RemoteError
from tests.faults.inspection import look, refusal_of
from tests.faults.stories import FILE, commit, empty_git, git, open_repo, put
from tests.store.dvc_command import run_dvc

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.repository.results import Finding

LINES = [json.dumps({"id": n, "text": "贷款 loan " * 8 + str(n)}, ensure_ascii=False).encode() for n in range(14_000)]
FIRST = b"\n".join(LINES) + b"\n"
SECOND = b"\n".join([*LINES[:5000], b'{"id": 5000, "text": "edited"}', *LINES[5001:]]) + b"\n"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions of a file that is large enough to have an index."""
    root = tmp_path_factory.mktemp("damage") / "repo"
    empty_git(root)
    dsvc.init(root)
    shutil.rmtree(root / ".git" / "hooks")
    put(root, FIRST)
    commit(root)
    put(root, SECOND)
    commit(root)
    open_repo(root).checkout("medical@v1.0")
    open_repo(root).checkout("medical@v1.1")
    return root


@pytest.fixture
def root(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "repo", symlinks=True))


def objects(root: Path, suffix: str) -> list[Path]:
    """Cache objects of the files in the store (of both versions) whose names end so."""
    repo = open_repo(root)
    found = []
    for entry in repo.log("medical"):
        packs = repo._context.packs
        directory = repo._context.versions.store(entry.entry).directory
        assert directory is not None
        if suffix == ".dir":
            found.append(packs.path(directory))  # type: ignore[attr-defined]
        else:
            names = packs.read_dir(directory)
            found += [packs.path(oid) for name, oid in names.items() if name.endswith(suffix)]  # type: ignore[attr-defined]
    return sorted(set(found))


def flip(file: Path, at: int) -> None:
    data = bytearray(file.read_bytes())
    data[at] ^= 0x04
    file.chmod(0o644)
    file.write_bytes(bytes(data))
    file.chmod(0o444)


def spots(file: Path) -> list[int]:
    size = file.stat().st_size
    return sorted({0, 3, 20, size // 3, size // 2, size - 30, size - 1} & set(range(size)))


VERBS: dict[str, Callable[[Path], object]] = {
    "checkout": lambda root: open_repo(root).checkout("medical@v1.0", force=True),
    "read": lambda root: [record.content for record in open_repo(root).snapshot("medical@v1.0")],
    "diff": lambda root: list(open_repo(root).diff("medical@v1.0", "medical@v1.1")),
    "status": lambda root: open_repo(root).status(),
    "commit": lambda root: commit(root),
}


@pytest.mark.parametrize("suffix", [".jsonl", ".idx", ".layout", ".dir"])
def test_a_flipped_byte_in_the_cache(root: Path, suffix: str) -> None:
    refused = 0
    for file in objects(root, suffix):
        good = file.read_bytes()
        for spot in spots(file):
            flip(file, spot)
            error = refusal_of(lambda: open_repo(root).checkout("medical@v1.0", force=True))
            if error is None:
                assert (root / FILE).read_bytes() == FIRST
            else:
                assert isinstance(error, CorruptError), (suffix, spot, error)
                assert error.hint
                assert (root / FILE).read_bytes() == SECOND
                refused += 1
            file.chmod(0o644)
            file.write_bytes(good)
            open_repo(root).restore()
    assert refused or suffix == ".idx"


@pytest.mark.parametrize("suffix", [".jsonl", ".idx", ".layout", ".dir"])
@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_gives_a_clear_error(root: Path, suffix: str, verb: str) -> None:
    put(root, SECOND + b'{"id": -1}\n')
    shutil.rmtree(root / ".git" / "dsvc" / "cache", ignore_errors=True)
    for file in objects(root, suffix):
        flip(file, file.stat().st_size // 2)
    error = refusal_of(lambda: VERBS[verb](root))
    assert error is None or isinstance(error, CorruptError), error


def test_the_way_out_of_a_damaged_pack_is_the_remote(root: Path, tmp_path: Path) -> None:
    run_dvc(root, "remote", "add", "--local", "--default", "store", str(tmp_path / "remote"))
    run_dvc(root, "push", "--all-commits")
    pack = max(objects(root, ".jsonl"), key=lambda path: path.stat().st_size)
    flip(pack, 100_000)
    error = refusal_of(lambda: open_repo(root).checkout("medical@v1.0"))
    assert isinstance(error, CorruptError)
    assert error.hint is not None
    assert error.hint.startswith("dsvc fsck --repair")
    assert all(found.repaired for found in open_repo(root).fsck(repair=True))
    open_repo(root).checkout("medical@v1.0")
    assert (root / FILE).read_bytes() == FIRST


@pytest.mark.parametrize("suffix", [".jsonl", ".layout", ".dir"])
def test_a_deleted_object_comes_back_from_the_remote(root: Path, tmp_path: Path, suffix: str) -> None:
    run_dvc(root, "remote", "add", "--local", "--default", "store", str(tmp_path / "remote"))
    run_dvc(root, "push", "--all-commits")
    for file in objects(root, suffix):
        file.unlink()
    open_repo(root).checkout("medical@v1.0")
    assert (root / FILE).read_bytes() == FIRST


@pytest.mark.parametrize("suffix", [".jsonl", ".layout", ".dir"])
def test_a_deleted_object_without_a_remote_is_named(root: Path, suffix: str) -> None:
    for file in objects(root, suffix):
        file.unlink()
    before = (root / FILE).read_bytes()
    error = refusal_of(lambda: open_repo(root).checkout("medical@v1.0"))
    assert isinstance(error, RemoteError | MissingObjectError)
    assert "v1.0" in error.message, error.message
    assert error.hint
    assert (root / FILE).read_bytes() == before
    assert open_repo(root).status()[0].problem is None or suffix == ".dir"


@pytest.mark.parametrize("name", ["manifest.json", "versions.jsonl", "store.dvc"])
def test_a_flipped_byte_in_a_tracked_file(root: Path, name: str) -> None:
    file = root / ".dsvc" / "data" / "medical" / name
    put(root, SECOND + b'{"id": -1}\n')
    for spot in spots(file):
        flip(file, spot)
        status = open_repo(root).status()[0]
        assert status.problem is not None
        assert name in status.problem
        assert status.hint is not None
        error = refusal_of(lambda: commit(root))
        assert isinstance(error, CorruptError), error
        assert error.hint is not None
        assert error.hint.startswith("git restore")
        git(root, *error.hint.replace("'", "").split()[1:])
        assert open_repo(root).status()[0].problem is None


def test_a_flipped_byte_that_was_committed(root: Path) -> None:
    for name in ("manifest.json", "versions.jsonl", "store.dvc"):
        file = root / ".dsvc" / "data" / "medical" / name
        for spot in spots(file):
            good = file.read_bytes()
            flip(file, spot)
            git(root, "commit", "--quiet", "-m", "damage", "--", str(file.relative_to(root)))
            for verb in VERBS:
                error = refusal_of(lambda verb=verb: VERBS[verb](root))  # type: ignore[misc]
                assert error is None or error.hint, (name, spot, error)
            git(root, "reset", "--quiet", "--soft", "HEAD~1")
            file.chmod(0o644)
            file.write_bytes(good)
            git(root, "add", str(file.relative_to(root)))
            open_repo(root).restore()


def test_a_flipped_byte_in_the_base(root: Path) -> None:
    (file,) = (root / ".git" / "dsvc" / "base").iterdir()
    good = file.read_bytes()
    for spot in spots(file):
        flip(file, spot)
        error = refusal_of(lambda: open_repo(root).checkout("medical@v1.0"))
        assert isinstance(error, CorruptError), (spot, error)
        assert str(file) in error.message
        assert error.hint is not None
        assert error.hint.startswith(f"rm '{file}'")
        status = open_repo(root).status()[0]
        assert status.problem is not None
        assert str(file) in status.problem
        file.unlink()
        assert open_repo(root).status()[0].base is not None
        file.chmod(0o644) if file.exists() else None
        file.write_bytes(good)


def test_a_flipped_byte_in_the_journal(root: Path) -> None:
    file = max((root / ".git" / "dsvc" / "operations").glob("*.json"))
    for spot in spots(file):
        good = file.read_bytes()
        flip(file, spot)
        error = refusal_of(lambda: open_repo(root).undo())
        assert isinstance(error, CorruptError), (spot, error)
        assert str(file) in error.message
        assert error.hint is not None
        assert error.hint.startswith(f"rm '{file}'")
        assert open_repo(root).status()[0].problem
        file.chmod(0o644)
        file.write_bytes(good)


def test_a_flipped_byte_in_a_line_cache_is_harmless(root: Path) -> None:
    before = look(root)
    for file in (root / ".git" / "dsvc" / "cache" / "lines").iterdir():
        for spot in spots(file):
            flip(file, spot)
            put(root, SECOND.replace(b'"id": 7,', b'"id": 77,'))
            commit(root)
            open_repo(root).undo()
    assert look(root).versions == before.versions


def test_a_damaged_git_object_is_an_error_and_no_traceback(root: Path) -> None:
    blob = git(root, "rev-parse", "HEAD:.dsvc/data/medical/manifest.json").strip()
    file = root / ".git" / "objects" / blob[:2] / blob[2:]
    flip(file, file.stat().st_size // 2)
    for verb in VERBS:
        with pytest.raises(DsvcError) as caught:
            VERBS[verb](root)
        assert caught.value.hint


@pytest.mark.parametrize("folder", ["HEAD:", "HEAD:.dsvc", "HEAD:.dsvc/data"])
def test_a_lost_folder_of_git_is_not_an_empty_repository(root: Path, folder: str) -> None:
    tree = git(root, "rev-parse", folder).strip()
    (root / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    looks: list[Callable[[], object]] = [
        lambda: open_repo(root).status(),
        lambda: open_repo(root).log("medical"),
        lambda: list(open_repo(root).fsck()),
    ]
    for look_at in looks:
        with pytest.raises(CorruptError, match="git lacks the folder") as caught:
            look_at()
        assert caught.value.hint == "git fsck --full"


def test_a_byte_that_became_a_line_end_is_damage(root: Path) -> None:
    pack = pack_of(root)
    data = bytearray(pack.read_bytes())
    data[len(data) - 20] = 0x0A
    pack.chmod(0o644)
    pack.write_bytes(bytes(data))
    put(root, SECOND.replace(LINES[-1], b'{"id": "edited"}'))
    for verb in ("diff", "commit"):
        with pytest.raises(CorruptError, match=r"stored file '[0-9a-f]{32}\.jsonl' is damaged"):
            list(open_repo(root).diff()) if verb == "diff" else commit(root)


# Which records are lost


def pack_of(root: Path) -> Path:
    return max(objects(root, ".jsonl"), key=lambda path: path.stat().st_size)


def lost(findings: list[Finding], version: str) -> set[int]:
    """Numbers (from 1) of all records of a version that were named."""
    return {
        number
        for found in findings
        for group in found.records
        if version in group.versions
        for first, last in group.ranges
        for number in range(first, last + 1)
    }


@pytest.mark.parametrize("at", [0.0, 0.3, 0.5, 0.999])
def test_the_records_of_the_damaged_block_are_named(root: Path, at: float) -> None:
    pack = pack_of(root)
    spot = int(pack.stat().st_size * at)
    hit = FIRST[:spot].count(b"\n") + 1
    flip(pack, spot)
    findings = list(open_repo(root).fsck())
    assert [found.problem for found in findings] == ["damaged"]
    for version in ("v1.0", "v1.1"):
        named = lost(findings, version)
        assert hit in named or (version == "v1.1" and hit == 5001)  # edited there: it lies in another file
        assert len(named) < len(LINES) / 2
    group = findings[0].records[0]
    assert (group.file, group.unit) == (FILE, "record")


def test_what_was_edited_since_is_not_lost(root: Path) -> None:
    """Of v1.1 only what it took over from the damaged file, line by line."""
    flip(pack_of(root), FIRST.index(LINES[5000]) + 9)
    findings = list(open_repo(root).fsck())
    assert lost(findings, "v1.0") - lost(findings, "v1.1") == {5001}


@pytest.mark.parametrize("how", ["deleted", "damaged"])
def test_without_an_index_all_that_the_file_holds_is_named(root: Path, how: str) -> None:
    (index,) = objects(root, ".idx")
    index.unlink() if how == "deleted" else flip(index, index.stat().st_size // 2)
    flip(pack_of(root), 100_000)
    findings = list(open_repo(root).fsck())
    assert len(findings) == 2
    assert lost(findings, "v1.0") == set(range(1, 14_001))
    assert lost(findings, "v1.1") == set(range(1, 14_001)) - {5001}


def test_a_lost_layout_takes_the_version_along(root: Path) -> None:
    for layout in objects(root, ".layout"):
        layout.unlink()
    findings = list(open_repo(root).fsck())
    assert lost(findings, "v1.0") == lost(findings, "v1.1") == set(range(1, 14_001))


def test_blank_lines_make_it_lines(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    empty_git(root)
    dsvc.init(root)
    put(root, b'{"id": 1}\n\n{"id": 2}\n')
    commit(root)
    flip(pack_of(root), 3)
    (found,) = open_repo(root).fsck()
    assert [(group.unit, group.ranges) for group in found.records] == [("line", ((1, 3),))]


def test_undone_versions_and_saved_edits_are_looked_at_and_stay_here(root: Path, tmp_path: Path) -> None:
    run_dvc(root, "remote", "add", "--local", "--default", "store", str(tmp_path / "remote"))
    put(root, SECOND + b'{"id": 900001}\n')
    commit(root)
    open_repo(root).undo()
    put(root, SECOND + b'{"id": 900002}\n')
    open_repo(root).restore()
    repo = open_repo(root)
    assert list(repo.fsck()) == []
    pushed = repo.push()
    assert (pushed.versions, pushed.kept) == (("medical@v1.0", "medical@v1.1"), 2)
    for name in ("900001", "900002"):
        for file in (root / ".dvc" / "cache").rglob("*"):
            if file.is_file() and f'"id": {name}'.encode() in file.read_bytes() and file.stat().st_size < 1000:
                flip(file, 3)
    findings = [found for found in open_repo(root).fsck() if found.problem == "damaged"]
    assert len(findings) == 2
    tags = [group.versions[0] for found in findings for group in found.records]
    assert all(tag.startswith("dsvc-keep/medical/") for tag in tags)
    assert [found.records[0].ranges for found in findings] == [((14_001, 14_001),)] * 2
