"""The groups that a review was drawn from: which share of the version each has, and how many right ones were found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from dsvc.errors import DsvcError
from dsvc.repository.candidates import identified_table
from dsvc.repository.going_back.kept import version_by_id
from dsvc.reviewing.accuracy import Accuracy, accuracy_of, weighted
from dsvc.sampling.material import Records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.reviewing.queue import Review

MOST: Final = 0.05
"""The share of records that may be of another group than in a sample with the version's shares, or that had less of a
chance to be in the sample."""


class Groups(msgspec.Struct, frozen=True, kw_only=True):
    """``of``: the group of each record of a review, by its name; ``shares``: the share of the version that each has.

    ``is_skewed``: groups have other shares in the review than in its version; each of many small ones gives a record.
    Nothing is known (``shares`` is empty) where the version is not at hand.
    """

    of: Mapping[str, int] = {}
    shares: tuple[float, ...] = ()
    is_skewed: bool = True

    def accuracy(self, right: Mapping[str, bool]) -> Accuracy | None:
        """The share that is right of all records, each group weighted by its share; None where one has no verdict."""
        by_group: list[list[bool]] = [[] for _ in self.shares]
        for name, is_right in right.items():
            by_group[self.of[name]].append(is_right)
        if not by_group or not all(by_group):
            return None
        return weighted((share, accuracy_of(each)) for share, each in zip(self.shares, by_group, strict=True))

    def without(self, right: Mapping[str, bool]) -> tuple[int, float]:
        """How many groups have no verdict, and which share of the version they are."""
        there = {self.of[name] for name in right}
        absent = [share for number, share in enumerate(self.shares) if number not in there]
        return len(absent), sum(absent)


class GroupCounts:
    """How many records of each group were judged, and are right; kept while verdicts are given."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self._counts = [[0, 0] for _ in groups.shares]
        self._said: dict[str, bool] = {}
        self._without = len(groups.shares)

    def note(self, name: str, *, is_right: bool | None) -> None:
        """What holds of a record of the review now; None: nothing was said of it."""
        counts = self._counts[self._groups.of[name]]
        before = self._said.pop(name, None)
        if before is not None:
            counts[0] -= before
            counts[1] -= 1
            self._without += not counts[1]
        if is_right is not None:
            self._said[name] = is_right
            self._without -= not counts[1]
            counts[0] += is_right
            counts[1] += 1

    def accuracy(self) -> Accuracy | None:
        """The share that is right of all records, each group weighted; None while one has no verdict."""
        if self._without:
            return None
        counts = zip(self._groups.shares, self._counts, strict=True)
        return weighted((share, Accuracy(right, judged)) for share, (right, judged) in counts)


def groups_of(ctx: Context, dataset: Dataset, review: Review) -> Groups | None:
    """The groups of a review; None where it was not drawn from groups.

    Half the sum of the differences of the shares is compared with :data:`MOST`.
    """
    fields = review.drawn.groups
    if not fields:
        return None
    entry = version_by_id(ctx, dataset, review.version)
    if entry is None:
        return Groups()
    try:
        table = identified_table(ctx, dataset, entry)
        codes, _ = Records(table, table.ids, ctx.progress).groups(fields)
    except DsvcError:  # its data is not here
        return Groups()
    rows = table.names().rows(review.records)
    own = codes[np.array([*rows.values()], dtype=np.int64)]
    count = int(codes.max()) + 1
    shares, drawn = [np.bincount(each, minlength=count) / max(len(each), 1) for each in (codes, own)]
    return Groups(
        of=dict(zip(rows, own.tolist(), strict=True)),
        shares=tuple(shares.tolist()),
        is_skewed=bool(np.abs(shares - drawn).sum() / 2 > MOST),
    )


__all__ = ["GroupCounts", "Groups", "groups_of"]
