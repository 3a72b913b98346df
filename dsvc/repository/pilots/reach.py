"""Which records of a version had less of a chance to be in a pilot: it is of an older version, or comes from one.

A pilot that was carried over has others only in place of those that left; so of a version that has grown since it says
little of what was added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.repository.pilots.file import Carried, find_pilot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.pilots.file import Pilot


def out_of_reach(ctx: Context, dataset: Dataset, pilot: Pilot, entry: LedgerEntry) -> float:
    """The share of a version's records (at most 1) that a pilot could not take as well as any other.

    They are counted as the ledger has them: what was added since the version that it was first drawn from, and what was
    edited since its own. 1 where that is not known.
    """
    known: dict[str, LedgerEntry] = {each.id: each for each in ctx.versions.all_known(dataset, ctx.git.head())}
    steps = _between(known, entry.id, pilot.version)
    if steps is None:
        return 1.0
    missed = sum(each.changes.added + each.changes.modified for each in steps)
    while isinstance(pilot.carried, Carried):
        steps, before = _between(known, pilot.version, pilot.carried.version), _before(ctx, dataset, pilot)
        if steps is None or before is None:
            return 1.0
        missed += sum(each.changes.added for each in steps)
        pilot = before
    return min(1.0, missed / max(1, entry.counts.records))


def _before(ctx: Context, dataset: Dataset, pilot: Pilot) -> Pilot | None:
    """The pilot that one was carried over from; None where it is not there any more."""
    assert isinstance(pilot.carried, Carried)
    found = find_pilot(ctx, dataset, pilot.carried.pilot)
    return found if found is not None and pilot.carried.is_of(found) else None


def _between(known: Mapping[str, LedgerEntry], newer: str, older: str) -> list[LedgerEntry] | None:
    """The versions from a newer one back to an older one, without that; None where it does not come from it."""
    steps: list[LedgerEntry] = []
    while newer != older:
        entry = known.get(newer)
        if entry is None or not entry.parents:
            return None
        steps.append(entry)
        newer = entry.parents[0]
    return steps


__all__ = ["out_of_reach"]
