"""Reading the working files for a commit, a status or a diff, with a watch on files that change meanwhile."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

import msgspec

from dsvc.errors import BadDataError
from dsvc.following import NOTHING, follow
from dsvc.line_table import CHUNK_BYTES, scan_lines
from dsvc.pipeline import Stage
from dsvc.record import BOM, check_record
from dsvc.repository.datasets import split_of
from dsvc.working_copy import Stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dsvc.following import Followed, OldFile
    from dsvc.layout import Column
    from dsvc.line_table import LineTable
    from dsvc.repository.datasets import Dataset
    from dsvc.working_copy import WorkingCopy


class HeldFile:
    """A descriptor that is closed by whoever is done with it, else with the last reference."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def close(self) -> None:
        """Close it; once is enough."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __del__(self) -> None:
        self.close()


class ScannedFile(msgspec.Struct, frozen=True):
    """A working file, held open, with its line table and the stamp it had when it was opened.

    ``followed`` tells what it has in step with the old file number ``along``; None where it was read by itself.
    """

    path: str
    split: str | None
    table: LineTable
    stamp: Stamp
    _held: HeldFile
    followed: Followed | None = None
    along: int | None = None

    def read(self, offset: int, size: int) -> bytes:
        """A range of the file."""
        fd = self._held.fd
        data = os.pread(fd, size, offset)  # a shuffled file is asked for each of its lines
        return data if len(data) == size else _read(fd, offset, size)

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

    def line(self, number: int) -> bytes:
        """A line by its number from 0, without its end."""
        start = int(self.table.ends[number - 1]) if number else 0
        return self.read(start, int(self.table.ends[number]) - start).removesuffix(b"\n")

    @property
    def size(self) -> int:
        """Bytes in the file when it was scanned."""
        return self.table.size

    def close(self) -> None:
        """Give the file back; reading afterwards is an error."""
        self._held.close()

    def require_unchanged(self) -> None:
        """Raise BadDataError when the file was written to since it was opened."""
        if Stamp.of(os.fstat(self._held.fd)) != self.stamp:
            raise _changed(self.path)


class Reading(Protocol):
    """A way of reading one opened file, which has the stamp and lies at the path that are given."""

    def __call__(self, path: str, held: HeldFile, stamp: Stamp) -> ScannedFile:
        """Read the file once, from its start to its end."""
        ...


@contextmanager
def scanned(working: WorkingCopy, paths: Sequence[str], read: Reading) -> Iterator[list[ScannedFile]]:
    """The given working files, read and open for the ``with`` block."""
    files = scan(working, paths, read)
    try:
        yield files
    finally:
        for file in files:
            file.close()


def scan(working: WorkingCopy, paths: Sequence[str], read: Reading) -> list[ScannedFile]:
    """The given working files, read, and open until they are closed or nobody refers to them."""
    files: list[ScannedFile] = []
    for path in paths:
        held = HeldFile(working.open(path))
        files.append(read(path, held, Stamp.of(os.fstat(held.fd))))
        files[-1].require_unchanged()
    return files


class ByItself(msgspec.Struct, frozen=True):
    """Reads files for their line tables alone; ``take`` is given each file's path and lines on the way."""

    dataset: Dataset
    progress: Callable[[int], None] | None = None
    take: Callable[[str, bytes, Column], None] | None = None
    hashed: bool = True

    def __call__(self, path: str, held: HeldFile, stamp: Stamp) -> ScannedFile:
        """Read one file."""
        take = partial(self.take, path) if self.take else None
        table = scan_lines(self._chunks(held.fd), hashed=self.hashed, take=take)
        return ScannedFile(path, _split(self.dataset, path), table, stamp, held)

    def _chunks(self, fd: int) -> Iterator[bytes]:
        offset = 0
        while chunk := os.pread(fd, CHUNK_BYTES, offset):
            if self.progress is not None:
                self.progress(len(chunk))
            yield chunk
            offset += len(chunk)


class Along(msgspec.Struct, frozen=True):
    """Reads each file along the old one that it was edited from.

    ``old`` goes by the last name, which all files of a folder differ in: the folder may be another one. The only file
    belongs to the only one.
    """

    dataset: Dataset
    old: Mapping[str, OldFile]
    progress: Callable[[int], None] | None = None
    hashed: bool = True

    def __call__(self, path: str, held: HeldFile, stamp: Stamp) -> ScannedFile:
        """Read one file. Raises BadDataError when it changes meanwhile."""
        names = list(self.old)
        name = names[0] if self.dataset.kind == "file" and len(names) == 1 else PurePosixPath(path).name
        sha256 = hashlib.sha256()
        with Stage(sha256.update) if self.hashed else nullcontext() as hashing:
            try:
                followed = follow(
                    partial(_read, held.fd),
                    self.old.get(name, NOTHING),
                    seen=hashing.put if hashing is not None else None,
                    progress=self.progress,
                )
            except ValueError:
                raise _changed(path) from None
        table = msgspec.structs.replace(followed.table, sha256=sha256.hexdigest() if self.hashed else "")
        along = names.index(name) if name in self.old else None
        return ScannedFile(path, _split(self.dataset, path), table, stamp, held, followed, along)


def _changed(path: str) -> BadDataError:
    return BadDataError(f"'{path}' changed while it was read", hint="wait until nothing writes to it")


def _split(dataset: Dataset, path: str) -> str | None:
    return split_of(path) if dataset.kind == "folder" else None


def _read(fd: int, offset: int, size: int) -> bytes:
    data = os.pread(fd, size, offset)
    while len(data) < size:  # the kernel reads at most 2 GiB at once
        more = os.pread(fd, size - len(data), offset + len(data))
        if not more:
            break
        data += more
    return data


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
