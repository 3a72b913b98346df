"""``dsvc import``: records from JSON, JSONL, CSV or TSV."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from dsvc.cli.asking import can_ask, with_source
from dsvc.cli.commit import tell
from dsvc.cli.options import force_option, json_option, record_options, version_options
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb
from dsvc.errors import BadDataError
from dsvc.importers import FORMATS, check_source


@verb(
    "import",
    examples=[
        ("dsvc import ~/alpaca.json --as data/alpaca.jsonl --source alpaca", "a JSON array, as a new dataset"),
        ("dsvc import scores.csv --as scores --annotator a2", "what a spreadsheet made of it, as its next version"),
        ("dsvc import dump.txt --from jsonl --as data/dump.jsonl", "name the format"),
    ],
    exits=(0, 2, 3, 4, 5, 7),
)
@click.argument("source_file", metavar="SRC", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--as", "target", metavar="NAME/PATH", help="A dataset, or the path of a new JSONL file.")
@click.option("--from", "format_name", type=click.Choice(FORMATS), help="The format, where SRC's name leaves it open.")
@record_options
@click.option("-m", "--message", "reason", metavar="TEXT", help="Why; otherwise 'import SRC'.")
@click.option("--name", metavar="NAME", help="Name of a new dataset.")
@version_options
@force_option
@json_option
def command(
    *,
    source_file: Path,
    target: str | None,
    format_name: str | None,
    reason: str | None,
    as_json: bool,
    no_input: bool,
    force: bool,
    **fields: Any,
) -> None:
    """Bring in records from JSON, JSONL, CSV or TSV.

    They become the content of the working file, and a version. SRC may be a JSON array (its elements keep their bytes;
    of those that span lines only line breaks and indents go), JSONL (kept byte for byte), CSV or TSV (the first row
    names the fields, every value is a string; the ' that 'dsvc export' puts before a text like =1+1 is taken away).
    Whether .json or .jsonl is an array, its first character tells. Objects that span lines without an array around
    them (json-objects) are taken as the elements of an array are. The version keeps the source file's name and sha256.
    """
    from msgspec.structs import replace

    import dsvc
    from dsvc.repository.results import CommitRequest

    request = CommitRequest(target=target or "", reason=reason or f"import {source_file.name}", **fields)
    request = replace(request, key=request.key or None)
    with progress("importing") as shown:
        run = partial(dsvc.open(progress=shown).import_, source_file, format_name=format_name, force=force)
        try:
            _, result = with_source(request, run, ask=can_ask(no_input=no_input))
        except BadDataError:
            if source_file.is_file():  # the working file is put back already: name the file that has to be mended
                check_source(source_file, str(source_file), format_name)
            raise
    tell(result, as_json=as_json, dry_run=request.dry_run)
