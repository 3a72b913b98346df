"""JSONL is taken as it is, byte for byte, when it is UTF-8; in another encoding its text is.

Whether each line is a record is checked by whoever takes the lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.importers.encoding import as_utf8

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dsvc.importers.input_file import InputFile


def read(file: InputFile) -> Iterator[bytes]:
    """The lines of the file, line ends included."""
    return lines_of(as_utf8(file.chunks(), file.name, file.encoding, file.tell))


def lines_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Chunks of bytes as lines with their ends (a line ends at 0x0A only)."""
    rest: list[bytes] = []
    for chunk in chunks:
        begin, newline, after = chunk.partition(b"\n")
        rest.append(begin)
        if newline:
            yield b"".join([*rest, b"\n"])
            *whole, last = after.split(b"\n")
            yield from [line + b"\n" for line in whole]
            rest = [last]
    if any(rest):
        yield b"".join(rest)
