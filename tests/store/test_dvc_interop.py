"""The real ``dvc`` command reads what dsvc writes, and dsvc what ``dvc`` writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import zc.lockfile

from dsvc.errors import LockedError
from dsvc.store.dvc_packs import DvcPacks
from tests.store.dvc_command import StoreRepository, git, pack_name, run_dvc

STORE_DVC = ".dsvc/data/medical/store.dvc"
VERSION_1 = {pack_name(1): '{"问": "a"}\n'.encode(), pack_name(2, "layout"): b"v1"}
VERSION_2 = {pack_name(1): VERSION_1[pack_name(1)], pack_name(3): b'{"b": 1}\n', pack_name(4, "layout"): b"v2"}


@pytest.fixture
def repository(tmp_path: Path) -> StoreRepository:
    return StoreRepository.create(tmp_path / "repo")


def test_init_makes_what_dvc_init_makes(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for root in (ours, theirs):
        root.mkdir()
        git(root, "init", "-q", ".")
    run_dvc(theirs, "init", "-q")
    created = DvcPacks.init(ours)
    assert created == sorted(git(theirs, "diff", "--cached", "--name-only").split())
    for name in created:
        assert (ours / name).read_bytes() == (theirs / name).read_bytes()
    git(ours, "add", ".")
    assert "There are no data or pipelines" in run_dvc(ours, "status")


def test_pointer_and_directory_are_what_dvc_add_writes(tmp_path: Path) -> None:
    repository = StoreRepository.create(tmp_path / "repo")
    files = {**VERSION_1, "药.jsonl": b"x\n", "B": b"", "a b": b"y"}
    directory = repository.save(files, message=None)
    ours = repository.pointer.read_bytes()
    shutil.rmtree(repository.folder)
    shutil.rmtree(repository.root / ".dvc" / "cache")
    repository.pointer.unlink()
    repository.folder.mkdir()
    for name, data in files.items():
        (repository.folder / name).write_bytes(data)
    run_dvc(repository.root, "add", "-q", str(repository.folder))
    assert repository.pointer.read_bytes() == ours
    assert repository.packs.read_dir(directory).keys() == files.keys()
    assert repository.packs.verify(directory)


def test_a_version_travels_over_a_remote_with_dvc_alone(tmp_path: Path) -> None:
    remote = tmp_path / "remote"
    config = f"[core]\n    remote = disk\n['remote \"disk\"']\n    url = {remote}\n"
    repository = StoreRepository.create(tmp_path / "repo", config)
    repository.save(VERSION_1)
    git(repository.root, "tag", "v1")
    repository.save(VERSION_2)
    assert "up to date" in run_dvc(repository.root, "status")
    assert "6 files pushed" in run_dvc(repository.root, "push", "--all-commits")

    shutil.rmtree(repository.root / ".dvc" / "cache")
    shutil.rmtree(repository.folder)
    run_dvc(repository.root, "pull", "-q")
    assert repository.shown() == VERSION_2
    git(repository.root, "checkout", "-q", "v1", "--", STORE_DVC)
    run_dvc(repository.root, "fetch", "-q")
    run_dvc(repository.root, "checkout", "-q")
    assert repository.shown() == VERSION_1
    pointer = repository.packs.parse_pointer(repository.pointer.read_bytes())
    assert repository.packs.link(repository.folder, pointer.dir_oid) == []
    assert "up to date" in run_dvc(repository.root, "status")


def test_gc_keeps_every_committed_version_and_spares_work_in_progress(tmp_path: Path) -> None:
    repository = StoreRepository.create(tmp_path / "repo")
    first = repository.save(VERSION_1)
    git(repository.root, "tag", "v1")
    second = repository.save(VERSION_2)
    packs = repository.packs
    unused = packs.put(b"belongs to no version").oid
    with packs.writer() as writer:
        writer.write(b"not yet finished")
        run_dvc(repository.root, "gc", "-A", "-f")
        finished = writer.finish().oid
    assert packs.has(finished)
    assert not packs.has(unused)
    run_dvc(repository.root, "gc", "-w", "-T", "-f")
    for directory in (first, second):
        assert all(packs.verify(oid) for oid in [directory, *packs.read_dir(directory).values()])


def test_dvc_finds_objects_in_a_configured_cache(tmp_path: Path) -> None:
    place = "cache, of all"
    repository = StoreRepository.create(tmp_path / "repo")
    (repository.root / ".dvc" / "config.local").write_text(f'[cache]\n    dir = "../../{place}"\n')
    repository.save(VERSION_1)
    assert repository.packs.cache_dir == tmp_path / place
    assert "up to date" in run_dvc(repository.root, "status")
    shutil.rmtree(repository.folder)
    run_dvc(repository.root, "checkout", "-q")
    assert repository.shown() == VERSION_1


def test_dvc_in_a_linked_worktree_uses_the_main_cache(tmp_path: Path) -> None:
    repository = StoreRepository.create(tmp_path / "repo")
    repository.save(VERSION_1)
    linked = tmp_path / "linked"
    git(repository.root, "worktree", "add", "-q", str(linked))
    assert DvcPacks.at(linked, main_worktree=repository.root).use_main_cache(repository.root)
    run_dvc(linked, "checkout", "-q")
    assert StoreRepository(linked).folder.is_dir()
    assert git(linked, "status", "--porcelain") == ""
    assert not (linked / ".dvc" / "cache").exists()


@pytest.mark.parametrize("hardlink_lock", [False, True])
def test_dvc_and_dsvc_wait_for_each_other(tmp_path: Path, hardlink_lock: bool) -> None:
    config = "[core]\n    hardlink_lock = true\n" if hardlink_lock else ""
    repository = StoreRepository.create(tmp_path / "repo", config)
    (repository.root / "data.txt").write_text("x")
    script = (
        "import sys\nfrom dvc.repo import Repo, lock_repo\n"
        "with Repo(sys.argv[1]) as repo, lock_repo(repo):\n"
        "    print('locked', flush=True); sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(repository.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        with pytest.raises(LockedError, match="is locked by") as caught, repository.packs.lock(timeout=0.1):
            pass
        if not hardlink_lock:
            assert str(process.pid) in str(caught.value)
        process.communicate("")
    with repository.packs.lock(timeout=0):
        assert "Unable to acquire lock" in run_dvc(repository.root, "add", "data.txt", status=1)
        with pytest.raises(LockedError), repository.packs.lock(timeout=0):
            pass
    run_dvc(repository.root, "add", "-q", "data.txt")


def test_hooks_of_dvc_install_pass_while_the_lock_is_paused(
    repository: StoreRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    run_dvc(repository.root, "install")
    repository.save(VERSION_1, message=None)
    git(repository.root, "add", ".")
    lock = repository.packs.lock()
    with lock:
        with lock.paused():
            git(repository.root, "commit", "-qm", "v1")
            with pytest.raises(LockedError), repository.packs.lock(timeout=0):
                pass
        with pytest.raises(zc.lockfile.LockError):
            zc.lockfile.LockFile(str(repository.root / ".dvc" / "tmp" / "lock"))
    assert "up to date" in run_dvc(repository.root, "status")


def test_a_running_stage_that_uses_our_files_counts_as_a_lock(repository: StoreRepository) -> None:
    rwlock = repository.root / ".dvc" / "tmp" / "rwlock"
    rwlock.parent.mkdir()
    stage = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    user = {"pid": stage.pid, "cmd": "dvc repro"}
    with stage:
        for noted in ({"read": {str(repository.folder): [user]}}, {"write": {str(repository.root): user}}):
            rwlock.write_text(json.dumps(noted))
            with pytest.raises(LockedError, match=str(stage.pid)), repository.packs.lock(timeout=0):
                pass
        rwlock.write_text(json.dumps({"write": {str(repository.root / "model"): user}}))
        with repository.packs.lock(timeout=0):
            pass
        rwlock.write_text(json.dumps({"write": {str(repository.root): {**user, "pid": os.getppid()}}}))
        with repository.packs.lock(timeout=0):  # the stage that runs this process
            pass
        rwlock.write_text(json.dumps({"write": {str(repository.root): user}}))
    with repository.packs.lock(timeout=0):
        pass
