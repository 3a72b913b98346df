"""Finding versions again that no ledger lists: undone ones and saved edits, which local tags keep alive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import UsageError
from dsvc.manifest import Manifest
from dsvc.working_copy import Base, BaseFile

if TYPE_CHECKING:
    from collections.abc import Collection

    from dsvc.manifest import LedgerEntry
    from dsvc.origin import VersionId
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset

KEEP = "dsvc-keep"
"""Prefix of the local tags that hold undone versions and saved edits; DVC's gc follows tags."""


def keep_tag(dataset_name: str, what: str, version: str) -> str:
    """The tag that keeps a version; ``what`` tells readers which it is (a number, a time)."""
    return f"{KEEP}/{dataset_name}/{what}-{version[:8]}"


def kept_versions(ctx: Context, dataset: Dataset, prefix: str) -> list[LedgerEntry]:
    """What is kept of a dataset whose id begins with these hexadecimal digits, each once."""
    return [entry for entry in all_kept(ctx, dataset, prefix).values() if entry.id.startswith(prefix)]


def all_kept(ctx: Context, dataset: Dataset, prefix: str = "") -> dict[str, LedgerEntry]:
    """What local tags keep of a dataset, each version once, by tag; ``prefix``: only where the id may begin so."""
    found: dict[str, LedgerEntry] = {}
    for tag, commit in ctx.git.tags(f"{KEEP}/{dataset.name}/").items():
        if tag.rpartition("-")[2].startswith(prefix[:8]):
            data = ctx.git.read(commit, dataset.manifest_path)
            entry = Manifest.decode(data, dataset.manifest_path).ledger_entry() if data is not None else None
            if entry is not None and all(entry.id != other.id for other in found.values()):
                found[tag] = entry
    return found


def datasets_only_kept(ctx: Context, others: Collection[Dataset]) -> list[Dataset]:
    """The datasets besides ``others`` that local tags keep something of (the first version was undone)."""
    found: dict[Dataset, None] = {}
    for tag, commit in sorted(ctx.git.tags(f"{KEEP}/").items()):
        name = tag.split("/")[1]
        found |= {dataset: None for dataset in ctx.versions.datasets(commit) if dataset.name == name}
    return [dataset for dataset in found if dataset not in others]


def version_by_id(ctx: Context, dataset: Dataset, version: VersionId) -> LedgerEntry | None:
    """A version of HEAD's, of a tag, one that is kept, or of another branch; None when nothing knows it."""
    from dsvc.repository.numbers.elsewhere import holder_of

    known = ctx.versions.all_known(dataset, ctx.git.head())
    found = next((entry for entry in known if entry.id == version), None)
    found = found or next(iter(kept_versions(ctx, dataset, version)), None)
    if found is None and (holder := holder_of(ctx, dataset, version)) is not None:
        return holder.entry
    return found


def called(entry: LedgerEntry) -> str:
    """What to call a version; saved edits only carry the number of what they were made from."""
    return "the saved edits" if entry.kind == "save" else entry.number


def called_apart(ctx: Context, dataset: Dataset, entry: LedgerEntry) -> str:
    """The same, with the first digits of its id where HEAD knows another version by that number."""
    return called(entry) if entry.kind == "save" else ctx.versions.called_apart(dataset, entry)


def revision_for(ctx: Context, dataset: Dataset, entry: LedgerEntry) -> str:
    """What names a version behind ``DATASET@``: its number, or its id where that is another one's, or nobody's.

    Undone versions and those of branches without tags are not found by their numbers.
    """
    if called_apart(ctx, dataset, entry) != entry.number:
        return entry.id[:12]
    known = ctx.versions.all_known(dataset, ctx.git.head())
    return entry.number if any(each.id == entry.id for each in known) else entry.id[:12]


def require_committed(dataset: Dataset, entry: LedgerEntry) -> None:
    """Raise UsageError for saved edits: nobody has looked whether they are records, or said where they come from."""
    if entry.kind == "save":
        raise UsageError(
            "saved edits are no version yet; they must be committed first",
            hint=f"dsvc checkout {dataset.name}@{entry.id[:12]}, then dsvc commit {dataset.name}",
        )


def base_left_by(ctx: Context, dataset: Dataset, entry: LedgerEntry, base: Base | None) -> Base | None:
    """What files are edits of, once they were made those of a version, which is what ``base`` says.

    Saved edits are edits of the version that they were made from, as they were before they were saved.
    """
    if entry.kind != "save":
        return base
    parent = version_by_id(ctx, dataset, entry.parents[0]) if entry.parents else None
    if parent is None:
        return None
    files = ctx.versions.layout(parent).layout.files
    return Base(parent.id, {file.path: BaseFile(file.sha256, None) for file in files})
