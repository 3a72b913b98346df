"""Finding versions again that no ledger lists: undone ones and saved edits, which local tags keep alive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.manifest import Manifest

if TYPE_CHECKING:
    from dsvc.manifest import LedgerEntry
    from dsvc.origin import VersionId
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset

KEEP = "dsvc-keep"
"""Prefix of the local tags that hold undone versions and saved edits; DVC's gc follows tags."""


def keep_tag(dataset_name: str, what: str, version: str) -> str:
    """The tag that keeps a version; ``what`` tells readers which it is (a number, a time)."""
    return f"{KEEP}/{dataset_name}/{what}-{version[:8]}"


def version_by_id(ctx: Context, dataset: Dataset, version: VersionId) -> LedgerEntry | None:
    """A version of the ledger at HEAD, of a version's tag, or one that is kept; None when nothing knows it."""
    known = ctx.versions.all_known(dataset, ctx.git.head())
    found = next((entry for entry in known if entry.id == version), None)
    if found is not None:
        return found
    for tag, commit in ctx.git.tags(f"{KEEP}/{dataset.name}/").items():
        if tag.endswith(f"-{version[:8]}"):
            data = ctx.git.read(commit, dataset.manifest_path)
            manifest = Manifest.decode(data, dataset.manifest_path) if data is not None else None
            if manifest is not None and manifest.id == version:
                return manifest.ledger_entry()
    return None
