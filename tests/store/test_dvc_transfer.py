"""Over a remote and back: only sound objects travel, and what is missing is named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from dsvc.errors import CorruptError, MissingObjectError, RemoteError
from tests.store.conformance import ABSENT
from tests.store.dvc_command import StoreRepository, pack_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dsvc.store.objects import ObjectId

FILES = {pack_name(n): f"record {n}\n".encode() for n in range(5)}


class RemoteRepository(StoreRepository):
    """A repository with a remote in the folder beside it."""

    @property
    def remote(self) -> Path:
        return self.root.parent / "remote"

    def remote_path(self, oid: ObjectId) -> Path:
        return self.remote / "files" / "md5" / oid[:2] / oid[2:]

    def lose_cache(self) -> None:
        shutil.rmtree(self.root / ".dvc" / "cache")


@pytest.fixture
def repository(tmp_path: Path) -> RemoteRepository:
    url = tmp_path / "remote"
    config = (
        f"[core]\n    remote = Disk\n['remote \"disk\"']\n    url = {url}\n['remote \"cloud\"']\n    url = s3://b/x\n"
    )
    made = RemoteRepository.create(tmp_path / "repo", config)
    assert isinstance(made, RemoteRepository)
    return made


def damage(path: Path, data: bytes = b"reCord 9\n") -> None:
    path.chmod(0o644)
    path.write_bytes(data)
    path.chmod(0o444)


def test_a_pushed_directory_comes_back_with_all_its_files(repository: RemoteRepository) -> None:
    directory = repository.save(FILES, message=None)
    told: list[tuple[int, int]] = []
    repository.packs.push([directory], progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (6, 6)
    repository.packs.push([directory])
    repository.lose_cache()
    packs = repository.packs
    packs.fetch([directory], files=False)
    assert [packs.has(oid) for oid in packs.read_dir(directory).values()] == [False] * 5
    packs.fetch([directory])
    assert all(packs.verify(oid) for oid in packs.read_dir(directory).values())
    assert not list((packs.cache_dir / "dsvc-tmp").iterdir())
    oid = packs.put(FILES[pack_name(0)]).oid
    assert packs.path(oid).stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize("mode", [0o444, 0o644])
def test_a_damaged_remote_object_is_refused_and_the_rest_kept(repository: RemoteRepository, mode: int) -> None:
    directory = repository.save(FILES, message=None)
    repository.packs.push([directory])
    files = repository.packs.read_dir(directory)
    bad = files[pack_name(2)]
    damage(repository.remote_path(bad))
    repository.remote_path(bad).chmod(mode)
    repository.lose_cache()
    packs = repository.packs
    with pytest.raises(CorruptError, match=bad) as caught:
        packs.fetch([directory])
    assert "'disk'" in str(caught.value).lower()
    assert [name for name, oid in files.items() if not packs.has(oid)] == [pack_name(2)]
    assert not list((packs.cache_dir / "dsvc-tmp").iterdir())
    assert repository.remote_path(bad).exists()


def test_a_damaged_local_object_never_leaves(repository: RemoteRepository) -> None:
    directory = repository.save(FILES, message=None)
    packs = repository.packs
    bad = packs.read_dir(directory)[pack_name(3)]
    damage(packs.path(bad))
    with pytest.raises(CorruptError, match=bad):
        packs.push([directory])
    assert not repository.remote.exists()


def test_what_the_remote_lacks_is_named(repository: RemoteRepository) -> None:
    directory = repository.save(FILES, message=None)
    repository.packs.push([directory])
    files = repository.packs.read_dir(directory)
    lost = [files[pack_name(n)] for n in (1, 4)]
    for oid in lost:
        repository.remote_path(oid).unlink()
    repository.lose_cache()
    with pytest.raises(MissingObjectError, match="lacks 2 objects") as caught:
        repository.packs.fetch([directory])
    assert all(oid in str(caught.value) for oid in lost)
    with pytest.raises(MissingObjectError, match=f"lacks object '{ABSENT}'"):
        repository.packs.fetch([ABSENT])
    with pytest.raises(MissingObjectError, match=ABSENT):
        repository.packs.push([ABSENT])


def test_a_remote_that_cannot_be_used_says_why(repository: RemoteRepository) -> None:
    packs = repository.packs
    for remote, fact in (("disk", "has nothing at"), ("nowhere", "doesn't exist"), ("cloud", "'cloud' failed")):
        with pytest.raises(RemoteError, match=fact) as caught:
            packs.fetch([ABSENT], remote=remote)
        assert not isinstance(caught.value, MissingObjectError)
    assert caught.value.hint == "pip install dvc-s3"
    (repository.root / ".dvc" / "config").write_text("")
    with pytest.raises(RemoteError, match="no DVC remote") as caught:
        repository.packs.push([packs.put(b"x").oid])
    assert caught.value.hint == "dvc remote add --default storage URL"


def test_objects_come_over_http(repository: RemoteRepository) -> None:
    directory = repository.save(FILES, message=None)
    repository.packs.push([directory])
    bad = repository.packs.read_dir(directory)[pack_name(2)]
    damage(repository.remote_path(bad))
    repository.lose_cache()
    with served(repository.remote) as url:
        (repository.root / ".dvc" / "config.local").write_text(f"['remote \"web\"']\n    url = {url}\n")
        packs = repository.packs
        with pytest.raises(CorruptError, match=bad):
            packs.fetch([directory], remote="web")
        repository.remote_path(bad).unlink()
        with pytest.raises(MissingObjectError, match=bad):
            packs.fetch([directory], remote="web")
    with pytest.raises(RemoteError, match="'web' failed") as caught:
        packs.fetch([directory], remote="web")
    assert not isinstance(caught.value, MissingObjectError)
    assert [oid for oid in packs.read_dir(directory).values() if not packs.has(oid)] == [bad]


@contextmanager
def served(folder: Path) -> Iterator[str]:
    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_dvc_is_imported_only_when_something_must_travel(repository: RemoteRepository) -> None:
    directory = repository.save(FILES, message=None)
    script = (
        "import sys; from pathlib import Path; from dsvc.store.dvc_packs import DvcPacks\n"
        "packs = DvcPacks.at(Path(sys.argv[1])); packs.fetch([sys.argv[2]])\n"
        "with packs.lock(): packs.put(b'x')\n"
        "heavy = {'dvc', 'dvc_data', 'dvc_objects', 'ruamel', 'fsspec', 'flufl', 'asyncio'}\n"
        "print(sorted(heavy & sys.modules.keys()))\n"
    )
    words = [sys.executable, "-c", script, str(repository.root), directory]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "[]\n"
