"""``dsvc review accept``: the record is right."""

from __future__ import annotations

import click

from dsvc.cli.review.naming import judging
from dsvc.cli.verb import verb


@verb(
    "accept",
    examples=[
        ("dsvc review accept", "the record that was shown is right; the next one is shown"),
        ("dsvc review accept --answer 2", "where annotators disagree: the second one is right"),
    ],
    exits=(0, 2, 3, 7, 8),
)
@judging
@click.option("--answer", metavar="ANSWER", help="The annotator whose answer is right, or its number.")
def command(
    *,
    name: str | None,
    target: str | None,
    reviewer: str | None,
    record: str | None,
    comment: str,
    answer: str | None,
    as_json: bool,
) -> None:
    """Say that the record that was shown is right.

    The next record is shown then.
    """
    from dsvc.cli.review.judging import give, opened, shown_item

    session = opened(name, target, reviewer)
    shown_item(session, record)
    give(session, "accept", comment=comment, answer=answer, as_json=as_json)
