"""``dsvc review finish``: the verdicts are committed, and what they correct becomes a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dsvc.cli import diagnostics, output
from dsvc.cli.asking import can_ask, with_answers
from dsvc.cli.options import json_option
from dsvc.cli.progress import progress
from dsvc.cli.review.naming import FORMAT, name_argument, of_option
from dsvc.cli.verb import verb
from dsvc.errors import UsageError

if TYPE_CHECKING:
    from dsvc.repository.reviews.finish import ReviewFinished


@verb(
    "finish",
    examples=[
        ("dsvc review finish", "every record has a verdict: commit them, and the corrections"),
        ("dsvc review finish check-1 --partial", "although some have none"),
        ("dsvc review finish check-1 --remove-rejected", "rejected records leave the dataset"),
    ],
    exits=(0, 2, 3, 4, 5, 7, 8),
)
@name_argument
@of_option
@click.option("--partial", is_flag=True, help="Although records are left without a verdict.")
@click.option("--remove-rejected", is_flag=True, help="Take the rejected records out of the dataset.")
@click.option("-m", "--message", metavar="TEXT", help="Why there is this version.  [default: what was corrected]")
@click.option(
    "--allow-findings",
    metavar="TEXT",
    help="Keep corrections although errors were found in them; the reason is kept, too.",
)
@click.option("--reviewer", hidden=True, help="Of the other verbs; not here.")
@json_option
def command(*, message: str | None, reviewer: str | None, as_json: bool, **given: Any) -> None:
    """Commit the verdicts, and make a version of what they correct.

    The reviewers are the annotators of what they corrected. A record that was edited by somebody else meanwhile stays
    as it is, and is told. One git commit has all of it; 'dsvc undo' takes it back, and the verdicts stay.
    """
    import dsvc
    from dsvc.render.review_text import finished_lines
    from dsvc.repository.reviews.finish import FinishRequest

    if reviewer is not None:
        raise UsageError(
            "finish commits the verdicts of all reviewers that lie here",
            hint="leave out --reviewer; while others still look, with what there is: --partial",
        )
    with progress("reading") as shown:
        request, finish = FinishRequest(reason=message, **given), dsvc.open(progress=shown).reviews.finish
        _, found = with_answers(request, finish, ask=can_ask(no_input=as_json))
    for text in found.notes:
        diagnostics.note(text)
    if as_json:
        output.json_line("finished", FORMAT, _fields(found))
    else:
        output.write(finished_lines(found, output.style()))


def _fields(found: ReviewFinished) -> dict[str, object]:
    version = found.committed.manifest.ledger_entry().to_json() if found.committed is not None else None
    return {
        "name": found.review.name,
        "dataset": found.dataset.name,
        "verdicts": dict(found.counts),
        "changed": found.changed,
        "removed": found.removed,
        "conflicts": [{"id": record, "why": why} for record, why in found.conflicts],
        "commit": found.commit,
        "version": version,
    }
