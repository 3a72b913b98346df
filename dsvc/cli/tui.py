"""``dsvc tui``: the terminal UI."""

from __future__ import annotations

import click

from dsvc.cli.completing import revisions
from dsvc.cli.verb import verb


@verb(
    "tui",
    examples=[
        ("dsvc tui", "the datasets and their versions"),
        ("dsvc tui medical", "the records of the working file"),
        ("dsvc tui medical@v1.0", "the records of a version, without a checkout"),
        ("dsvc tui v1.0..v1.1", "what changed between two versions"),
        ("dsvc tui any/file.jsonl", "a file that is no dataset, also outside a repository"),
    ],
    exits=(0, 2, 3),
)
@click.argument("target", required=False, metavar="[TARGET]", shell_complete=revisions)
@click.option("--screen", metavar="NAME", help="Begin with this screen: home, browse, diff, history, commit.")
@click.option(
    "-r", "--record", "row", type=click.IntRange(min=1), metavar="ROW", help="Begin at this record, by its row."
)
def command(*, target: str | None, screen: str | None, row: int | None) -> int:
    """Look at datasets, versions and records on the whole terminal.

    TARGET is a version, two of them (OLD..NEW), a dataset (its working file), or any JSONL file. The ? key shows all
    keys.
    """
    from dsvc_tui.main import run

    return run(target, screen=screen, row=row)
