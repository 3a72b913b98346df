"""Local tags follow the numbers: the tag of a renumbered version gets the new number."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from dsvc.errors import DsvcError
from dsvc.manifest import by_id, number_parts, read_lines
from dsvc.repository.tagging import commit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.numbers.renumbering import Renumbered


def tags_follow(ctx: Context, dataset: Dataset, renumbered: Sequence[Renumbered]) -> list[str]:
    """Let the tags follow what a commit has just renumbered; one sentence for each version."""
    if not renumbered:
        return []
    notes = [each.done() for each in renumbered]
    try:
        move_tags(ctx, dataset)
    except DsvcError as error:  # the numbers hold without tags; dsvc push tries again
        notes.append(f"its tag was not renamed: {error.message}")
    return notes


def move_tags(ctx: Context, dataset: Dataset) -> None:
    """Rename the tags that versions of HEAD's ledger have from former numbers. May be cut short and done again."""
    for entry, former in _renumbered(ctx, dataset):
        for number in former:
            _rename(ctx, dataset, entry, dataset.tag(number))


def tags_behind(ctx: Context, dataset: Dataset) -> bool:
    """Whether a tag has a number that its version gave up."""
    return any(
        _stands_for(ctx, dataset, entry, dataset.tag(number))
        for entry, former in _renumbered(ctx, dataset)
        for number in former
    )


def _renumbered(ctx: Context, dataset: Dataset) -> list[tuple[LedgerEntry, list[str]]]:
    """Versions with several lines in the ledger, the highest number first, and the numbers that they gave up.

    In this order a tag's new name is free when its turn comes.
    """
    head = ctx.git.head()
    data = ctx.git.read(head, dataset.ledger_path) if head is not None else None
    lines = list(read_lines(data or b"", dataset.ledger_path))
    numbers: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        numbers[line.id].add(line.number)
    several = [entry for entry in by_id(lines).values() if len(numbers[entry.id]) > 1]
    several.sort(key=lambda entry: number_parts(entry.number), reverse=True)
    return [(entry, sorted(numbers[entry.id] - {entry.number})) for entry in several]


def _stands_for(ctx: Context, dataset: Dataset, entry: LedgerEntry, tag: str) -> bool:
    commit = ctx.git.tagged(tag)
    manifest = ctx.versions.at(dataset, commit) if commit is not None else None
    return manifest is not None and manifest.id == entry.id


def _rename(ctx: Context, dataset: Dataset, entry: LedgerEntry, tag: str) -> None:
    if not _stands_for(ctx, dataset, entry, tag):
        return
    new = dataset.tag(entry.number)
    if new not in ctx.git.tags(new):
        commit = commit_of(ctx, dataset, entry) or ctx.git.tags(tag)[tag]
        ctx.git.tag(new, commit, f"{dataset.name} {entry.number}\n\n{entry.reason}\n")
    ctx.git.delete_tag(tag)
