"""A share of records set aside so that nothing leaks: what belongs together goes together, or stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dsvc.splitting.rule import Rule, Share
from dsvc.splitting.table import Input, read_table
from dsvc.splitting.units import units_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dsvc.splitting.table import Lines


def set_aside(lines: Lines, share: float, seed: str, key: Sequence[str] = ()) -> NDArray[Any]:
    """The numbers (from 0) of the records that are set aside, ascending; one at least, and not all of them.

    Records that are equal, of one ``key``, or nearly the same make a unit (:mod:`dsvc.splitting.units`). Units are
    taken in the order of their ranks, each that does not make it more than ``share``; where none is as small as that,
    the smallest. None is taken where all records are one unit. Raises BadDataError for a line that is no record.
    """
    table = read_table([Input(lines)], Rule(shares=(Share("", 1),), seed=seed), key)
    units = units_of(table, 1)
    order = np.lexsort((np.arange(len(units)), units.rank))
    most = max(1, int(share * len(table) + 0.5))
    taken = _fitting(units.size[order].tolist(), min(most, len(table) - 1))
    return np.flatnonzero(np.isin(units.of, order[taken]))


def _fitting(sizes: Sequence[int], most: int) -> list[int]:
    """The places of the sizes that together are ``most`` or less, first come first served."""
    taken, left = [], most
    for place, size in enumerate(sizes):
        if size <= left:
            taken.append(place)
            left -= size
    if not taken and len(sizes) > 1:
        taken.append(min(range(len(sizes)), key=lambda place: sizes[place]))
    return taken
