"""``dsvc cat``: the records of a version, byte for byte."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from dsvc.cli import output
from dsvc.cli.completing import revisions
from dsvc.cli.opening import opened
from dsvc.cli.options import RowRange, pager_option
from dsvc.cli.verb import verb
from dsvc.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.snapshot import Record, Snapshot

_SEEK_BELOW = 200
"""Up to so many rows are looked up one by one; more are read in order."""


@verb(
    "cat",
    examples=[
        ("dsvc cat v1.0 > old.jsonl", "the very bytes that were committed"),
        ("dsvc cat medical@v1.0 --range 10:20", "rows 10 to 20"),
        ("dsvc cat v1.0 --file data/test.jsonl", "one file of a folder"),
    ],
    exits=(0, 2, 3, 7, 8),
)
@click.argument("revision", required=False, metavar="[REV]", shell_complete=revisions)
@click.option("--range", "rows", type=RowRange(), metavar="FROM:TO", help="Only these rows (from 1, both included).")
@click.option("--file", "file", metavar="PATH", help="Only this file of a dataset that is a folder.")
@pager_option
def command(*, revision: str | None, rows: tuple[int, int | None] | None, file: str | None, no_pager: bool) -> None:
    """Write out the records of a version, or of the working file.

    Into a pipe or a file byte for byte; with --range each record with a line end. On a terminal, characters that could
    mislead it are shown as marks.
    """
    repository = opened()
    snapshot = repository.snapshot(revision if revision is not None else repository.dataset(None).name)
    if output.is_terminal():
        output.write(_safe_lines(snapshot, rows, file), pager=not no_pager)
        return
    out = output.binary()
    for data in _bytes(snapshot, rows, file):
        out.write(data)
    out.flush()


def _bytes(snapshot: Snapshot, rows: tuple[int, int | None] | None, file: str | None) -> Iterator[bytes]:
    if rows is not None:
        for record in _asked_for(snapshot, rows, file):
            yield record.content + b"\n"
        return
    for layout in _files(snapshot, file):
        yield from snapshot.chunks(layout)


def _safe_lines(snapshot: Snapshot, rows: tuple[int, int | None] | None, file: str | None) -> Iterator[str]:
    from dsvc.render.safe_text import safe

    for record in _records(snapshot, (1, None), file) if rows is None else _asked_for(snapshot, rows, file):
        yield safe(record.content.decode("utf-8", "replace"))


def _asked_for(snapshot: Snapshot, rows: tuple[int, int | None], file: str | None) -> Iterator[Record]:
    """The records in a range. Raises NotFoundError when all of it lies behind the last one."""
    records = _records(snapshot, rows, file)
    first = next(records, None)
    if first is None:
        raise NotFoundError(f"there is no row {rows[0]:,}: '{file or snapshot.name}' ends before it")
    yield first
    yield from records


def _records(snapshot: Snapshot, rows: tuple[int, int | None], file: str | None) -> Iterator[Record]:
    first, last = rows
    if file is None and last is not None and last - first < _SEEK_BELOW:
        for row in range(first, min(last, len(snapshot)) + 1):
            yield snapshot.record(row)
        return
    records = iter(snapshot) if file is None else (r for part in _files(snapshot, file) for r in snapshot.records(part))
    yield from islice(records, first - 1, last)


def _files(snapshot: Snapshot, file: str | None) -> list[Any]:
    files = [layout for layout in snapshot.layout.files if file is None or layout.path == file]
    if not files and file is not None:
        known = ", ".join(layout.path for layout in snapshot.layout.files)
        raise UsageError(f"'{snapshot.name}' has no file '{file}'", hint=f"its files: {known}")
    return files
