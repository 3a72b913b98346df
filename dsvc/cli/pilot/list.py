"""``dsvc pilot list``: the pilots of a dataset."""

from __future__ import annotations

import click

from dsvc.cli import output
from dsvc.cli.completing import datasets
from dsvc.cli.options import json_option
from dsvc.cli.pilot.naming import FORMAT, pilot_fields
from dsvc.cli.verb import verb


@verb(
    "list",
    examples=[
        ("dsvc pilot list", "the pilots of all datasets"),
        ("dsvc pilot list medical --json", "of one dataset, for a script"),
    ],
    exits=(0, 2, 3, 7),
)
@click.argument("target", required=False, metavar="[DATASET]", shell_complete=datasets)
@json_option
def command(*, target: str | None, as_json: bool) -> None:
    """List the pilots of a dataset, with the last result of each."""
    import dsvc
    from dsvc.render.pilot_text import list_lines

    found = dsvc.open().pilots.list(target)
    if not as_json:
        output.write(list_lines(found, output.style()))
        return
    for each in found:
        output.json_line("pilot", FORMAT, pilot_fields(each.pilot, each.results))
