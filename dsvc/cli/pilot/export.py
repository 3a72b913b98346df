"""``dsvc pilot export``: a pilot for a trainer, with a part for validation."""

from __future__ import annotations

from typing import Any

import click

from dsvc.cli import output
from dsvc.cli.completing import shape_names
from dsvc.cli.options import ShareType
from dsvc.cli.pilot.naming import of_option, pilots
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb


@verb(
    "export",
    examples=[
        ("dsvc pilot export pilot-a --to llamafactory -o data", "an entry in dataset_info.json, and the records"),
        ("dsvc pilot export pilot-a --to trl -o trial --validation 0.1", "a tenth of it for validation"),
        ("dsvc pilot export pilot-a --to axolotl -o trial --validation 0.1", "with the lines for its YAML"),
        ("dsvc pilot export pilot-a --to alpaca -o trial", "in any shape: dsvc formats"),
        ("dsvc pilot export pilot-a --to jsonl -o pilot-a.jsonl", "the very bytes of its records"),
    ],
    exits=(0, 2, 3, 4, 5, 7, 8),
)
@click.argument("name", metavar="NAME", shell_complete=pilots)
@of_option
@click.option("--to", required=True, metavar="TRAINER|SHAPE", shell_complete=shape_names, help="What it is for.")
@click.option("-o", "--output", "place", required=True, type=click.Path(), metavar="PATH", help="The folder to write.")
@click.option(
    "--validation", type=ShareType(), metavar="SHARE", help="The share of its records for validation: 0.1, or 10%."
)
@click.option("--strict", is_flag=True, help="Write nothing when something would be lost.")
@click.option("--skip-unfit", is_flag=True, help="Leave out records that cannot be written, and name them.")
@click.option("--json", "as_json", is_flag=True, help="What was written, as one JSON object.")
@click.option("--force", is_flag=True, help="Overwrite what an export wrote there.")
def command(*, name: str, target: str | None, to: str, place: str, as_json: bool, **how: Any) -> None:
    """Write a pilot for a trainer, in a shape, or as any other format of 'dsvc export'.

    Trainers: llamafactory, axolotl, trl, openai, ms-swift. With --validation a train and a validation part are written;
    which records are for validation is decided as the sample is, by a keyed hash of each record. 'dsvc export DATASET
    --pilot NAME' is the same with all options of that verb.
    """
    import dsvc
    from dsvc.cli.export import FORMAT, tell

    with progress("exporting") as shown:
        done = dsvc.open(progress=shown).pilots.export(name, to, place, of=target, **how)
    if as_json:
        output.json_line("export", FORMAT, {key: value for key, value in done.facts.items() if key != "format"})
    tell(done)
