"""Which writer a format needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from dsvc.errors import UsageError

if TYPE_CHECKING:
    from dsvc.snapshot import Snapshot

FORMATS: Final = ("json", "jsonl", "csv")


def write(snapshot: Snapshot, out: BinaryIO, format_name: str, *, raw: bool = False) -> int:
    """Write the records of all files; how many there were. ``raw`` concerns CSV only (see there).

    Raises UsageError for an unknown format.
    """
    if format_name == "json":
        from dsvc.exporters import json_array

        return json_array.write(snapshot, out)
    if format_name == "jsonl":
        from dsvc.exporters import jsonl

        return jsonl.write(snapshot, out)
    if format_name == "csv":
        from dsvc.exporters import csv

        return csv.write(snapshot, out, raw=raw)
    raise UsageError(f"'{format_name}' is not a format that can be written", hint=f"one of: {', '.join(FORMATS)}")
