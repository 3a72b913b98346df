"""``dsvc fsck``: is the data of every version whole."""

from __future__ import annotations

import click

from dsvc.cli import output
from dsvc.cli.options import json_option
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb
from dsvc.errors import CorruptError


@verb(
    "fsck",
    examples=[
        ("dsvc fsck", "all datasets, all versions"),
        ("dsvc fsck medical --repair", "and get good copies from the DVC remote"),
    ],
    exits=(0, 3, 5, 7),
)
@click.argument("dataset", required=False, metavar="[DATASET]")
@click.option("--repair", is_flag=True, help="Get good copies from the DVC remote; damaged ones are set aside.")
@json_option
def command(*, dataset: str | None, repair: bool, as_json: bool) -> None:
    """Check that the stored data of every version is whole.

    Reads every stored file and compares it with its digest; says which versions need what is missing or damaged, and
    which of their records cannot be read. Undone versions and saved edits are looked at, too.
    """
    import dsvc
    from dsvc.render.finding_text import finding_fields, finding_lines

    broken = absent = 0
    with progress("checking") as shown:
        for found in dsvc.open(progress=shown).fsck(dataset, repair=repair):
            broken += not found.repaired
            absent += not found.repaired and found.problem == "not fetched"
            if as_json:
                output.json_line("finding", "dsvc.fsck/1", finding_fields(found))
            else:
                output.write(finding_lines(found))
    if broken and broken == absent and not repair:
        what = "version is" if absent == 1 else "versions are"
        raise CorruptError(f"the data of {absent} {what} not fetched", hint="dvc fetch --all-commits")
    if broken:
        things = "stored file is" if broken == 1 else "stored files are"
        hint = "get the data from somebody who has it: dsvc push there, dsvc fsck --repair here"
        raise CorruptError(f"{broken} {things} missing or damaged", hint=hint if repair else "dsvc fsck --repair")
    if not as_json:
        output.write(["all data of all versions is whole"])
