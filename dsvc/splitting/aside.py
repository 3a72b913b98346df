"""A share of records set aside so that nothing leaks: what belongs together goes together, or stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dsvc.splitting.rule import Rule, Share
from dsvc.splitting.table import Input, read_table
from dsvc.splitting.units import units_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dsvc.splitting.table import Lines


def set_aside(
    lines: Lines, share: float, seed: str, key: Sequence[str] = (), *, known: Mapping[int, bool] | None = None
) -> NDArray[Any]:
    """The numbers (from 0) of the records that are set aside, ascending; one at least, and not all of them.

    Records that are equal, of one ``key``, or nearly the same make a unit (:mod:`dsvc.splitting.units`). Units are
    taken in the order of their ranks, each that does not make it more than ``share``; where none is as small as that,
    the smallest. None is taken where all records are one unit. ``known``: numbers of records that were set aside
    before (True), or were not. A unit with one that was not is never taken; else one that was is taken always, also
    where that is more than the share. Raises BadDataError for a line that is no record.
    """
    table = read_table([Input(lines)], Rule(shares=(Share("", 1),), seed=seed), key)
    units = units_of(table, 1)
    order = np.lexsort((np.arange(len(units)), units.rank))
    most = min(max(1, int(share * len(table) + 0.5)), len(table) - 1)
    aside, kept = _known_units(units.of, known or {})
    free = order[~np.isin(order, [*aside, *kept])]
    left = most - int(units.size[[*aside]].sum())
    taken = free[_fitting(units.size[free].tolist(), left, one=not aside, all_but_one=not kept)]
    return np.flatnonzero(np.isin(units.of, [*aside, *taken.tolist()]))


def _known_units(of: NDArray[Any], known: Mapping[int, bool]) -> tuple[set[int], set[int]]:
    """The units that were set aside, and those that were not, which have the last word."""
    kept = {int(of[number]) for number, aside in known.items() if not aside}
    return {int(of[number]) for number, aside in known.items() if aside} - kept, kept


def _fitting(sizes: Sequence[int], most: int, *, one: bool, all_but_one: bool) -> list[int]:
    """The places of the sizes that together are ``most`` or less, first come first served.

    ``one``: one at least, though it is larger; ``all_but_one``: not all of them.
    """
    taken, left = [], most
    for place, size in enumerate(sizes):
        if size <= left:
            taken.append(place)
            left -= size
    if one and not taken and len(sizes) > all_but_one:
        taken.append(min(range(len(sizes)), key=lambda place: sizes[place]))
    return taken
