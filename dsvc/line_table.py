"""The lines of a stream of bytes: where they end, a 64-bit digest of each, and what the whole adds up to.

One pass over the data; the digests find lines that may be equal, bytes decide (``dsvc.matching``).
"""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xxhash

from dsvc.pipeline import Stage
from dsvc.record import is_blank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from dsvc.layout import Column

CHUNK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class LineTable:
    """Lines of one file, in order.

    ``ends[i]`` is the offset behind line *i* and its line end; ``digests[i]`` is the XXH3-64 of its bytes without
    the line end, so that a last line without one equals the same line with one. ``sha256`` is of all bytes.
    """

    ends: Column
    digests: NDArray[np.uint64]
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
    chunks: Iterable[bytes],
    *,
    progress: Callable[[int], None] | None = None,
    take: Callable[[list[bytes], bytes], None] | None = None,
) -> LineTable:
    """Read a file's bytes (in chunks of any size) into a table; ``progress`` is told the bytes of each chunk.

    ``take`` is given every line on the way: some lines without their line ends, and their bytes with them (a line end
    is added where the file's last line lacks it).
    """
    lengths, digests, blank = array("q"), array("Q"), 0
    sha256 = hashlib.sha256()
    pending: list[bytes] = []
    with Stage(sha256.update) as hashing:
        for chunk in chunks:
            hashing.put(chunk)
            if progress is not None:
                progress(len(chunk))
            first, *lines = chunk.split(b"\n")
            pending.append(first)
            if not lines:
                continue
            lines.insert(0, b"".join(pending))
            rest = lines.pop()
            if take is not None:
                take(lines, b"".join((*pending[:-1], memoryview(chunk)[: len(chunk) - len(rest)])))
            pending = [rest]
            blank += _note(lines, lengths, digests)
    last = b"".join(pending)
    if last:
        blank += _note([last], lengths, digests)
        if take is not None:
            take([last], last + b"\n")
    ends = np.cumsum(np.frombuffer(lengths, dtype=np.int64) + 1, dtype=np.int64)
    if last:
        ends[-1] -= 1
    return LineTable(
        ends, np.frombuffer(digests, dtype=np.uint64).copy(), blank, sha256.hexdigest(), unterminated=bool(last)
    )


def _note(lines: list[bytes], lengths: array[int], digests: array[int]) -> int:
    lengths.extend(map(len, lines))
    digests.extend(map(xxhash.xxh3_64_intdigest, lines))
    # A record starts with a brace: only what does not can be blank.
    return sum(map(is_blank, [line for line in lines if line[:1] != b"{"]))


def file_chunks(path: str, size: int = CHUNK_BYTES) -> Iterator[bytes]:
    """The bytes of a file in chunks. Raises OSError when it cannot be read."""
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(size):
            yield chunk
