"""``dsvc restore``: the working file back to its version."""

from __future__ import annotations

import click

from dsvc.cli.completing import datasets
from dsvc.cli.going_back import tell
from dsvc.cli.options import json_option
from dsvc.cli.progress import progress
from dsvc.cli.verb import verb


@verb(
    "restore",
    examples=[
        ("dsvc restore", "take back all edits of the only dataset (they are saved first)"),
        ("dsvc restore --formatting", "a script rewrote the file: give unchanged records their old bytes back"),
        ("dsvc restore medical --revision v1.0", "to an older version"),
    ],
    exits=(0, 3, 5, 7, 8),
)
@click.argument("dataset", required=False, shell_complete=datasets)
@click.option("--revision", metavar="REV", help="Back to this version instead of HEAD's.")
@click.option(
    "--formatting", is_flag=True, help="Keep the edits; only values that did not change get their bytes back."
)
@click.option("--force", is_flag=True, help="Changes nothing, taken for scripts: edits are saved first anyway.")
@json_option
def command(*, dataset: str | None, revision: str | None, formatting: bool, force: bool, as_json: bool) -> None:
    """Put the working file back to its version.

    Edits are kept under a tag before they are overwritten; 'dsvc undo' brings them back. The history and HEAD stay.
    JSONL files of a folder that the version does not have are edits, too, and are taken away.
    """
    import dsvc

    del force  # taken, so that the three ways back are typed alike
    with progress("writing") as shown:
        repository = dsvc.open(progress=shown)
        outcome = repository.restore(dataset, revision=revision, formatting=formatting)
    tell(outcome, as_json=as_json)
