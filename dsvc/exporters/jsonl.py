"""JSONL: the very bytes of the files, one behind the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from dsvc.snapshot import Snapshot


def write(snapshot: Snapshot, out: BinaryIO) -> int:
    """Write all files; a file that another one follows gets the line end that its last line may lack."""
    last = b"\n"
    for file in snapshot.layout.files:
        if last != b"\n" and file.bytes:
            out.write(b"\n")
        for chunk in snapshot.chunks(file):
            out.write(chunk)
            last = chunk[-1:] or last
    return len(snapshot)
