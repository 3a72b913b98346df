"""An object store that only says what it would store: for ``commit --dry-run``."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

from dsvc.store.memory import MemoryObjects
from dsvc.store.objects import ObjectId, ObjectStore, StoredObject, directory_id, encode_directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Self

    from dsvc.store.objects import ObjectReader, ObjectWriter

KEPT_BYTES = 64 * 1024
"""Small new objects are kept in memory: a fold reads them again."""


class Fetching(ObjectStore, Protocol):
    """An object store with a remote."""

    def fetch(self, oids: Iterable[ObjectId], *, files: bool = True) -> None:
        """Get objects from the remote."""


class DryRunObjects:
    """Reads from ``store`` and writes nowhere; ids and sizes are those that a real store would give."""

    def __init__(self, store: Fetching) -> None:
        self._store = store
        self._kept = MemoryObjects()
        self._sizes: dict[ObjectId, int] = {}

    def writer(self) -> ObjectWriter:
        """Start an object that is only measured."""
        return _Measuring(self)

    def put(self, data: bytes) -> StoredObject:
        """Measure one object."""
        with self.writer() as writer:
            writer.write(data)
            return writer.finish()

    def has(self, oid: ObjectId) -> bool:
        """Whether the object is in the store, or would be."""
        return oid in self._sizes or self._store.has(oid)

    def size(self, oid: ObjectId) -> int:
        """The size in bytes."""
        return self._sizes[oid] if oid in self._sizes else self._store.size(oid)

    def read(self, oid: ObjectId, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of a stored object, or of a small new one."""
        return self._holding(oid).read(oid, offset, length)

    def open(self, oid: ObjectId) -> ObjectReader:
        """Open a stored object, or a small new one."""
        return self._holding(oid).open(oid)

    def put_dir(self, entries: Mapping[str, ObjectId]) -> ObjectId:
        """The id that this directory would have."""
        return directory_id(encode_directory(entries))

    def read_dir(self, oid: ObjectId) -> dict[str, ObjectId]:
        """What a stored directory lists."""
        return self._store.read_dir(oid)

    def verify(self, oid: ObjectId) -> bool:
        """Whether a stored object still has its digest."""
        return self._holding(oid).verify(oid)

    def fetch(self, oids: Iterable[ObjectId], *, files: bool = True) -> None:
        """Get what reading the old version needs."""
        self._store.fetch(oids, files=files)

    def note(self, stored: StoredObject, content: bytes | None) -> None:
        """Remember an object that would have been stored."""
        self._sizes[stored.oid] = stored.size
        if content is not None:
            self._kept.put(content)

    def _holding(self, oid: ObjectId) -> ObjectStore:
        return self._kept if self._kept.has(oid) else self._store


class _Measuring:
    def __init__(self, store: DryRunObjects) -> None:
        self._store = store
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._content: bytearray | None = bytearray()

    def write(self, data: bytes | memoryview) -> None:
        self._md5.update(data)
        self._sha256.update(data)
        self._size += len(data)
        if self._size > KEPT_BYTES:
            self._content = None
        elif self._content is not None:
            self._content += data

    def finish(self) -> StoredObject:
        stored = StoredObject(ObjectId(self._md5.hexdigest()), self._sha256.hexdigest(), self._size)
        self._store.note(stored, bytes(self._content) if self._content is not None else None)
        return stored

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing was written that would have to go."""
