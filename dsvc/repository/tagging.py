"""``tag``: names for versions beside their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import NotFoundError, ProtectedError, UsageError
from dsvc.repository.revisions import looks_counted, resolve_to_whole

if TYPE_CHECKING:
    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.store.git_values import CommitId


def tag(ctx: Context, revision: str, name: str | None = None, message: str | None = None) -> str:
    """Tag the commit of a version as ``<dataset>_<name>``; without a name with its number, if that tag is missing.

    Gives the tag. Raises UsageError for a name that means a version already, and for one file of a folder,
    ProtectedError when the tag is taken, NotFoundError when the version's commit is not here.
    """
    with ctx.writing():
        version = resolve_to_whole(ctx, revision)
        if name is not None and name != version.entry.number and looks_counted(name):
            raise UsageError(
                f"'{name}' cannot name a version: it would be taken for another one",
                hint=f"choose another name: dsvc tag {revision} NAME",
            )
        full = version.dataset.tag(name or version.entry.number)
        commit = commit_of(ctx, version.dataset, version.entry)
        if commit is None:
            raise NotFoundError(
                f"the git commit of {version.dataset.name} {version.entry.number} is not here",
                hint="git fetch --unshallow --tags",
            )
        existing = ctx.git.tagged(full)
        if existing == commit:
            return full
        if existing is not None:
            raise ProtectedError(f"there is a tag '{full}' already, on another version", hint=f"git show '{full}'")
        text = message or f"{version.dataset.name} {version.entry.number}\n\n{version.entry.reason}"
        ctx.git.tag(full, commit, text.rstrip("\n") + "\n")
        return full


def commit_of(ctx: Context, dataset: Dataset, entry: LedgerEntry) -> CommitId | None:
    """The git commit that brought a version in, from its tag or the history; None when neither is here."""
    number_tag = dataset.tag(entry.number)
    tagged = ctx.git.tagged(number_tag)
    if tagged is not None and _id_at(ctx, dataset, tagged) == entry.id:
        return tagged
    head = ctx.git.head()
    if head is None:
        return None
    found = [i.id for i in ctx.git.walk(head, dataset.manifest_path) if _id_at(ctx, dataset, i.id) == entry.id]
    return found[-1] if found else None


def _id_at(ctx: Context, dataset: Dataset, commit: CommitId) -> str | None:
    manifest = ctx.versions.at(dataset, commit)
    return None if manifest is None else manifest.id
