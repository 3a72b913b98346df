"""What a conversion did, as text and as fields for JSON."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from dsvc.formats.llamafactory import dataset_info
from dsvc.render.numbers import plural
from dsvc.render.safe_text import cell_width, safe

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dsvc.formats import Conversion

_MOST_SKIPPED: Final = 5
"""Most records left out that are named one by one."""


def report_lines(conversion: Conversion, source: str, file: str | None) -> Iterator[str]:
    """What was converted, what that lost, and how LLaMA-Factory reads it. ``file``: where it went, if into one."""
    counts = conversion.census.counts()
    shapes = ", ".join([f"{name or 'unknown'}{f' {count:,}' if len(counts) > 1 else ''}" for name, count, _ in counts])
    into = f" to '{safe(file)}'" if file is not None else ""
    read = f"{plural(conversion.records, 'record')} of '{safe(source)}' ({shapes or 'none'})"
    yield f"{read} as {conversion.target.name}{into}"
    if conversion.written != conversion.records - conversion.left_out:
        yield f"{plural(conversion.written, 'record')} written"
    if len(counts) > 1:
        firsts = ", ".join([f"{name or 'unknown'} from record {first:,} on" for name, _, first in counts])
        yield f"mixed shapes: {firsts}"
    yield from _losses(conversion)
    if conversion.records:
        yield from unused_lines(conversion.renaming.unused)
    if conversion.left_out:
        yield f"left out: {plural(conversion.left_out, 'record')}"
        yield from (f"  {safe(error.message)}" for error in conversion.skipped[:_MOST_SKIPPED])
        if (more := conversion.left_out - _MOST_SKIPPED) > 0:
            yield f"  and {more:,} more"
    entry = dataset_info(conversion.target, conversion.columns, PurePath(file).name if file is not None else None)
    if entry is not None and file is not None and conversion.written:
        yield f"dataset_info.json of LLaMA-Factory: {json.dumps(entry, ensure_ascii=False)}"


def unused_lines(names: Collection[str]) -> Iterator[str]:
    """Fields that were to get other names, and that no record has."""
    return (f"no record has a field '{safe(name)}' to rename" for name in sorted(names))


def _losses(conversion: Conversion) -> Iterator[str]:
    entries = conversion.told.entries
    names = [safe(entry.field) for entry in entries]
    width = max(map(cell_width, names), default=0)
    for entry, name in zip(entries, names, strict=True):
        where = f"in {plural(entry.records, 'record')}" + (f", first {entry.first:,}" if conversion.records > 1 else "")
        yield f"{entry.loss:<9}  {name}{' ' * (width - cell_width(name))}  {where}: {safe(entry.why)}"


def report_fields(conversion: Conversion, source: str, file: str | None) -> dict[str, Any]:
    """The same for JSON."""
    return {
        "source": source,
        "target": conversion.target.name,
        "output": file,
        "records": conversion.records,
        "written": conversion.written,
        "shapes": [
            {"shape": name, "records": count, "first": first} for name, count, first in conversion.census.counts()
        ],
        "losses": [
            {
                "loss": entry.loss,
                "field": entry.field,
                "why": entry.why,
                "records": entry.records,
                "first": entry.first,
            }
            for entry in conversion.told.entries
        ],
        "left_out": conversion.left_out,
        "skipped": [error.message for error in conversion.skipped],
        "dataset_info": dataset_info(
            conversion.target, conversion.columns, PurePath(file).name if file is not None else None
        ),
    }
