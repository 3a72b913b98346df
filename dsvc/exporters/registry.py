"""Which writer a format needs."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from msgspec.structs import replace

from dsvc.errors import UsageError
from dsvc.exporters.written import Written

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dsvc.exporters.story import Story
    from dsvc.snapshot import Snapshot

FILES: Final = ("json", "jsonl", "csv", "parquet")
"""Written into one file."""
TRAINERS: Final = ("llamafactory", "axolotl", "trl", "openai", "ms-swift")
"""Written into a folder, in a shape that the trainer reads."""
FOLDERS: Final = ("datasets", *TRAINERS)
ANNOTATION_TOOLS: Final = ("label-studio", "doccano")
"""Given records as tasks for people; ``dsvc import --update`` takes their work back."""
DESCRIPTIONS: Final = ("card", "croissant")
"""Texts about a version, without its records."""
FORMATS: Final = (*FILES, *FOLDERS, *ANNOTATION_TOOLS, *DESCRIPTIONS)
SUFFIXES: Final = {f".{name}": name for name in FILES}


def write(
    snapshot: Snapshot,
    out: BinaryIO,
    format_name: str,
    *,
    raw: bool = False,
    json_fields: Sequence[str] = (),
    facts: Mapping[str, object] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Written:
    """Write the records of all files into one. ``raw`` concerns CSV only; ``json_fields`` and ``facts`` Parquet only.

    ``progress`` is told how many bytes were read (Parquet: all of them twice), or written.

    Raises UsageError for a format that is not of one file.
    """
    paths = [file.path for file in snapshot.layout.files]
    if format_name == "parquet":
        from dsvc.exporters import parquet

        written = parquet.write(snapshot, out, facts or {}, json_fields, progress)
    else:
        told = out if progress is None else cast("BinaryIO", _Told(out, progress))
        written = _write(snapshot, told, format_name, raw=raw)
    return replace(written, joined=tuple(paths)) if len(paths) > 1 else written


def _write(
    snapshot: Snapshot,
    out: BinaryIO,
    format_name: str,
    *,
    raw: bool,
) -> Written:
    if format_name == "json":
        from dsvc.exporters import json_array

        return Written(json_array.write(snapshot, out))
    if format_name == "jsonl":
        from dsvc.exporters import jsonl

        return Written(jsonl.write(snapshot, out))
    if format_name == "csv":
        from dsvc.exporters import csv

        return csv.write(snapshot, out, raw=raw)
    raise UsageError(f"'{format_name}' is not a format of one file", hint=f"one of: {', '.join(FILES)}")


class _Told(io.BufferedIOBase):
    """A file that tells how much was written into it."""

    def __init__(self, out: BinaryIO, progress: Callable[[int], None]) -> None:
        self._out, self._progress = out, progress

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        """Write, and tell how much."""
        self._progress(len(data))
        return self._out.write(data)


def describe(story: Story, format_name: str) -> bytes:
    """A text about a version: its card, or Croissant metadata of its files."""
    if format_name == "card":
        from dsvc.exporters.card import card

        return card(story, [(file.split, file.path) for file in story.manifest.files])
    from dsvc.exporters.croissant import croissant

    return croissant(story)
