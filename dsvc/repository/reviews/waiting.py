"""Which records of a review wait for a verdict before it can be finished, in whose shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.render.numbers import plural
from dsvc.repository.reviews.file import all_verdicts, file_of, find_review, here
from dsvc.repository.reviews.status import left as unjudged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.origin import Annotator
    from dsvc.repository.context import Context
    from dsvc.reviewing.queue import Review
    from dsvc.reviewing.verdicts import Verdicts

    By = Mapping[str, tuple[Annotator, Verdicts]]


def waiting(ctx: Context, name: str | None = None, target: str | None = None) -> int:
    """How many records stand in the way of a finish that is not partial."""
    dataset, review = find_review(ctx, name, target)
    return len(left_in(ctx, review, all_verdicts(ctx, dataset, review)))


def left_in(ctx: Context, review: Review, judged: By) -> set[str]:
    """The records that are left: of a shared review, in the shares of those of whom verdicts lie here."""
    done = {name for _, found in judged.values() for name, v in found.by_record.items() if v.judges}
    common, shares = review.in_common(), _shares_here(ctx, review)
    left = set().union(*shares.values()) if shares else {*review.records}
    both = [name for file, share in shares.items() for name in unjudged(share & common, judged[file][1])]
    return (left - done) | {*both}


def _shares_here(ctx: Context, review: Review) -> dict[str, frozenset[str]]:
    """The shares of the reviewers of whom verdicts lie here, by the name of the file."""
    at_work = here(ctx, review) if review.shared else {}
    return {file: share for who, share in review.shares().items() if (file := file_of(who)) in at_work}


def others_left(ctx: Context, review: Review, judged: By) -> Iterator[str]:
    """What those of whom no verdicts lie here have still to look at, in words."""
    at_work = _shares_here(ctx, review)
    for who, share in review.shares().items():
        file = file_of(who)
        left = len(unjudged(share, judged[file][1])) if file in judged else len(share)
        if left and file not in at_work:
            yield f"the share of '{who.name}' has {plural(left, 'record')} without a verdict; they are finished there"


__all__ = ["left_in", "others_left", "waiting"]
