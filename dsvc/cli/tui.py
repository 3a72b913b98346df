"""``dsvc tui``: the terminal UI."""

from __future__ import annotations

import gc
from pathlib import Path

import click

from dsvc.cli.completing import revisions
from dsvc.cli.diagnostics import note, warn
from dsvc.cli.options import Row
from dsvc.cli.verb import verb
from dsvc.errors import UsageError


@verb(
    "tui",
    examples=[
        ("dsvc tui", "the datasets and their versions"),
        ("dsvc tui medical", "the records of the working file"),
        ("dsvc tui medical@v1.0", "the records of a version, without a checkout"),
        ("dsvc tui v1.0..v1.1", "what changed between two versions"),
        ("dsvc tui any/file.jsonl", "a file that is no dataset, also outside a repository"),
        ("dsvc tui --serve", "the same in a browser on this machine"),
    ],
    exits=(0, 2, 3),
)
@click.argument("target", required=False, metavar="[TARGET]", shell_complete=revisions)
@click.option(
    "--screen",
    metavar="NAME",
    help="Begin with this screen: home, browse, diff, commit, history, import, export, validate, stats, review, pilot, "
    "split.",
)
@click.option("-r", "--record", "row", type=Row(), metavar="ROW", help="Begin at this record, by its row.")
@click.option("--serve", is_flag=True, help="Show it in a browser instead, each tab for itself; Ctrl-C ends it.")
@click.option(
    "--host",
    metavar="ADDRESS",
    help="Serve at this address (by default 127.0.0.1: this machine only). Whoever reaches it can edit and commit.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), metavar="PORT", help="Serve at this port (by default 8000; 0: a free one)."
)
def command(
    *, target: str | None, screen: str | None, row: int | None, serve: bool, host: str | None, port: int | None
) -> int:
    """Look at datasets, versions and records on the whole terminal.

    TARGET is a version, two of them (OLD..NEW), a dataset (its working file), or any JSONL file. The ? key shows all
    keys.
    """
    if target is not None and Path(target).is_fifo():
        raise UsageError(
            f"'{target}' is a pipe, and what is looked at is read more than once",
            hint="write what it gives into a file first: dsvc tui FILE",
        )
    if serve:
        from dsvc_tui import main

        return main.serve(
            target,
            screen=screen,
            row=row,
            host="127.0.0.1" if host is None else host,
            port=8000 if port is None else port,
            say=note,
            warn=warn,
        )
    if host is not None or port is not None:
        raise UsageError("--host and --port need --serve", hint="dsvc tui --serve --port 8080")
    return _on_this_terminal(target, screen, row)


def _on_this_terminal(target: str | None, screen: str | None, row: int | None) -> int:
    # What is made until the first rows are shown are modules, which the collector would look through again and again.
    gc.disable()
    try:
        from dsvc_tui import main

        return main.run(target, screen=screen, row=row)
    finally:
        gc.enable()
