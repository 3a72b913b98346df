"""``dsvc review start``: choose records to be looked at."""

from __future__ import annotations

from typing import Any

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.completing import revisions
from dsvc.cli.options import json_option
from dsvc.cli.pilot.naming import pilots
from dsvc.cli.progress import progress
from dsvc.cli.review.naming import FORMAT, overlap_option, review_fields, reviewers_option
from dsvc.cli.verb import verb
from dsvc.errors import UsageError


@verb(
    "start",
    examples=[
        ("dsvc review start v1.2 --name check-1", "a tenth of the records"),
        ("dsvc review start v1.2 --name new --changed-since v1.1", "what was added or edited since"),
        ("dsvc review start medical --name odd --findings conflicting-answers", "what a rule tells of"),
        (
            "dsvc review start v1.2 --name two --reviewers anna,ben --overlap 20%",
            "each looks at a share, both at a fifth",
        ),
        ("dsvc review start v1.2 --name check-p --pilot pilot-a --sample 50", "50 records of a pilot"),
    ],
    exits=(0, 2, 3, 5, 7, 8),
)
@click.argument("revision", metavar="REV", shell_complete=revisions)
@click.option("--name", metavar="NAME", required=True, help="What the review is called.")
@click.option("--sample", metavar="SIZE", help="How many records, or which share of them.  [default: 10%, else all]")
@click.option("--pilot", metavar="PILOT", shell_complete=pilots, help="Of the records of a pilot.")
@click.option(
    "--findings", metavar="RULE", multiple=True, help="Of the records that a rule of 'dsvc validate' tells of."
)
@click.option("--changed-since", metavar="REV", shell_complete=revisions, help="Of the records added or edited since.")
@click.option("--where", metavar="EXPR", multiple=True, help="Of the records for which a condition holds (label=fees).")
@click.option("--stratify", metavar="FIELD", multiple=True, help="Of each value of a field its share.")
@click.option("--seed", metavar="TEXT", default="", help="Another seed gives other records.  [default: the name]")
@reviewers_option
@overlap_option
@click.option("--guidelines", metavar="TEXT", default="", help="What the reviewers should look at.")
@json_option
def command(*, revision: str, as_json: bool, **given: Any) -> None:
    """Choose records of a version to be looked at.

    The queue is kept in git, so that whoever pulls can work at it. Without --sample a tenth of the records is chosen;
    of a pilot, of findings and of what changed, all are. A sample that nothing but chance has chosen tells how many of
    all records are right. --reviewers deals the records out, by a keyed hash of each: nobody looks at what another one
    looks at, but for --overlap, from which 'dsvc review status' tells how far they agree.
    """
    import dsvc
    from dsvc.render.numbers import plural
    from dsvc.render.review_text import share_lines
    from dsvc.render.safe_text import safe
    from dsvc.repository.reviews.starting import request_of

    if given["sample"] is not None and not given["sample"].strip():
        raise UsageError("--sample is empty", hint="a number of records, or a share: --sample 10%")
    request = request_of(given.pop("name"), **given)
    with progress("reading") as shown:
        repository = dsvc.open(progress=shown)
        started = repository.reviews.start(revision, request)
    review = started.review
    for text in started.notes:
        diagnostics.note(text)
    if as_json:
        output.json_line("review", FORMAT, review_fields(review, records=True))
        return
    called = f"{safe(review.dataset)}@{review.number}"
    output.write([f"{safe(review.name)}: {plural(len(review.records), 'record')} of {called} to be looked at"])
    output.write(share_lines(review))
    diagnostics.note(f"begin: dsvc review next {repository.reviews.called(review)}")
