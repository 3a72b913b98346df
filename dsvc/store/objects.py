"""What an object store is: ids, the values it hands out, and the protocols every store fulfils.

Objects are named as DVC 3 names them: a file by the md5 of its bytes, a directory by the md5 of its
listing plus ``.dir``. The listing is DVC's own format, a JSON array of ``{"md5", "relpath"}`` sorted
by ``relpath``, so that a directory written here is one that ``dvc`` reads, and the other way round.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, NewType, Protocol

import msgspec

from dsvc.errors import CorruptError, MissingObjectError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from typing_extensions import Self

ObjectId = NewType("ObjectId", str)
"""The md5 of an object as 32 hex digits; that of a directory ends in ``.dir``."""

DIRECTORY_SUFFIX = ".dir"
_OBJECT_ID = re.compile(r"[0-9a-f]{32}(?:\.dir)?")


class StoredObject(msgspec.Struct, frozen=True):
    """An object that is safely in the store: its name there, sha256 (64 hex digits), size in bytes."""

    oid: ObjectId
    sha256: str
    size: int


class ObjectWriter(Protocol):
    """Takes one object's bytes. Leaving the ``with`` block without :meth:`finish` leaves nothing."""

    def write(self, data: bytes | memoryview) -> None:
        """Append ``data``; the buffer may be reused as soon as this returns."""

    def finish(self) -> StoredObject:
        """Make the object durable under its name and say what it is called."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ObjectReader(Protocol):
    """Random access to one object, from any number of threads."""

    @property
    def size(self) -> int:
        """The size of the object in bytes."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset``; fewer only where the object ends."""
        ...

    def close(self) -> None:
        """Give the object back; reading afterwards is an error."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ObjectStore(Protocol):
    """Immutable objects under the digest of their bytes.

    Every method that takes an id raises ``MissingObjectError`` where the store has no such object.
    """

    def writer(self) -> ObjectWriter:
        """Start a new object."""
        ...

    def put(self, data: bytes) -> StoredObject:
        """Store ``data`` as one object."""
        ...

    def has(self, oid: ObjectId) -> bool:
        """Tell whether the object is here (its bytes are not looked at)."""
        ...

    def size(self, oid: ObjectId) -> int:
        """Return the size in bytes."""
        ...

    def read(self, oid: ObjectId, offset: int = 0, length: int | None = None) -> bytes:
        """Return ``length`` bytes from ``offset``, by default up to the end."""
        ...

    def open(self, oid: ObjectId) -> ObjectReader:
        """Open the object for random access."""
        ...

    def put_dir(self, entries: Mapping[str, ObjectId]) -> ObjectId:
        """Store a directory (relative path -> file) and return its id."""
        ...

    def read_dir(self, oid: ObjectId) -> dict[str, ObjectId]:
        """Return what a directory lists; ``CorruptError`` when its listing is damaged."""
        ...

    def verify(self, oid: ObjectId) -> bool:
        """Recompute the digest of the object and tell whether it still is what its name says."""
        ...


def object_id(text: str) -> ObjectId:
    """Return ``text`` as an id; ``CorruptError`` when it cannot be one (it would become a path)."""
    if not _OBJECT_ID.fullmatch(text):
        raise CorruptError(f"object id '{text[:80]}' is not an md5", hint="dsvc fsck")
    return ObjectId(text)


def is_directory(oid: ObjectId) -> bool:
    """Tell whether the id names a directory."""
    return oid.endswith(DIRECTORY_SUFFIX)


def digest_matches(oid: ObjectId, md5_hex: str) -> bool:
    """Tell whether an object of this md5 may carry the name ``oid``."""
    return oid.removesuffix(DIRECTORY_SUFFIX) == md5_hex


def missing_object(oid: ObjectId) -> MissingObjectError:
    """The error for an object that is not in the local cache."""
    return MissingObjectError(f"object '{oid}' is not in the local cache", hint="dvc fetch")


def damaged_object(oid: ObjectId, *, where: str = "the local cache") -> CorruptError:
    """The error for an object whose bytes do not match its name."""
    return CorruptError(f"object '{oid}' in {where} does not match its digest", hint="dsvc fsck")


def encode_directory(entries: Mapping[str, ObjectId]) -> bytes:
    """Return DVC's listing of a directory, byte for byte (``dvc_data.hashfile.tree.Tree.as_bytes``)."""
    listing = []
    for relpath in sorted(entries):
        oid = object_id(entries[relpath])
        if is_directory(oid) or not _stays_inside(relpath):
            raise CorruptError(f"'{relpath}' ({oid}) cannot be listed in a directory object")
        listing.append({"md5": oid, "relpath": relpath})
    return json.dumps(listing, sort_keys=True).encode("utf-8")


def directory_id(listing: bytes) -> ObjectId:
    """Return the id of the directory with this listing."""
    return ObjectId(hashlib.md5(listing, usedforsecurity=False).hexdigest() + DIRECTORY_SUFFIX)


def decode_directory(oid: ObjectId, listing: bytes) -> dict[str, ObjectId]:
    """Return what a listing says; ``CorruptError`` when it is damaged or names paths outside itself."""
    if not is_directory(oid) or directory_id(listing) != oid:
        raise damaged_object(oid)
    try:
        entries = {item["relpath"]: object_id(item["md5"]) for item in json.loads(listing)}
    except (ValueError, TypeError, KeyError) as error:
        raise CorruptError(f"directory object '{oid}' is not a DVC listing", hint="dsvc fsck") from error
    for relpath in entries:
        if not _stays_inside(relpath):
            raise CorruptError(f"directory object '{oid}' lists the unsafe path '{relpath}'")
    return entries


def _stays_inside(relpath: object) -> bool:
    """Tell whether a listed path is a plain relative one: nothing may be written outside the folder."""
    if not isinstance(relpath, str) or "\0" in relpath:
        return False
    return all(part not in ("", ".", "..") for part in relpath.split("/"))
