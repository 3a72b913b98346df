"""The object store on DVC's cache: durable, complete or absent, and where DVC's settings say."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dsvc.errors import BadDataError, CorruptError, MissingObjectError, NotFoundError, ProtectedError
from dsvc.store.dvc_packs import DvcPacks
from dsvc.store.dvc_pointer import Pointer
from dsvc.store.objects import ObjectId, ObjectStore, ObjectWriter
from tests.store.conformance import ABSENT, ObjectStoreConformance

DIRECTORY = ObjectId("376c8e28494b89deb2a1637e811cd789.dir")


def as_protocol(packs: DvcPacks) -> ObjectStore:
    """Fails the type check, not a test, when the store stops being an ``ObjectStore``."""
    return packs


@pytest.fixture
def store(tmp_path: Path) -> DvcPacks:
    DvcPacks.init(tmp_path)
    return DvcPacks.at(tmp_path)


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def write_and_finish(writer: ObjectWriter, data: bytes) -> None:
    writer.write(data)
    writer.finish()


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    path.chmod(0o444)


class TestDvcPacks(ObjectStoreConformance):
    def test_an_object_is_a_read_only_file_where_dvc_looks_for_it(self, store: DvcPacks) -> None:
        oid = store.put(b"abc").oid
        path = store.cache_dir / "files" / "md5" / oid[:2] / oid[2:]
        assert path.read_bytes() == b"abc"
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
        assert files_below(store.cache_dir) == [path]

    def test_a_large_object_is_hashed_in_threads_to_the_same_result(self, store: DvcPacks) -> None:
        data = os.urandom(1 << 20) * 9 + b"tail"
        with store.writer() as writer:
            for start in range(0, len(data), 777_777):
                writer.write(data[start : start + 777_777])
            stored = writer.finish()
        assert stored.size == len(data)
        assert store.verify(stored.oid)
        assert store.read(stored.oid) == data

    def test_a_flipped_byte_is_found_and_the_object_can_be_written_again(self, store: DvcPacks) -> None:
        oid = store.put(b"one record\n").oid
        flip_a_byte(store.path(oid))
        assert not store.verify(oid)
        store.put(b"one record\n")
        assert store.verify(oid)

    def test_a_truncated_large_object_is_written_again(self, store: DvcPacks) -> None:
        data = b"0123456789abcdef" * (1 << 17)
        oid = store.put(data).oid
        store.path(oid).chmod(0o644)
        os.truncate(store.path(oid), 1000)
        store.put(data)
        assert store.verify(oid)

    def test_an_identical_object_is_kept_as_it_is(self, store: DvcPacks) -> None:
        oid = store.put(b"kept").oid
        inode = store.path(oid).stat().st_ino
        store.put(b"kept")
        assert store.path(oid).stat().st_ino == inode

    def test_a_damaged_object_can_be_set_aside(self, store: DvcPacks) -> None:
        oid = store.put(b"abc").oid
        aside = store.set_aside(oid)
        assert aside.read_bytes() == b"abc"
        assert not store.has(oid)
        with pytest.raises(MissingObjectError):
            store.set_aside(oid)

    def test_an_id_that_is_a_path_is_refused(self, store: DvcPacks) -> None:
        with pytest.raises(CorruptError, match="is not an md5"):
            store.read(ObjectId("../../../etc/passwd"))


class TestFailures:
    @pytest.mark.parametrize("size", [100, 6 << 20])
    def test_a_full_disk_leaves_nothing(self, store: DvcPacks, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
        kept = store.put(b"here before").oid
        real_write = os.write

        def write(fd: int, data: bytes) -> int:
            if len(data) == 1 << 20 and os.fstat(fd).st_size < 5 << 20:
                return real_write(fd, data[: 1 << 19])
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "write", write)
        writer = store.writer()
        with pytest.raises(OSError, match="No space left"), writer:
            write_and_finish(writer, bytes(size))
        with pytest.raises(ValueError, match="finished"):
            writer.finish()
        monkeypatch.undo()
        assert files_below(store.cache_dir) == [store.path(kept)]

    @pytest.mark.parametrize("step", ["fsync", "fchmod"])
    def test_a_disk_that_cannot_flush_leaves_nothing(
        self, store: DvcPacks, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        with monkeypatch.context() as patch, store.writer() as writer:
            writer.write(b"x" * (5 << 20))
            patch.setattr(os, step, fail)
            with pytest.raises(OSError, match="Input/output error"):
                writer.finish()
        assert files_below(store.cache_dir) == []

    def test_a_file_size_limit_leaves_nothing(self, store: DvcPacks) -> None:
        script = (
            "import resource, sys; from pathlib import Path; from dsvc.store.dvc_packs import DvcPacks\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))\n"
            "try: DvcPacks.at(Path(sys.argv[1])).put(bytes(8_000_000))\n"
            "except OSError as error: print(error.strerror)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(store.root)], capture_output=True, text=True, check=True
        )
        assert done.stdout == "File too large\n"
        assert files_below(store.cache_dir) == []

    def test_a_killed_writer_leaves_no_object_and_its_scraps_are_swept(self, store: DvcPacks) -> None:
        script = (
            "import os, sys; from pathlib import Path; from dsvc.store.dvc_packs import DvcPacks\n"
            "block, writer = os.urandom(1 << 20), DvcPacks.at(Path(sys.argv[1])).writer()\n"
            "while True:\n"
            "    writer.write(block); print('.', flush=True)\n"
        )
        process = subprocess.Popen([sys.executable, "-c", script, str(store.root)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        with process, store.writer() as alive:
            alive.write(b"still writing")
            for _ in range(12):
                process.stdout.readline()
            assert store.sweep() == []
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert len(store.sweep()) == 1
            stored = alive.finish()
        assert files_below(store.cache_dir) == [store.path(stored.oid)]

    def test_killed_at_any_step_the_object_is_whole_or_absent(self, store: DvcPacks) -> None:
        script = (
            "import os, signal, sys; from pathlib import Path; from dsvc.store.dvc_packs import DvcPacks\n"
            "left = int(sys.argv[2])\n"
            "def counted(real):\n"
            "    def call(*args, **named):\n"
            "        global left\n"
            "        if left == 0: os.kill(os.getpid(), signal.SIGKILL)\n"
            "        left -= 1\n"
            "        return real(*args, **named)\n"
            "    return call\n"
            "for owner, name in ((os, 'write'), (os, 'fsync'), (os, 'fchmod'), (Path, 'replace'), (Path, 'mkdir')):\n"
            "    setattr(owner, name, counted(getattr(owner, name)))\n"
            "DvcPacks.at(Path(sys.argv[1])).put(b'record\\n' * 1_000_000)\n"
        )
        for steps in range(100):
            root = store.root / str(steps)
            root.mkdir()
            DvcPacks.init(root)
            words = [sys.executable, "-c", script, str(root), str(steps)]
            killed = subprocess.run(words, check=False).returncode == -signal.SIGKILL
            packs = DvcPacks.at(root)
            packs.sweep()
            objects = files_below(packs.cache_dir)
            assert all(packs.verify(ObjectId(path.parent.name + path.name)) for path in objects)
            if not killed:
                break
        assert steps > 12
        assert len(objects) == 1

    def test_every_object_is_flushed_before_its_name_and_its_folder_after(
        self, store: DvcPacks, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        steps: list[str] = []
        real_fsync, real_replace = os.fsync, Path.replace

        def fsync(fd: int) -> None:
            steps.append("folder" if stat.S_ISDIR(os.fstat(fd).st_mode) else "file")
            real_fsync(fd)

        def replace(self: Path, target: Path) -> Path:
            steps.append("rename")
            return real_replace(self, target)

        monkeypatch.setattr(os, "fsync", fsync)
        monkeypatch.setattr(Path, "replace", replace)
        store.put(b"x")
        assert steps[-3:] == ["file", "rename", "folder"]
        steps.clear()
        store.put(b"x")
        assert steps == ["file", "folder"]


class TestSettings:
    def test_without_dvc_the_way_out_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError) as caught:
            DvcPacks.at(tmp_path)
        assert caught.value.hint == "dsvc init"

    def test_init_never_touches_what_is_there(self, tmp_path: Path) -> None:
        (tmp_path / ".dvcignore").write_text("*.tmp\n")
        assert DvcPacks.init(tmp_path) == [".dvc/.gitignore", ".dvc/config"]
        assert DvcPacks.init(tmp_path) == []
        assert (tmp_path / ".dvcignore").read_text() == "*.tmp\n"

    def test_the_strongest_level_names_the_cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        user, system = tmp_path / "user", tmp_path / "system"
        monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(user))
        monkeypatch.setenv("DVC_SYSTEM_CONFIG_DIR", str(system))
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        DvcPacks.init(tmp_path)
        assert DvcPacks.at(tmp_path).cache_dir == tmp_path / ".dvc" / "cache"
        levels = [
            (system / "config", "~/system", tmp_path / "home" / "system"),
            (user / "config", "/var/user cache", Path("/var/user cache")),
            (tmp_path / ".dvc" / "config", "../shared", tmp_path / "shared"),
            (tmp_path / ".dvc" / "config.local", "'/mnt/a, b # c'", Path("/mnt/a, b # c")),
        ]
        for path, value, expected in levels:
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"[core]\n    autostage = true\n[Cache]\n    DIR = {value}\n")
            assert DvcPacks.at(tmp_path).cache_dir == expected

    def test_a_cache_shared_by_a_group_stays_writable_for_it(self, tmp_path: Path) -> None:
        DvcPacks.init(tmp_path)
        (tmp_path / ".dvc" / "config").write_text("[cache]\n    shared = group\n")
        store = DvcPacks.at(tmp_path)
        path = store.path(store.put(b"x").oid)
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o2775
        assert stat.S_IMODE(path.stat().st_mode) == 0o444

    def test_settings_that_cannot_be_read_are_named(self, tmp_path: Path) -> None:
        DvcPacks.init(tmp_path)
        (tmp_path / ".dvc" / "config").write_text("<<<<<<< HEAD\n[core\n")
        with pytest.raises(BadDataError, match="config"):
            DvcPacks.at(tmp_path)

    def test_a_linked_worktree_shares_the_main_cache_and_says_so(self, tmp_path: Path) -> None:
        main, linked = tmp_path / "main", tmp_path / "linked"
        for root in (main, linked):
            root.mkdir()
            DvcPacks.init(root)
        local = linked / ".dvc" / "config.local"
        local.write_text("# my note\n[core]\n    remote = nas\n")
        store = DvcPacks.at(linked, main_worktree=main)
        assert store.cache_dir == main / ".dvc" / "cache"
        said = store.use_main_cache(main)
        assert said is not None
        assert "cache.dir" in said
        assert store.cache_dir == DvcPacks.at(linked).cache_dir == main / ".dvc" / "cache"
        assert "# my note" in local.read_text()
        assert "remote = nas" in local.read_text()
        assert store.use_main_cache(main) is None
        assert DvcPacks.at(main).use_main_cache(main) is None


class TestPointer:
    def test_what_is_written_is_read_back(self, store: DvcPacks) -> None:
        for path in ("store", "my store", "数据", "true", "12", "- x", "a: b", "it's #1"):
            data = store.pointer_bytes(DIRECTORY, size=10**12, nfiles=3, path=path)
            assert store.parse_pointer(data) == Pointer(DIRECTORY, 10**12, 3, path)

    def test_what_users_add_to_a_pointer_is_tolerated(self, store: DvcPacks) -> None:
        text = f"""# by hand
desc: 'a "note": with colon'
meta:
  owner: {{name: x}}
  outs:
  - md5: not this one
outs:
  - path: "store"
    hash: md5
    labels:
      - md5: nor this
    meta:
      size: 99
    desc: about | this
    nfiles: 2
    size: 4
    md5: {DIRECTORY} # current
"""
        for written in (text, text.replace("\n", "\r\n")):
            assert store.parse_pointer(written.encode()) == Pointer(DIRECTORY, 4, 2, "store")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "outs:\n",
            "\xff",
            "outs:\n- md5: abc.dir\n  size: 1\n  nfiles: 1\n  hash: md5\n  path: store\n",
            "outs:\n- md5: {oid}\n  size: x\n  nfiles: 1\n  hash: md5\n  path: store\n",
            "outs:\n- md5: {oid}\n  size: 1\n  nfiles: 1\n  path: store\n",
            "outs:\n- md5: {file}\n  size: 1\n  nfiles: 1\n  hash: md5\n  path: store\n",
            "outs:\n<<<<<<< HEAD\n- md5: {oid}\n=======\n- md5: {oid}\n>>>>>>> b\n  size: 1\n  nfiles: 1\n",
            "outs:\n- md5: {oid}\n  size: 1\n  size: 2\n  nfiles: 1\n  hash: md5\n  path: store\n",
            "outs:\n- md5: {oid}\n  size: 1\n- md5: {oid}\n  nfiles: 1\n  hash: md5\n  path: store\n",
        ],
    )
    def test_nonsense_and_conflict_markers_are_refused(self, store: DvcPacks, text: str) -> None:
        data = text.format(oid=DIRECTORY, file=ABSENT).encode("latin-1")
        with pytest.raises(CorruptError):
            store.parse_pointer(data)


class TestLink:
    def test_the_folder_follows_the_directory_and_spares_foreign_files(self, store: DvcPacks, tmp_path: Path) -> None:
        a, b, c = (store.put(data).oid for data in (b"a", b"b", b"c"))
        folder = tmp_path / "store"
        old, new, stable = f"{1:032x}.jsonl", f"{2:032x}.layout", "medical.jsonl"
        store.link(folder, store.put_dir({old: a, stable: b}))
        (folder / "notes.txt").write_text("mine")
        (folder / ".dsvc-link-0123").write_text("left by a killed process")
        assert store.link(folder, store.put_dir({new: c}), previous=[stable]) == ["notes.txt"]
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
            new: b"c",
            "notes.txt": b"mine",
        }

    def test_nothing_is_touched_when_an_object_is_missing(self, store: DvcPacks, tmp_path: Path) -> None:
        folder = tmp_path / "store"
        name = f"{1:032x}.jsonl"
        store.link(folder, store.put_dir({name: store.put(b"a").oid}))
        with pytest.raises(MissingObjectError, match=ABSENT):
            store.link(folder, store.put_dir({f"{2:032x}.jsonl": ABSENT}))
        assert (folder / name).read_bytes() == b"a"

    @pytest.mark.parametrize("kind", ["", "hardlink", "copy", "symlink", "reflink,copy"])
    def test_each_kind_of_link_is_made_once(self, tmp_path: Path, kind: str) -> None:
        DvcPacks.init(tmp_path)
        if kind:
            (tmp_path / ".dvc" / "config").write_text(f"[cache]\n    type = '{kind}'\n")
        store = DvcPacks.at(tmp_path)
        name = f"{1:032x}.jsonl"
        target = tmp_path / "store" / name
        oid = store.put(b"abc").oid
        directory = store.put_dir({name: oid})
        store.link(tmp_path / "store", directory)
        first = target.lstat()
        assert target.is_symlink() == (kind == "symlink")
        if kind == "hardlink":
            assert target.stat().st_nlink == 2
        store.link(tmp_path / "store", directory)
        assert target.lstat() == first
        assert target.read_bytes() == b"abc"

    def test_a_copy_that_somebody_changed_is_put_right(self, tmp_path: Path) -> None:
        DvcPacks.init(tmp_path)
        (tmp_path / ".dvc" / "config").write_text("[cache]\n    type = copy\n")
        store = DvcPacks.at(tmp_path)
        name = f"{1:032x}.jsonl"
        directory = store.put_dir({name: store.put(b"abc").oid})
        store.link(tmp_path / "store", directory)
        target = tmp_path / "store" / name
        target.unlink()
        time.sleep(0.01)
        target.write_bytes(b"abX")
        store.link(tmp_path / "store", directory)
        assert target.read_bytes() == b"abc"

    def test_nothing_is_written_outside_the_folder(self, store: DvcPacks, tmp_path: Path) -> None:
        directory = store.put_dir({"sub/x.jsonl": store.put(b"a").oid})
        with pytest.raises(CorruptError):
            store.link(tmp_path / "store", directory)
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "trap").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(ProtectedError):
            store.link(tmp_path / "trap", store.put_dir({}))
