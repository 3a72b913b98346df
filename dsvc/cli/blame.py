"""``dsvc blame``: the versions that records, or their fields, come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from dsvc.cli import output
from dsvc.cli.completing import revisions
from dsvc.cli.opening import opened
from dsvc.cli.options import RowRange, json_option, pager_option
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb
from dsvc.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.blame.values import BlameBlock
    from dsvc.render.blame_text import BlameLines
    from dsvc.repository.blame import Blame

    Rows = tuple[int, int | None]


@verb(
    "blame",
    examples=[
        ("dsvc blame", "where the records of the working file come from"),
        ("dsvc blame medical@v1.1 --range 10:20", "rows 10 to 20 of a version"),
        ("dsvc blame --range 12 --reason", "and why"),
        ("dsvc blame --field output", "the version that each record's output comes from"),
        ("dsvc blame --field messages[1].content", "of the second turn of each conversation"),
        ("dsvc blame --range 12 --fields", "all fields of one record"),
    ],
    exits=(0, 2, 3, 7, 8),
)
@click.argument("revision", required=False, metavar="[REV|FILE]", shell_complete=revisions)
@click.option("--range", "rows", type=RowRange(), metavar="FROM:TO", help="Only these rows (from 1, both included).")
@click.option("--field", metavar="PATH", help="The version that this field comes from, through edits of others.")
@click.option("--fields", is_flag=True, help="The same for all fields, record by record.")
@click.option("--reason", is_flag=True, help="Show why there is the version, instead of the beginning of the record.")
@json_option
@pager_option
def command(
    *,
    revision: str | None,
    rows: tuple[int, int | None] | None,
    field: str | None,
    fields: bool,
    reason: bool,
    as_json: bool,
    no_pager: bool,
) -> None:
    """Tell which version each record, or each field, comes from.

    That is the version that brought a record in with the value it has: wherever it was moved since, and however it was
    written since. For each: rows, version, date, who, source; records that follow each other and have them in common
    are one line. What no version has reads as not committed yet. What an old version had and a rollback put back
    comes from the old version.
    """
    if field is not None and fields:
        raise UsageError("--field asks for one field, --fields for all", hint="take one of them")
    with progress("reading") as shown:
        blame = opened(shown).blame(revision)
    asked = rows or (1, None)
    if as_json:
        _write_json(blame, asked, field, fields=fields)
        return
    lines = _records(blame, asked) if fields else _blocks(blame, asked, field, reason=reason)
    output.write(lines, pager=not no_pager)


def _write_json(blame: Blame, rows: Rows, field: str | None, *, fields: bool) -> None:
    from dsvc.render.blame_json import FORMAT, block_fields, record_fields

    if fields:
        for record in blame.records(rows):
            output.json_line("record", FORMAT, record_fields(record))
        return
    for block in blame.blocks(rows, field=field):
        asked = {} if field is None else {"field": field}
        output.json_line("block", FORMAT, {**asked, **block_fields(block)})


def _blocks(blame: Blame, rows: Rows, field: str | None, *, reason: bool) -> Iterator[str]:
    writer = _writer(blame, rows)
    text = _why if reason else _beginning(blame, writer.columns) if field is None else _value(blame, field)
    for block in blame.blocks(rows, field=field):
        yield writer.block(block, f"(has no {_safe(field)})" if field and block.attribution is None else text(block))


def _records(blame: Blame, rows: Rows) -> Iterator[str]:
    writer = _writer(blame, rows)
    for record in blame.records(rows):
        yield from writer.record(record)


def _writer(blame: Blame, rows: Rows) -> BlameLines:
    from dsvc.render.blame_text import BlameLines, Widths

    layout = blame.snapshot.layout
    last = min(rows[1] or len(blame.snapshot), len(blame.snapshot))
    widths = Widths.of(last, blame.numbers(), [pack.origin for pack in layout.packs])
    return BlameLines(widths, output.style(), output.columns(), files=len(layout.files) > 1)


def _beginning(blame: Blame, columns: int) -> Callable[[BlameBlock], str]:
    """How the first record of a block begins."""
    from dsvc.render.diff_text import gist

    return lambda block: gist(blame.line(block.file, block.line), columns)


def _value(blame: Blame, field: str) -> Callable[[BlameBlock], str]:
    """What stands in a field of the first record of a block."""
    from dsvc.record import parse
    from dsvc.render.field_text import value_text
    from dsvc.textdiff.fields import value_at
    from dsvc.textdiff.paths import steps_of

    steps = steps_of(field)
    return lambda block: value_text(value_at(parse(blame.line(block.file, block.line)), steps))


def _why(block: BlameBlock) -> str:
    entry = block.attribution.entry if block.attribution is not None else None
    return _safe(entry.reason.strip().partition("\n")[0]) if entry is not None else ""


def _safe(text: str | None) -> str:
    from dsvc.render.safe_text import safe

    return safe(text or "")
