"""``pilot compare``: the results of two pilots, and what changed in the data between them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from dsvc.delta import Modified
from dsvc.errors import UsageError
from dsvc.repository import content
from dsvc.repository.pilots import creating

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsvc.delta import Delta
    from dsvc.diff.summary import Summary
    from dsvc.repository.context import Context
    from dsvc.repository.pilots.creating import PilotListed


class PilotsCompared(msgspec.Struct, frozen=True, kw_only=True):
    """Two pilots beside each other.

    ``both`` counts the records that both have as they are; ``edited`` pairs record ids of the first with those that
    they became; ``only_first`` and ``only_second`` are record ids. ``changes`` is what changed between their versions,
    None when it is one.
    """

    first: PilotListed
    second: PilotListed
    both: int
    edited: tuple[tuple[str, str], ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    changes: Summary | None

    def metrics(self) -> list[tuple[str, float | None, float | None]]:
        """Each metric with the last figure that either pilot has of it."""
        first, second = _last(self.first), _last(self.second)
        return [(name, first.get(name), second.get(name)) for name in dict.fromkeys([*first, *second])]


def _last(told: PilotListed) -> dict[str, float]:
    return {name: value for result in told.results for name, value in result.metrics.items()}


def compare(ctx: Context, first: str, second: str, target: str | None = None) -> PilotsCompared:
    """Two pilots of one dataset beside each other. Raises NotFoundError, and UsageError for two of different ones."""
    dataset, one = creating.find(ctx, first, target)
    other_dataset, other = creating.find(ctx, second, target)
    if dataset != other_dataset:
        raise UsageError(
            f"'{first}' is a pilot of '{dataset.name}', and '{second}' of '{other_dataset.name}'",
            hint="compare pilots of one dataset: dsvc pilot list",
        )
    left = Counter(name.partition("#")[0] for name in one.records)
    right = Counter(name.partition("#")[0] for name in other.records)
    both = left & right
    left, right = left - both, right - both
    edited: list[tuple[str, str]] = []
    changes = None
    if one.version != other.version:
        ends = [creating.version_of(ctx, dataset, pilot).entry.id for pilot in (one, other)]
        with content.diff(ctx, *(f"{dataset.name}@{version}" for version in ends)) as found:
            edited = _edited(found, left, right)
            changes = found.summary()
    return PilotsCompared(
        first=creating.with_results(ctx, dataset, one),
        second=creating.with_results(ctx, dataset, other),
        both=both.total(),
        edited=tuple(edited),
        only_first=tuple(left.elements()),
        only_second=tuple(right.elements()),
        changes=changes,
    )


def _edited(changes: Iterable[Delta], left: Counter[str], right: Counter[str]) -> list[tuple[str, str]]:
    """The edits between records of the left and of the right, which are taken out there."""
    found = []
    for delta in changes:
        if not isinstance(delta, Modified):
            continue
        old, new = str(delta.old.id), str(delta.new.id)
        if left[old] > 0 and right[new] > 0:
            left[old] -= 1
            right[new] -= 1
            found.append((old, new))
    return found
