"""Which writer a format needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec

from dsvc.errors import UsageError

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


class Written(msgspec.Struct, frozen=True):
    """How many records were written, and what the format cannot keep.

    ``json_fields`` became JSON text, because it has texts only; ``absent_fields`` some records lack, where it has an
    empty text.
    """

    records: int
    json_fields: tuple[str, ...] = ()
    absent_fields: tuple[str, ...] = ()


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
    if format_name == "json":
        from dsvc.exporters import json_array

        return Written(json_array.write(snapshot, out))
    if format_name == "jsonl":
        from dsvc.exporters import jsonl

        return Written(jsonl.write(snapshot, out))
    if format_name == "csv":
        from dsvc.exporters import csv

        return Written(*csv.write(snapshot, out, raw=raw))
    if format_name == "parquet":
        from dsvc.exporters import parquet

        return Written(*parquet.write(snapshot, out, facts or {}, json_fields))
    raise UsageError(f"'{format_name}' is not a format of one file", hint=f"one of: {', '.join(FILES)}")


def describe(story: Story, format_name: str) -> bytes:
    """A text about a version: its card, or Croissant metadata of its files."""
    if format_name == "card":
        from dsvc.exporters.card import card

        return card(story, [(file.split, file.path) for file in story.manifest.files])
    from dsvc.exporters.croissant import croissant

    return croissant(story)
