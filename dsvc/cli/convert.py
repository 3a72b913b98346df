"""``dsvc convert``: records from one shape into another, and what that loses."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.completing import revisions, shape_names
from dsvc.cli.progress import progress
from dsvc.cli.record_source import record_files
from dsvc.cli.verb import EXITS, verb
from dsvc.errors import NotFoundError, ProtectedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.formats import Conversion

FORMAT = "dsvc.convert/1"
_BATCH = 256
"""Records that are written at once."""


@verb(
    "convert",
    examples=[
        ("dsvc convert alpaca.json --to openai -o chat.jsonl", "a file, read as what it looks like"),
        ("dsvc convert medical@v1.0 --to sharegpt -o sft.json", "a version, as a JSON array"),
        ("dsvc convert dpo.jsonl --to preference-trl --strict -o p.jsonl", "or nothing, when something would be lost"),
        (
            "dsvc convert qa.csv --rename 问题=question --rename 答案=answer --to openai -o chat.jsonl",
            "a table with headings of its own",
        ),
        ("dsvc convert r1.jsonl --to trl --reasoning thinking | head -1", "into a pipe"),
        ("dsvc convert data.jsonl --to kto -o k.jsonl --report json", "the report for a script, on stdout"),
    ],
    exits={
        **{code: EXITS[code] for code in (0, 2, 3, 7, 8)},
        4: "a record cannot be read, or cannot be converted",
        5: "refused: something would be lost (--strict), or FILE exists",
    },
)
@click.argument("source", metavar="SRC", shell_complete=revisions)
@click.option("--to", "target", metavar="SHAPE", required=True, shell_complete=shape_names, help="The shape to write.")
@click.option("--from", "shape", metavar="SHAPE", shell_complete=shape_names, help="The shape of all records of SRC.")
@click.option("--rename", multiple=True, metavar="OLD=NEW", help="First give a field another name. Repeatable.")
@click.option("-o", "--output", "file", type=click.Path(dir_okay=False), metavar="FILE", help="Write to FILE.")
@click.option("--strict", is_flag=True, help="Write nothing when something would be lost.")
@click.option("--skip-unfit", is_flag=True, help="Leave out records that cannot be converted, and name them.")
@click.option(
    "--reasoning",
    type=click.Choice(["reasoning_content", "thinking", "reasoning", "think"]),
    help="How messages spell reasoning; 'think' is <think> inside the text.",
)
@click.option("-n", "--limit", type=click.IntRange(min=0), metavar="N", help="Convert the first N records.")
@click.option("--report", type=click.Choice(["text", "json"]), default="text", help="How to tell what was lost.")
@click.option("--force", is_flag=True, help="Overwrite FILE; never a working file.")
def command(
    *, source: str, file: str | None, target: str, shape: str | None, strict: bool, report: str, force: bool, **how: Any
) -> None:
    """Bring records into another shape, and tell what is lost.

    SRC is whatever 'dsvc import' reads (JSONL, a JSON array, CSV, Parquet, compressed, a folder, an export of a tool, -
    for standard input), or a version (medical@v1.0, or a dataset's name: its working file). Each record is read as what
    it looks like, whatever its file is called; what shapes there are, and what they look like, 'dsvc formats' tells.
    JSONL is written, a JSON array when FILE ends in .json. Keys that no shape knows stay, behind the others.
    Where the fields are called otherwise than in any shape, --rename gives them their names.

    The report on stderr names each field that was lost, because the shape has no place for it, or rewritten, in a
    form that the way back does not undo: in how many records, and the first of them. When it is empty, converting
    back gives the same values. With --report json it is one line, on stdout when records go to FILE.
    """
    from dsvc.formats import Conversion
    from dsvc.formats.renaming import renaming_of

    if file is None and output.is_terminal():
        raise UsageError("records are not written to a terminal", hint="name a file: -o FILE (to look: dsvc cat)")
    conversion = Conversion(
        target,
        shape,
        reasoning=how["reasoning"],
        limit=how["limit"],
        skip=how["skip_unfit"],
        rename=renaming_of(how["rename"]),
    )
    if file is not None:
        _refuse_working_file(Path(file))
    tell = _as_json if report == "json" else _as_text
    with progress("converting") as shown, _out(file, strict=strict, force=force) as out:
        _write(out, _lines(conversion, source, shown), array=file is not None and file.lower().endswith(".json"))
        if strict and conversion.told.lost_records:
            tell(conversion, source, None)
            raise ProtectedError(
                f"nothing was written: something would be lost in {_records(conversion.told.lost_records)} or more",
                hint="without --strict it is written, and the report tells what is lost",
            )
    tell(conversion, source, file)


def _lines(conversion: Conversion, source: str, shown: Callable[[int], None]) -> Iterator[bytes]:
    from dsvc.formats.misfit import UnfitError

    for name, lines, counted in record_files(source):
        converted = conversion.lines(lines, name, counted=counted)
        try:
            while batch := [*islice(converted, _BATCH)]:
                shown(sum(map(len, batch)))
                yield from batch
        except UnfitError as error:
            raise error.rename().leave_out() from None


def _write(out: BinaryIO, lines: Iterator[bytes], *, array: bool) -> None:
    if not array:
        while batch := b"".join(islice(lines, _BATCH)):
            out.write(batch)
        return
    before = b"[\n  "
    for line in lines:
        out.write(before + line.removesuffix(b"\n"))
        before = b",\n  "
    out.write(b"\n]\n" if before != b"[\n  " else b"[]\n")


@contextmanager
def _out(file: str | None, *, strict: bool, force: bool) -> Iterator[BinaryIO]:
    """Where records go: FILE once all is well; with ``strict`` to stdout only then, else as they come."""
    if file is not None:
        from dsvc.repository.exports.out_file import replacing

        with replacing(Path(file), force=force) as out:
            yield out
    elif not strict:
        yield output.binary()
    else:
        with tempfile.TemporaryFile() as held:
            yield held
            held.seek(0)
            shutil.copyfileobj(held, output.binary())


def _refuse_working_file(path: Path) -> None:
    import dsvc
    from dsvc.repository.exports.out_file import refuse_working_file

    try:
        repository = dsvc.open()
    except NotFoundError:
        return  # outside of a repository there are no working files
    refuse_working_file(repository, path, "", verb="convert")


def _as_text(conversion: Conversion, source: str, file: str | None) -> None:
    from dsvc.render.conversion_text import report_lines

    for line in report_lines(conversion, source, file):
        diagnostics.note(line)


def _as_json(conversion: Conversion, source: str, file: str | None) -> None:
    from dsvc.render.conversion_text import report_fields

    fields = report_fields(conversion, source, file)
    if file is not None:
        output.json_line("conversion", FORMAT, fields)
        return
    from dsvc.render.json_text import json_text

    diagnostics.note(json_text({"type": "conversion", "format": FORMAT, **fields}, ascii_only=True))


def _records(count: int) -> str:
    from dsvc.render.numbers import plural

    return plural(count, "record")
