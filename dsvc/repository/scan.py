"""Reading the working files for a commit, a status or a diff, with a watch on files that change meanwhile."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from dsvc.errors import BadDataError
from dsvc.line_table import CHUNK_BYTES, scan_lines
from dsvc.record import BOM, check_record
from dsvc.repository.datasets import split_of
from dsvc.working_copy import Stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dsvc.line_table import LineTable
    from dsvc.repository.datasets import Dataset
    from dsvc.working_copy import WorkingCopy


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """A working file, held open, with its line table and the stamp it had when it was opened."""

    path: str
    split: str | None
    table: LineTable
    stamp: Stamp
    _fd: int

    def read(self, offset: int, size: int) -> bytes:
        """A range of the file."""
        parts = []
        while size > 0:
            data = os.pread(self._fd, size, offset)
            if not data:
                break
            parts.append(data)
            offset, size = offset + len(data), size - len(data)
        return b"".join(parts)

    read_at = read

    def lines(self) -> Iterator[bytes]:
        """The lines without their ends, read in large pieces."""
        ends = self.table.ends
        first = 0
        while first < len(ends):
            start = int(ends[first - 1]) if first else 0
            last = max(int(ends.searchsorted(start + CHUNK_BYTES, "right")), first + 1)
            yield from self.read(start, int(ends[last - 1]) - start).removesuffix(b"\n").split(b"\n")
            first = last

    @property
    def size(self) -> int:
        """Bytes in the file when it was scanned."""
        return self.table.size

    def close(self) -> None:
        """Nothing: the scan holds the file."""

    def require_unchanged(self) -> None:
        """Raise BadDataError when the file was written to since it was opened."""
        if Stamp.of(os.fstat(self._fd)) != self.stamp:
            raise BadDataError(f"'{self.path}' changed while it was read", hint="wait until nothing writes to it")


@contextmanager
def scanned(
    working: WorkingCopy,
    dataset: Dataset,
    paths: Sequence[str],
    *,
    progress: Callable[[int], None] | None = None,
    take: Callable[[str, list[bytes], bytes], None] | None = None,
) -> Iterator[list[ScannedFile]]:
    """The given working files of a dataset, scanned and open for the ``with`` block.

    ``take`` is given each file's path and lines on the way, as :func:`dsvc.line_table.scan_lines` gives them.
    """
    files: list[ScannedFile] = []
    try:
        for path in paths:
            fd = working.open(path)
            try:
                stamp = Stamp.of(os.fstat(fd))
                table = scan_lines(_chunks(fd), progress=progress, take=partial(take, path) if take else None)
            except BaseException:
                os.close(fd)
                raise
            split = split_of(path) if dataset.kind == "folder" else None
            files.append(ScannedFile(path, split, table, stamp, fd))
            files[-1].require_unchanged()
        yield files
    finally:
        for file in files:
            os.close(file._fd)


def require_bom_first(file: ScannedFile) -> None:
    """Raise BadDataError when a line behind the first begins with a byte order mark.

    Known lines are not checked again when they move; this is the one thing that makes a good line a bad one.
    """
    offset, wanted = 0, b"\n" + BOM
    while chunk := file.read(offset, CHUNK_BYTES):
        at = chunk.find(wanted)
        if at >= 0:
            line = int(file.table.ends.searchsorted(offset + at + 1, "right"))
            end = int(file.table.ends[line])
            content = file.read(offset + at + 1, end - offset - at - 1)
            check_record(content, name=file.path, line_number=line + 1)
        offset += max(len(chunk) - len(wanted) + 1, 1)


def _chunks(fd: int) -> Iterator[bytes]:
    offset = 0
    while chunk := os.pread(fd, CHUNK_BYTES, offset):
        yield chunk
        offset += len(chunk)
