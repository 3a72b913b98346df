"""The file that is edited, as it was opened: where each record begins, and its bytes."""

from __future__ import annotations

import hashlib
import os
import time
import weakref
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from dsvc.editing.operations import Line
from dsvc.line_table import CHUNK_BYTES, scan_lines
from dsvc.record import BOM, is_blank
from dsvc.working_copy import Stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.layout import Column

_BRACE: Final = ord("{")
_TAIL: Final = 256
_RACY_NS: Final = 20_000_000
"""A file changed this shortly before we looked may change again without its time stamp moving."""


class Original:
    """Reads records of a file that is held open; what another program does to it is told by its ``stamp``.

    Everything before the first record (a byte order mark, blank lines) is the file's. A blank line belongs to the
    record before it.
    """

    def __init__(self, fd: int, *, progress: Callable[[int], None] | None = None) -> None:
        """Read the file once. ``fd`` is taken over."""
        self._fd = fd
        # Not by a method: a thread that still reads must not find another file behind the number.
        weakref.finalize(self, os.close, fd)
        self.look_again()
        starts = _Starts()
        table = scan_lines(_chunks(fd, progress), take=starts.take)
        self.sha256 = table.sha256
        self.unterminated = table.unterminated
        self._starts: Column = np.concatenate([*starts.found, [table.size]]).astype(np.int64)
        if len(self) and self._starts[0] == 0 and os.pread(fd, len(BOM), 0) == BOM:
            self._starts[0] = len(BOM)
        self.line_end = b"\r\n" if len(self) and self.line(0).end.startswith(b"\r\n") else b"\n"
        self.was_still = Stamp.of(os.fstat(fd)) == self.stamp

    def look_again(self) -> None:
        """Take the stamp as it is now: the file was moved to its place."""
        self.stamp = Stamp.of(os.fstat(self._fd))
        self.stamp_is_sure = self.stamp.mtime_ns < time.time_ns() - _RACY_NS

    def __len__(self) -> int:
        return len(self._starts) - 1

    def span(self, row: int) -> tuple[int, int]:
        """Where a record begins, and where the next one does."""
        return int(self._starts[row]), int(self._starts[row + 1])

    @property
    def preamble(self) -> bytes:
        """What stands before the first record."""
        return self.read(0, int(self._starts[0]))

    def line(self, row: int) -> Line:
        """A record with what stands behind it."""
        start, end = self.span(row)
        return split(self.read(start, end))

    def head(self, row: int, limit: int) -> tuple[bytes, int]:
        """At most the first ``limit`` bytes of a record, and how many it has."""
        start, end = self.span(row)
        if end - start <= limit + _TAIL:
            content = self.line(row).content
            return content[:limit], len(content)
        data, cut, _ = self.read(start, start + limit).partition(b"\n")
        if cut:
            data = data.removesuffix(b"\r")
            return data, len(data)
        tail = self.read(end - _TAIL, end)
        return data, end - start - (len(tail) - len(tail.rstrip()))

    def read(self, start: int, end: int) -> bytes:
        """A range of the file."""
        data = os.pread(self._fd, end - start, start)
        while len(data) < end - start:  # the kernel reads at most 2 GiB at once
            more = os.pread(self._fd, end - start - len(data), start + len(data))
            if not more:
                break
            data += more
        return data

    def batch(self, row: int, count: int) -> list[bytes]:
        """Some of the next ``count`` records, at least one: as many as can be read at once."""
        start = int(self._starts[row])
        last = int(self._starts.searchsorted(start + CHUNK_BYTES, "right")) - 1
        upto = min(max(last, row + 1), row + count)
        data = self.read(start, int(self._starts[upto]))
        lines = [line.removesuffix(b"\r") for line in data.split(b"\n")]
        return [line for line in lines if line[:1] == b"{" or not is_blank(line)]


def split(data: bytes) -> Line:
    """The bytes of a record and what stands behind them, apart."""
    content = data.partition(b"\n")[0].removesuffix(b"\r")
    return Line(content, data[len(content) :])


class _Starts(msgspec.Struct):
    """Notes where the lines begin that are not blank."""

    found: list[Column] = []
    size: int = 0

    def take(self, data: bytes, ends: Column) -> None:
        starts = np.concatenate(([0], ends[:-1])).astype(np.int64)
        other = np.flatnonzero(np.frombuffer(data, dtype=np.uint8)[starts] != _BRACE)
        blank = [at for at in other.tolist() if is_blank(data[starts[at] : ends[at]])]
        self.found.append(np.delete(starts, blank) + self.size)
        self.size += len(data)


def _chunks(fd: int, progress: Callable[[int], None] | None) -> Iterator[bytes]:
    offset = 0
    while chunk := os.pread(fd, CHUNK_BYTES, offset):
        if progress is not None:
            progress(len(chunk))
        yield chunk
        offset += len(chunk)


def digest(content: bytes) -> bytes:
    """What a record is recognised by."""
    return hashlib.blake2b(content, digest_size=16).digest()
