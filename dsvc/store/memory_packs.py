"""The object store of a repository in memory, with the behaviour of the one that DVC shares: for tests."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from dsvc.errors import LockedError, RemoteError
from dsvc.store import dvc_pointer, store_link
from dsvc.store.dvc_pointer import Pointer
from dsvc.store.memory import MemoryObjects
from dsvc.store.objects import ObjectId, is_directory, missing_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

LOCK_TIMEOUT = 10.0
"""Seconds that a writer waits for another one."""


class MemoryPacks(MemoryObjects):
    """Objects in a dictionary; ``remote`` (another store) is where `fetch` gets what is not here.

    Fulfils :class:`dsvc.repository.stores.Packs`.
    """

    def __init__(self, remote: MemoryObjects | None = None) -> None:
        super().__init__()
        self.remote = remote
        self.aside: dict[ObjectId, bytes] = {}
        self._lock = threading.Lock()

    def beside(self, folder: Path) -> MemoryPacks:
        """A store for objects that nobody will keep."""
        return MemoryPacks(self.remote)

    def pointer_bytes(self, dir_oid: ObjectId, *, size: int, nfiles: int, path: str = "store") -> bytes:
        """Return ``store.dvc`` as ``dvc add`` writes it (``size`` in bytes)."""
        return dvc_pointer.pointer_bytes(Pointer(dir_oid, size, nfiles, path))

    def parse_pointer(self, data: bytes) -> Pointer:
        """Read ``store.dvc``; ``CorruptError`` when it is not one directory."""
        return dvc_pointer.parse_pointer(data)

    def link(self, folder: Path, dir_oid: ObjectId, *, previous: Iterable[str] = ()) -> list[str]:
        """Make ``folder`` show the directory object, as files; return the foreign names left there.

        Removes what does not belong only where it is ours: packs, their sidecars, and names in ``previous``.
        """
        entries = self.read_dir(dir_oid)
        store_link.check(folder, entries, self)
        folder.mkdir(parents=True, exist_ok=True)
        for name, oid in entries.items():
            if not (folder / name).is_file():
                (folder / name).write_bytes(self.objects[oid])
        return store_link.remove_ours(folder, keep=frozenset(entries), previous=frozenset(previous))

    def lock(self, timeout: float = LOCK_TIMEOUT) -> MemoryLock:
        """Keep other threads out for a ``with`` block; ``LockedError`` after ``timeout`` seconds."""
        return MemoryLock(self._lock, timeout)

    def sweep(self) -> list[Path]:
        """Nothing is ever left behind."""
        return []

    def fetch(self, oids: Iterable[ObjectId], *, files: bool = True) -> None:
        """Take from ``remote`` what is not here; with ``files``, directories' files too.

        ``MissingObjectError`` for the first object that is nowhere.
        """
        for oid in oids:
            self._fetch_one(oid)
            if files and is_directory(oid):
                for file in self.read_dir(oid).values():
                    self._fetch_one(file)

    def push(self, oids: Iterable[ObjectId], *, remote: str | None = None) -> None:
        """Copy to ``remote`` what it lacks, directories with their files. RemoteError where there is none."""
        if self.remote is None:
            raise RemoteError("no DVC remote is configured", hint="dvc remote add --default storage URL")
        for oid in oids:
            files = self.read_dir(oid).values() if is_directory(oid) else ()
            for one in (*files, oid):
                self.remote.objects[one] = self.read(one)

    @property
    def has_remote(self) -> bool:
        """Whether there is a remote to fetch from."""
        return self.remote is not None

    def put_sound(self, oid: ObjectId, chunks: Iterable[bytes]) -> bool:
        """Store these bytes instead of a damaged or missing object, if they are the right ones."""
        return self.put(b"".join(chunks)).oid == oid

    def replace_damaged(self, oid: ObjectId) -> None:
        """Put the remote's copy in place of a damaged object. MissingObjectError where there is none."""
        if self.remote is None or not self.remote.has(oid):
            raise missing_object(oid)
        self.aside[oid] = self.objects[oid]
        self.objects[oid] = self.remote.objects[oid]

    def _fetch_one(self, oid: ObjectId) -> None:
        if self.has(oid):
            return
        if self.remote is None or not self.remote.has(oid):
            raise missing_object(oid)
        self.objects[oid] = self.remote.objects[oid]


class MemoryLock(AbstractContextManager[None]):
    """A lock among threads; not re-entrant."""

    def __init__(self, lock: threading.Lock, timeout: float) -> None:
        self._lock = lock
        self._timeout = timeout

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=self._timeout):
            raise LockedError("the store is locked by another writer", hint="wait for it to end, then retry")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let another writer have the lock for a ``with`` block."""
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()
