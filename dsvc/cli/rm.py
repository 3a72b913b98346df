"""``dsvc rm``: stop keeping a dataset."""

from __future__ import annotations

import click

from dsvc.cli.completing import datasets
from dsvc.cli.going_back import tell
from dsvc.cli.options import json_option
from dsvc.cli.verb import verb


@verb(
    "rm",
    examples=[
        ("dsvc rm medical", "keep no more versions of it"),
        ('dsvc rm data/medical.jsonl -m "merged into clinic"', "by path, with a reason"),
    ],
    exits=(0, 3, 5, 7),
)
@click.argument("dataset", shell_complete=datasets)
@click.option("-m", "--message", "reason", metavar="TEXT", help="Why; otherwise 'not kept any more'.")
@json_option
def command(*, dataset: str, reason: str | None, as_json: bool) -> None:
    """Stop keeping a dataset; its file and its old versions stay.

    HEAD does not have it any more: that is a commit. The working file is not touched, and git goes on ignoring it. Old
    versions can be read as before (dsvc cat medical@v1.1); dsvc undo brings the dataset back.

    A dataset that gets another path or name is a new one. Once its file has been moved:

    \b
      dsvc rm medical -m "it is data/clinic.jsonl now"
      dsvc commit data/clinic.jsonl --source medical@v1.1 -m "it was data/medical.jsonl"
      dsvc diff medical@v1.1 clinic
    """
    import dsvc

    tell(dsvc.open().remove(dataset, reason=reason), as_json=as_json)
