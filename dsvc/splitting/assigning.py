"""Which unit goes to which side.

What has a side keeps it. Of the others, units of several records go first, the largest ones before, each to a side
drawn by its rank among those that still want as many records of its strata (a draw, because always taking the side
that wants most would leave the small groups to the test). Single records fill up what is wanted then, stratum by
stratum, in the order of their ranks: the first to the first side and so on, so that the same content gives the same
sides on any machine, and more content nearly the same ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dsvc.sampling.ranking import share_of
from dsvc.splitting.table import NO_SIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dsvc.splitting.table import Table
    from dsvc.splitting.units import Units

    Column = NDArray[Any]


def assign(table: Table, units: Units, shares: Sequence[float]) -> Column:
    """The side of each record; those that are only remembered have one, too."""
    given = np.array(shares, dtype=np.float64)
    side_of_unit = units.side.copy()
    settled = table.written & ((table.side != NO_SIDE) | (units.side[units.of] != NO_SIDE))
    sides = np.where(table.side != NO_SIDE, table.side, units.side[units.of])
    wanted = _counts(table, table.written)[:, None] * given[None, :]
    np.subtract.at(wanted, (table.stratum[settled], sides[settled]), 1)
    free = (units.side == NO_SIDE) & (units.size > 0)
    _assign_several(table, units, free & (units.size > 1), wanted, side_of_unit)
    _assign_single(table, units, free & (units.size == 1), wanted, side_of_unit)
    return np.where(table.side != NO_SIDE, table.side, side_of_unit[units.of])


def _counts(table: Table, rows: Column) -> Column:
    """How many of some records each stratum has."""
    return np.bincount(table.stratum[rows], minlength=len(table.strata))


def _assign_several(table: Table, units: Units, free: Column, wanted: Column, side_of_unit: Column) -> None:
    """Units of several records; ``wanted`` goes down by what they take."""
    numbers = np.flatnonzero(free)
    if not len(numbers):
        return
    rows = np.flatnonzero(table.written & free[units.of])
    rows = rows[np.argsort(units.of[rows], kind="stable")]
    begins = np.searchsorted(units.of[rows], numbers)
    strata_of = dict(zip(numbers.tolist(), np.split(table.stratum[rows], begins[1:]), strict=True))
    for number in numbers[np.lexsort((units.rank[numbers], -units.size[numbers]))].tolist():
        strata, counts = np.unique(strata_of[number], return_counts=True)
        side = _drawn(wanted[strata], counts, share_of(int(units.rank[number])))
        wanted[strata, side] -= counts
        side_of_unit[number] = side


def _drawn(wanted: Column, counts: Column, draw: float) -> int:
    """A side for a unit with so many records of some strata; ``draw`` from 0 to 1 decides between those with room."""
    room = (wanted - counts[:, None] / 2).min(axis=0)
    weights = np.where(room >= 0, (np.maximum(wanted, 0) * counts[:, None]).sum(axis=0), 0.0)
    total = float(weights.sum())
    if total <= 0:
        return int(room.argmax())
    return int(np.searchsorted(np.cumsum(weights), draw * total, side="right").clip(0, len(weights) - 1))


def _assign_single(table: Table, units: Units, free: Column, wanted: Column, side_of_unit: Column) -> None:
    """Units of one record: what is left in each stratum, by rank."""
    rows = np.flatnonzero(table.written & free[units.of])
    numbers, strata = units.of[rows], table.stratum[rows]
    order = np.lexsort((units.rank[numbers], strata))
    numbers, strata = numbers[order], strata[order]
    names, begins, counts = np.unique(strata, return_index=True, return_counts=True)
    owed = np.zeros(wanted.shape[1])
    in_order = sorted(range(len(names)), key=lambda place: table.strata[int(names[place])])
    for place in in_order:
        parts = _whole(wanted[names[place]], int(counts[place]), owed)
        begin = int(begins[place])
        side_of_unit[numbers[begin : begin + int(counts[place])]] = np.repeat(np.arange(len(parts)), parts)


def _whole(wanted: Column, count: int, owed: Column) -> Column:
    """Whole numbers of records for each side that add up to ``count``, each within one of what is wanted.

    ``owed`` is what rounding owes each side over all strata so far: the side that is owed most is given one more first,
    so that many small strata do not all leave out the same side.
    """
    open_ = np.maximum(wanted, 0.0)
    if (total := float(open_.sum())) <= 0:
        open_, total = np.ones_like(open_), float(len(open_))
    exact = open_ * (count / total)
    parts = np.floor(exact + 1e-9).astype(np.int64)
    left = count - int(parts.sum())
    fraction = exact - parts
    owed += fraction
    if left > 0:
        chosen = np.lexsort((-fraction, -np.where(fraction > 1e-9, owed, -np.inf)))[:left]
        parts[chosen] += 1
        owed[chosen] -= 1
    return parts
