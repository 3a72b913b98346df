"""The choice that a rule makes among records: a pure function of the rule, its seed and what the records are."""

from __future__ import annotations

from heapq import heapify, heapreplace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dsvc.sampling import strata
from dsvc.sampling.orders import taken
from dsvc.sampling.ranking import ranker
from dsvc.sampling.strata import Stratum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dsvc.sampling.orders import Material, Rows
    from dsvc.sampling.rule import Rule


class Choice(msgspec.Struct, frozen=True, eq=False):
    """What was chosen: rows (from 0, ascending), of how many candidates, and what each group gave."""

    rows: Rows
    candidates: int
    strata: tuple[Stratum, ...] = ()


def choose(
    material: Material, rule: Rule, candidates: NDArray[np.bool_] | None = None, *, kept: Rows | None = None
) -> Choice:
    """The records that a rule takes. ``candidates`` tells which may be taken (None: all).

    ``kept``: rows that are taken whatever the rule says, as long as they are candidates; the rule fills up what is
    left. Raises UsageError where there are not enough.
    """
    rows = np.arange(len(material), dtype=np.int64) if candidates is None else np.flatnonzero(candidates)
    size = rule.count(len(rows))
    codes, names = material.groups(rule.stratify) if rule.stratify else (np.zeros(len(material), np.int64), [()])
    groups = _split(rows, codes[rows])
    counts = [len(members) for members in groups.values()]
    share = strata.balanced if rule.balances else strata.proportional
    wanted = share(counts, size, _order(rule.seed, [names[code] for code in groups]))
    before = _kept_of(groups, kept)
    extra = _filling(wanted, [len(each) for each in before], counts, size)
    chosen = [
        _chosen(material, rule, members, own, more)
        for members, own, more in zip(groups.values(), before, extra, strict=True)
    ]
    found = [
        Stratum(values=names[code], candidates=count, records=len(each))
        for code, count, each in zip(groups, counts, chosen, strict=True)
    ]
    all_rows = np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *chosen]))
    return Choice(all_rows, len(rows), tuple(sorted(found, key=lambda s: s.values)) if rule.stratify else ())


def _chosen(material: Material, rule: Rule, members: Rows, own: Rows, more: int) -> Rows:
    """The rows of a group that are kept, and so many more of it (below 0: so many of the kept ones fewer)."""
    if not more:
        return own
    if more < 0:
        return taken(material, rule, own, len(own) + more) if len(own) + more else own[:0]
    others = np.setdiff1d(members, own, assume_unique=True) if len(own) else members
    return np.concatenate((own, taken(material, rule, others, more)))


def _split(rows: Rows, codes: NDArray[np.int64]) -> dict[int, Rows]:
    """The rows of each group, ascending; groups by their number."""
    order = np.argsort(codes, kind="stable")
    found, starts = np.unique(codes[order], return_index=True)
    return dict(zip(found.tolist(), np.split(rows[order], starts[1:]), strict=True)) if len(rows) else {}


def _order(seed: str, names: Sequence[tuple[str, ...]]) -> list[int]:
    """What settles ties between groups: by their values, not by which record comes first."""
    rank = ranker("stratum", seed)
    return [rank("\0".join(values).encode("utf-8", "surrogatepass")) for values in names]


def _kept_of(groups: dict[int, Rows], kept: Rows | None) -> list[Rows]:
    none = np.zeros(0, dtype=np.int64)
    return [none if kept is None else np.intersect1d(members, kept) for members in groups.values()]


def _filling(wanted: Sequence[int], kept: Sequence[int], counts: Sequence[int], size: int) -> list[int]:
    """How many more each group gives where ``kept`` are there already: those that lack the most come first.

    Where more are kept than are wanted in all (the size is a share, and there are fewer candidates now), groups that
    have too many give fewer: a number below 0, and no group gives more.
    """
    if sum(kept) >= size:
        return _leaving(wanted, kept, sum(kept) - size)
    more = [max(0, want - have) for want, have in zip(wanted, kept, strict=True)]
    over = sum(kept) + sum(more) - size
    for at in sorted(range(len(more)), key=lambda at: (more[at], at)):
        less = min(more[at], max(0, over))
        more[at] -= less
        over -= less
    return more


def _leaving(wanted: Sequence[int], kept: Sequence[int], over: int) -> list[int]:
    """How many of the kept ones of each group leave so that ``over`` are fewer: of those that are most above."""
    surplus = [(want - have, group) for group, (want, have) in enumerate(zip(wanted, kept, strict=True)) if have > want]
    heapify(surplus)
    more = [0] * len(kept)
    for _ in range(over):
        left, group = surplus[0]
        heapreplace(surplus, (left + 1, group))
        more[group] -= 1
    return more
