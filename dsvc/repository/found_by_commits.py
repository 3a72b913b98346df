"""What commits found in their new lines, and why it was kept, as the manifests of versions tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import CorruptError
from dsvc.manifest import told_apart
from dsvc.repository.revisions import PlainFile, Version
from dsvc.validators.by_commits import FoundByCommit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsvc.manifest import LedgerEntry, Manifest
    from dsvc.origin import VersionId
    from dsvc.repository.content import Side
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset


class Found(msgspec.Struct, frozen=True):
    """Of some versions, the newest first, what their commits found; ``unknown``: those whose manifests are not here."""

    by_commits: tuple[FoundByCommit, ...] = ()
    unknown: tuple[str, ...] = ()


def found_in(manifest: Manifest, version: str) -> FoundByCommit | None:
    """What a manifest tells; None where the commit did not look."""
    if manifest.validation is None:
        return None
    told = manifest.validation
    findings = {str(rule): int(count) for rule, count in told.get("findings", {}).items() if count}
    reason = told.get("allowed")
    return FoundByCommit(version, findings, None if reason is None else str(reason))


def found_by_commits(
    ctx: Context, dataset: Dataset, entries: Sequence[LedgerEntry], *, fetch: bool = False
) -> dict[VersionId, FoundByCommit | None]:
    """What the commits of versions found (None: they did not look); a version whose manifest is not here is left out.

    A manifest costs a look at git's objects, a thousand of them a fifth of a second. ``fetch``: also those that a
    partial clone would have to fetch one by one.
    """
    called = _called(ctx, dataset, entries)
    found: dict[VersionId, FoundByCommit | None] = {}
    for manifest in _manifests(ctx, dataset, entries, far=fetch or not _is_partial(ctx)):
        if manifest.id in called and manifest.id not in found:
            found[manifest.id] = found_in(manifest, called[manifest.id])
            if len(found) == len(called):
                break
    return found


def found_between(ctx: Context, old: Side, new: Side) -> Found:
    """What the commits of the versions found that ``new`` comes from and ``old`` does not."""
    if isinstance(old, PlainFile) or isinstance(new, PlainFile) or old.dataset.path != new.dataset.path:
        return Found()
    had = {entry.id for entry in line_of(ctx, old)}
    return _told(ctx, new.dataset, [entry for entry in line_of(ctx, new) if entry.id not in had], fetch=True)


def found_until(ctx: Context, side: Side) -> Found:
    """What the commits of the versions found that a side comes from, as far as that is known without fetching."""
    return Found() if isinstance(side, PlainFile) else _told(ctx, side.dataset, line_of(ctx, side), fetch=False)


def line_of(ctx: Context, side: Side) -> list[LedgerEntry]:
    """The version that a side is, or HEAD's for a working file, and all that it comes from, the newest first."""
    from dsvc.repository.earlier_versions import ancestors  # numpy takes its time

    if isinstance(side, PlainFile):
        return []
    if isinstance(side, Version):
        return [side.entry, *ancestors(ctx, side.dataset, side.entry.parents)]
    current = ctx.versions.current(side.dataset, ctx.git.head())
    return ancestors(ctx, side.dataset, (current.entry.id,)) if current is not None else []


def _told(ctx: Context, dataset: Dataset, entries: Sequence[LedgerEntry], *, fetch: bool) -> Found:
    found, called = found_by_commits(ctx, dataset, entries, fetch=fetch), _called(ctx, dataset, entries)
    unknown = tuple(called[entry.id] for entry in entries if entry.id not in found)
    by_commits = (told for entry in entries if (told := found.get(entry.id)) is not None and told.findings)
    return Found(tuple(by_commits), unknown)


def _called(ctx: Context, dataset: Dataset, entries: Iterable[LedgerEntry]) -> dict[VersionId, str]:
    head = ctx.git.head()
    by_number: dict[str, list[LedgerEntry]] = {}
    for entry in ctx.versions.ledger(dataset, head) if head is not None else ():
        by_number.setdefault(entry.number, []).append(entry)
    return {entry.id: f"{dataset.name}@{told_apart(entry, by_number.get(entry.number, []))}" for entry in entries}


def _manifests(ctx: Context, dataset: Dataset, entries: Iterable[LedgerEntry], *, far: bool) -> Iterator[Manifest]:
    """Manifests that may be those of the versions: HEAD's, those of their tags, then those of the history."""
    head = ctx.git.head()
    near = [head] if head is not None else []
    tags = ctx.git.tags(dataset.tag("")) if far else {}
    near += [tags[name] for entry in entries if (name := dataset.tag(entry.number)) in tags]
    yield from filter(None, (_manifest(ctx, dataset, commit) for commit in near))
    if far and head is not None:
        walked = (info.id for info in ctx.git.walk(head, dataset.manifest_path))
        yield from filter(None, (_manifest(ctx, dataset, commit) for commit in walked))


def _manifest(ctx: Context, dataset: Dataset, commit: str) -> Manifest | None:
    """A commit's manifest; one that cannot be read is for ``fsck`` to tell."""
    from dsvc.store.git_values import CommitId

    try:
        return ctx.versions.at(dataset, CommitId(commit))
    except CorruptError:
        return None


def _is_partial(ctx: Context) -> bool:
    """Whether git would fetch what is asked of older commits, one thing at a time."""
    return ctx.git.config("remote.origin.promisor") == "true"
