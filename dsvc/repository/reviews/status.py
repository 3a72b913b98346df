"""``review status``: how far a review is, and how many of the records are right, told apart by what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dsvc.agreement.coefficients import cohen, fleiss
from dsvc.conditions.fields import MISSING, field, label_of, steps_of, value_of
from dsvc.repository.candidates import identified_table
from dsvc.repository.going_back.kept import version_by_id
from dsvc.repository.reviews.file import all_verdicts, committed_verdicts, file_of, find_review, share_of
from dsvc.repository.reviews.shares import groups_of
from dsvc.repository.settings import read_settings
from dsvc.reviewing.accuracy import Accuracy, accuracy_of
from dsvc.reviewing.verdicts import Verdicts, verdict_counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dsvc.origin import Annotator
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.reviewing.queue import Review
    from dsvc.reviewing.verdicts import Verdict

    By = Mapping[str, tuple[Annotator, Verdicts]]


class ReviewerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What one reviewer did: verdicts by kind, how many of the judged are right.

    ``records`` are to be looked at: a share, or all (``has_share`` tells which); ``left`` of them wait for a verdict.
    """

    reviewer: Annotator
    counts: Mapping[str, int]
    records: int
    has_share: bool
    left: int
    accuracy: Accuracy
    committed: bool


class InCommon(msgspec.Struct, frozen=True, kw_only=True):
    """How far reviewers say the same (right, or wrong) of the records that all of them are to look at.

    ``compared`` of the ``records`` were judged by all, ``agreed`` of these in one way. ``kappa`` is Cohen's, of more
    than two reviewers Fleiss'; None where it is not defined.
    """

    records: int
    compared: int
    agreed: int
    kappa: float | None


class ReviewStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a review stands. A record counts as right when nobody has rejected or corrected it.

    ``judged`` records have a verdict of somebody. ``by_label`` goes by the values of ``label``, ``by_annotator`` by who
    made the records. ``disputed`` are records of which reviewers say different things.
    """

    dataset: Dataset
    review: Review
    judged: int
    accuracy: Accuracy
    reviewers: tuple[ReviewerStatus, ...]
    label: str
    by_label: Mapping[str, Accuracy]
    by_annotator: Mapping[str, Accuracy]
    disputed: tuple[str, ...]
    left: int = 0
    """Records of which nobody has said whether they are right."""
    represents: bool = False
    """Whether the accuracy says something of all records: chance chose those of the review, and none is left. They are
    shown in the order of the file, so the first ones say nothing of the others."""
    without: tuple[int, float] = (0, 0.0)
    """Groups that have no verdict, and their share of the version, where each is to be weighted."""
    in_common: InCommon | None = None
    """None where nobody was asked to look at the same records."""

    @property
    def label_represents(self) -> bool:
        """Whether the accuracy of each label does, too: of weighted groups only where the labels are the groups."""
        return self.represents and (not self.accuracy.is_weighted or self.review.drawn.groups == (self.label,))

    @property
    def part_represents(self) -> bool:
        """Whether the accuracy of any other part of the records does, too."""
        return self.represents and not self.accuracy.is_weighted


def status(ctx: Context, name: str | None, target: str | None, label: str | None) -> ReviewStatus:
    """How far a review is. Raises NotFoundError when there is none."""
    dataset, review = find_review(ctx, name, target)
    found = all_verdicts(ctx, dataset, review)
    there = committed_verdicts(ctx, dataset, review)
    right = rightness(verdicts for _, verdicts in found.values())
    label = label or read_settings(ctx.working.root).gates.class_field
    by_label, by_annotator = _groups(ctx, dataset, review, right, label)
    accuracy, represents, without = _of_all(ctx, dataset, review, right)
    unjudged = sum(name not in right for name in review.records)
    return ReviewStatus(
        dataset=dataset,
        review=review,
        judged=len(right),
        accuracy=accuracy,
        left=unjudged,
        represents=represents and not unjudged,
        without=without,
        reviewers=_reviewers(review, found, there),
        label=label,
        by_label=by_label,
        by_annotator=by_annotator,
        disputed=disputed([verdicts for _, verdicts in found.values()]),
        in_common=_in_common(review, found),
    )


def _of_all(
    ctx: Context, dataset: Dataset, review: Review, right: Mapping[str, bool]
) -> tuple[Accuracy, bool, tuple[int, float]]:
    """How many are right, whether that can say something of all records, and which groups are in the way."""
    plain = accuracy_of(right.values())
    groups = groups_of(ctx, dataset, review) if review.drawn.represents and right else None
    if groups is None or not groups.is_skewed:
        return plain, review.drawn.represents, (0, 0.0)
    known = {name: is_right for name, is_right in right.items() if name in groups.of}
    found = groups.accuracy(known)
    return (plain, False, groups.without(known)) if found is None else (found, True, (0, 0.0))


def _reviewers(review: Review, found: By, there: By) -> tuple[ReviewerStatus, ...]:
    """Everybody who gave a verdict, or has a share."""
    waiting = {file_of(who): (who, Verdicts()) for who in review.shares()}
    return tuple(
        ReviewerStatus(
            reviewer=reviewer,
            counts=verdict_counts(verdicts.by_record.values()),
            records=len(review.records if share is None else share),
            has_share=share is not None,
            left=len(left(review.records if share is None else share, verdicts)),
            accuracy=accuracy_of(v.verdict == "accept" for v in verdicts.by_record.values() if v.judges),
            committed=file in there,
        )
        for file, (reviewer, verdicts) in {**waiting, **found}.items()
        for share in (share_of(review, reviewer),)
    )


def left(records: Iterable[str], verdicts: Verdicts) -> list[str]:
    """Those of the records that one reviewer has not judged."""
    said = verdicts.by_record
    return [name for name in records if name not in said or not said[name].judges]


def _in_common(review: Review, found: By) -> InCommon | None:
    records = review.in_common()
    if not records:
        return None
    said = [found[file][1].by_record if (file := file_of(who)) in found else {} for who in review.shares()]
    units: list[tuple[bool | None, ...]] = [tuple(_says(each.get(name)) for each in said) for name in records]
    units = [unit for unit in units if None not in unit]
    agreed = sum(len({*unit}) == 1 for unit in units)
    return InCommon(records=len(records), compared=len(units), agreed=agreed, kappa=_kappa(units))


def _kappa(units: Sequence[Sequence[bool | None]]) -> float | None:
    """Cohen's of two reviewers, Fleiss' of more."""
    if units and len(units[0]) > 2:
        return fleiss(units)
    found = cohen(units)
    return found.value if found is not None else None


def _says(verdict: Verdict | None) -> bool | None:
    """Whether a record is right; None: nothing was said."""
    return verdict.verdict == "accept" if verdict is not None and verdict.judges else None


def rightness(found: Iterable[Verdicts]) -> dict[str, bool]:
    """For each record that somebody judged whether it is right: nobody has rejected or corrected it."""
    right: dict[str, bool] = {}
    for verdicts in found:
        for record, verdict in verdicts.by_record.items():
            if verdict.judges:
                right[record] = right.get(record, True) and verdict.verdict == "accept"
    return right


def disputed(found: Iterable[Verdicts]) -> tuple[str, ...]:
    """The records that one reviewer accepts and another one does not."""
    said: dict[str, set[bool]] = {}
    for verdicts in found:
        for record, verdict in verdicts.by_record.items():
            if verdict.judges:
                said.setdefault(record, set()).add(verdict.verdict == "accept")
    return tuple(record for record, each in said.items() if len(each) > 1)


def _groups(
    ctx: Context, dataset: Dataset, review: Review, right: Mapping[str, bool], label: str
) -> tuple[dict[str, Accuracy], dict[str, Accuracy]]:
    """By label, and by who made the records; nothing where the version is not here."""
    entry = version_by_id(ctx, dataset, review.version)
    if entry is None or not right:
        return {}, {}
    table = identified_table(ctx, dataset, entry)
    packs, steps = table.snapshot.layout.packs, steps_of(label)
    labels: dict[str, list[bool]] = {}
    people: dict[str, list[bool]] = {}
    for record, row in table.names().rows([*right]).items():
        value = field(value_of(table.content(row)), steps)
        if value is not MISSING:
            labels.setdefault(label_of(value), []).append(right[record])
        for annotator in packs[int(table.pack[row])].origin.annotators:
            people.setdefault(annotator.name, []).append(right[record])
    return _accuracies(labels), _accuracies(people)


def _accuracies(groups: Mapping[str, list[bool]]) -> dict[str, Accuracy]:
    return {name: accuracy_of(groups[name]) for name in sorted(groups)}
