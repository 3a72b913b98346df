"""``dsvc review undo``: the last verdict is taken back."""

from __future__ import annotations

from dsvc.cli import diagnostics
from dsvc.cli.options import json_option
from dsvc.cli.review.naming import name_argument, of_option, reviewer_option
from dsvc.cli.verb import verb
from dsvc.errors import NotFoundError


@verb(
    "undo",
    examples=[("dsvc review undo", "the last verdict does not count; its record is shown again")],
    exits=(0, 2, 3, 7, 8),
)
@name_argument
@of_option
@reviewer_option
@json_option
def command(*, name: str | None, target: str | None, reviewer: str | None, as_json: bool) -> None:
    """Take the last verdict back.

    Its record is shown again. 'dsvc undo' takes back what 'dsvc review finish' did.
    """
    from dsvc.cli.review.judging import opened, show

    session = opened(name, target, reviewer)
    item = session.undo()
    if item is None:
        raise NotFoundError("there is no verdict to take back", hint=f"dsvc review status {session.called}")
    session.note_begun()
    diagnostics.note(
        f"taken back: the verdict on {item.number:,} of {len(session.review.records):,} (row {item.row:,})"
    )
    show(session, as_json=as_json)
