"""``dsvc pilot rm``: keep a pilot no longer."""

from __future__ import annotations

import click

from dsvc.cli.going_back import tell
from dsvc.cli.options import json_option
from dsvc.cli.pilot.naming import of_option, pilots
from dsvc.cli.verb import verb


@verb(
    "rm",
    examples=[("dsvc pilot rm pilot-a", "its tag stays; dsvc undo brings it back")],
    exits=(0, 2, 3, 5),
)
@click.argument("name", metavar="NAME", shell_complete=pilots)
@of_option
@json_option
def command(*, name: str, target: str | None, as_json: bool) -> None:
    """Keep a pilot and its results no longer; the tag and the commits that have them stay."""
    import dsvc

    tell(dsvc.open().pilots.remove(name, of=target), as_json=as_json)
