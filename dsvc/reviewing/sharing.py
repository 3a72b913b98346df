"""Who of several reviewers looks at which records of a queue. Every clone finds the same, for nobody has to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from unicodedata import normalize

from msgspec import Meta

from dsvc.errors import UsageError
from dsvc.manifest import Facts
from dsvc.origin import Annotator  # noqa: TC001
from dsvc.sampling.ranking import ranker

if TYPE_CHECKING:
    from collections.abc import Sequence

_HINT: Final = "name each once: --reviewers anna,ben"


class Shared(Facts, frozen=True, kw_only=True):
    """The reviewers that a queue is dealt out to; all of them look at ``overlap`` of it, a share from 0 to 1."""

    reviewers: Annotated[tuple[Annotator, ...], Meta(min_length=2)]
    overlap: Annotated[float, Meta(ge=0, le=1)] = 0.0


def dealt(records: Sequence[str], seed: str, shared: Shared) -> tuple[frozenset[str], tuple[frozenset[str], ...]]:
    """The records that all reviewers look at, and those that each one does (the former with them).

    The records are ordered by a keyed hash of their names (purpose ``review``, the review's name as ``seed``). The
    first ones, as many as the overlap asks for (rounded, and one at least), go to everybody; of the others the first to
    the first reviewer, the next to the second one, and so on: nobody has more than one record more than another.
    """
    rank = ranker("review", seed)
    ordered = sorted(records, key=lambda name: (rank(name.encode()), name))
    common = max(1, int(shared.overlap * len(ordered) + 0.5)) if shared.overlap else 0
    everybody, rest, count = ordered[:common], ordered[common:], len(shared.reviewers)
    return frozenset(everybody), tuple(frozenset([*everybody, *rest[at::count]]) for at in range(count))


def checked_shared(shared: Shared, records: int) -> Shared:
    """The same, or UsageError where it cannot be dealt out."""
    names = [each.name for each in shared.reviewers]
    if len(shared.reviewers) < 2:
        raise UsageError("one reviewer has nobody to share with", hint="name two and more: --reviewers anna,ben")
    folded = [(normalize("NFC", each.name.strip()).casefold(), each.kind) for each in shared.reviewers]
    if not all(name.strip() for name in names) or len({*folded}) < len(folded):
        raise UsageError(f"each reviewer has one share, and a name: {', '.join(names)}", hint=_HINT)
    if not 0 <= shared.overlap <= 1:
        raise UsageError(f"an overlap of {shared.overlap:g} is no share", hint="from 0 to 1, or in percent: 20%")
    if records < len(names):
        raise UsageError(
            f"{len(names)} reviewers cannot share {records:,} record{'s' if records != 1 else ''}",
            hint="take more records (--sample), or fewer reviewers",
        )
    return shared


__all__ = ["Shared", "checked_shared", "dealt"]
