"""Where the records of parts came from: the version of their origin, and which of them that version does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from dsvc.diff import diff
from dsvc.manifest import Source
from dsvc.origin import VersionId
from dsvc.repository import content
from dsvc.repository.going_back.kept import version_by_id
from dsvc.repository.results import KnownSource
from dsvc.repository.splits.memory import METADATA, UNMIXED, Memory, pending
from dsvc.repository.working_files import working_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.results import CommitRequest
    from dsvc.repository.splits.memory import Origin

Place: TypeAlias = tuple[str, int]


def with_memory(ctx: Context, dataset: Dataset, request: CommitRequest) -> CommitRequest:
    """A commit that writes down the rule of a split; parts of another dataset have its version as their source.

    A record that this version does not have (an edit of the source that was not committed, one of ``--add``, one that
    was written by hand) has the source that is named; where none is, the commit asks for it.
    """
    raw = pending(ctx, dataset)
    if raw is None:
        return request
    rule = {name: value for name, value in raw.items() if name != UNMIXED}
    request = msgspec.structs.replace(request, metadata={**request.metadata, METADATA: rule})
    origin = Memory.from_json(raw).origin
    if origin is None or not (origin.dataset and origin.version):
        return request if origin is None else _by_name(request, _source_of(ctx, origin))
    known = _source_of(ctx, origin)
    lacks = frozenset[Place]() if _as_written(ctx, dataset, raw) else _lacked(ctx, dataset, origin)
    if lacks is None:
        return request
    if lacks:
        return msgspec.structs.replace(request, known_source=KnownSource(known, lacks))
    return _by_name(request, known)


def _by_name(request: CommitRequest, known: Source) -> CommitRequest:
    """With this source and its licence, where none was named."""
    if request.source is not None or request.source_field is not None:
        return request
    licence = request.licence or (known.licence if known.licence != "unknown" else None)
    return msgspec.structs.replace(request, source=known.name, licence=licence)


def _as_written(ctx: Context, dataset: Dataset, raw: Mapping[str, Any]) -> bool:
    """Whether the parts are as a split wrote them of one version alone: then nothing needs to be compared."""
    paths = working_files(ctx.working, dataset)
    return UNMIXED in raw and raw[UNMIXED] == {path: ctx.working.sha256(path) for path in paths}


def _lacked(ctx: Context, dataset: Dataset, origin: Origin) -> frozenset[Place] | None:
    """The lines (from 1) of the parts whose records the origin's version does not have, edited ones apart; None: it is
    not known any more, so nothing can be said.
    """
    source = next((one for one in ctx.versions.datasets(ctx.git.head()) if one.name == origin.dataset), None)
    entry = version_by_id(ctx, source, VersionId(origin.version)) if source is not None else None
    if source is None or entry is None:
        return None
    before = ctx.versions.snapshot(source, entry)
    manifest = ctx.versions.manifest_of(source, entry, ctx.git.head())
    key = manifest.key if manifest is not None else ()
    with content.open_working(ctx.working, dataset, before, ctx.state / "cache" / "lines") as now:
        return frozenset(diff(before, now, key=key).added_places())


def _source_of(ctx: Context, origin: Origin) -> Source:
    """The dataset as a source, with its licence where all its records have one."""
    name = f"{origin.dataset}@{origin.number}" if origin.number else origin.dataset or origin.path
    for dataset in ctx.versions.datasets(ctx.git.head()):
        current = ctx.versions.current(dataset, ctx.git.head()) if dataset.name == origin.dataset else None
        if current is not None:
            licences = {source.licence for source in current.manifest.sources}
            return Source(name=name, licence=licences.pop()) if len(licences) == 1 else Source(name=name)
    return Source(name=name)
