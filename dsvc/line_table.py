"""The lines of a stream of bytes: where they end, and what the whole adds up to. One pass over the data."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dsvc.pack import line_ends
from dsvc.pipeline import Stage
from dsvc.record import is_blank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from typing_extensions import Buffer

    from dsvc.layout import Column

CHUNK_BYTES = 4 * 1024 * 1024
_BRACE = ord("{")


class LineTable(msgspec.Struct, frozen=True, eq=False):
    """Lines of one file, in order.

    ``ends[i]`` is the offset behind line *i* and its line end. ``sha256`` is of all bytes; it is empty where nobody
    asked for it.
    """

    ends: Column
    blank_lines: int
    sha256: str
    unterminated: bool

    @property
    def lines(self) -> int:
        """Number of lines."""
        return len(self.ends)

    @property
    def records(self) -> int:
        """Number of lines that are not blank."""
        return len(self.ends) - self.blank_lines

    @property
    def size(self) -> int:
        """Number of bytes."""
        return int(self.ends[-1]) if len(self.ends) else 0

    def starts(self) -> Column:
        """The offset of each line's first byte."""
        return np.concatenate(([0], self.ends[:-1])).astype(np.int64) if len(self.ends) else self.ends


def scan_lines(
    chunks: Iterable[bytes], *, hashed: bool = True, take: Callable[[bytes, Column], None] | None = None
) -> LineTable:
    """Read a file's bytes (in chunks of any size) into a table; ``hashed``: with their sha256.

    ``take`` is given the bytes of some whole lines at a time (a line end is added where the file's last line lacks
    it), and where in them each line ends.
    """
    found: list[Column] = []
    size = blank = 0
    unterminated = False
    sha256 = hashlib.sha256()
    with ExitStack() as stack:
        hashing = stack.enter_context(Stage(sha256.update)) if hashed else None
        for data in _whole_lines(_hashed_on_the_way(chunks, hashing)):
            unterminated = not data.endswith(b"\n")
            lines = data + b"\n" if unterminated else data
            ends = line_ends(lines)
            if take is not None:
                take(lines, ends)
            blank += count_blank(lines, ends)
            found.append(ends + size)
            size += len(data)
    table = np.concatenate([np.empty(0, dtype=np.int64), *found])
    if unterminated:
        table[-1] -= 1
    return LineTable(table, blank, sha256.hexdigest() if hashed else "", unterminated)


def _hashed_on_the_way(chunks: Iterable[bytes], hashing: Stage[Buffer] | None) -> Iterator[bytes]:
    for chunk in chunks:
        if hashing is not None:
            hashing.put(chunk)
        yield chunk


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut between lines."""
    pending: list[bytes] = []
    for chunk in chunks:
        cut = chunk.rfind(b"\n") + 1
        if cut:
            yield b"".join((*pending, memoryview(chunk)[:cut]))
            pending = []
        if cut < len(chunk):
            pending.append(chunk[cut:])
    if pending:
        yield b"".join(pending)


def count_blank(data: bytes, ends: Column) -> int:
    """How many of the lines that end at ``ends`` hold nothing but white space."""
    starts = np.concatenate(([0], ends[:-1]))
    # A record starts with a brace: only what does not can be blank.
    other = np.flatnonzero(np.frombuffer(data, dtype=np.uint8)[starts] != _BRACE)
    return sum(is_blank(data[starts[i] : ends[i]]) for i in other.tolist())
