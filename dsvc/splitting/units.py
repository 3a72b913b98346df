"""What must stay on one side: records that are equal, of one group, or nearly the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from dsvc.splitting.table import NO_SIDE
from dsvc.validators.near_clusters import Clusters

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dsvc.splitting.table import Table

    Column = NDArray[Any]


class Units(msgspec.Struct, frozen=True):
    """Records put together.

    ``of`` has the number of its unit for each record. Of each unit: ``rank`` (the lowest of its records'), ``size``
    (records that will be written), ``side`` that most of its records are on (``NO_SIDE``: none has one) and whether
    they are on several (``torn``).
    """

    of: Column
    rank: Column
    size: Column
    side: Column
    torn: Column

    def __len__(self) -> int:
        return len(self.rank)


def units_of(table: Table, sides: int) -> Units:
    """The units of a table whose rule has so many sides."""
    of = _joined(table)
    count = int(of.max()) + 1 if len(of) else 0
    rank = np.full(count, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(rank, of, table.identity)
    size = np.bincount(of[table.written], minlength=count)
    votes = np.zeros((count, sides), dtype=np.int64)
    settled = table.side != NO_SIDE
    np.add.at(votes, (of[settled], table.side[settled]), 1)
    has_side = votes.any(axis=1) if count else np.zeros(0, dtype=bool)
    side = np.where(has_side, votes.argmax(axis=1) if count else 0, NO_SIDE)
    return Units(of, rank, size, side, (votes > 0).sum(axis=1) > 1)


def _joined(table: Table) -> Column:
    """For each record the number of its unit, counted from 0."""
    _, same = np.unique(table.identity, return_inverse=True)
    clusters = Clusters(int(same.max()) + 1 if len(same) else 0)
    for group in table.groups:
        grouped = np.flatnonzero(group != 0)
        if len(grouped):
            _, first, inverse = np.unique(group[grouped], return_index=True, return_inverse=True)
            _join_all(clusters, same[grouped], same[grouped[first]][inverse])
    if table.alike:
        pairs = np.array(table.alike, dtype=np.int64)
        _join_all(clusters, same[pairs[:, 0]], same[pairs[:, 1]])
    tops = np.array([clusters.first(number) for number in range(len(clusters))], dtype=np.int64)
    _, numbers = np.unique(tops, return_inverse=True)
    joined: Column = numbers[same] if len(same) else np.zeros(0, dtype=np.int64)
    return joined


def _join_all(clusters: Clusters, one: Column, other: Column) -> None:
    apart = one != other
    for left, right in zip(one[apart].tolist(), other[apart].tolist(), strict=True):
        clusters.join(left, right)
