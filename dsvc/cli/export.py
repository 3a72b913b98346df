"""``dsvc export``: a version, or the working file, as JSON, JSONL or CSV."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.completing import revisions
from dsvc.cli.out_file import refuse_working_file, replacing
from dsvc.cli.verb import verb
from dsvc.errors import UsageError
from dsvc.exporters import FORMATS, write
from dsvc.render.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.exporters import Written

_MOST_NAMED: Final = 20
"""Most fields that are named of those that a format cannot keep."""


@verb(
    "export",
    examples=[
        ("dsvc export medical@v1.2 --to json -o medical.json", "one JSON array"),
        ("dsvc export v1.2 --to csv -o medical.csv", "for a spreadsheet"),
        ("dsvc export v1.2 --to jsonl | head", "into a pipe"),
    ],
    exits=(0, 2, 3, 5, 7, 8),
)
@click.argument("revision", metavar="REV", shell_complete=revisions)
@click.option("--to", "format_name", type=click.Choice(FORMATS), help="The format; otherwise from FILE's name.")
@click.option("-o", "--output", "file", type=click.Path(dir_okay=False), metavar="FILE", help="Write to FILE.")
@click.option("--raw", is_flag=True, help="CSV: no ' before texts that a spreadsheet would run as a formula.")
@click.option("--force", is_flag=True, help="Overwrite FILE; never a working file.")
def command(*, revision: str, format_name: str | None, file: str | None, raw: bool, force: bool) -> None:
    """Write a version as JSON, JSONL or CSV.

    REV is a version (v1.2, medical@v1.2, HEAD~1), or a dataset's name or path: its working file. JSONL is the very
    bytes that were committed; in a JSON array each record is as it was written. CSV has a column for each field: texts
    as they are, other values as JSON, null empty; a text that begins with = + - @ gets a ' in front, because
    spreadsheets would run it as a formula (--raw: not). Fields with lists or objects, whose cells are JSON text, are
    named, and so are fields that some records lack.
    """
    import dsvc

    name = format_name or _format_of(file)
    if raw and name != "csv":
        raise UsageError("--raw concerns CSV only", hint="leave it out")
    if file is None and output.is_terminal():
        raise UsageError("records are not written to a terminal", hint="name a file: -o FILE (to look: dsvc cat)")
    repository = dsvc.open()
    snapshot = repository.snapshot(revision)
    if file is None:
        _tell_not_kept(write(snapshot, output.binary(), name, raw=raw))
        return
    refuse_working_file(repository, Path(file), snapshot.name, verb="export")
    with replacing(Path(file), force=force) as out:
        written = write(snapshot, out, name, raw=raw)
    diagnostics.note(f"wrote {plural(written.records, 'record')} of {snapshot.name} to '{file}'")
    _tell_not_kept(written)


def _tell_not_kept(written: Written) -> None:
    """Say what an import will not give back as it was."""
    if written.json_fields:
        told = _named(written.json_fields)
        diagnostics.note(f"lists and objects are JSON text in their cells, which import reads as strings: {told}")
    if written.absent_fields:
        told = _named(written.absent_fields)
        diagnostics.note(f"some records lack a field; its cell is empty, which import reads as an empty text: {told}")


def _named(fields: Sequence[str]) -> str:
    more = len(fields) - _MOST_NAMED
    return ", ".join([f"'{name}'" for name in fields[:_MOST_NAMED]]) + (f" and {more:,} more" if more > 0 else "")


def _format_of(file: str | None) -> str:
    suffix = Path(file).suffix.lower().removeprefix(".") if file is not None else ""
    if suffix not in FORMATS:
        raise UsageError("which format?", hint=f"add --to {'|'.join(FORMATS)}")
    return suffix
