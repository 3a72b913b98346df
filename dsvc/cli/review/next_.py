"""``dsvc review next``: the next record without a verdict."""

from __future__ import annotations

import click

from dsvc.cli.options import json_option
from dsvc.cli.review.naming import name_argument, of_option, reviewer_option
from dsvc.cli.verb import verb


@verb(
    "next",
    examples=[
        ("dsvc review next", "of the only review"),
        ("dsvc review next check-1 --record 7", "the seventh record, whatever was said of it"),
        ("dsvc review next check-1 --reviewer 李雷", "as somebody else than git knows you"),
    ],
    exits=(0, 2, 3, 7, 8),
)
@name_argument
@of_option
@reviewer_option
@click.option(
    "--record",
    metavar="RECORD",
    help="This record: its number in the review, the first digits of its id, or 'row 12'.",
)
@json_option
def command(*, name: str | None, target: str | None, reviewer: str | None, record: str | None, as_json: bool) -> None:
    """Show the next record without a verdict.

    The verdict that is given next is about it. Records that were put off come when no other one is left.
    """
    from dsvc.cli.review.judging import opened, show

    session = opened(name, target, reviewer)
    if record is not None:
        session.show(record)
    show(session, as_json=as_json)
