"""What the verbs of a repository take and give: plain frozen values, for the command line, scripts and the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dsvc.delta import Change
    from dsvc.manifest import Changes, Counts, LedgerEntry, Manifest, Source
    from dsvc.origin import Annotator, VersionId
    from dsvc.repository.datasets import Dataset


class KnownSource(msgspec.Struct, frozen=True):
    """What records came from as far as dsvc knows, and the lines (file, and number from 1) that did not."""

    source: Source
    lacks: frozenset[tuple[str, int]]


class CommitRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to commit, and what to write down about it.

    ``target`` is a dataset's name, or the path of a JSONL file or of a folder of them (tracked on first use).
    ``source`` names where added records came from; edited records keep the source they had. A blank one is none.
    """

    target: str
    reason: str
    source: str | None = None
    source_uri: str | None = None
    licence: str | None = None
    annotators: tuple[Annotator, ...] = ()
    source_field: str | None = None
    annotator_field: str | None = None
    name: str | None = None
    key: tuple[str, ...] | None = None
    major: bool = False
    number: str | None = None
    whole: bool = False
    dry_run: bool = False
    only: tuple[Change, ...] | None = None
    """Commit only these changes of a diff from HEAD's version to the working file; the others stay in the file."""
    base: str | None = None
    """The revision that the working file was edited from, where dsvc cannot know it; ``none`` begins anew with it."""
    source_sha256: str | None = None
    source_revision: str | None = None
    """The commit of a hub's repository that the records were taken from."""
    source_tool: str | None = None
    """What they were exported or downloaded with."""
    retrieved_at: datetime | None = None
    metadata: Mapping[str, object] = msgspec.field(default_factory=dict)
    allow_findings: str | None = None
    """Why lines with errors may be kept that would be refused; it goes into the manifest."""
    by_others: bool = False
    """An import: errors are told, refused only where the settings say so."""
    people: Mapping[tuple[str, int], tuple[Annotator, ...]] = msgspec.field(default_factory=dict)
    """Who made the record on a line (from 1) of a file, where others made other ones."""
    edits: Mapping[tuple[str, int], tuple[str, int]] = msgspec.field(default_factory=dict)
    """Lines that are edits of lines of the version before (file and line, from 1), where whoever made them knows."""

    known_source: KnownSource | None = None
    """Where new records came from whatever ``source`` says; that one, or a field, is of the others."""

    def __post_init__(self) -> None:
        if self.source is not None and not self.source.strip():
            msgspec.structs.force_setattr(self, "source", None)


class CommitResult(msgspec.Struct, frozen=True, kw_only=True):
    """A new version. For a dry run the version that would have been made (``commit`` is None)."""

    dataset: Dataset
    manifest: Manifest
    commit: str | None
    tag: str | None
    new_bytes: int
    """Bytes of records that were stored for this version."""
    notes: tuple[str, ...] = ()
    """What else was changed or should be known, one sentence each (ignore rules, new files in the folder …)."""
    kept_errors: str | None = None
    """The one of the notes that tells of errors in new lines."""


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """An old version that could not be taken over, and why; its commit still has what it had."""

    commit: str
    at: datetime
    why: str


class AdoptResult(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset that was taken over from ``keeper`` (dvc, git, git-lfs). For a dry run ``commit`` is None."""

    dataset: Dataset
    keeper: str
    versions: tuple[LedgerEntry, ...]
    """Oldest first."""
    left_out: tuple[LeftOut, ...]
    commit: str | None
    new_bytes: int
    notes: tuple[str, ...] = ()


class FileStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One working file against its base version."""

    path: str
    state: Literal["unchanged", "changed", "missing", "new"]
    lines_added: int = 0
    lines_removed: int = 0


class DatasetStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How the working file stands to its base and to HEAD's version.

    ``stale``: HEAD's version is not the one that the working file was written from (after ``git switch``, ``pull`` …).
    ``base`` is None when it is not known which version the working file comes from.
    """

    dataset: Dataset
    head: LedgerEntry | None
    base: LedgerEntry | None
    files: tuple[FileStatus, ...]
    stale: bool = False
    problem: str | None = None
    """A mixture of versions, a missing object …: one sentence, with ``hint`` as the way out."""
    hint: str | None = None
    notes: tuple[str, ...] = ()
    """What else should be known, one sentence each (files that lie near but are not part of it)."""
    head_called: str = ""
    base_called: str = ""
    """The numbers of ``head`` and ``base``, with digits of their ids where HEAD knows two versions by one number."""
    base_revision: str | None = None
    """What names the base behind ``DATASET@``."""
    kept: Mapping[str, tuple[str, ...]] = {}
    """What HEAD keeps beside the versions, by name: ``pilots``, ``reviews``, ``agreements``."""

    def __post_init__(self) -> None:
        for name, entry in (("head_called", self.head), ("base_called", self.base)):
            if entry is not None and not getattr(self, name):
                msgspec.structs.force_setattr(self, name, entry.number)
        if self.base is not None and self.base_revision is None:
            msgspec.structs.force_setattr(self, "base_revision", self.base.number)

    @property
    def changed(self) -> bool:
        """Whether the working file differs from its base."""
        return any(file.state != "unchanged" for file in self.files)

    @property
    def checked_out(self) -> str | None:
        """The other version than HEAD's that an unedited working file has, as after a checkout; None otherwise."""
        if not self.stale or self.changed or self.base is None or self.head is None:
            return None
        return f"{self.dataset.name}@{self.base_revision}"


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One version in the log; ``current`` marks HEAD's, ``tags`` the git tags on it.

    ``licences`` are its sources with their licences, as HEAD's version knows them; unknown ones are left out.
    """

    dataset: Dataset
    entry: LedgerEntry
    called: str
    """Its number, with the first digits of its id where another version has the same."""
    current: bool
    tags: tuple[str, ...]
    licences: tuple[tuple[str, str], ...] = ()

    @property
    def revision(self) -> str:
        """What names this version and no other, for every verb."""
        number = self.entry.number
        return f"{self.dataset.name}@{number if self.called == number else self.entry.id[:12]}"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a verb that goes back did: to the file, to the history, to HEAD (one sentence each)."""

    verb: str
    dataset: Dataset | None
    file: str
    history: str = "unchanged"
    head: str = "unchanged"
    saved_as: str | None = None
    """The tag that holds edits which were saved before they were overwritten."""
    version: LedgerEntry | None = None
    notes: tuple[str, ...] = ()


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of ``undo --list``: what was done, when, and whether it can be undone now (else why not).

    ``passed_over``: there is nothing left of it to take back, and ``undo`` takes the one before.
    """

    id: str
    verb: str
    dataset: str
    summary: str
    at: datetime
    undone: bool = False
    obstacle: str | None = None
    hint: str | None = None
    passed_over: bool = False


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """Which version a working file is, for training logs: ``medical@v1.3+3~1 <id>``."""

    dataset: Dataset
    entry: LedgerEntry
    changes: Changes
    counts: Counts | None = None
    files: int = 0
    """How many files of a folder the version has not, or only the version has, or that have another name there."""

    def __str__(self) -> str:
        marks = "".join(
            f"{sign}{count}"
            for sign, count in (
                ("+", self.changes.added),
                ("-", self.changes.removed),
                ("~", self.changes.modified),
                (">", self.changes.moved),
                ("=", self.changes.reformatted),
                ("/", self.files),
            )
            if count
        )
        return f"{self.dataset.name}@{self.entry.number}{marks} {self.version_id}"

    @property
    def exact(self) -> bool:
        """Whether the working file is the version, byte for byte."""
        counts = self.changes.to_json()
        return not self.files and not any(count for name, count in counts.items() if name != "pairing")

    @property
    def version_id(self) -> VersionId:
        """The id of the version that the file was written from."""
        return self.entry.id


class InitResult(msgspec.Struct, frozen=True, kw_only=True):
    """What ``init`` made or changed, one sentence each; ``warnings`` ask for a decision."""

    root: str
    changes: tuple[str, ...]
    warnings: tuple[str, ...] = ()


class DamagedRecords(msgspec.Struct, frozen=True, kw_only=True):
    """Records (or lines, in a file with blank lines) of some versions that cannot be read, numbered from 1."""

    file: str
    unit: Literal["record", "line"]
    ranges: tuple[tuple[int, int], ...]
    """First and last number of each stretch."""
    versions: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What ``fsck`` found: which file of the store, ``missing``, ``damaged`` or a sentence; who needs it."""

    dataset: Dataset
    file: str
    problem: str
    versions: tuple[str, ...]
    repaired: bool
    records: tuple[DamagedRecords, ...] = ()
    """What is lost while it is so; of a repaired file nothing is."""


class PushResult(msgspec.Struct, frozen=True, kw_only=True):
    """Versions whose data is on the remote now, and versions whose data is not here to be sent."""

    versions: tuple[str, ...]
    absent: tuple[str, ...]
    kept: int = 0
    """Undone versions and saved edits, which local tags keep: they are never sent."""
    notes: tuple[str, ...] = ()
    """Versions that got other numbers, because theirs are taken on the remote; versions whose changes HEAD's lacks;
    settings of the remote that git does not have yet: one sentence each."""
    git_push: str | None = None
    """The git command that sends the history and the tags, which name this data; None where git has no remote."""
