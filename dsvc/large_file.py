"""Writing a new file of any size: large ones go past the page cache, where the file system lets them.

What is written here is flushed before it counts, so the disk is waited for in any case. Through the page cache each
byte is copied into memory that the kernel has to find first, and pushes out what somebody else reads: 0.8 GB took
0.4 s past it and 2.5 to 3.3 s through it (ext4 in a virtual machine, where fresh memory is dear).
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from dsvc.pipeline import Stage

BUFFER_BYTES = 4 << 20
"""Written at once. A multiple of every block size, as direct writing demands of addresses, offsets and lengths."""
FLUSH_EVERY = 64 << 20
"""Bytes after which a large file is flushed in the background while it is written through the page cache: the kernel
keeps hundreds of megabytes back until the last moment, and the disk idles meanwhile."""


class LargeFile:
    """Writes to an open, empty file from its start. What :meth:`finish` has not seen may not be in the file yet.

    The descriptor stays the caller's, who flushes and closes it. Raises OSError as the file system does.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._small = bytearray()
        self._buffer: mmap.mmap | None = None
        self._filled = 0
        self._direct = False
        self._flusher: Stage[int] | None = None
        self._unflushed = 0

    def write(self, data: bytes | memoryview) -> None:
        """Append ``data``; its buffer may be reused as soon as this returns."""
        if self._buffer is None and len(self._small) + len(data) < BUFFER_BYTES:
            self._small += data
            return
        if self._buffer is None:
            self._buffer = mmap.mmap(-1, BUFFER_BYTES)
            self._direct = _set_direct(self._fd, wanted=True)
            small, self._small = self._small, bytearray()
            self._fill(self._buffer, memoryview(small))
        self._fill(self._buffer, memoryview(data))

    def finish(self) -> None:
        """Hand what is left to the kernel. Raises what went wrong in the background: the kernel says it once."""
        try:
            self._write_rest()
        except BaseException:
            self.abandon()
            raise
        self._buffer = None
        failed = self._stop_flushing()
        if failed is not None:
            raise failed

    def abandon(self) -> None:
        """Stop writing; the file keeps what it has."""
        self._stop_flushing()
        self._buffer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.finish()
        else:
            self.abandon()

    def _fill(self, buffer: mmap.mmap, data: memoryview) -> None:
        while data:
            size = min(len(data), BUFFER_BYTES - self._filled)
            buffer[self._filled : self._filled + size] = data[:size]
            self._filled += size
            data = data[size:]
            if self._filled == BUFFER_BYTES:
                self._write_buffer(buffer)
                self._filled = 0

    def _write_rest(self) -> None:
        if self._buffer is None:
            _write_all(self._fd, memoryview(self._small))
            self._small = bytearray()
            return
        self._leave_direct()
        _write_all(self._fd, memoryview(self._buffer)[: self._filled])
        self._filled = 0

    def _write_buffer(self, buffer: mmap.mmap) -> None:
        rest = memoryview(buffer)
        if self._direct:
            rest = rest[self._write_direct(rest) :]
        if rest:
            _write_all(self._fd, rest)
            self._flush_along(len(rest))

    def _write_direct(self, data: memoryview) -> int:
        """How many bytes could be written directly; where not all could, the page cache takes the rest."""
        try:
            written = os.write(self._fd, data)
        except OSError as error:
            if error.errno != errno.EINVAL:  # the file system took the flag and not the deed
                raise
            written = 0
        if written < len(data):
            self._leave_direct()
        return written

    def _leave_direct(self) -> None:
        if self._direct:
            _set_direct(self._fd, wanted=False)
            self._direct = False

    def _stop_flushing(self) -> BaseException | None:
        flusher, self._flusher = self._flusher, None
        if flusher is None:
            return None
        flusher.stop()
        return flusher.join()

    def _flush_along(self, written: int) -> None:
        from dsvc.pipeline import Stage

        self._unflushed += written
        if self._unflushed >= FLUSH_EVERY:
            self._flusher = self._flusher or Stage(os.fsync)
            if self._flusher.idle:
                self._unflushed = 0
                self._flusher.put(self._fd)


def _set_direct(fd: int, *, wanted: bool) -> bool:
    """Turn direct writing on or off; whether it is on now. macOS and some file systems have none."""
    direct = getattr(os, "O_DIRECT", 0)
    flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    try:
        fcntl.fcntl(fd, fcntl.F_SETFL, flags | direct if wanted else flags & ~direct)
    except OSError:
        return False
    return wanted and bool(direct)


def _write_all(fd: int, data: memoryview) -> None:
    while data:
        data = data[os.write(fd, data) :]
