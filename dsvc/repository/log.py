"""``log``: the versions of a dataset, from the ledger alone (no walk through git's history)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.manifest import told_apart
from dsvc.repository.results import LogEntry
from dsvc.repository.revisions import absent_dataset
from dsvc.repository.versions import find_dataset, require_dataset

if TYPE_CHECKING:
    from dsvc.manifest import LedgerEntry, Number
    from dsvc.repository.context import Context
    from dsvc.repository.versions import Current


def log(ctx: Context, target: str | None = None) -> list[LogEntry]:
    """The versions that HEAD's ledger knows, newest first, children before their parents.

    Of a dataset that HEAD does not have: those of the longest ledger that a tag of it has.
    """
    head = ctx.git.head()
    current = _removed(ctx, target) if target is not None else None
    if current is None:
        current = ctx.versions.current(require_dataset(ctx.versions.datasets(head), target), head)
    assert current is not None
    dataset = current.dataset
    tags: dict[str, list[str]] = {}
    for tag, commit in ctx.git.tags(f"{dataset.name}_").items():
        tags.setdefault(commit, []).append(tag)
    by_number = {dataset.tag(entry.number): entry for entry in current.ledger}
    names: dict[str, tuple[str, ...]] = {}
    for found in tags.values():
        entries = [by_number[tag] for tag in found if tag in by_number]
        for entry in entries:
            names[entry.id] = tuple(sorted(found))
    of_number: dict[Number, list[LedgerEntry]] = {}
    for entry in current.ledger:
        of_number.setdefault(entry.number, []).append(entry)
    known = {source.name: source.licence for source in current.manifest.sources if source.licence != "unknown"}
    return [
        LogEntry(
            dataset=dataset,
            entry=entry,
            called=told_apart(entry, of_number[entry.number]),
            current=entry.id == current.manifest.id and current.commit == head,
            tags=names.get(entry.id, ()),
            licences=tuple([(name, known[name]) for name in entry.sources if name in known]),
        )
        for entry in reversed(current.ledger)
    ]


def _removed(ctx: Context, target: str) -> Current | None:
    """The last that is known of a dataset which HEAD does not have."""
    if find_dataset(ctx.versions.datasets(ctx.git.head()), target) is not None:
        return None
    dataset = absent_dataset(ctx, target)
    if dataset is None:
        return None
    held = [ctx.versions.current(dataset, commit) for commit in ctx.git.tags(dataset.tag("")).values()]
    return max((each for each in held if each is not None), key=lambda each: len(each.ledger), default=None)
