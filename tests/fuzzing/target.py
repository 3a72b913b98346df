"""What must hold for any bytes: an error that dsvc raises on purpose, or records of which none is lost in silence.

The first three bytes choose how the file is called, which shape its records are read as, and which they become.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from dsvc.errors import DsvcError
from dsvc.formats import NAMES, Conversion, detect, targets_of
from dsvc.importers.opening import opened
from dsvc.importers.source import Wanted
from dsvc.record import check_record, is_blank

if TYPE_CHECKING:
    from pathlib import Path

CHOICES: Final = 3
SUFFIXES: Final = (".json", ".jsonl", ".csv", ".tsv", ".txt", ".jsonl.gz", ".zip", ".parquet", ".arrow")


def run(data: bytes, folder: Path) -> None:
    """Take in one file. Raises anything but a DsvcError when something is wrong with dsvc."""
    if len(data) < CHOICES:
        return
    suffix = SUFFIXES[data[0] % len(SUFFIXES)]
    file = folder / f"input{suffix}"
    file.write_bytes(data[CHOICES:])
    try:
        lines = records(file)
    except DsvcError:
        return
    nothing_is_lost(data[CHOICES:], suffix, lines)
    for line in lines[:5]:
        found = detect(json.loads(line))
        source = found.shape or NAMES[data[1] % len(NAMES)]
        convert(line, source, [*targets_of(source), source][data[2] % (len(targets_of(source)) + 1)])


def records(file: Path) -> list[bytes]:
    """The lines that import would take, each checked to be a record."""
    with opened(file.name, file, Wanted()) as source:
        lines = [line for part in source.parts for line in part.lines()]
    for number, line in enumerate(lines, 1):
        check_record(line.removesuffix(b"\n"), name=file.name, line_number=number)
    return [line for line in lines if not is_blank(line.removesuffix(b"\n"))]


def nothing_is_lost(content: bytes, suffix: str, lines: list[bytes]) -> None:
    """A JSON array has as many records as elements."""
    if suffix != ".json":
        return
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return
    if isinstance(value, list) and not _is_of_a_tool(value):
        assert len(lines) == len(value), f"{len(value)} elements became {len(lines)} records"


def _is_of_a_tool(value: list[object]) -> bool:
    """Whether the elements may be tasks of an annotation tool, of which several records are made."""
    keys = {"annotations", "responses", "Comments", "annotation_id", "reasoning_language"}
    return any(isinstance(each, dict) and keys & each.keys() for each in value)


def convert(line: bytes, source: str, target: str) -> None:
    """A record is converted, or refused with its place; what nothing was told about comes back as it was."""
    there = Conversion(target, source)
    try:
        written = [*there.lines([line], "data.jsonl")]
    except DsvcError as error:
        if "'data.jsonl:1'" not in error.message:
            raise AssertionError(error.message) from error
        return
    if source != target and not there.told.entries:
        back = [*Conversion(source, target).lines(written, "back.jsonl")]
        assert [json.loads(one) for one in back] == [json.loads(line)], f"{source} to {target} and back"
