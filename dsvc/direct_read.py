"""Reading large ranges of a file past the page cache, where nothing of it is there yet.

What is read once, from its start to its end, need not stay in memory. Through the page cache the kernel has to find
memory for each byte first, and pushes out what somebody else reads: 0.8 GB that were not there took 2.0 s of system
time through it and 0.05 s past it (ext4 in a virtual machine, where fresh memory is dear). What is there already is
read from there: that is faster than any disk.
"""

from __future__ import annotations

import mmap
import os
from typing import Final

import msgspec

BUFFER_BYTES: Final = 4 << 20
_ALIGNED: Final = 4096
"""A multiple of every block size, as direct reading demands of addresses, offsets and lengths."""
_MOSTLY: Final = 0.5
_free_buffers: list[mmap.mmap] = []
"""Shared by all readers: a version has hundreds of files open, and few threads read at once."""


class DirectReader(msgspec.Struct):
    """A second descriptor of a file, open for direct reading. Threads may share it."""

    _fd: int

    def read(self, offset: int, size: int) -> bytes:
        """``size`` bytes from ``offset``; fewer only where the file ends. Raises OSError as the file system does."""
        try:
            buffer = _free_buffers.pop()
        except IndexError:
            buffer = mmap.mmap(-1, BUFFER_BYTES)
        parts, end = [], offset + size
        while offset < end:
            start = offset - offset % _ALIGNED
            wanted = min(BUFFER_BYTES, end - start + -(end - start) % _ALIGNED)
            with memoryview(buffer) as view:
                found = os.preadv(self._fd, [view[:wanted]], start)
                part = bytes(view[offset - start : min(found, end - start)])
            if not part:
                break
            parts.append(part)
            offset += len(part)
        _free_buffers.append(buffer)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._fd)


def direct_reader(fd: int) -> DirectReader | None:
    """A direct reader of an open file; None where the page cache has most of it or the system reads nothing directly.

    Only Linux does here. The position and the flags of ``fd`` stay as they are.
    """
    flag = getattr(os, "O_DIRECT", 0)
    if not flag or _share_in_memory(fd) > _MOSTLY:
        return None
    try:
        reader = DirectReader(os.open(f"/proc/self/fd/{fd}", os.O_RDONLY | os.O_CLOEXEC | flag))
    except OSError:
        return None
    try:
        reader.read(0, 1)
    except OSError:  # the file system took the flag and not the deed
        reader.close()
        return None
    return reader


def _share_in_memory(fd: int) -> float:
    """The part of a file that the page cache has; 1 where the system does not say."""
    import ctypes

    import numpy as np

    pages = np.zeros(-(-os.fstat(fd).st_size // mmap.PAGESIZE), dtype=np.uint8)
    try:
        mincore = ctypes.CDLL(None, use_errno=True).mincore
        with mmap.mmap(fd, 0, prot=mmap.PROT_READ) as mapped:
            content = np.frombuffer(mapped, dtype=np.uint8)
            address, size = content.ctypes.data, content.size
            failed = mincore(ctypes.c_void_p(address), ctypes.c_size_t(size), ctypes.c_void_p(pages.ctypes.data))
            del content
    except (AttributeError, OSError, ValueError):
        return 1.0
    return 1.0 if failed else float(np.mean(pages & 1))
