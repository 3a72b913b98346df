"""A new version's number and manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from dsvc.errors import UsageError
from dsvc.manifest import (
    Changes,
    Counts,
    DatasetInfo,
    FileInfo,
    Kind,
    Manifest,
    Number,
    Person,
    Source,
    StoreInfo,
)
from dsvc.origin import Annotator, LayoutId
from dsvc.repository.committing.licences import check_licence
from dsvc.repository.datasets import Dataset, new_version_id, next_number, parse_number
from dsvc.repository.numbers.other_branches import OtherBranches
from dsvc.repository.numbers.renumbering import renumbering
from dsvc.repository.splits.memory import carried

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from dsvc.diff.summary import Summary
    from dsvc.layout import FileLayout
    from dsvc.origin import VersionId
    from dsvc.repository.committing.origins import AssignedOrigins
    from dsvc.repository.context import Context
    from dsvc.repository.numbers.renumbering import Renumbered
    from dsvc.repository.results import CommitRequest
    from dsvc.repository.scan import ScannedFile
    from dsvc.repository.versions import Current
    from dsvc.repository.writing.version_writer import StoredVersion
    from dsvc.store.git_values import CommitId


class Numbering(msgspec.Struct, frozen=True):
    """Which numbers of a dataset are taken, which is the current one, and which versions get a tag.

    ``renumbered``: versions that give up their numbers with the new one.
    """

    dataset: Dataset
    taken: frozenset[str]
    current: str | None
    tags: str
    renumbered: tuple[Renumbered, ...] = ()

    @staticmethod
    def of(ctx: Context, dataset: Dataset, current: Current | None, head: CommitId | None) -> Numbering:
        """From the ledger at HEAD, all tags, and what other branches are known to have."""
        prefix = dataset.tag("")
        taken = {tag.removeprefix(prefix) for tag in ctx.git.tags(prefix)}
        taken |= {entry.number for entry in ctx.versions.all_known(dataset, head)}
        taken |= OtherBranches.of(ctx, dataset).numbers()
        renumbered = renumbering(ctx, dataset, head)
        taken |= {each.number for each in renumbered}
        number = current.manifest.number if current else None
        moved = next((each.number for each in renumbered if current and each.entry.id == current.manifest.id), None)
        return Numbering(dataset, frozenset(taken), moved or number, ctx.settings.tags, renumbered)

    def choose(self, wanted: str | None, *, major: bool) -> Number:
        """The wanted number if it is free, else the next free one."""
        if wanted is None:
            return Number(next_number(set(self.taken), self.current, major=major))
        number = wanted if wanted.startswith("v") else f"v{wanted}"
        parse_number(number)
        if number in self.taken:
            raise UsageError(f"there is a {self.dataset.name} {number} already", hint=f"dsvc log {self.dataset.name}")
        if self.current is not None and parse_number(number) < parse_number(self.current):
            free = next_number(set(self.taken), self.current, major=major)
            raise UsageError(f"{number} is lower than {self.current}, the current version", hint=f"--version {free}")
        return Number(number)

    def tag(self, number: str) -> str | None:
        """The tag for a version with this number, None when the settings want none."""
        if self.tags == "none" or (self.tags == "releases" and parse_number(number)[1:] != (0, 0)):
            return None
        return self.dataset.tag(number)


CLASS_LABELS: Final = "class_labels"
"""In a manifest's ``metadata``: for columns with numbered classes, what the numbers mean."""


class VersionFacts(msgspec.Struct, frozen=True):
    """What is written down about a new version, apart from its data."""

    id: VersionId
    dataset: Dataset
    kind: Kind
    parents: tuple[VersionId, ...]
    at: datetime
    author: Person
    annotators: tuple[Annotator, ...]
    reason: str
    sources: tuple[Source, ...]
    """Those known so far, with the one of this version up to date; record counts are not."""
    metadata: Mapping[str, object]
    record_format: str | None = None
    recorded: tuple[datetime, Person] | None = None
    """When and by whom it was written down, where that was not the author, at the time."""

    @staticmethod
    def of(
        ctx: Context,
        request: CommitRequest,
        dataset: Dataset,
        current: Current | None,
        head: CommitId | None,
        kind: Kind = "commit",
    ) -> VersionFacts:
        """From what the user said, what the current version knows, and git's identity."""
        identity = ctx.git.identity()
        default = (Annotator(ctx.git.config("dsvc.annotator") or identity.name),)
        old = current.manifest if current else None
        if request.licence is not None:
            request = replace(request, licence=check_licence(request.licence))
        return VersionFacts(
            new_version_id(),
            dataset,
            kind,
            (old.id,) if old else (),
            ctx.clock(),
            Person(name=identity.name, email=identity.email),
            request.annotators or default,
            request.reason,
            _with_source(old.sources if old else (), request),
            {**_kept(old), **carried(old), **request.metadata},
            old.record_format if old else None,
        )


def _kept(old: Manifest | None) -> dict[str, object]:
    """What of the metadata holds for the next version, too: the names behind numbers do not stand in the records."""
    labels = old.metadata.get(CLASS_LABELS) if old is not None else None
    return {} if labels is None else {CLASS_LABELS: labels}


def _with_source(known: Sequence[Source], request: CommitRequest) -> tuple[Source, ...]:
    sources = {source.name: replace(source, records=0) for source in known}
    if request.source is not None:
        sources[request.source] = _described(sources.get(request.source, Source(name=request.source)), request)
    return tuple(sources.values())


def _described(source: Source, request: CommitRequest) -> Source:
    """The source with what the request tells of it."""
    described = {
        "uri": request.source_uri,
        "licence": request.licence,
        "sha256": request.source_sha256,
        "revision": request.source_revision,
        "tool": request.source_tool,
        "retrieved_at": request.retrieved_at,
    }
    return replace(source, **{name: value for name, value in described.items() if value is not None})


def is_described_anew(sources: Sequence[Source], manifest: Manifest) -> bool:
    """Whether something else is said now of a source that the version before knows."""
    return any(replace(now, records=0) != replace(old, records=0) for old, now in _known_before(sources, manifest))


def source_notes(sources: Sequence[Source], manifest: Manifest) -> tuple[str, ...]:
    """Which licences and addresses are other ones than those that the version before had, one sentence each."""
    known = [*_known_before(sources, manifest)]
    licences = [
        f"the licence of the source '{now.name}' is {now.licence} now (it was {old.licence})"
        for old, now in known
        if old.licence != now.licence
    ]
    return (
        *licences,
        *(f"the address of the source '{s.name}' is {s.uri} now" for old, s in known if old.uri != s.uri),
    )


def _known_before(sources: Sequence[Source], manifest: Manifest) -> list[tuple[Source, Source]]:
    """The sources that the version before has, too: as it has them, and as they are now."""
    known = {source.name: source for source in manifest.sources}
    return [(known[source.name], source) for source in sources if source.name in known]


def with_origins(facts: VersionFacts, request: CommitRequest, assigned: AssignedOrigins) -> VersionFacts:
    """The facts with the people and the sources that the records themselves name.

    What the request tells of a source (licence, address) holds for those that are new. Raises UsageError when it
    tells something, and there is no source that it could be told of.
    """
    ours = request.known_source.source if request.known_source is not None else None
    named = {source.name for source in facts.sources}
    told = [ours] if ours is not None and ours.name in set(assigned.records_by_source) - named else []
    known = {*named, *(source.name for source in told)}
    new = [_described(Source(name=name), request) for name in assigned.records_by_source if name not in known]
    describes = request.licence is not None or (request.source_uri is not None and request.source_sha256 is None)
    if describes and request.source is None and not new:
        raise UsageError(
            "a licence or an address belongs to a source, and no new one is named",
            hint="name it: --source 'where from'",
        )
    return replace(facts, annotators=assigned.annotators, sources=(*facts.sources, *told, *new))


def build_manifest(
    facts: VersionFacts,
    number: Number,
    stored: StoredVersion,
    files: Sequence[ScannedFile],
    summary: Summary | None,
    records_by_source: Mapping[str, int],
    key: Sequence[str],
) -> Manifest:
    """The manifest of a version whose data is stored."""
    layouts = stored.layout.layout.files
    sources = {source.name: source for source in facts.sources}
    for name, records in records_by_source.items():
        sources[name] = replace(sources.get(name, Source(name=name)), records=records)
    return Manifest(
        id=facts.id,
        number=number,
        dataset=DatasetInfo(name=facts.dataset.name, path=facts.dataset.path, kind=facts.dataset.kind),
        parents=facts.parents,
        kind=facts.kind,
        authored_at=facts.at,
        author=facts.author,
        recorded_at=facts.recorded[0] if facts.recorded else facts.at,
        recorded_by=facts.recorded[1] if facts.recorded else facts.author,
        reason=facts.reason,
        annotators=facts.annotators,
        sources=tuple(sources.values()),
        record_format=facts.record_format,
        key=tuple(key),
        files=tuple(file_info(file) for file in layouts),
        counts=counts_of(layouts),
        changes=changes_of(summary, layouts),
        statistics=_statistics(files),
        metadata=facts.metadata,
        store=StoreInfo(
            dir=stored.directory, layout=LayoutId(stored.layout.id), bytes=stored.bytes, files=stored.files
        ),
    )


def file_info(file: FileLayout) -> FileInfo:
    """A file as the manifest lists it."""
    return FileInfo(
        path=file.path,
        split=file.split,
        lines=file.lines,
        records=file.records,
        bytes=file.bytes,
        sha256=file.sha256,
    )


def counts_of(files: Sequence[FileLayout]) -> Counts:
    """What the files hold together."""
    return Counts(
        files=len(files),
        lines=sum(file.lines for file in files),
        records=sum(file.records for file in files),
        bytes=sum(file.bytes for file in files),
    )


def changes_of(summary: Summary | None, files: Sequence[FileLayout]) -> Changes:
    """The change counts; of a first version all records are added."""
    if summary is None:
        return Changes(added=sum(file.records for file in files))
    return Changes(
        added=summary.added,
        removed=summary.removed,
        modified=summary.modified,
        moved=summary.moved,
        reformatted=summary.reformatted,
        pairing=summary.pairing,
        modified_moved=summary.modified_moved or msgspec.UNSET,
        reformatted_moved=summary.reformatted_moved or msgspec.UNSET,
    )


def _statistics(files: Sequence[ScannedFile]) -> dict[str, object]:
    import numpy as np

    sizes = [np.diff(file.table.ends, prepend=np.int64(0)) for file in files if file.table.lines]
    if not sizes:
        return {}
    lengths = np.concatenate(sizes)
    return {
        "line_bytes": {
            "mean": round(float(lengths.mean()), 1),
            "median": int(np.median(lengths)),
            "longest": int(lengths.max()),
        },
        "blank_lines": sum(file.table.blank_lines for file in files),
    }
