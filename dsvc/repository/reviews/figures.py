"""What finished reviews tell of a version: the figures that the gates ``spot_check`` and ``accuracy`` ask for.

A review counts where its verdicts are committed, and where it is of the version or of one that it comes from. A verdict
counts when it judges, and when its reviewer is a person, and somebody else than who made the record.

*Spot check*: the share of the version's records about which such a verdict was given, in any review. A record counts
while it is as it was looked at, or as the correction made it; equal records count one by one.

*Accuracy*: of the records of samples the share that was found right. What was found wrong stays wrong in this figure
although it was corrected or taken out: the records that nobody looked at are no better for it. What was found right
counts while the version has it as it was. The newest reviews count, as many of them as it takes to reach the share that
``spot_check`` asks for, so that a small new review does not hide a large old one. Not counted is a review that says
nothing of the other records: one of conditions, findings, changes or disagreements, of a pilot that was chosen so, one
that is not complete, and one of which most of what was found right has changed since.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.errors import DsvcError
from dsvc.record import record_id
from dsvc.repository.candidates import identified_table, table_from
from dsvc.repository.datasets import fold
from dsvc.repository.going_back.kept import version_by_id
from dsvc.repository.reviews.file import committed_verdicts, read_review, review_names
from dsvc.repository.reviews.shares import groups_of
from dsvc.repository.revisions import PlainFile, Version, resolve, resolve_version
from dsvc.reviewing.accuracy import Accuracy, accuracy_of, pooled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from dsvc.manifest import LedgerEntry
    from dsvc.origin import Annotator
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.reviews.shares import Groups
    from dsvc.reviewing.queue import Review
    from dsvc.reviewing.verdicts import Verdict, Verdicts
    from dsvc.sampling.table import Table
    from dsvc.snapshot import Snapshot

SHARE: Final = 0.10
"""What spot checks are to reach where nobody says it."""


class ReviewFigures(msgspec.Struct, frozen=True, kw_only=True):
    """``checked`` of ``records`` were judged by somebody else than who made them; ``accuracy`` of the newest samples.

    ``finished``: how many reviews count at all; ``reviews``: the names of those that the accuracy is of; ``left_out``:
    why others say nothing of it, one sentence each.
    """

    records: int
    finished: int = 0
    checked: int = 0
    accuracy: Accuracy = Accuracy(0, 0)
    reviews: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def spot_check(self) -> float | None:
        """The share that was judged; None where no review is finished."""
        return self.checked / self.records if self.finished and self.records else None


def figures(
    ctx: Context, revision: str | None, snapshot: Snapshot | None = None, *, share: float = SHARE
) -> ReviewFigures:
    """What the finished reviews at HEAD tell of what a revision names (None: the only dataset at HEAD).

    ``snapshot`` is its content where that is at hand (of a working file); ``share`` what spot checks are to reach.
    """
    found = resolve(ctx, revision or only_dataset(ctx))
    if isinstance(found, PlainFile):
        return ReviewFigures(records=len(snapshot) if snapshot is not None else 0)
    dataset = found.dataset
    entry = found.entry if isinstance(found, Version) else resolve_version(ctx, dataset, "HEAD")
    back = steps_back(ctx, dataset, entry)
    reviews = sorted(finished_reviews(ctx, dataset, back), key=lambda each: (back[each.review.version], -each.at))
    if not reviews:
        return ReviewFigures(records=len(snapshot) if snapshot is not None else entry.counts.records)
    table = table_from(ctx, snapshot) if snapshot is not None else identified_table(ctx, dataset, entry)
    looked = [_look(ctx, dataset, each, table) for each in reviews]
    sampled, left_out = _samples(looked, round(share * len(table)))
    return ReviewFigures(
        records=len(table),
        finished=len(looked),
        checked=len({row for each in looked for row in each.rows()}),
        accuracy=pooled(sampled.values()),
        reviews=tuple(sampled),
        left_out=left_out,
    )


def _look(ctx: Context, dataset: Dataset, finished: Finished, table: Table) -> _Looked:
    review = finished.review
    makers = _makers(ctx, dataset, review, table)
    return _Looked.of(finished, _Standing.of(finished, table), makers, groups_of(ctx, dataset, review))


def only_dataset(ctx: Context) -> str:
    """The version at HEAD of the only dataset. Raises UsageError when there are several."""
    from dsvc.repository.versions import require_dataset

    return f"{require_dataset(ctx.versions.datasets(ctx.git.head()), None).name}@HEAD"


class Finished(msgspec.Struct, frozen=True):
    """A review whose verdicts are committed, by reviewer."""

    review: Review
    reviewers: tuple[tuple[Annotator, Verdicts], ...]

    @property
    def at(self) -> float:
        """When it was begun."""
        return self.review.created_at.timestamp()

    def verdicts(self) -> Iterator[tuple[Annotator, Verdict]]:
        """All that judge a record of the review, with who gave them."""
        for reviewer, found in self.reviewers:
            yield from ((reviewer, verdict) for verdict in found.by_record.values() if verdict.judges)


class _Standing(msgspec.Struct, frozen=True):
    """Where records of a review, and what they were corrected to, stand in the version that is looked at."""

    rows: Mapping[str, int]

    @staticmethod
    def of(finished: Finished, table: Table) -> _Standing:
        names = [*finished.review.records]
        names += [record_id(v.corrected.encode()) for _, v in finished.verdicts() if v.corrected is not None]
        return _Standing(table.names().rows(names))

    def row(self, verdict: Verdict) -> int | None:
        """The row of the record as it was, or as this verdict corrected it; None: it is another one, or gone."""
        as_it_was = self.rows.get(verdict.record)
        if as_it_was is not None or verdict.corrected is None:
            return as_it_was
        return self.rows.get(record_id(verdict.corrected.encode()))


class _Looked(msgspec.Struct, frozen=True):
    """A finished review with the verdicts of second persons, by record."""

    finished: Finished
    standing: _Standing
    verdicts: Mapping[str, Sequence[Verdict]]
    groups: Groups | None

    @staticmethod
    def of(
        finished: Finished, standing: _Standing, makers: Mapping[str, frozenset[str]], groups: Groups | None
    ) -> _Looked:
        wanted = {*finished.review.records}
        found: dict[str, list[Verdict]] = {}
        for reviewer, verdict in finished.verdicts():
            known = makers.get(verdict.record)
            is_second = reviewer.kind == "person" and known is not None and fold(reviewer.name) not in known
            if verdict.record in wanted and is_second:
                found.setdefault(verdict.record, []).append(verdict)
        return _Looked(finished, standing, found, groups)

    def rows(self) -> Iterator[int]:
        """The rows of the version that were looked at."""
        for verdicts in self.verdicts.values():
            yield from (row for verdict in verdicts if (row := self.standing.row(verdict)) is not None)

    def counted(self) -> dict[str, bool]:
        """Whether each record was right when it was looked at; what became of it since changes neither side."""
        return {name: all(v.verdict == "accept" for v in verdicts) for name, verdicts in self.verdicts.items()}

    def says_nothing(self) -> str | None:
        """Why the records that nobody looked at cannot be judged by this review; None: they can."""
        review, right = self.finished.review, [name for name, right in self.counted().items() if right]
        if not review.drawn.represents or review.decides:
            return f"'{review.name}' is of chosen records"
        if not self.verdicts:
            return f"'{review.name}' was done by who made the records, or by no person"
        if not all(name in self.verdicts for name in review.records):
            return f"'{review.name}' has records that no second person judged"
        if (absent := self._absent_groups()) is not None:
            return f"'{review.name}' has other shares of its groups than the version, and {absent}"
        changed = 2 * sum(name in self.standing.rows for name in right) < len(right)
        return f"most of what '{review.name}' found right has changed since" if changed else None

    def _absent_groups(self) -> str | None:
        """Why groups cannot be weighted; None where they can, or need not be."""
        if self.groups is None or not self.groups.is_skewed:
            return None
        if not self.groups.shares:
            return "they cannot be told here"
        count, share = self.groups.without(self.counted())
        return f"no verdict on {count:,} of them ({share:.1%} of the records)" if count else None

    def accuracy(self, besides: Collection[str]) -> Accuracy | None:
        """The share that is right, without records that were counted elsewhere; None where a group is left without."""
        right = {name: is_right for name, is_right in self.counted().items() if name not in besides}
        if self.groups is None or not self.groups.is_skewed:
            return accuracy_of(right.values())
        return self.groups.accuracy(right)


def _samples(looked: Sequence[_Looked], wanted: int) -> tuple[dict[str, Accuracy], tuple[str, ...]]:
    """The newest samples that have so many records together (all, if they have not), by name, and why others do not
    count. Of a record that was looked at in several the newest verdict counts."""
    found: dict[str, Accuracy] = {}
    left_out = []
    names: set[str] = set()
    for each in looked:
        name, why = each.finished.review.name, each.says_nothing()
        if why is None and found and len(names) >= wanted:
            continue
        accuracy = each.accuracy(names) if why is None else None
        if accuracy is not None and accuracy.judged:
            found[name] = accuracy
            names |= each.counted().keys()
        else:
            left_out.append(why or f"newer reviews have {_looked_again(accuracy)} '{name}' looked at")
    return found, tuple(left_out)


def _looked_again(accuracy: Accuracy | None) -> str:
    return "all records of a group that" if accuracy is None else "all records that"


def steps_back(ctx: Context, dataset: Dataset, entry: LedgerEntry) -> dict[str, int]:
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


def finished_reviews(ctx: Context, dataset: Dataset, versions: Mapping[str, int]) -> Iterator[Finished]:
    """The reviews of these versions with verdicts that are committed."""
    for name in review_names(ctx, dataset):
        review = read_review(ctx, dataset, name)
        if review.version not in versions:
            continue
        reviewers = tuple(committed_verdicts(ctx, dataset, review).values())
        if reviewers:
            yield Finished(review, reviewers)


def _makers(ctx: Context, dataset: Dataset, review: Review, now: Table) -> dict[str, frozenset[str]]:
    """Who made the records of a review, as it was then; where its version is not at hand as it is now."""
    table = now
    entry = version_by_id(ctx, dataset, review.version)
    if entry is not None:
        with suppress(DsvcError):  # its data is not here: a shallow clone, a remote that is not to be reached
            table = identified_table(ctx, dataset, entry)
    packs = [frozenset(fold(each.name) for each in pack.origin.annotators) for pack in table.snapshot.layout.packs]
    return {name: packs[int(table.pack[row])] for name, row in table.names().rows(review.records).items()}
