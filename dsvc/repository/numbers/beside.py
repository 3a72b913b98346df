"""Versions that git merged into the ledger without their changes: somebody took one side of a conflict whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.repository.going_back.kept import called_apart, revision_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.manifest import LedgerEntry
    from dsvc.origin import VersionId
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset


def beside(ledger: Sequence[LedgerEntry], head: LedgerEntry) -> list[LedgerEntry]:
    """The newest versions of other lines than HEAD's, oldest first.

    Those that are older than the parents of HEAD's version are left out: who went on from these has been told.
    """
    known = {entry.id: entry for entry in ledger}
    line = {*_line(known, head)}
    ends = {entry.id for entry in ledger} - {parent for entry in ledger for parent in entry.parents} - line
    parents = [known[parent].recorded_at for parent in head.parents if parent in known]
    since = max(parents, default=None)
    return [entry for entry in ledger if entry.id in ends and (since is None or entry.recorded_at >= since)]


def beside_notes(ctx: Context, dataset: Dataset, ledger: Sequence[LedgerEntry], head: LedgerEntry) -> tuple[str, ...]:
    """One sentence for each line of versions whose changes HEAD's version does not have, and how to see them."""
    return tuple(_note(ctx, dataset, ledger, head, entry) for entry in beside(ledger, head))


def _note(ctx: Context, dataset: Dataset, ledger: Sequence[LedgerEntry], head: LedgerEntry, entry: LedgerEntry) -> str:
    known = {each.id: each for each in ledger}
    line = {*_line(known, head)}
    start = next((known[version] for version in _line(known, entry) if version in line), None)
    revision = f"{dataset.name}@{revision_for(ctx, dataset, entry)}"
    span = revision if start is None else f"{dataset.name}@{revision_for(ctx, dataset, start)}..{revision}"
    see = f"dsvc {'show' if start is None else 'diff'} {span}"
    called, mine = called_apart(ctx, dataset, entry), called_apart(ctx, dataset, head)
    return f"{called} by {entry.author.name} stands beside {mine}, which lacks what it changed; see it: {see}"


def _line(known: dict[VersionId, LedgerEntry], entry: LedgerEntry) -> Iterator[VersionId]:
    """A version and all that it comes from, the nearest first."""
    waiting = [entry.id]
    seen: set[VersionId] = set()
    for version in waiting:
        if version in known and version not in seen:
            seen.add(version)
            yield version
            waiting.extend(known[version].parents)
