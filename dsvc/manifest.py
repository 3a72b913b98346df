"""What is known of a version: the manifest (whole, one file) and the ledger (one line for each version).

Both are files in git, described in ``docs/format.md`` sections 7 and 8. Parsing happens here, at the border; what comes
out is complete and trusted.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence  # noqa: TC003 - msgspec needs them at run time
from datetime import datetime  # noqa: TC003
from typing import Annotated, Any, Final, Literal, NewType, TypeVar

import msgspec
from msgspec import Meta

from dsvc.errors import CorruptError
from dsvc.origin import Annotator, LayoutId, VersionId
from dsvc.safe_path import require_data_path

MANIFEST_FORMAT: Final = "dsvc.manifest/1"
LEDGER_FORMAT: Final = "dsvc.ledger/1"

Number = NewType("Number", str)
"""A version's label, such as ``v1.1``."""

Id = Annotated[VersionId, Meta(pattern=r"^[0-9a-f]{32}$")]
LayoutName = Annotated[LayoutId, Meta(pattern=r"^[0-9a-f]{32}$")]
Label = Annotated[Number, Meta(pattern=r"^v\d+(\.\d+){1,2}$")]
RecordName = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}(#[1-9][0-9]{0,11})?\Z")]
"""A record id, with its number where it is not the first of equal records."""
Directory = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\.dir$")]
Kind = Literal["commit", "rollback", "import", "save"]


class Facts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group of facts: frozen, complete, and read strictly (an unknown key is an error)."""

    def to_json(self) -> dict[str, Any]:
        """As JSON values, in the order of the fields."""
        values: dict[str, Any] = msgspec.to_builtins(self)
        return values

    def page(self) -> bytes:
        """As a file that people read: stable key order, two spaces of indent, characters as they are."""
        return (json.dumps(self.to_json(), ensure_ascii=False, indent=2) + "\n").encode("utf-8", "surrogatepass")

    def line(self) -> bytes:
        """As a line of JSONL, with its line end."""
        line = json.dumps(self.to_json(), ensure_ascii=False, separators=(",", ":"))
        return line.encode("utf-8", "surrogatepass") + b"\n"


class Person(Facts, frozen=True, kw_only=True):
    """Who wrote or recorded a version."""

    name: str
    email: str = ""


class Source(Facts, frozen=True, kw_only=True):
    """Where records came from; ``licence`` is an SPDX expression or ``unknown``."""

    name: str
    uri: str | None = None
    licence: str = "unknown"
    retrieved_at: datetime | None = None
    sha256: str | None = None
    records: int = 0
    """Records that this version took from it."""
    revision: str | msgspec.UnsetType = msgspec.UNSET
    """Of a repository on a hub, where it is known; not written down where it is not."""
    tool: str | msgspec.UnsetType = msgspec.UNSET
    """What the records were exported or downloaded with, where it is known."""


class DatasetInfo(Facts, frozen=True, kw_only=True):
    """Name, path in the repository, and whether it is one file or a folder of files."""

    name: str
    path: str
    kind: Literal["file", "folder"]

    def __post_init__(self) -> None:
        require_data_path(self.path)


class FileInfo(Facts, frozen=True, kw_only=True):
    """One file of a version; ``sha256`` is of its exact bytes."""

    path: str
    split: str | None
    lines: int
    records: int
    bytes: int
    sha256: str

    def __post_init__(self) -> None:
        require_data_path(self.path)


class Counts(Facts, frozen=True, kw_only=True):
    """What a version holds."""

    files: int
    lines: int
    records: int
    bytes: int


class Changes(Facts, frozen=True, kw_only=True):
    """Records changed against the first parent; ``pairing`` numbers the algorithm that told edits from replacements.

    ``modified_moved`` and ``reformatted_moved`` tell how many of the modified and of the reformatted ones moved too;
    they are not written down where none did.
    """

    added: int = 0
    removed: int = 0
    modified: int = 0
    moved: int = 0
    reformatted: int = 0
    pairing: int = 1
    modified_moved: int | msgspec.UnsetType = msgspec.UNSET
    reformatted_moved: int | msgspec.UnsetType = msgspec.UNSET


class StoreInfo(Facts, frozen=True, kw_only=True):
    """DVC's directory object, the layout in it, and the store's size."""

    dir: Directory
    layout: LayoutName
    bytes: int
    files: int


class Manifest(Facts, frozen=True, kw_only=True):
    """Everything about one version. Written once, when the version is made; the order of fields is the file's."""

    format: Literal["dsvc.manifest/1"] = MANIFEST_FORMAT
    id: Id
    number: Label
    parents: tuple[VersionId, ...]
    dataset: DatasetInfo
    kind: Kind
    authored_at: datetime
    author: Person
    recorded_at: datetime
    recorded_by: Person
    reason: str
    annotators: tuple[Annotator, ...]
    sources: tuple[Source, ...]
    record_format: str | None = None
    key: tuple[str, ...] = ()
    files: tuple[FileInfo, ...]
    counts: Counts
    changes: Changes
    statistics: Mapping[str, Any] = {}
    validation: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = {}
    store: StoreInfo

    def encode(self) -> bytes:
        """The manifest file's bytes: stable key order, two spaces of indent, characters as they are."""
        return self.page()

    @staticmethod
    def decode(data: bytes, name: str = "manifest.json") -> Manifest:
        """Read a manifest. Raises CorruptError when it is damaged, a text merge, or of an unknown format."""
        return read_facts(data, name, MANIFEST_FORMAT, Manifest)

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


class LedgerEntry(Facts, frozen=True, kw_only=True):
    """One version as the ledger keeps it: enough to list it, and to check it out without its commit."""

    format: Literal["dsvc.ledger/1"] = LEDGER_FORMAT
    id: Id
    number: Label
    parents: tuple[VersionId, ...]
    kind: Kind
    authored_at: datetime
    author: Person
    recorded_at: datetime
    recorded_by: Person
    annotators: tuple[Annotator, ...]
    sources: tuple[str, ...]
    reason: str
    counts: Counts
    changes: Changes
    dir: Directory
    layout: LayoutName

    def encode(self) -> bytes:
        """The ledger line's bytes, with its line end."""
        return self.line()


def read_ledger(data: bytes, name: str = "versions.jsonl") -> list[LedgerEntry]:
    """The versions in a ledger, by the time they were recorded; of a renumbered one the line that counts.

    Raises CorruptError naming the line when one cannot be read.
    """
    return in_order(list(by_id(read_lines(data, name)).values()))


def read_lines(data: bytes, name: str = "versions.jsonl") -> Iterator[LedgerEntry]:
    """All lines of a ledger as they stand there: a renumbered version has several."""
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            yield read_facts(line, f"{name}:{number}", LEDGER_FORMAT, LedgerEntry)


def told_apart(entry: LedgerEntry, known: Iterable[LedgerEntry]) -> str:
    """A version's number, with the first digits of its id where another one that is known has the same number."""
    twice = any(other.number == entry.number and other.id != entry.id for other in known)
    return f"{entry.number} ({entry.id[:8]})" if twice else entry.number


def by_id(lines: Iterable[LedgerEntry]) -> dict[VersionId, LedgerEntry]:
    """The line that counts for each version: the one with the highest number, in whatever order they stand."""
    entries: dict[VersionId, LedgerEntry] = {}
    for entry in lines:
        known = entries.get(entry.id)
        if known is None or number_parts(entry.number) >= number_parts(known.number):
            entries[entry.id] = entry
    return entries


def number_parts(number: str) -> tuple[int, ...]:
    """A version's number as integers, to compare: ``v1.10`` is higher than ``v1.9``."""
    parts = [int(part) for part in number.removeprefix("v").split(".")]
    return (*parts, *([0] * (3 - len(parts))))


def in_order(entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """Versions by the second in which they were recorded, then by number; parents always before their children."""
    known = {entry.id: entry for entry in entries}
    ordered: dict[VersionId, LedgerEntry] = {}
    for start in sorted(entries, key=lambda entry: (entry.recorded_at, number_parts(entry.number), entry.id)):
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


Read = TypeVar("Read", bound=Facts)


def read_facts(data: bytes, name: str, wanted: str, kind: type[Read]) -> Read:
    """Read a file of facts (or a line of one) that says it has the format ``wanted``.

    Raises CorruptError, calling it ``name``, when it is damaged, a text merge, or of an unknown format.
    """
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
    try:
        return msgspec.convert(raw, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise CorruptError(f"cannot read '{name}': {error}", hint=_way_out(name)) from error


def _way_out(name: str) -> str:
    return f"git restore --source=HEAD --staged --worktree '{name.split(':')[0]}'"
