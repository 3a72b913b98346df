"""Which writer a format needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from dsvc.errors import UsageError

if TYPE_CHECKING:
    from dsvc.snapshot import Snapshot

FORMATS: Final = ("json", "jsonl", "csv")


class Written(msgspec.Struct, frozen=True):
    """How many records were written, and what the format cannot keep.

    ``json_fields`` became JSON text, because it has texts only; ``absent_fields`` some records lack, where it has an
    empty text.
    """

    records: int
    json_fields: tuple[str, ...] = ()
    absent_fields: tuple[str, ...] = ()


def write(snapshot: Snapshot, out: BinaryIO, format_name: str, *, raw: bool = False) -> Written:
    """Write the records of all files. ``raw`` concerns CSV only (see there).

    Raises UsageError for an unknown format.
    """
    if format_name == "json":
        from dsvc.exporters import json_array

        return Written(json_array.write(snapshot, out))
    if format_name == "jsonl":
        from dsvc.exporters import jsonl

        return Written(jsonl.write(snapshot, out))
    if format_name == "csv":
        from dsvc.exporters import csv

        return Written(*csv.write(snapshot, out, raw=raw))
    raise UsageError(f"'{format_name}' is not a format that can be written", hint=f"one of: {', '.join(FORMATS)}")
