"""``dsvc pilot rm``: keep a pilot no longer."""

from __future__ import annotations

import click

from dsvc.cli.going_back import tell
from dsvc.cli.options import json_option
from dsvc.cli.pilot.naming import of_option, pilots
from dsvc.cli.verb import verb


@verb(
    "rm",
    examples=[
        ("dsvc pilot rm pilot-a", "its tag stays, so that the sample can be read; dsvc undo brings it back"),
        ("dsvc pilot rm pilot-a --tag", "its tag goes, too; dsvc undo brings back both"),
    ],
    exits=(0, 2, 3, 5),
)
@click.argument("name", metavar="NAME", shell_complete=pilots)
@of_option
@click.option("--tag", "untag", is_flag=True, help="Take its git tag away, too.")
@json_option
def command(*, name: str, target: str | None, untag: bool, as_json: bool) -> None:
    """Keep a pilot and its results no longer; the commits that have them stay.

    The tag stays as well, unless with --tag: DATASET@VERSION_PILOT goes on reading the sample. A tag that was pushed
    stays on the remote (git push REMOTE --delete TAG).
    """
    import dsvc

    tell(dsvc.open().pilots.remove(name, of=target, tag=untag), as_json=as_json)
