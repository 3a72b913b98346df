"""One JSON array, a record on each line, each as it is written in the dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from dsvc.record import BOM

if TYPE_CHECKING:
    from dsvc.snapshot import Snapshot


def write(snapshot: Snapshot, out: BinaryIO) -> int:
    """Write all records; how many there were."""
    count = 0
    for record in snapshot:
        out.write(b",\n  " if count else b"[\n  ")
        out.write(record.content.removeprefix(BOM).strip())
        count += 1
    out.write(b"\n]\n" if count else b"[]\n")
    return count
