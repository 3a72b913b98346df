"""The folder of objects on this machine, in the layout of DVC 3: ``files/md5/<2 digits>/<rest>``.

Objects are complete and flushed before they get their name, and read-only afterwards. DVC takes any
read-only object for sound without looking (dvc-data 3.18, ``LocalHashFileDB.check``), so nothing may
become read-only here before its digest is known.
"""

from __future__ import annotations

import hashlib
import os
import threading
from typing import TYPE_CHECKING

from dsvc.closing import Closing
from dsvc.durable import flush, flush_folder
from dsvc.store import scratch
from dsvc.store.objects import (
    ObjectId,
    StoredObject,
    decode_directory,
    digest_matches,
    directory_id,
    encode_directory,
    missing_object,
    object_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from dsvc.direct_read import DirectReader
    from dsvc.store.object_writer import CacheWriter

_BLOCK = 1 << 20
_STREAMED = 1 << 20
"""Ranges of this size and more are read once, from the first to the last; smaller ones are looked up."""
_LARGE = 16 << 20
"""Objects below this size are read through the page cache: what reads one often reads it again."""
_CHEAP = 1 << 20
"""An object that is already there is compared by digest below this size, by its size above."""


class ObjectCache:
    """The objects below ``folder``; ``shared`` makes new folders writable for the group, as DVC does."""

    def __init__(self, folder: Path, *, shared: bool = False) -> None:
        self.use_folder(folder, shared=shared)

    def use_folder(self, folder: Path, *, shared: bool) -> None:
        """Look for objects below ``folder`` from now on."""
        self.folder = folder
        self._objects = folder / "files" / "md5"
        self._scratch = folder / "dsvc-tmp"
        self._folder_mode = 0o2775 if shared else None

    def path(self, oid: ObjectId) -> Path:
        """Return where the object lies, or would lie."""
        name = object_id(oid)
        return self._objects / name[:2] / name[2:]

    def writer(self) -> CacheWriter:
        """Start a new object."""
        from dsvc.store.object_writer import CacheWriter

        return CacheWriter(self.scratch_file(), self._keep_written)

    def put(self, data: bytes) -> StoredObject:
        """Store ``data`` as one object."""
        with self.writer() as writer:
            writer.write(data)
            return writer.finish()

    def has(self, oid: ObjectId) -> bool:
        """Tell whether the object is here (its bytes are not looked at)."""
        return self.path(oid).is_file()

    def size(self, oid: ObjectId) -> int:
        """Return the size in bytes."""
        try:
            return self.path(oid).stat().st_size
        except FileNotFoundError:
            raise missing_object(oid) from None

    def read(self, oid: ObjectId, offset: int = 0, length: int | None = None) -> bytes:
        """Return ``length`` bytes from ``offset``, by default up to the end."""
        with self.open(oid) as reader:
            return reader.read_at(offset, reader.size - offset if length is None else length)

    def open(self, oid: ObjectId) -> CacheReader:
        """Open the object for random access."""
        try:
            return CacheReader(os.open(self.path(oid), os.O_RDONLY | os.O_CLOEXEC))
        except FileNotFoundError:
            raise missing_object(oid) from None

    def put_dir(self, entries: Mapping[str, ObjectId]) -> ObjectId:
        """Store a directory (relative path -> file) and return its id."""
        listing = encode_directory(entries)
        oid = directory_id(listing)
        file = self.scratch_file()
        try:
            file.write(listing)
            self.keep(file, oid, len(listing))
        finally:
            file.discard()
        return oid

    def read_dir(self, oid: ObjectId) -> dict[str, ObjectId]:
        """Return what a directory lists; ``CorruptError`` when its listing is damaged."""
        return decode_directory(oid, self.read(oid))

    def verify(self, oid: ObjectId) -> bool:
        """Recompute the md5 and tell whether the object still is what its name says."""
        with self.open(oid) as reader:
            return digest_matches(oid, _md5_of(reader))

    def scratch_file(self) -> scratch.ScratchFile:
        """Return a new scratch file on the cache's file system."""
        scratch.make_folders(self._scratch, mode=self._folder_mode)
        return scratch.ScratchFile(self._scratch)

    def sweep(self) -> list[Path]:
        """Remove what dead writers left behind; return the paths removed."""
        return scratch.sweep(self._scratch)

    def keep(self, file: scratch.ScratchFile, oid: ObjectId, size: int) -> None:
        """Give a complete scratch file its name, unless the same object is already there.

        The object that is there is flushed: whoever wrote it may not have (DVC never does).
        """
        target = self.path(oid)
        if self._is_there(oid, size):
            _flush_file(target)
            flush_folder(target.parent)
            file.discard()
        else:
            scratch.make_folders(target.parent, mode=self._folder_mode)
            file.move_to(target)

    def keep_if_sound(self, file: scratch.ScratchFile, oid: ObjectId, *, instead: bool = False) -> bool:
        """Give a scratch file its name if its bytes match that; otherwise leave it and say ``False``.

        ``instead``: what has that name now is damaged and is set aside, once the good bytes are here.
        """
        with CacheReader(os.dup(file.fd)) as reader:
            sound, size = digest_matches(oid, _md5_of(reader)), reader.size
        if sound:
            if instead and self.has(oid):
                self.set_aside(oid)
            self.keep(file, oid, size)
        return sound

    def put_sound(self, oid: ObjectId, chunks: Iterable[bytes]) -> bool:
        """Store these bytes instead of a damaged or missing object, if they are the right ones; else ``False``."""
        file, md5, size = self.scratch_file(), hashlib.md5(usedforsecurity=False), 0
        try:
            for chunk in chunks:
                file.write(chunk)
                md5.update(chunk)
                size += len(chunk)
            if not digest_matches(oid, md5.hexdigest()):
                return False
            if self.has(oid):
                self.set_aside(oid)
            self.keep(file, oid, size)
            return True
        finally:
            file.discard()

    def set_aside(self, oid: ObjectId) -> Path:
        """Move a damaged object out of the way, so that it can be fetched again; return where it is."""
        aside = self.folder / "dsvc-damaged" / oid
        scratch.make_folders(aside.parent, mode=self._folder_mode)
        try:
            self.path(oid).replace(aside)
        except FileNotFoundError:
            raise missing_object(oid) from None
        return aside

    def _keep_written(self, file: scratch.ScratchFile, stored: StoredObject) -> None:
        self.keep(file, stored.oid, stored.size)

    def _is_there(self, oid: ObjectId, size: int) -> bool:
        if not self.has(oid) or self.size(oid) != size:
            return False
        return size >= _CHEAP or self.verify(oid)


class CacheReader(Closing):
    """Random access to one object through ``pread``, so threads need no lock between them.

    Large ranges of large objects are read past the page cache where it does not have them.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._size = os.fstat(fd).st_size
        self._direct: DirectReader | None = None
        self._asked_for_direct = self._size < _LARGE
        self._asking = threading.Lock()

    @property
    def size(self) -> int:
        """The size of the object in bytes."""
        return self._size

    def read_at(self, offset: int, length: int) -> bytes:
        """Return ``length`` bytes from ``offset``; fewer only where the object ends."""
        if self._fd < 0:
            raise ValueError("read from a closed object")
        wanted = max(0, min(length, self._size - offset))
        data = self._read_directly(offset, wanted) if wanted >= _STREAMED else b""
        data = data or os.pread(self._fd, wanted, offset)
        while len(data) < wanted:  # the kernel reads at most 2 GiB at once
            more = os.pread(self._fd, wanted - len(data), offset + len(data))
            if not more:
                break
            data += more
        return data

    def _read_directly(self, offset: int, wanted: int) -> bytes:
        """The same past the page cache; nothing where that is no good."""
        if not self._asked_for_direct:
            with self._asking:
                if not self._asked_for_direct:
                    from dsvc.direct_read import direct_reader

                    self._direct = direct_reader(self._fd)
                    self._asked_for_direct = True
        if self._direct is None:
            return b""
        try:
            return self._direct.read(offset, wanted)
        except OSError:
            return b""  # an error of the disk comes again

    def close(self) -> None:
        """Give the object back; reading afterwards is an error."""
        if self._direct is not None:
            self._direct.close()
            self._direct = None
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __del__(self) -> None:
        self.close()  # snapshots are not closed by those who use them: the file goes with the last one of them


def _md5_of(reader: CacheReader) -> str:
    """Return the md5 of a whole object, read block by block, as 32 hex digits."""
    md5 = hashlib.md5(usedforsecurity=False)
    for offset in range(0, reader.size, _BLOCK):
        md5.update(reader.read_at(offset, _BLOCK))
    return md5.hexdigest()


def _flush_file(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        flush(fd)
    finally:
        os.close(fd)
