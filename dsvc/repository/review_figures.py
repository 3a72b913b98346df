"""What finished reviews tell of a version: the figures that the gates ``spot_check`` and ``accuracy`` ask for.

*Spot check*: the share of the version's records that somebody else than who made them has judged, in any review whose
verdicts are committed; a record that was corrected counts as the one that it became.

*Accuracy*: the share that was found right in the reviews of the newest version that has any (the version itself or one
that it comes from), of records that nothing but chance had chosen. What was found wrong counts as wrong although it was
corrected: the records that nobody looked at are no better for it. A new review of the corrected version tells anew.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from dsvc.record import canonical
from dsvc.repository.candidates import identified_table
from dsvc.repository.review_file import committed, read_review, review_names, verdicts_folder
from dsvc.repository.review_status import rightness
from dsvc.repository.revisions import resolve_to_version
from dsvc.reviewing.accuracy import Accuracy, accuracy_of
from dsvc.reviewing.verdicts import read_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsvc.manifest import LedgerEntry
    from dsvc.origin import Annotator
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.reviewing.queue import Review
    from dsvc.reviewing.verdicts import Verdicts
    from dsvc.sampling.table import Table


class ReviewFigures(msgspec.Struct, frozen=True, kw_only=True):
    """``checked`` of ``records`` were judged by somebody else than who made them; ``accuracy`` of the newest reviews.

    ``reviews`` are the names of those that the accuracy is of.
    """

    records: int
    checked: int
    accuracy: Accuracy
    reviews: tuple[str, ...] = ()

    @property
    def spot_check(self) -> float | None:
        """The share that was judged; None where nothing was."""
        return self.checked / self.records if self.checked and self.records else None


def figures(ctx: Context, revision: str | None) -> ReviewFigures:
    """What the finished reviews at HEAD tell of a version, or of the version of a working file."""
    version = resolve_to_version(ctx, revision or _only(ctx))
    dataset, entry = version.dataset, version.entry
    line = _line(ctx, dataset, entry)
    found = [each for each in _finished(ctx, dataset) if each[0].version in line]
    if not found:
        return ReviewFigures(records=entry.counts.records, checked=0, accuracy=Accuracy(0, 0))
    table = identified_table(ctx, dataset, entry)
    sampled = [each for each in found if each[0].drawn.represents and not each[0].decides]
    newest = min((line[review.version] for review, _ in sampled), default=None)
    of_newest = [(review, files) for review, files in sampled if line[review.version] == newest]
    judged: dict[str, bool] = {}
    for _, files in of_newest:
        for name, right in rightness(verdicts for _, verdicts in files.values()).items():
            judged[name] = judged.get(name, True) and right
    return ReviewFigures(
        records=len(table),
        checked=len(_checked(table, found)),
        accuracy=accuracy_of(judged.values()),
        reviews=tuple(review.name for review, _ in of_newest),
    )


def _only(ctx: Context) -> str:
    from dsvc.repository.versions import require_dataset

    return f"{require_dataset(ctx.versions.datasets(ctx.git.head()), None).name}@HEAD"


def _line(ctx: Context, dataset: Dataset, entry: LedgerEntry) -> dict[str, int]:
    """A version and those that it comes from, by id, with how many steps back each is."""
    known = {each.id: each for each in ctx.versions.all_known(dataset, ctx.git.head())}
    steps: dict[str, int] = {entry.id: 0}
    waiting = [entry]
    for each in waiting:
        for parent in each.parents:
            if parent not in steps:
                steps[parent] = steps[each.id] + 1
                waiting += [known[parent]] if parent in known else []
    return steps


def _finished(ctx: Context, dataset: Dataset) -> Iterator[tuple[Review, Mapping[str, tuple[Annotator, Verdicts]]]]:
    """The reviews with verdicts that are committed."""
    for name in review_names(ctx, dataset):
        review = read_review(ctx, dataset, name)
        folder = verdicts_folder(dataset, name)
        files = {}
        for file, data in committed(ctx, dataset, review).items():
            head, verdicts = read_verdicts(data, f"{folder}/{file}")
            if head.review == review.id:
                files[file] = head.reviewer, verdicts
        if files:
            yield review, files


def _checked(table: Table, found: list[tuple[Review, Mapping[str, tuple[Annotator, Verdicts]]]]) -> set[int]:
    """The rows that somebody else than who made them has judged."""
    judged: dict[str, set[str]] = {}
    for _, files in found:
        for reviewer, verdicts in files.values():
            for verdict in verdicts.by_record.values():
                if verdict.judges:
                    name = verdict.record if verdict.corrected is None else _id(verdict.corrected)
                    judged.setdefault(name, set()).add("" if verdict.corrected is not None else reviewer.name)
    packs = table.snapshot.layout.packs
    rows = set()
    for name, row in table.names().rows([*judged]).items():
        makers = {annotator.name for annotator in packs[int(table.pack[row])].origin.annotators}
        if judged[name] - makers:
            rows.add(row)
    return rows


def _id(text: str) -> str:
    return hashlib.sha256(canonical(text.encode())).hexdigest()[:32]
