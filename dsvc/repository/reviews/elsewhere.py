"""Work on a version that HEAD's does not come from: what is to be known of it before hours go into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.repository.reviews.figures import steps_back
from dsvc.repository.writing.noting import current_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset

_LOCAL, _REMOTE = "refs/heads/", "refs/remotes/"


def told_elsewhere(ctx: Context, dataset: Dataset, entry: LedgerEntry) -> tuple[str, ...]:
    """A note where HEAD's version is not ``entry`` and does not come from it; nothing else."""
    current = current_of(ctx, dataset)
    if entry.id in steps_back(ctx, dataset, current.entry):
        return ()
    branch = next(_branches_with(ctx, dataset, entry), None)
    way = f"merge it first, or begin on the branch that has it: git switch {branch}" if branch else "merge it first"
    return (
        f"{dataset.name} {current.entry.number} at HEAD does not come from {entry.number} ({entry.id[:8]}): gates count"
        f" nothing of it here, and what is corrected is made only where HEAD has the record as it is there; {way}",
    )


def _branches_with(ctx: Context, dataset: Dataset, entry: LedgerEntry) -> Iterator[str]:
    """Branches whose version it is, local ones first, called as ``git switch`` takes them."""
    for prefix in (_LOCAL, _REMOTE):
        for name, commit in sorted(ctx.git.branches().items()):
            if not name.startswith(prefix) or name.endswith("/HEAD"):
                continue
            manifest = ctx.versions.at(dataset, commit)
            if manifest is not None and manifest.id == entry.id:
                short = name.removeprefix(prefix)
                yield short if prefix == _LOCAL else short.partition("/")[2]
