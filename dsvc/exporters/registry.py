"""Which writer a format needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

from msgspec.structs import replace

from dsvc.errors import UsageError
from dsvc.exporters.written import Written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
) -> Written:
    """Write the records of all files into one. ``raw`` concerns CSV only; ``json_fields`` and ``facts`` Parquet only.

    Raises UsageError for a format that is not of one file.
    """
    paths = [file.path for file in snapshot.layout.files]
    written = _write(snapshot, out, format_name, raw=raw, json_fields=json_fields, facts=facts or {})
    return replace(written, joined=tuple(paths)) if len(paths) > 1 else written


def _write(
    snapshot: Snapshot,
    out: BinaryIO,
    format_name: str,
    *,
    raw: bool,
    json_fields: Sequence[str],
    facts: Mapping[str, object],
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
    if format_name == "parquet":
        from dsvc.exporters import parquet

        return parquet.write(snapshot, out, facts, json_fields)
    raise UsageError(f"'{format_name}' is not a format of one file", hint=f"one of: {', '.join(FILES)}")


def describe(story: Story, format_name: str) -> bytes:
    """A text about a version: its card, or Croissant metadata of its files."""
    if format_name == "card":
        from dsvc.exporters.card import card

        return card(story, [(file.split, file.path) for file in story.manifest.files])
    from dsvc.exporters.croissant import croissant

    return croissant(story)
