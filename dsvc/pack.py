"""Stored files of lines: how they are named, cut, indexed, and read with verification.

See ``docs/format.md`` sections 5 and 6. Reading goes through :class:`StoredFile`, which verifies what it touches.
"""

from __future__ import annotations

import hashlib
from resource import RLIMIT_NOFILE, getrlimit
from threading import Lock
from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np
import xxhash

from dsvc.errors import CorruptError
from dsvc.layout_codec import columns_from_bytes, columns_to_bytes, pack_header, unpack
from dsvc.origin import PackId

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.layout import Column

INDEX_MAGIC = b"dsvc.index/1\n"
BLOCK_BYTES = 256 * 1024
"""A block ends at the first line end at or behind this many bytes from its start."""
INDEXED_BYTES = 1024 * 1024
"""Stored files of this size and more have an index."""
MAX_PACK_BYTES = 256 * 1024 * 1024
"""A pack is cut before it grows beyond this (a longer line has a pack of its own)."""
TINY_PACK_BYTES = 16 * 1024
MAX_TINY_PACKS = 32
SMALL_PACK_BYTES = 1024 * 1024
MAX_LIVE_PACKS = 1024
MOST_OPEN = 512
"""Files that a reader of a version holds open at once, where the system allows a process four times as many."""
_LINE_END = 0x0A


class RandomAccess(Protocol):
    """An open file that can be read anywhere."""

    @property
    def size(self) -> int:
        """Bytes in the file."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """Exactly ``length`` bytes from ``offset`` on (fewer only at the end of the file)."""
        ...

    def close(self) -> None:
        """Give the file back."""
        ...


class StoreSource(Protocol):
    """Opens the files in a version's store by their name there."""

    def open(self, name: str) -> RandomAccess:
        """The stored file. Raises MissingObjectError when its bytes are not at hand."""
        ...

    def has(self, name: str) -> bool:
        """Whether the version's store lists a file of that name."""
        ...


def pack_id(sha256: str) -> PackId:
    """The id of a pack whose bytes have this sha256 (64 hexadecimal digits)."""
    return PackId(sha256[:32])


class Index(msgspec.Struct, frozen=True, eq=False):
    """Where the blocks of a stored file begin, how many lines come before each, and their digests."""

    id: PackId
    starts: Column
    line_starts: Column
    digests: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Bytes in the indexed file."""
        return int(self.starts[-1])

    @property
    def line_count(self) -> int:
        """Lines in the indexed file."""
        return int(self.line_starts[-1])

    def encode(self) -> bytes:
        """The index file's bytes."""
        header = {"id": self.id, "bytes": self.size, "lines": self.line_count, "blocks": len(self.digests)}
        columns = columns_to_bytes([np.diff(self.starts), np.diff(self.line_starts)])
        return pack_header(INDEX_MAGIC, header, columns + b"".join(self.digests))

    @staticmethod
    def decode(data: bytes) -> Index:
        """Read an index file. Raises CorruptError when it is damaged or of another format."""
        header, tables = unpack(data, INDEX_MAGIC, "index")
        try:
            blocks = int(header["blocks"])
            (sizes, lines), digests = columns_from_bytes(tables, blocks, 2)
            index = Index(
                PackId(header["id"]),
                _running(sizes),
                _running(lines),
                tuple(digests[16 * i : 16 * i + 16] for i in range(blocks)),
            )
            if index.size != header["bytes"] or index.line_count != header["lines"] or len(digests) != 16 * blocks:
                raise ValueError("its counts do not add up")
        except (KeyError, ValueError, TypeError) as error:
            raise CorruptError(f"cannot read index: {error}", hint="dsvc fsck") from error
        return index


def _running(steps: Column) -> Column:
    return np.concatenate(([0], np.cumsum(steps))).astype(np.int64)


class IndexBuilder:
    """Makes an index while a stored file is written; feed it runs of whole lines."""

    def __init__(self) -> None:
        self._block = xxhash.xxh3_128()
        self._size = self._count = 0
        self._cut = False
        self._sizes: list[int] = []
        self._lines: list[int] = []
        self._digests: list[bytes] = []

    def add(self, data: bytes, ends: Column | None = None) -> None:
        """Take the next bytes of the file; ``ends`` is where lines end in them, if that is known."""
        ends = line_ends(data) if ends is None else ends
        view = memoryview(data)
        start = first = 0
        while (at := int(np.searchsorted(ends, start + BLOCK_BYTES - self._size))) < len(ends):
            end = int(ends[at])
            self._extend(view[start:end], at + 1 - first)
            self._finish_block()
            start, first = end, at + 1
        self._extend(view[start:], len(ends) - first)

    def finish(self, pack: PackId) -> Index:
        """The index of all that was added."""
        if self._size:
            self._finish_block()
        return Index(
            pack,
            _running(np.array(self._sizes, dtype=np.int64)),
            _running(np.array(self._lines, dtype=np.int64)),
            tuple(self._digests),
        )

    def _extend(self, data: memoryview, lines: int) -> None:
        if data:
            self._block.update(data)
            self._size += len(data)
            self._count += lines
            self._cut = data[-1] != _LINE_END

    def _finish_block(self) -> None:
        self._sizes.append(self._size)
        self._lines.append(self._count + self._cut)
        self._digests.append(self._block.digest())
        self._block.reset()
        self._size = self._count = 0


class StoredFile:
    """A pack or fold opened for reading; every block is verified the first time it is touched."""

    def __init__(
        self, name: str, access: RandomAccess, digest: PackId, index: Index | None, *, way_out: str | None = None
    ) -> None:
        self.name = name
        self._way_out = way_out
        self._access = access
        self._digest = digest
        self._index = index
        self._verified = bytearray(len(index.digests)) if index is not None else None
        self._is_whole = False
        self._held: bytes | None = None
        if index is not None and (index.id != digest or index.size != access.size):
            raise self._corrupt("its index belongs to another file")

    def close(self) -> None:
        """Give the file back."""
        self._access.close()

    def read(self, offset: int, size: int) -> bytes:
        """``size`` verified bytes. Raises CorruptError when stored bytes do not match their digest."""
        if self._index is None or self._verified is None:
            data = self._read_whole(offset, size)
        else:
            data = self._read_blocks(self._index, self._verified, offset, size)
        if len(data) != size:
            raise self._corrupt(f"it ends before byte {offset + size:,}")
        return data

    def read_unverified(self, offset: int, size: int) -> bytes:
        """``size`` bytes, for a caller that verifies what it makes of them."""
        data = self._access.read_at(offset, size)
        if len(data) != size:
            raise self._corrupt(f"it ends before byte {offset + size:,}")
        return data

    def lines_before(self, offsets: Column) -> Column:
        """How many lines lie before each offset (they ascend); one that is cut off there counts."""
        index = self._index
        if index is None:
            return count_lines(self._read_whole(0, int(offsets[-1])), offsets) if len(offsets) else offsets
        counts = np.empty(len(offsets), dtype=np.int64)
        blocks = np.searchsorted(index.starts, offsets, side="right") - 1
        for block in np.unique(blocks).tolist():
            chosen = blocks == block
            start = int(index.starts[block])
            size = int(offsets[chosen].max()) - start
            data = self.read(start, size) if size else b""
            counts[chosen] = index.line_starts[block] + count_lines(data, offsets[chosen] - start)
        return counts

    def _read_blocks(self, index: Index, verified: bytearray, offset: int, size: int) -> bytes:
        first = int(np.searchsorted(index.starts, offset, side="right")) - 1
        last = int(np.searchsorted(index.starts, offset + size, side="left"))
        if not verified.count(0, first, last):
            return self._access.read_at(offset, size)
        start, end = int(index.starts[first]), int(index.starts[min(last, len(index.digests))])
        data = self._access.read_at(start, end - start)
        for block in range(first, min(last, len(index.digests))):
            if not verified[block]:
                self._verify_block(index, block, data, start)
                verified[block] = 1
        return data[offset - start : offset - start + size]

    def _verify_block(self, index: Index, block: int, data: bytes, start: int) -> None:
        begin, end = int(index.starts[block]) - start, int(index.starts[block + 1]) - start
        if xxhash.xxh3_128_digest(memoryview(data)[begin:end]) != index.digests[block]:
            raise self._corrupt(f"bytes {begin + start:,} to {end + start:,} do not match their digest")

    def _read_whole(self, offset: int, size: int) -> bytes:
        """A range of a file without an index, which is verified as a whole before the first read."""
        if self._held is not None:
            return self._held[offset : offset + size]
        if self._is_whole:
            return self._access.read_at(offset, size)
        data = self._access.read_at(0, self._access.size)
        if hashlib.sha256(data).hexdigest()[:32] != self._digest:
            raise self._corrupt("its bytes do not match its digest")
        self._is_whole = True
        if len(data) >= INDEXED_BYTES:
            self._held = data  # its index is lost: reading it again for every count of lines would take too long
        return data[offset : offset + size]

    def _corrupt(self, what: str) -> CorruptError:
        return CorruptError(
            f"stored file '{self.name}' is damaged: {what}",
            hint=self._way_out or "dsvc fsck",
        )


def line_ends(data: bytes) -> Column:
    """The offset behind each line end in ``data``."""
    ends: Column = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == _LINE_END)
    ends += 1
    return ends


def count_lines(data: bytes, offsets: Column) -> Column:
    """How many lines ``data`` has before each of the ascending offsets; one that is cut off there counts."""
    counts, total, position = [], 0, 0
    for offset in offsets.tolist():
        total += data.count(b"\n", position, offset)
        position = offset
        counts.append(total + (offset > 0 and data[offset - 1] != _LINE_END))
    return np.array(counts, dtype=np.int64)


class StoreReader:
    """Opens a version's stored files with their indexes; ``way_out`` tells what mends a damaged one.

    A long history has more files than a process may hold open: those that were not read for longest are closed, and
    opened again when they are wanted. Threads may share it.
    """

    def __init__(self, source: StoreSource, way_out: Callable[[str], str | None] | None = None) -> None:
        self._source = source
        self._way_out = way_out
        self._files: dict[str, StoredFile] = {}
        self._open: dict[str, RandomAccess] = {}  # what was read last stands last
        self._lock = Lock()
        self._most_open = max(16, min(MOST_OPEN, getrlimit(RLIMIT_NOFILE)[0] // 4))

    def file(self, name: str, digest: PackId) -> StoredFile:
        """The stored file ``name``, whose bytes have the digest ``digest``."""
        if name not in self._files:
            with self._lock:
                size = self._access(name).size
            way_out = self._way_out(name) if self._way_out else None
            access = _SharedAccess(self, name, size)
            self._files[name] = StoredFile(name, access, digest, self._index(digest), way_out=way_out)
        return self._files[name]

    def read_at(self, name: str, offset: int, length: int) -> bytes:
        """A range of a stored file, not verified."""
        with self._lock:
            return self._access(name).read_at(offset, length)

    def _access(self, name: str) -> RandomAccess:
        access = self._open.pop(name, None) or self._source.open(name)
        self._open[name] = access
        if len(self._open) > self._most_open:
            self._open.pop(next(iter(self._open))).close()
        return access

    def _index(self, digest: PackId) -> Index | None:
        name = f"{digest}.idx"
        if not self._source.has(name):
            return None
        access = self._source.open(name)
        try:
            return Index.decode(access.read_at(0, access.size))
        finally:
            access.close()

    def close(self) -> None:
        """Close all files."""
        with self._lock:
            for access in self._open.values():
                access.close()
            self._open.clear()


class _SharedAccess(msgspec.Struct, frozen=True):
    """One stored file, open or not."""

    reader: StoreReader
    name: str
    size: int

    def read_at(self, offset: int, length: int) -> bytes:
        return self.reader.read_at(self.name, offset, length)

    def close(self) -> None:
        """Nothing: the reader holds the file."""
