"""What kept agreements tell of a version: the figures that the gates ``agreement`` and ``disagreement`` ask for.

An agreement counts where it was kept with the version or with one that it comes from; of these, for each field, those
that were kept with the newest version. Each figure is that of the worst of them.

*Agreement*: the share of the records with two answers and more on which all were the same. Deciding the others does not
better it: whoever reads the guidelines differently goes on doing so.

*Disagreement*: the share on which they were not, without the records that a finished review has decided since: all its
reviewers chose the same answer, or corrected the record in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dsvc.record import record_id
from dsvc.repository.agreements.file import KeptAgreement, agreement_names, read_agreement
from dsvc.repository.reviews.figures import finished_reviews, only_dataset, steps_back
from dsvc.repository.revisions import PlainFile, Version, resolve, resolve_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.reviews.figures import Finished
    from dsvc.reviewing.queue import Review
    from dsvc.reviewing.verdicts import Verdict


class KeptFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Annotators agreed on ``agreed`` of ``compared`` records; ``decided`` of the others were decided since."""

    name: str
    field: str
    compared: int
    agreed: int
    decided: int = 0

    @property
    def agreement(self) -> float | None:
        """The share on which they agreed; None where nothing was compared."""
        return self.agreed / self.compared if self.compared else None

    @property
    def open(self) -> int:
        """How many records they disagree on that nobody decided."""
        return self.compared - self.agreed - self.decided

    @property
    def disagreement(self) -> float | None:
        """The share of these."""
        return self.open / self.compared if self.compared else None


class AgreementFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Of what was kept the one on which people agreed least, and the one of which most is left to decide."""

    least_agreed: KeptFigures
    most_open: KeptFigures

    @property
    def agreement(self) -> float | None:
        """The least share on which they agreed."""
        return self.least_agreed.agreement

    @property
    def disagreement(self) -> float | None:
        """The largest share of records that they disagree on and nobody decided."""
        return self.most_open.disagreement


def figures(ctx: Context, revision: str | None) -> AgreementFigures | None:
    """What is kept at HEAD of what a revision names (None: the only dataset); None where nothing is."""
    found = resolve(ctx, revision or only_dataset(ctx))
    if isinstance(found, PlainFile):
        return None
    dataset = found.dataset
    names = agreement_names(ctx, dataset)
    if not names:
        return None
    entry = found.entry if isinstance(found, Version) else resolve_version(ctx, dataset, "HEAD")
    back = steps_back(ctx, dataset, entry)
    told = [_of(ctx, dataset, each, back) for each in _newest(ctx, dataset, names, back)]
    if not told:
        return None
    return AgreementFigures(
        least_agreed=min(told, key=lambda each: each.agreement or 0.0),
        most_open=max(told, key=lambda each: each.disagreement or 0.0),
    )


def _newest(ctx: Context, dataset: Dataset, names: Sequence[str], back: Mapping[str, int]) -> list[KeptAgreement]:
    """For each field what was kept with the newest of these versions that has anything of it."""
    by_field: dict[str, list[KeptAgreement]] = {}
    for name in names:
        kept = read_agreement(ctx, dataset, name)
        if kept.version in back and kept.compared:
            by_field.setdefault(kept.field, []).append(kept)
    newest = {field: min(back[each.version] for each in several) for field, several in by_field.items()}
    return [each for field, several in by_field.items() for each in several if back[each.version] == newest[field]]


def _of(ctx: Context, dataset: Dataset, kept: KeptAgreement, back: Mapping[str, int]) -> KeptFigures:
    decided = {
        record
        for finished in finished_reviews(ctx, dataset, back)
        if finished.review.version == kept.version and finished.review.decides and _asks(finished.review, kept)
        for record in _decided(finished)
    }
    count = len(decided.intersection(kept.disagreed))
    return KeptFigures(name=kept.name, field=kept.field, compared=kept.compared, agreed=kept.agreed, decided=count)


def _decided(finished: Finished) -> Iterator[str]:
    """The records of which all who judged them chose one answer, or made one correction."""
    wishes: dict[str, set[str | None]] = {}
    for _, verdict in finished.verdicts():
        wishes.setdefault(verdict.record, set()).add(_wish(verdict))
    return (record for record, wished in wishes.items() if len(wished) == 1 and None not in wished)


def _wish(verdict: Verdict) -> str | None:
    """The id of the record as it shall be; None: that is not said."""
    if verdict.verdict == "reject" or (verdict.verdict == "accept" and verdict.answer is None):
        return None
    as_it_is = verdict.record.partition("#")[0]
    return as_it_is if verdict.corrected is None else record_id(verdict.corrected.encode())


def _asks(review: Review, kept: KeptAgreement) -> bool:
    """Whether a review decides what was compared; where each annotator has a field, the answer goes into another."""
    return kept.field in review.fields or "=" in kept.field
