"""An object store in memory, with the same behaviour as the one on disk: for tests and dry runs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from dsvc.closing import Closing
from dsvc.store.objects import (
    ObjectId,
    ObjectReader,
    ObjectWriter,
    StoredObject,
    decode_directory,
    digest_matches,
    directory_id,
    encode_directory,
    missing_object,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Self


class MemoryObjects:
    """Objects in a dictionary. ``reads`` counts the bytes handed out, so that tests can count them."""

    def __init__(self) -> None:
        self.objects: dict[ObjectId, bytes] = {}
        self.reads = 0

    def writer(self) -> ObjectWriter:
        """Start a new object."""
        return _MemoryWriter(self)

    def put(self, data: bytes) -> StoredObject:
        """Store ``data`` as one object."""
        oid = ObjectId(hashlib.md5(data, usedforsecurity=False).hexdigest())
        self.objects[oid] = data
        return StoredObject(oid, hashlib.sha256(data).hexdigest(), len(data))

    def has(self, oid: ObjectId) -> bool:
        """Tell whether the object is here."""
        return oid in self.objects

    def size(self, oid: ObjectId) -> int:
        """Return the size in bytes."""
        return len(self._bytes(oid))

    def read(self, oid: ObjectId, offset: int = 0, length: int | None = None) -> bytes:
        """Return ``length`` bytes from ``offset``, by default up to the end."""
        data = self._bytes(oid)
        part = data[offset : len(data) if length is None else offset + length]
        self.reads += len(part)
        return part

    def open(self, oid: ObjectId) -> ObjectReader:
        """Open the object for random access."""
        return _MemoryReader(self, oid, self.size(oid))

    def put_dir(self, entries: Mapping[str, ObjectId]) -> ObjectId:
        """Store a directory (relative path -> file) and return its id."""
        listing = encode_directory(entries)
        oid = directory_id(listing)
        self.objects[oid] = listing
        return oid

    def read_dir(self, oid: ObjectId) -> dict[str, ObjectId]:
        """Return what a directory lists; ``CorruptError`` when its listing is damaged."""
        return decode_directory(oid, self._bytes(oid))

    def verify(self, oid: ObjectId) -> bool:
        """Recompute the digest and tell whether the object still is what its name says."""
        return digest_matches(oid, hashlib.md5(self._bytes(oid), usedforsecurity=False).hexdigest())

    def fetch(self, oids: Iterable[ObjectId], *, files: bool = True) -> None:
        """There is nowhere else to get objects from: ``MissingObjectError`` for the first that is not here."""
        for oid in oids:
            if not self.has(oid):
                raise missing_object(oid)

    def _bytes(self, oid: ObjectId) -> bytes:
        try:
            return self.objects[oid]
        except KeyError:
            raise missing_object(oid) from None


class _MemoryWriter:
    def __init__(self, store: MemoryObjects) -> None:
        self._store = store
        self._data = bytearray()
        self._open = True

    def write(self, data: bytes | memoryview) -> None:
        if not self._open:
            raise ValueError("write to a finished object")
        self._data += data

    def finish(self) -> StoredObject:
        if not self._open:
            raise ValueError("object is already finished")
        self._open = False
        return self._store.put(bytes(self._data))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = False


class _MemoryReader(Closing):
    def __init__(self, store: MemoryObjects, oid: ObjectId, size: int) -> None:
        self._store = store
        self._oid = oid
        self._size = size
        self._open = True

    @property
    def size(self) -> int:
        return self._size

    def read_at(self, offset: int, length: int) -> bytes:
        if not self._open:
            raise ValueError("read from a closed object")
        return self._store.read(self._oid, offset, length)

    def close(self) -> None:
        self._open = False
