"""What is known of a version: the manifest (whole, one file) and the ledger (one line for each version).

Both are files in git, described in ``docs/format.md`` sections 7 and 8. Parsing happens here, at the border; what comes
out is complete and trusted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence  # noqa: TC003 - pydantic needs them at run time
from datetime import datetime  # noqa: TC003
from pathlib import PurePosixPath
from typing import Annotated, Any, Final, Literal, NewType

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from dsvc.errors import CorruptError
from dsvc.layout import Annotator, LayoutId, VersionId  # noqa: TC001

MANIFEST_FORMAT: Final = "dsvc.manifest/1"
LEDGER_FORMAT: Final = "dsvc.ledger/1"

Number = NewType("Number", str)
"""A version's label, such as ``v1.1``."""

_ID = r"^[0-9a-f]{32}$"


def _safe_path(path: str) -> str:
    pure = PurePosixPath(path)
    if not path or pure.is_absolute() or ".." in pure.parts or "\x00" in path or str(pure) != path:
        raise ValueError(f"'{path}' is not a path inside the repository")
    if pure.parts[0] in (".git", ".dvc", ".dsvc"):
        raise ValueError(f"'{path}' is not a place for data")
    return path


RepoPath = Annotated[str, AfterValidator(_safe_path)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(_Frozen):
    """Who wrote or recorded a version."""

    name: str
    email: str = ""


class Source(_Frozen):
    """Where records came from; ``licence`` is an SPDX expression or ``unknown``."""

    name: str
    uri: str | None = None
    licence: str = "unknown"
    retrieved_at: datetime | None = None
    sha256: str | None = None
    records: int = 0
    """Records that this version took from it."""


class DatasetInfo(_Frozen):
    """Name, path in the repository, and whether it is one file or a folder of files."""

    name: str
    path: RepoPath
    kind: Literal["file", "folder"]


class FileInfo(_Frozen):
    """One file of a version; ``sha256`` is of its exact bytes."""

    path: RepoPath
    split: str | None
    lines: int
    records: int
    bytes: int
    sha256: str


class Counts(_Frozen):
    """What a version holds."""

    files: int
    lines: int
    records: int
    bytes: int


class Changes(_Frozen):
    """Records changed against the first parent; ``pairing`` numbers the algorithm that told edits from replacements."""

    added: int = 0
    removed: int = 0
    modified: int = 0
    moved: int = 0
    reformatted: int = 0
    pairing: int = 1


class StoreInfo(_Frozen):
    """DVC's directory object, the layout in it, and the store's size."""

    dir: Annotated[str, Field(pattern=r"^[0-9a-f]{32}\.dir$")]
    layout: Annotated[LayoutId, Field(pattern=_ID)]
    bytes: int
    files: int


Kind = Literal["commit", "rollback", "import", "save"]


class _Version(_Frozen):
    id: Annotated[VersionId, Field(pattern=_ID)]
    number: Annotated[Number, Field(pattern=r"^v\d+(\.\d+){1,2}$")]
    parents: tuple[VersionId, ...]
    kind: Kind
    authored_at: datetime
    author: Person
    recorded_at: datetime
    recorded_by: Person
    annotators: tuple[Annotator, ...]
    reason: str
    counts: Counts
    changes: Changes


class Manifest(_Version):
    """Everything about one version. Written once, when the version is made."""

    format: Literal["dsvc.manifest/1"] = MANIFEST_FORMAT
    dataset: DatasetInfo
    sources: tuple[Source, ...]
    record_format: str | None = None
    key: tuple[str, ...] = ()
    files: tuple[FileInfo, ...]
    statistics: Mapping[str, Any] = Field(default_factory=dict)
    validation: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = Field(default_factory=dict)
    store: StoreInfo

    def encode(self) -> bytes:
        """The manifest file's bytes: stable key order, two spaces of indent, characters as they are."""
        data = self.model_dump(mode="json")
        ordered = {key: data[key] for key in _MANIFEST_KEYS}
        return (json.dumps(ordered, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "surrogatepass")

    @staticmethod
    def decode(data: bytes, name: str = "manifest.json") -> Manifest:
        """Read a manifest. Raises CorruptError when it is damaged, a text merge, or of an unknown format."""
        raw = _load(data, name, MANIFEST_FORMAT)
        try:
            return Manifest.model_validate(raw)
        except ValidationError as error:
            raise CorruptError(f"cannot read '{name}': {_first(error)}", hint=_way_out(name)) from error

    def ledger_entry(self) -> LedgerEntry:
        """The line that the ledger keeps of this version."""
        return LedgerEntry(
            id=self.id,
            number=self.number,
            parents=self.parents,
            kind=self.kind,
            authored_at=self.authored_at,
            author=self.author,
            recorded_at=self.recorded_at,
            recorded_by=self.recorded_by,
            annotators=self.annotators,
            sources=tuple(source.name for source in self.sources if source.records),
            reason=self.reason,
            counts=self.counts,
            changes=self.changes,
            dir=self.store.dir,
            layout=self.store.layout,
        )


class LedgerEntry(_Version):
    """One version as the ledger keeps it: enough to list it, and to check it out without its commit."""

    format: Literal["dsvc.ledger/1"] = LEDGER_FORMAT
    sources: tuple[str, ...]
    dir: Annotated[str, Field(pattern=r"^[0-9a-f]{32}\.dir$")]
    layout: Annotated[LayoutId, Field(pattern=_ID)]

    def encode(self) -> bytes:
        """The ledger line's bytes, with its line end."""
        data = self.model_dump(mode="json")
        ordered = {key: data[key] for key in _LEDGER_KEYS}
        line = json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))
        return line.encode("utf-8", "surrogatepass") + b"\n"


_MANIFEST_KEYS = (
    "format", "id", "number", "parents", "dataset", "kind", "authored_at", "author", "recorded_at", "recorded_by",
    "reason", "annotators", "sources", "record_format", "key", "files", "counts", "changes", "statistics", "validation",
    "metadata", "store",
)  # fmt: skip
_LEDGER_KEYS = (
    "format", "id", "number", "parents", "kind", "authored_at", "author", "recorded_at", "recorded_by", "annotators",
    "sources", "reason", "counts", "changes", "dir", "layout",
)  # fmt: skip


def read_ledger(data: bytes, name: str = "versions.jsonl") -> list[LedgerEntry]:
    """The versions in a ledger, by the time they were recorded; equal lines count once.

    Raises CorruptError naming the line when one cannot be read.
    """
    entries: dict[VersionId, LedgerEntry] = {}
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        raw = _load(line, f"{name}:{number}", LEDGER_FORMAT)
        try:
            entry = LedgerEntry.model_validate(raw)
        except ValidationError as error:
            raise CorruptError(f"cannot read '{name}:{number}': {_first(error)}", hint=_way_out(name)) from error
        entries[entry.id] = entry
    return in_order(list(entries.values()))


def in_order(entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """Versions by the time they were recorded, parents always before their children."""
    known = {entry.id: entry for entry in entries}
    ordered: dict[VersionId, LedgerEntry] = {}
    for start in sorted(entries, key=lambda entry: (entry.recorded_at, entry.id)):
        waiting = [start]
        while waiting:
            entry = waiting[-1]
            missing = [known[p] for p in entry.parents if p in known and p not in ordered and known[p] not in waiting]
            if missing:
                waiting.extend(missing)
                continue
            ordered.setdefault(entry.id, entry)
            waiting.pop()
    return list(ordered.values())


def _load(data: bytes, name: str, wanted: str) -> dict[str, Any]:
    try:
        raw = json.loads(data)
    except ValueError as error:
        what = "it holds a merge conflict" if b"<<<<<<<" in data or b">>>>>>>" in data else str(error)
        raise CorruptError(f"cannot read '{name}': {what}", hint=_way_out(name)) from error
    found = raw.get("format") if isinstance(raw, dict) else None
    if found != wanted:
        raise CorruptError(
            f"cannot read '{name}': expected format '{wanted}', found '{found}'",
            hint="it may come from a newer dsvc: pip install --upgrade dsvc",
        )
    assert isinstance(raw, dict)
    return raw


def _first(error: ValidationError) -> str:
    detail = error.errors()[0]
    where = ".".join(str(part) for part in detail["loc"])
    return f"'{where}': {detail['msg']}"


def _way_out(name: str) -> str:
    return f"git restore --source=HEAD --staged --worktree '{name.split(':')[0]}'"
