"""``review status``: how far a review is, and how many of the records are right, told apart by what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dsvc.conditions.fields import MISSING, field, steps_of, text_of, value_of
from dsvc.repository.candidates import identified_table
from dsvc.repository.going_back.kept import version_by_id
from dsvc.repository.reviews.file import all_verdicts, committed_verdicts, find_review
from dsvc.repository.settings import read_settings
from dsvc.reviewing.accuracy import Accuracy, accuracy_of
from dsvc.reviewing.verdicts import verdict_counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dsvc.origin import Annotator
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.reviewing.queue import Review
    from dsvc.reviewing.verdicts import Verdicts


class ReviewerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What one reviewer did: verdicts by kind, how many records are left, how many of the judged are right."""

    reviewer: Annotator
    counts: Mapping[str, int]
    left: int
    accuracy: Accuracy
    committed: bool


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


def status(ctx: Context, name: str | None, target: str | None, label: str | None) -> ReviewStatus:
    """How far a review is. Raises NotFoundError when there is none."""
    dataset, review = find_review(ctx, name, target)
    found = all_verdicts(ctx, dataset, review)
    there = committed_verdicts(ctx, dataset, review)
    right = rightness(verdicts for _, verdicts in found.values())
    label = label or read_settings(ctx.working.root).gates.class_field
    by_label, by_annotator = _groups(ctx, dataset, review, right, label)
    reviewers = tuple(
        ReviewerStatus(
            reviewer=reviewer,
            counts=verdict_counts(verdicts.by_record.values()),
            left=len(review.records) - sum(verdict.judges for verdict in verdicts.by_record.values()),
            accuracy=accuracy_of(v.verdict == "accept" for v in verdicts.by_record.values() if v.judges),
            committed=file in there,
        )
        for file, (reviewer, verdicts) in found.items()
    )
    return ReviewStatus(
        dataset=dataset,
        review=review,
        judged=len(right),
        accuracy=accuracy_of(right.values()),
        reviewers=reviewers,
        label=label,
        by_label=by_label,
        by_annotator=by_annotator,
        disputed=disputed([verdicts for _, verdicts in found.values()]),
    )


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
            labels.setdefault(text_of(value), []).append(right[record])
        for annotator in packs[int(table.pack[row])].origin.annotators:
            people.setdefault(annotator.name, []).append(right[record])
    return _accuracies(labels), _accuracies(people)


def _accuracies(groups: Mapping[str, list[bool]]) -> dict[str, Accuracy]:
    return {name: accuracy_of(groups[name]) for name in sorted(groups)}
