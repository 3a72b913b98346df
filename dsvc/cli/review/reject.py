"""``dsvc review reject``."""

from __future__ import annotations

from dsvc.cli.review.naming import judging
from dsvc.cli.verb import verb


@verb(
    "reject",
    examples=[('dsvc review reject -m "the dose is wrong"', "wrong, and why; the next one is shown")],
    exits=(0, 2, 3, 7, 8),
)
@judging
def command(
    *, name: str | None, target: str | None, reviewer: str | None, record: str | None, comment: str, as_json: bool
) -> None:
    """Say that the record that was shown is wrong.

    It stays in the dataset unless 'dsvc review finish --remove-rejected' takes it out.
    """
    from dsvc.cli.review.judging import give, opened, shown_item

    session = opened(name, target, reviewer)
    shown_item(session, record)
    give(session, "reject", comment=comment, as_json=as_json)
