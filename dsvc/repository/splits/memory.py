"""The rule of a split: kept in the journal until the next commit, then in the manifest of every version.

So the rule travels with the files that it made: a clone, an old version and a colleague have the one that they were
split by, and ``undo`` takes both back together.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.repository.datasets import Dataset
from dsvc.repository.splits.files import SnapshotLines
from dsvc.splitting.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.manifest import Manifest
    from dsvc.repository.context import Context
    from dsvc.repository.results import CommitRequest
    from dsvc.repository.writing.replacing import WorkingState

METADATA: Final = "split"
"""Where the manifest's metadata tell the rule that the files of a folder were split by."""
UNMIXED: Final = "unmixed"
"""In the journal only: the sha256 of each file of the parts, where all records are of the version of their origin."""
_PASSED_OVER: Final = ("fix", "tag", "undo", "accept")


class Origin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a folder of parts was made from: a dataset and the version that its file was written from, or a file.

    ``sha256`` of its content (of several files: of their sums, a line each), where that is not the version's.
    """

    path: str
    dataset: str = ""
    version: str = ""
    number: str = ""
    sha256: str = ""


class Memory(msgspec.Struct, frozen=True):
    """A rule, and where the records came from (None: the folder's own files)."""

    rule: Rule
    origin: Origin | None = None

    def to_json(self) -> dict[str, Any]:
        """As the journal and manifests have it."""
        origin = {"from": msgspec.to_builtins(self.origin)} if self.origin is not None else {}
        return {**self.rule.to_json(), **origin}

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> Memory:
        """From what is stored. Raises CorruptError when it cannot be read."""
        origin = raw.get("from")
        return Memory(Rule.from_json(raw), msgspec.convert(origin, Origin) if origin is not None else None)


def memory_of(ctx: Context, dataset: Dataset) -> Memory | None:
    """What is remembered of the last split of a folder; None where there was none."""
    raw = pending(ctx, dataset)
    if raw is None:
        current = ctx.versions.current(dataset, ctx.git.head())
        raw = carried(current.manifest if current is not None else None).get(METADATA)
    return Memory.from_json(raw) if raw is not None else None


def pending(ctx: Context, dataset: Dataset) -> Mapping[str, Any] | None:
    """The rule of a split that was not committed yet; and in it, what is said of files that are ``UNMIXED``."""
    for entry in ctx.journal.entries():
        if entry.state != "done" or entry.dataset["path"] != dataset.path:
            continue
        if entry.verb in _PASSED_OVER or entry.facts:  # they leave the files and their rule alone
            continue
        return entry.remembers if entry.verb == "split" else None
    return None


def missing_files(ctx: Context, dataset: Dataset, state: WorkingState) -> list[SnapshotLines]:
    """The files of the version that a folder was written from (not known: HEAD's) that are not in the folder."""
    current = ctx.versions.current(dataset, ctx.git.head())
    entry = state.entry or (current.entry if current is not None else None)
    if entry is None:
        return []
    snapshot = ctx.versions.snapshot(dataset, entry)
    there = {PurePosixPath(path).name for path in state.present}
    return [SnapshotLines(snapshot, f) for f in snapshot.layout.files if PurePosixPath(f.path).name not in there]


def carried(manifest: Manifest | None) -> dict[str, Any]:
    """What a version hands on to the next one."""
    found = manifest.metadata.get(METADATA) if manifest is not None else None
    return {METADATA: found} if isinstance(found, dict) else {}


def made_from(ctx: Context, origin: str) -> list[Dataset]:
    """The folders that hold the parts of a dataset, by its name or path."""
    known = {dataset.path: dataset for dataset in ctx.versions.datasets(ctx.git.head())}
    for entry in ctx.journal.entries():
        if entry.verb == "split" and entry.state == "done" and entry.dataset["path"] not in known:
            folder = Dataset(entry.dataset["name"], entry.dataset["path"], "folder")
            known[folder.path] = folder
    found = []
    for dataset in known.values():
        memory = memory_of(ctx, dataset) if dataset.kind == "folder" else None
        if memory is not None and memory.origin is not None and origin in (memory.origin.dataset, memory.origin.path):
            found.append(dataset)
    return found


def changes_rule(request: CommitRequest, manifest: Manifest) -> bool:
    """Whether a commit writes down another rule than the version before it has."""
    return METADATA in request.metadata and request.metadata[METADATA] != manifest.metadata.get(METADATA)
