"""Whether the records of a review that was drawn from groups have of each group the share that the version has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from dsvc.errors import DsvcError
from dsvc.repository.candidates import identified_table
from dsvc.repository.going_back.kept import version_by_id
from dsvc.sampling.material import Records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.reviewing.queue import Review

MOST: Final = 0.05
"""The share of a review's records that may be of another group than in a sample with the version's shares."""


def is_skewed(ctx: Context, dataset: Dataset, review: Review) -> bool:
    """Whether groups have other shares in the review than in its version: each of many small ones gives a record.

    Half the sum of the differences of the shares is compared with :data:`MOST`. True where it cannot be told, because
    the version is not at hand.
    """
    fields = _fields(review)
    if not fields:
        return False
    entry = version_by_id(ctx, dataset, review.version)
    if entry is None:
        return True
    try:
        table = identified_table(ctx, dataset, entry)
        codes, _ = Records(table, table.ids, ctx.progress).groups(fields)
    except DsvcError:  # its data is not here
        return True
    rows = np.array([*table.names().rows(review.records).values()], dtype=np.int64)
    count = int(codes.max()) + 1
    shares = [np.bincount(each, minlength=count) / max(len(each), 1) for each in (codes, codes[rows])]
    return bool(np.abs(shares[0] - shares[1]).sum() / 2 > MOST)


def _fields(review: Review) -> Sequence[str]:
    rules = (review.drawn.rule, review.drawn.pilot_rule)
    return tuple(dict.fromkeys(name for rule in rules if rule is not None for name in rule.stratify))
