"""Where a version lies that HEAD does not know: on another branch, on a tag, or further back in the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dsvc.manifest import read_ledger
from dsvc.repository.going_back.kept import KEEP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.manifest import LedgerEntry
    from dsvc.origin import VersionId
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.store.git_values import CommitId


class Holder(msgspec.Struct, frozen=True):
    """What git calls the place that holds a version: a branch, a tag, or a commit's first digits."""

    name: str
    commit: CommitId
    entry: LedgerEntry
    is_branch: bool
    """Whether ``git switch`` goes there."""


def holder_of(ctx: Context, dataset: Dataset, version: VersionId) -> Holder | None:
    """Where a version of the dataset is found; branches here come first. None when nothing here knows it."""
    for name, commit in _places(ctx, dataset):
        entry = _listed(ctx, dataset, commit, version)
        if entry is not None:
            return Holder(name, commit, entry, ctx.git.resolve(f"refs/heads/{name}") == commit)
    return None


def _places(ctx: Context, dataset: Dataset) -> Iterator[tuple[str, CommitId]]:
    for reference, commit in ctx.git.branches().items():
        if not reference.endswith("/HEAD"):
            yield reference.removeprefix("refs/heads/").removeprefix("refs/remotes/"), commit
    yield from ctx.git.tags(dataset.tag("")).items()
    yield from ctx.git.tags(f"{KEEP}/{dataset.name}/").items()
    for info in ctx.git.walk(path=dataset.ledger_path):
        yield info.id[:12], info.id


def _listed(ctx: Context, dataset: Dataset, commit: CommitId, version: VersionId) -> LedgerEntry | None:
    data = ctx.git.read(commit, dataset.ledger_path)
    if data is None or version.encode() not in data:
        return None
    return next((entry for entry in read_ledger(data, dataset.ledger_path) if entry.id == version), None)
