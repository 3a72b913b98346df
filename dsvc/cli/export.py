"""``dsvc export``: a version, or the working file, for other tools and for trainers."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.completing import revisions, shape_names
from dsvc.cli.options import RowRange, ShareType
from dsvc.cli.pilot.naming import pilots
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb
from dsvc.errors import UsageError
from dsvc.exporters.registry import DESCRIPTIONS, FILES, FOLDERS, FORMATS, SUFFIXES, write
from dsvc.render.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.exporters.written import Written
    from dsvc.repository import Repository
    from dsvc.repository.exports.export import Exported
    from dsvc.snapshot import Snapshot

FORMAT: Final = "dsvc.export/1"
_MOST_NAMED: Final = 20
"""Most fields that are named of those that a format cannot keep."""
_ABSENT: Final = (
    "some records lack a field; a column has null there, and does not tell the one from the other",
    "some records lack a field, or have null there; its cell is empty, which import reads as an empty text",
)
"""What becomes of such fields in columns, and in the cells of CSV."""
_STREAMS: Final = ("json", "jsonl", "csv")
"""Can be written into a pipe."""


@verb(
    "export",
    examples=[
        ("dsvc export medical@v1.2 --to json -o medical.json", "one JSON array"),
        ("dsvc export v1.2 -o medical.csv", "for a spreadsheet"),
        ("dsvc export v1.2 -o medical.parquet", "typed columns"),
        ("dsvc export v1.2 --to jsonl | head", "into a pipe"),
        ("dsvc export v1.2 --to llamafactory -o LLaMA-Factory/data", "beside the datasets that are there"),
        ("dsvc export v1.2 --to trl -o medical-trl --card", "for load_dataset, with a dataset card"),
        ("dsvc export v1.2 --to openai -o up --strict", "or nothing, when something would be lost"),
        ("dsvc export v1.2 --to croissant -o croissant.json", "MLCommons metadata"),
        ("dsvc export v1.2 --to label-studio -o round-1 --label intent", "tasks for annotators"),
        ("dsvc export v1.2 --to doccano -o tasks.jsonl --where lang=zh", "only some of the records"),
        ("dsvc export v1.2 --to doccano -o tasks.jsonl --pilot pilot-a", "the records of a pilot"),
    ],
    exits=(0, 2, 3, 4, 5, 7, 8),
)
@click.argument("revision", metavar="REV", shell_complete=revisions)
@click.option("--to", "to", type=click.Choice(FORMATS), help="The format or trainer; otherwise from FILE's name.")
@click.option("-o", "--output", "place", type=click.Path(), metavar="PATH", help="A file, or a folder; -: stdout.")
@click.option("--raw", is_flag=True, help="CSV: no ' before texts that a spreadsheet would run as a formula.")
@click.option("--json-field", "json_fields", multiple=True, metavar="FIELD", help="Parquet, datasets: as JSON text.")
@click.option("--shape", metavar="SHAPE", shell_complete=shape_names, help="Trainers: the shape to write.")
@click.option("--strict", is_flag=True, help="Trainers: write nothing when something would be lost.")
@click.option("--skip-unfit", is_flag=True, help="Trainers: leave out records that cannot be written, and name them.")
@click.option(
    "--reasoning",
    type=click.Choice(["reasoning_content", "thinking", "reasoning", "think"]),
    help="Trainers: how messages spell reasoning.",
)
@click.option("--name", metavar="NAME", help="Trainers: what they call it; otherwise the dataset's name.")
@click.option("--card", is_flag=True, help="Folders: add a dataset card (README.md).")
@click.option("--language", "languages", multiple=True, metavar="CODE", help="Cards: a language, such as zh.")
@click.option("--with-people", is_flag=True, help="Cards: also people's names, mail and internal addresses.")
@click.option("--text", "texts", multiple=True, metavar="FIELD", help="Annotation: what people see; repeatable.")
@click.option("--label", "labels", multiple=True, metavar="FIELD", help="Annotation: what they fill in.")
@click.option(
    "--choice", "choices", multiple=True, metavar="VALUE", help="Annotation: a choice that no record has yet."
)
@click.option("--free-text", is_flag=True, help="Annotation: a text to write, whatever values there are.")
@click.option("--blank", is_flag=True, help="Annotation: do not show the present values as answers.")
@click.option(
    "--where", multiple=True, metavar="EXPR", help="Annotation: only records for which EXPR holds; repeatable."
)
@click.option("--range", "rows", type=RowRange(), metavar="FROM:TO", help="Annotation: only these rows.")
@click.option("--pilot", metavar="NAME", shell_complete=pilots, help="Only the records of a pilot.")
@click.option(
    "--validation", type=ShareType(), metavar="SHARE", help="Pilots: the share for validation (0.1), in folders."
)
@click.option("--json", "as_json", is_flag=True, help="What was written, as one JSON object.")
@click.option("--force", is_flag=True, help="Overwrite what is there; never a working file.")
def command(*, revision: str, to: str | None, place: str | None, as_json: bool, **how: Any) -> None:
    """Write a version for other tools, or for a trainer.

    REV is a version (v1.2, medical@v1.2, HEAD~1), or a dataset's name or path: its working file.

    Into a file: JSONL is the very bytes that were committed; in a JSON array each record is as it was written. CSV has
    a column for each field: texts as they are, other values as JSON, null empty; a text that begins with = + - @ gets a
    ' in front, because spreadsheets would run it as a formula (--raw: not). What CSV does not keep is told. Parquet has
    typed columns; a field that holds a text here and a list there is named, and goes in as JSON text (--json-field).

    Into a folder: datasets (for load_from_disk), or a trainer: llamafactory, axolotl, trl, openai, ms-swift. What the
    trainer reads as it is stays so, record for record; other shapes are converted, and what is lost is told as
    'dsvc convert' tells it. Splits become files of their own. docs/export.md has a section for each.

    For annotators: label-studio (a folder with tasks.json and config.xml), doccano (a JSONL file). Each record goes out
    with its id and the version, so that 'dsvc import FILE --into NAME --update' takes the work back. --label names the
    field that people fill in: few short values are choices, other ones a text. EXPR is FIELD=VALUE, or with != ~REGEX
    > < >= <=, or FIELD (has it), !FIELD (has it not); #turns and #length count.

    About a version: card (README.md for the Hugging Face Hub), croissant (MLCommons metadata).

    A folder holds dsvc-export.json: version, digests, and the sha256 of each file; Parquet has that inside, of other
    files --json prints it.
    """
    import dsvc

    if place == "-":
        place = None
    name = to or _format_of(place)
    if place is None:
        _to_stdout(revision, name, how, as_json=as_json)
        return
    from dsvc.formats.losing import LossError

    with progress("exporting") as shown:
        repository = dsvc.open(progress=shown)
        try:
            done = repository.export(revision, name, place, **how)
        except LossError as error:
            shown.close()
            from dsvc.render.conversion_text import report_lines

            for line in report_lines(error.conversion, revision, None):
                diagnostics.note(line)
            raise
    if as_json:
        output.json_line("export", FORMAT, {key: value for key, value in done.facts.items() if key != "format"})
    tell(done)


def tell(done: Exported) -> None:
    """Say what was written, what was lost on the way, and how to go on."""
    if done.conversion is not None:
        from dsvc.render.conversion_text import report_lines

        for line in report_lines(done.conversion, done.revision, None):
            diagnostics.note(line)
    what = f"{plural(done.records, 'record')} of {done.revision}"
    if done.to in DESCRIPTIONS:
        what = f"the {done.to} of {done.revision}" if done.to == "card" else f"Croissant metadata of {done.revision}"
    diagnostics.note(f"wrote {what} to '{done.path}'")
    for note in done.notes:
        diagnostics.note(note)
    for line in done.start:
        diagnostics.note(f"  {line}")
    if done.written is not None:
        _tell_not_kept(done.written, done.to)


def _to_stdout(revision: str, name: str, how: dict[str, Any], *, as_json: bool) -> None:
    import dsvc

    if name not in (*_STREAMS, *DESCRIPTIONS):
        what = "FOLDER" if name in (*FOLDERS, "label-studio") else "FILE"
        raise UsageError(f"'{name}' is not written into a pipe", hint=f"name a {what.lower()}: -o {what}")
    if as_json:
        raise UsageError("--json tells of a file, and stdout takes the records", hint="name a file: -o FILE")
    if name not in DESCRIPTIONS and output.is_terminal():
        raise UsageError("records are not written to a terminal", hint="name a file: -o FILE (to look: dsvc cat)")
    repository = dsvc.open()
    if name in DESCRIPTIONS:
        output.binary().write(repository.describe_export(revision, name, **how))
        return
    from dsvc.repository.exports.export import ExportRequest, check

    check(ExportRequest(to=name, output=Path(), **{**how, **_tuples(how)}))
    _tell_not_kept(write(_content(repository, revision, how["pilot"]), output.binary(), name, raw=how["raw"]), name)


def _content(repository: Repository, revision: str, pilot: str | None) -> Snapshot:
    if pilot is None:
        return repository.snapshot(revision)
    return repository.pilots.sample(pilot, revision=revision)


def _tuples(how: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(how[key]) for key in ("json_fields", "languages", "texts", "labels", "choices", "where")}


def _tell_not_kept(written: Written, name: str) -> None:
    """Say what an import will not give back as it was."""
    told = (
        (
            written.json_fields if name == "csv" else (),
            "lists and objects are JSON text in their cells, which import reads as strings",
        ),
        (
            [Path(path).name for path in written.joined],
            "files that were put behind one another, which nothing tells apart any more",
        ),
        (written.repeated_fields, "keys that stand twice in one record; only the last value was written"),
        (written.unnamed_classes, "not all of the values are numbers of the classes that the manifest names"),
        (written.rounded_fields, "numbers with more digits than a column keeps, which were rounded"),
        (written.typed_fields, "numbers, true and false are text in their cells, which import reads as strings"),
        (written.broken_fields, "texts with half of a surrogate pair, which is written as an escape"),
        (written.absent_fields, _ABSENT[name == "csv"]),
    )
    for fields, what in told:
        if fields:
            diagnostics.note(f"{what}: {_named(fields)}")
    if written.filled:
        ways = " ".join([f"--json-field {quote(field)}" for field in written.filled])
        diagnostics.warn(
            "objects lack keys that others in their place have, which a column fills with null: "
            + _named([path for paths in written.filled.values() for path in paths]),
            hint=f"to keep them as they are, as JSON text: {ways}",
        )


def _named(fields: Sequence[str]) -> str:
    more = len(fields) - _MOST_NAMED
    return ", ".join([f"'{name}'" for name in fields[:_MOST_NAMED]]) + (f" and {more:,} more" if more > 0 else "")


def _format_of(place: str | None) -> str:
    found = SUFFIXES.get(Path(place).suffix.lower()) if place is not None else None
    if found is None:
        raise UsageError("which format?", hint=f"add --to {'|'.join(FILES)} (or a trainer: dsvc export --help)")
    return found
