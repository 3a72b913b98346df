"""``dsvc pilot list``: the pilots of a dataset."""

from __future__ import annotations

import click

from dsvc.cli.completing import datasets
from dsvc.cli.options import json_option
from dsvc.cli.verb import verb


@verb(
    "list",
    examples=[
        ("dsvc pilot list", "the pilots of all datasets"),
        ("dsvc pilot list medical --json", "of one dataset, for a script"),
    ],
    exits=(0, 2, 3),
)
@click.argument("target", required=False, metavar="[DATASET]", shell_complete=datasets)
@json_option
def command(*, target: str | None, as_json: bool) -> None:
    """List the pilots of a dataset."""
    import dsvc

    repository = dsvc.open()
    if target is not None:
        repository.dataset(target)
    del as_json
