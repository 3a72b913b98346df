"""``dsvc import``: records from files, folders, standard input and hubs."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from dsvc.cli import diagnostics
from dsvc.cli.asking import can_ask, with_answers
from dsvc.cli.commit import tell
from dsvc.cli.completing import shape_names
from dsvc.cli.options import (
    allow_findings_option,
    force_option,
    json_option,
    reading_options,
    record_options,
    version_options,
)
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb
from dsvc.errors import UsageError


@verb(
    "import",
    examples=[
        ("dsvc import ~/alpaca.json --as data/alpaca.jsonl --source alpaca", "a JSON array, as a new dataset"),
        ("dsvc import scores.csv --as scores --annotator a2", "what a spreadsheet made of it, as its next version"),
        ("dsvc import dump.txt.gz --from jsonl --as data/dump.jsonl", "name the format"),
        ("dsvc import api.json --records data.rows --as data/api.jsonl", "a list inside of one JSON object"),
        ("dsvc import downloads/medical --as data/medical", "a folder: each split becomes a file of a dataset"),
        ("dsvc import 'hf://openai/gsm8k' --config main --split 'train[:1000]'", "from the Hugging Face Hub"),
        ("dsvc import project-7.json --as intents --source 'call centre'", "a Label Studio export, with who labelled"),
        ("dsvc import alpaca.json --as qa --convert openai", "in another shape; what that loses is told"),
        ("dsvc import - --as data/api.jsonl --source api < api.jsonl", "what another program writes"),
        ("dsvc import project-7.json --into intents --update", "take back what was exported for annotators"),
    ],
    exits=(0, 2, 3, 4, 5, 6, 7, 8),
)
@click.argument("given", metavar="SRC")
@click.option(
    "--as", "--into", "target", metavar="NAME/PATH", help="A dataset, or the path of a new JSONL file or folder."
)
@click.option("--update", is_flag=True, help="Only take over what annotators answered to records of the dataset.")
@click.option(
    "--conflicts",
    metavar="ours|theirs|FILE",
    help="--update: what to do where both sides changed a field; FILE.jsonl lists them first.",
)
@click.option(
    "--split",
    "splits",
    multiple=True,
    metavar="NAME",
    help="Only this split, perhaps a part of it: 'train[:1000]'; or the name of the split that a file is. Repeatable.",
)
@reading_options
@click.option("--convert", metavar="SHAPE", shell_complete=shape_names, help="In this shape, as 'dsvc convert' does.")
@click.option("--strict", is_flag=True, help="With --convert: nothing at all when something would be lost.")
@click.option(
    "--rename", multiple=True, metavar="OLD=NEW", help="With --convert: first give a field another name. Repeatable."
)
@record_options
@click.option("-m", "--message", "reason", metavar="TEXT", help="Why; otherwise 'import SRC'.")
@click.option("--name", metavar="NAME", help="Name of a new dataset.")
@version_options
@allow_findings_option
@force_option
@json_option
def command(
    *,
    given: str,
    target: str | None,
    update: bool,
    conflicts: str | None,
    splits: tuple[str, ...],
    format_name: str | None,
    encoding: str | None,
    config: str | None,
    records: str | None,
    convert: str | None,
    strict: bool,
    rename: tuple[str, ...],
    reason: str | None,
    as_json: bool,
    no_input: bool,
    force: bool,
    **fields: Any,
) -> None:
    """Bring in records from a file, a folder, standard input or a hub.

    They become the content of the working file, and a version; what was imported before is edited, so the diff shows
    which records changed. SRC may be JSONL (kept byte for byte), a JSON array or JSON objects behind one another (bytes
    kept but for line breaks and indents between their parts), CSV or TSV (the first row names the fields, every value
    is a string), Parquet or Arrow, each also compressed (gzip, bzip2, xz, Zstandard, zip); a folder or zip of them,
    in which names tell the splits, as Hugging Face, ModelScope, Kaggle and others leave it; a folder that 'datasets'
    saved; an export of Label Studio, Doccano, Argilla or easy-dataset; - for standard input; hf://USER/SET[@REVISION],
    modelscope://USER/SET, kaggle://USER/SET, opendatalab://USER/SET, aistudio://USER/SET.

    With --convert each record is read as what it looks like, and comes in the shape named; the report tells what was
    lost or rewritten, and the version keeps "converted_to" in its metadata. --rename gives fields names
    that a shape knows first. The sha256 stays that of the source.

    What is decided for you is told: another encoding than UTF-8, the delimiter of a table, shards that were joined,
    files that hold no records. The version keeps the source's address, sha256 and licence, as far as they lie there,
    and the annotators. docs/import.md has the details, tool by tool.

    With --update, SRC is what Label Studio or Doccano exported of records that 'dsvc export' handed out to them. Only
    the fields that people were asked for change, compared with the version that was handed out: what was not changed
    here since is taken, everything else stays, byte for byte. Where both sides changed a field, people disagree, or a
    record is gone, nothing is changed until --conflicts says what to do.
    """
    from pathlib import Path

    from msgspec.structs import replace

    import dsvc
    from dsvc.formats.losing import LossError
    from dsvc.formats.renaming import renaming_of
    from dsvc.render.conversion_text import report_lines
    from dsvc.repository.results import CommitRequest

    called = "standard input" if given == "-" else given if "://" in given else Path(given).name
    is_pipe = given == "-" or Path(given).is_fifo()  # read once: who is asked for a source would be asked in vain
    if conflicts is not None and not update:
        raise UsageError("--conflicts belongs to --update", hint="leave it out, or add --update")
    request = CommitRequest(target=target or "", reason=reason or ("" if update else f"import {called}"), **fields)
    request = replace(request, key=request.key or None)
    if update:
        from dsvc.cli.import_update import take_back

        how = {"format_name": format_name, "encoding": encoding, "conflicts": conflicts, "force": force}
        take_back(
            given, request, how, alien={"--split": splits, "--config": config, "--records": records}, as_json=as_json
        )
        return
    with progress("importing") as shown:
        run = partial(
            dsvc.open(progress=shown).import_,
            given,
            format_name=format_name,
            encoding=encoding,
            splits=splits,
            config=config,
            records=records,
            convert=convert,
            strict=strict,
            rename=renaming_of(rename),
            force=force,
        )
        try:
            _, result = with_answers(request, run, ask=can_ask(no_input=no_input or is_pipe))
        except LossError as error:
            shown.close()
            for line in report_lines(error.conversion, called, None):
                diagnostics.note(line)
            raise
    tell(result, as_json=as_json, dry_run=request.dry_run)
