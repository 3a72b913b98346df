"""In which order a strategy takes the records of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from dsvc.errors import UsageError
from dsvc.sampling.farthest import MOST, farthest_first, pool_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dsvc.sampling.rule import Rule

    Rows = NDArray[np.int64]


class Material(Protocol):
    """What is known of the records of a version; rows count from 0, in the order of its files."""

    def __len__(self) -> int:
        """How many records there are."""
        ...

    def ranks(self, seed: str) -> NDArray[np.uint64]:
        """The rank of each record, by what it is (:func:`dsvc.sampling.ranking.ranker`)."""
        ...

    def row_ranks(self, seed: str) -> NDArray[np.uint64]:
        """The rank of each row, by its number."""
        ...

    def characters(self) -> NDArray[np.int64]:
        """The characters of all texts of each record."""
        ...

    def surprise(self) -> NDArray[np.float64]:
        """How rare the words of each record are (:mod:`dsvc.sampling.surprise`)."""
        ...

    def signatures(self, rows: Rows) -> NDArray[np.uint16]:
        """A MinHash signature of each of these records (:mod:`dsvc.sampling.farthest`)."""
        ...

    def groups(self, fields: Sequence[str]) -> tuple[NDArray[np.int64], list[tuple[str, ...]]]:
        """The group of each record by the values of fields, and the values of each group."""
        ...


def taken(material: Material, rule: Rule, rows: Rows, size: int) -> Rows:
    """The first ``size`` of these rows (which ascend), in the order in which the rule's strategy takes them."""
    if rule.strategy == "head":
        return rows[:size]
    if rule.strategy == "random":
        return _lowest(rows, material.row_ranks(rule.seed)[rows])[:size]
    ranks = material.ranks(rule.seed)[rows]
    if rule.strategy == "longest":
        return _lowest(rows, ranks, -material.characters()[rows])[:size]
    if rule.strategy == "hard":
        return _lowest(rows, ranks, -material.surprise()[rows])[:size]
    in_order = _lowest(rows, ranks)
    return _diverse(material, in_order, size) if rule.strategy == "diverse" else in_order[:size]


def _lowest(rows: Rows, ranks: NDArray[np.uint64], first_by: NDArray[np.generic] | None = None) -> Rows:
    """Rows by ``first_by``, then by rank, then by number."""
    if first_by is None:
        return rows[np.argsort(ranks, kind="stable")]
    return rows[np.lexsort((ranks, first_by))]


def _diverse(material: Material, rows: Rows, size: int) -> Rows:
    if size > MOST:
        raise UsageError(
            f"'diverse' compares each record with all others: it is for samples of up to {MOST:,} records, "
            f"and this one has {size:,}",
            hint="take a smaller one, or another strategy: --strategy stable",
        )
    pool = rows[: pool_of(size)]
    return pool[farthest_first(material.signatures(pool), min(size, len(pool)))]
