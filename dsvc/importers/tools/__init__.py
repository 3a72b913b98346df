"""Exports of annotation tools: recognised by the shape of their records, whatever the file is called."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from dsvc.errors import BadDataError
from dsvc.importers.registry import FORMATS

if TYPE_CHECKING:
    from dsvc.importers.source import Part, RecordSource, Wanted

TOOLS: Final = ("label-studio", "doccano", "argilla", "easy-dataset")
ANNOTATOR: Final = "annotator"
"""The field that says who made a record, where a tool tells."""


def as_records(source: RecordSource, wanted: Wanted) -> RecordSource:
    """What an annotation tool exported, as records with their annotators; other sources as they are.

    A format that the user named means that the file is taken as it is written.
    """
    if wanted.format_name in FORMATS or wanted.as_written or not source.parts:
        return source
    source = replace(source, written_as=source.read_as)
    tool = wanted.format_name or _tool_of(source.parts[0])
    if tool is None:
        return source
    module = importlib.import_module(f"dsvc.importers.tools.{tool.replace('-', '_')}")
    converted: RecordSource = module.as_records(source)
    if converted.parts == source.parts:
        return replace(converted, tool=source.tool or tool)
    if wanted.format_name is None:
        title, written = module.TITLE, source.read_as
        source.told.append(f"read as an export of {title} (to take it as it is written: --from {written})")
    return replace(converted, tool=source.tool or tool, read_as=tool)


def _tool_of(part: Part) -> str | None:
    """The tool whose export the first record looks like; what cannot be read is told when it is read."""
    from dsvc.importers.tools import argilla, doccano, easy_dataset, label_studio

    try:
        record = first_record(part)
    except BadDataError:
        return None
    if record is None:
        return None
    looks = {
        "label-studio": label_studio.looks,
        "argilla": argilla.looks,
        "doccano": doccano.looks,
        "easy-dataset": easy_dataset.looks,
    }
    return next((tool for tool, is_it in looks.items() if is_it(record)), None)


def first_record(part: Part) -> dict[str, Any] | None:
    """The first record of a part, None when it has none that can be read."""
    from dsvc.record import is_blank, parse

    lines = part.lines()
    for line in lines:
        if is_blank(line.removesuffix(b"\n")):
            continue
        try:
            value = parse(line)
        except ValueError:
            return None
        return value if isinstance(value, dict) else None
    return None


def record_of(line: bytes, called: str, number: int) -> dict[str, Any]:
    """The record on a line. Raises BadDataError when there is none."""
    from dsvc.record import check_record, parse

    check_record(line.removesuffix(b"\n"), name=called, line_number=number)
    value = parse(line)
    assert isinstance(value, dict)
    return value


def not_of(called: str, number: int, title: str, lacks: str, wanted: str) -> BadDataError:
    """The error for a record that is not what the tool exports."""
    return BadDataError(
        f"cannot read record {number:,} of '{called}' as an export of {title}: it has no {lacks}",
        hint=f"take the file as it is written: --from {wanted}",
    )
