"""What kept agreements tell of a version: the figures that the gates ``agreement`` and ``disagreement`` ask for.

An agreement counts where it was kept with the version or with one that it comes from; of these the newest version's,
and of several with one version the worst.

*Agreement*: the share of the records with two answers and more on which all were the same. Deciding the others does not
better it: whoever reads the guidelines differently goes on doing so.

*Disagreement*: the share on which they were not, without the records that a finished review has decided since.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dsvc.repository.agreement_file import KeptAgreement, agreement_names, read_agreement
from dsvc.repository.review_figures import finished_reviews, only_dataset, steps_back
from dsvc.repository.revisions import PlainFile, Version, resolve, resolve_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.reviewing.queue import Review


class AgreementFigures(msgspec.Struct, frozen=True, kw_only=True):
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
    kept = [each for each in (read_agreement(ctx, dataset, name) for name in names) if each.version in back]
    newest = min((back[each.version] for each in kept), default=0)
    told = [_of(ctx, dataset, each, back) for each in kept if back[each.version] == newest and each.compared]
    return min(told, key=lambda each: each.agreed / each.compared, default=None)


def _of(ctx: Context, dataset: Dataset, kept: KeptAgreement, back: Mapping[str, int]) -> AgreementFigures:
    judged = {
        verdict.record
        for finished in finished_reviews(ctx, dataset, back)
        if finished.review.version == kept.version and finished.review.decides and _asks(finished.review, kept)
        for _, verdict in finished.verdicts()
    }
    decided = len(judged.intersection(kept.disagreed))
    return AgreementFigures(
        name=kept.name, field=kept.field, compared=kept.compared, agreed=kept.agreed, decided=decided
    )


def _asks(review: Review, kept: KeptAgreement) -> bool:
    """Whether a review decides what was compared; where each annotator has a field, the answer goes into another."""
    return kept.field in review.fields or "=" in kept.field
