"""Giving a verdict: on the record that was shown, and the next one is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dsvc
from dsvc.cli import diagnostics, output
from dsvc.cli.review.naming import FORMAT, item_fields
from dsvc.errors import UsageError

if TYPE_CHECKING:
    from dsvc.repository.reviews.session import ReviewItem, ReviewSession
    from dsvc.reviewing.verdicts import Kind

DONE = {"accept": "accepted", "reject": "rejected", "edit": "corrected", "skip": "put off"}


def opened(name: str | None, target: str | None, reviewer: str | None) -> ReviewSession:
    """The session of a reviewer, at the record that was shown last."""
    from dsvc.cli.progress import progress

    with progress("reading") as shown:
        session = dsvc.open(progress=shown).reviews.open(name, reviewer=reviewer, of=target)
    shares = session.review.shares()
    if shares and session.share is None:
        names = ", ".join(each.name for each in shares)
        diagnostics.note(f"'{session.reviewer.name}' has no share of it, and sees all; those with one: {names}")
    return session


def shown_item(session: ReviewSession, record: str | None) -> ReviewItem:
    """The record that a verdict is about.

    Raises UsageError where none was shown yet, for nobody shall judge what was not seen; and where the same reviewer
    has judged it since, in the terminal UI or another window.
    """
    item = session.show(record) if record is not None else session.shown
    if item is None:
        told = "the record was not shown to its end" if session.was_shown_in_part else "no record was shown yet"
        raise UsageError(
            f"{told}, so there is nothing to judge",
            hint=f"dsvc review next {session.called}, or name one: --record RECORD",
        )
    if record is None and session.is_judged_since:
        raise UsageError(
            f"the record that was shown here ({item.number:,}) was judged elsewhere since",
            hint=f"dsvc review next {session.called}, or judge it anew: --record {item.number}",
        )
    return item


def give(
    session: ReviewSession,
    kind: Kind,
    *,
    comment: str = "",
    corrected: bytes | None = None,
    answer: str | None = None,
    as_json: bool = False,
) -> None:
    """Give the verdict, say so, and show the next record."""
    item = session.current
    assert item is not None
    session.give(kind, comment=comment, corrected=corrected, answer=answer)
    session.note_begun()  # before anything is written, which may fail: the next verdict is not about this record
    if as_json:
        output.json_line("verdict", FORMAT, item_fields(session, session.item(item.number - 1)))
        show(session, as_json=True)
        return
    diagnostics.note(f"{DONE[kind]}: {item.number:,} of {len(session.review.records):,} (row {item.row:,})")
    show(session, as_json=False)


def show(session: ReviewSession, *, as_json: bool) -> None:
    """Show the current record, or that there is none; it is the one that the next verdict is about.

    It counts as shown when it went out: nobody saw what went into a pipe that was closed.
    """
    from dsvc.render.review_text import item_lines, nothing_left

    item = session.current
    if item is None:
        session.forget_shown()
    else:
        session.note_begun()
    if as_json:
        if item is not None:
            output.json_line("record", FORMAT, item_fields(session, item))
    elif item is None:
        output.write(nothing_left(session))
    else:
        output.write(item_lines(session, item, output.style()))
    if output.flush():
        session.note_shown()
