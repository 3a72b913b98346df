"""``log``: the versions of a dataset, from the ledger alone (no walk through git's history)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.repository.results import LogEntry
from dsvc.repository.versions import require_dataset

if TYPE_CHECKING:
    from dsvc.repository.context import Context


def log(ctx: Context, target: str | None = None) -> list[LogEntry]:
    """The versions that HEAD's ledger knows, newest first, children before their parents."""
    head = ctx.git.head()
    dataset = require_dataset(ctx.versions.datasets(head), target)
    current = ctx.versions.current(dataset, head)
    assert current is not None
    tags: dict[str, list[str]] = {}
    for tag, commit in ctx.git.tags(f"{dataset.name}_").items():
        tags.setdefault(commit, []).append(tag)
    by_number = {dataset.tag(entry.number): entry for entry in current.ledger}
    names: dict[str, tuple[str, ...]] = {}
    for found in tags.values():
        entries = [by_number[tag] for tag in found if tag in by_number]
        for entry in entries:
            names[entry.id] = tuple(sorted(found))
    return [
        LogEntry(
            dataset=dataset,
            entry=entry,
            current=entry.id == current.manifest.id,
            tags=names.get(entry.id, ()),
        )
        for entry in reversed(current.ledger)
    ]
