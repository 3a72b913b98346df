"""What was committed in a folder of parts since it was split: another split of its source would take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.delta import Added, Modified, Removed
from dsvc.errors import ProtectedError
from dsvc.render.numbers import plural
from dsvc.repository import content
from dsvc.repository.candidates import table_from
from dsvc.repository.splits.memory import METADATA, Memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.splits.target import Target
    from dsvc.snapshot import Snapshot


def require_kept(ctx: Context, target: Target, entry: LedgerEntry | None, sources: Sequence[Snapshot]) -> None:
    """Raise ProtectedError where the version ``entry`` of a folder has changes that the sources of its parts lack."""
    folder = target.folder
    first = _split_version(ctx, folder, entry) if entry is not None else None
    if entry is None or first is None or first.id == entry.id:
        return
    changed, removed = _changes(ctx, folder, first, entry)
    there: set[str] = set()
    if changed or removed:
        wanted = sorted(changed | removed)
        there.update(*(table_from(ctx, each).names().rows(wanted) for each in sources))
    lost = len(changed - there) + len(removed & there)
    if lost:
        raise ProtectedError(
            f"'{folder.path}' has {plural(lost, 'change')} since {first.number} that '{target.revision}' does not have;"
            " split would take them back",
            hint=f"see them: dsvc diff {folder.name}@{first.number} {folder.name}@{entry.number}; "
            f"make them in '{target.revision}', too, or take them back: --force",
        )


def _split_version(ctx: Context, folder: Dataset, entry: LedgerEntry) -> LedgerEntry | None:
    """The version that a split wrote, of which ``entry`` is or came from; None where it cannot be told."""
    head = ctx.git.head()
    known = {each.id: each for each in ctx.versions.all_known(folder, head)}
    found, rule, at = None, None, known.get(entry.id)
    while at is not None:
        manifest = ctx.versions.manifest_of(folder, at, head)
        told = manifest.metadata.get(METADATA) if manifest is not None else None
        if not isinstance(told, dict) or (rule is not None and told != rule):
            break
        found, rule = at, told
        at = known.get(at.parents[0]) if at.parents else None
    origin = Memory.from_json(rule).origin if rule is not None else None
    return found if origin is not None and (origin.version or origin.sha256) else None


def _changes(ctx: Context, folder: Dataset, old: LedgerEntry, new: LedgerEntry) -> tuple[set[str], set[str]]:
    """The ids of records that came or became what they are between two versions, and of those that left."""
    changed: set[str] = set()
    removed: set[str] = set()
    with content.diff(ctx, f"{folder.name}@{old.id}", f"{folder.name}@{new.id}") as deltas:
        for delta in deltas:
            if isinstance(delta, Added):
                changed.add(str(delta.record.id))
            elif isinstance(delta, Removed):
                removed.add(str(delta.record.id))
            elif isinstance(delta, Modified):
                changed.add(str(delta.new.id))
    return changed, removed
