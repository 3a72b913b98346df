"""``dsvc review skip``."""

from __future__ import annotations

from dsvc.cli.review.naming import judging
from dsvc.cli.verb import verb


@verb(
    "skip", examples=[('dsvc review skip -m "ask the doctor"', "later; the next one is shown")], exits=(0, 2, 3, 7, 8)
)
@judging
def command(
    *, name: str | None, target: str | None, reviewer: str | None, record: str | None, comment: str, as_json: bool
) -> None:
    """Put the record that was shown off.

    It comes again when no other record is left, and does not count as judged.
    """
    from dsvc.cli.review.judging import give, opened, shown_item

    session = opened(name, target, reviewer)
    shown_item(session, record)
    give(session, "skip", comment=comment, as_json=as_json)
