"""``dsvc review rm``: a review is kept no longer."""

from __future__ import annotations

import click

from dsvc.cli.going_back import tell
from dsvc.cli.options import json_option
from dsvc.cli.review.naming import of_option, reviews
from dsvc.cli.verb import verb


@verb(
    "rm",
    examples=[("dsvc review rm check-1", "take it out of HEAD; 'dsvc undo' brings it back")],
    exits=(0, 2, 3, 5, 7),
)
@click.argument("name", metavar="NAME", shell_complete=reviews)
@of_option
@json_option
def command(*, name: str, target: str | None, as_json: bool) -> None:
    """Keep a review no longer; the commits that have it stay."""
    import dsvc

    tell(dsvc.open().reviews.remove(name, of=target), as_json=as_json)
