"""A version to be: what is known of it before its data is stored, and how it differs from the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from dsvc.record import BOM
from dsvc.repository.committing.checks import Before
from dsvc.repository.committing.keys import check_key
from dsvc.repository.committing.new_version import Numbering, VersionFacts, build_manifest, with_origins
from dsvc.repository.committing.origins import assign_origins
from dsvc.repository.comparison import working_snapshot
from dsvc.repository.scan import require_bom_first
from dsvc.repository.writing.version_writer import NewFile, VersionWriter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsvc.diff.summary import Summary
    from dsvc.layout import Column
    from dsvc.manifest import Manifest, Number
    from dsvc.matching import MatchedFile
    from dsvc.repository.committing.origins import AssignedOrigins, Place
    from dsvc.repository.committing.target import Target
    from dsvc.repository.comparison import OldVersion
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.results import CommitRequest
    from dsvc.repository.scan import ScannedFile
    from dsvc.repository.stores import Objects
    from dsvc.repository.writing.version_writer import StoredVersion
    from dsvc.snapshot import Snapshot


class VersionDraft(msgspec.Struct, frozen=True):
    """What was asked, what the version stands on, and what is known before its data is read."""

    request: CommitRequest
    target: Target
    facts: VersionFacts
    numbering: Numbering
    number: Number
    key: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @staticmethod
    def of(ctx: Context, request: CommitRequest, target: Target) -> VersionDraft:
        """The next version of the target, as the request wants it."""
        dataset, current = target.dataset, target.current
        key = request.key if request.key is not None else (current.manifest.key if current else ())
        facts = VersionFacts.of(ctx, request, dataset, current, target.parent)
        numbering = Numbering.of(ctx, dataset, current, target.parent)
        number = numbering.choose(request.number, major=request.major)
        return VersionDraft(request, target, facts, numbering, number, tuple(key))

    def with_facts(self, facts: VersionFacts, notes: tuple[str, ...]) -> VersionDraft:
        """With what the records themselves told, and what should be known about that."""
        return replace(self, facts=facts, notes=notes)

    def manifest(
        self,
        stored: StoredVersion,
        files: Sequence[ScannedFile],
        summary: Summary | None,
        records_by_source: Mapping[str, int],
    ) -> Manifest:
        """The manifest, once the data is stored."""
        return build_manifest(self.facts, self.number, stored, files, summary, records_by_source, self.key)


class ChangedVersion(msgspec.Struct, frozen=True):
    """A draft whose files were read and compared with the version that it goes on from."""

    draft: VersionDraft
    summary: Summary | None
    before: Before | None
    _files: tuple[NewFile, ...]
    _origins: AssignedOrigins

    @staticmethod
    def of(draft: VersionDraft, old_version: OldVersion, files: Sequence[ScannedFile]) -> ChangedVersion:
        """Match and compare files that were read along the old version.

        Raises BadDataError for a byte order mark that moved, SourceNeededError for records without a source.
        """
        request, current, dataset = draft.request, draft.target.current, draft.facts.dataset
        old, matched = old_version.snapshot, old_version.match(files)
        if old is not None and _has_bom(old):
            for file in files:
                require_bom_first(file)
        summary, edited = _compared(dataset, old, files, matched, draft.key)
        edited |= request.edits
        origins = assign_origins(request, draft.facts, current, old, edited, files, matched)
        new_lines = [match.new_lines() for match in matched]
        is_looked_at = bool(request.key) or (draft.key and any(map(len, new_lines)))
        key_notes = check_key(files, draft.key, new_lines, is_named=bool(request.key)) if is_looked_at else ()
        draft = draft.with_facts(with_origins(draft.facts, request, origins), (*origins.notes, *key_notes))
        new_files = [NewFile(f, m, o) for f, m, o in zip(files, matched, origins.lines, strict=True)]
        before = Before(old, edited) if old is not None else None
        return ChangedVersion(draft, summary, before, tuple(new_files), origins)

    @property
    def new_lines(self) -> list[Column]:
        """Of each file the numbers (from 0) of the lines that the old version lacks."""
        return [file.matched.new_lines() for file in self._files]

    @property
    def records_by_source(self) -> Mapping[str, int]:
        """Records that were added, by the name of their source."""
        return self._origins.records_by_source

    def store(self, ctx: Context, objects: Objects) -> StoredVersion:
        """Store the lines that the old version lacks. Raises BadDataError for one that is no record."""
        current, request = self.draft.target.current, self.draft.request
        base = (ctx.versions.layout(current.entry), ctx.versions.store(current.entry)) if current else None
        return VersionWriter(objects, base).write(
            self._files, self._origins.origins, whole=request.whole and not request.dry_run, progress=ctx.progress
        )


def _has_bom(old: Snapshot) -> bool:
    """Whether one of the old lines begins with a byte order mark: fine where it was, wrong wherever it moves to."""
    first = (next(iter(file.pieces), None) for file in old.layout.files)
    return any(p is not None and old.packs.read(p.pack, p.offset, min(p.bytes, len(BOM))) == BOM for p in first)


def _compared(
    dataset: Dataset,
    old: Snapshot | None,
    files: Sequence[ScannedFile],
    matched: Sequence[MatchedFile],
    key: Sequence[str],
) -> tuple[Summary | None, dict[Place, Place]]:
    """The counts of changes, and for each edited line its place now and in the old version."""
    if old is None:
        return None, {}
    from dsvc.diff import diff

    now = working_snapshot(dataset.path, old, files, matched)
    changes = diff(old, now, key=key, folders=dataset.kind == "folder")
    return changes.counts, dict(changes.edited_places())
