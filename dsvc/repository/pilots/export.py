"""What is exported of a pilot: its records as content, with a part for validation where one is wanted."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from dsvc.errors import UsageError
from dsvc.exporters.registry import FOLDERS, FORMATS, TRAINERS
from dsvc.repository import content
from dsvc.repository.pilots import creating
from dsvc.repository.pilots.draft import PilotDraft
from dsvc.repository.pilots.validation import Parts
from dsvc.repository.revisions import PlainFile, Version, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.repository.context import Context
    from dsvc.repository.exports.export import ExportRequest
    from dsvc.repository.pilots.file import Pilot
    from dsvc.snapshot import Snapshot


class Exportable(msgspec.Struct, frozen=True, kw_only=True):
    """What an export writes: ``snapshot`` of the ``whole`` that ``revision`` names; the request as it is now.

    ``facts`` are what is written down of a pilot, ``notes`` what should be known, one sentence each.
    """

    snapshot: Snapshot
    whole: Snapshot
    revision: str
    request: ExportRequest
    pilot: Pilot | None = None
    notes: tuple[str, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """What is written down of the pilot; nothing without one."""
        if self.pilot is None:
            return {}
        rule = msgspec.to_builtins(self.pilot.rule)
        told = {"name": self.pilot.name, "records": self.pilot.counts.records, "rule": rule}
        if self.request.validation is not None:
            told["validation"] = self.request.validation
        return {"pilot": told}


@contextmanager
def exportable(ctx: Context, revision: str, request: ExportRequest) -> Iterator[Exportable]:
    """The content that a request is about: all of what a revision names, or a pilot of it."""
    version, pilot = pilot_in(ctx, revision, request)
    if pilot is None:
        if request.validation is not None:
            raise UsageError("--validation concerns pilots only", hint="name one: --pilot NAME")
        with content.snapshot(ctx, revision) as snapshot:
            yield Exportable(snapshot=snapshot, whole=snapshot, revision=revision, request=request)
        return
    assert version is not None
    request = replace(request, pilot=pilot.name)
    check_pilot(request)
    parts = Parts(ctx, version, pilot)
    called = f"{version.dataset.name}-{pilot.name}"
    yield Exportable(
        snapshot=parts.table.subset(parts.rows(request.validation), called, pilot.name),
        whole=parts.table.snapshot,
        revision=f"{version.dataset.name}@{version.entry.id}",
        request=replace(request, name=request.name or called) if _has_name(request) else request,
        pilot=pilot,
        notes=tuple(parts.notes),
    )


def pilot_in(ctx: Context, revision: str, request: ExportRequest) -> tuple[Version | None, Pilot | None]:
    """The pilot that is exported (the one that the request names, or that the revision is), and its version."""
    if request.pilot is not None:
        return pilot_of(ctx, revision, request.pilot)
    found = content.side_of(ctx, revision)
    return (found, found.pilot) if isinstance(found, Version) else (None, None)


def _has_name(request: ExportRequest) -> bool:
    return request.to in TRAINERS or request.to not in FORMATS


def pilot_of(ctx: Context, revision: str, name: str) -> tuple[Version, Pilot]:
    """A pilot of the dataset that a revision names, and its version.

    Raises UsageError when the revision is another version than the pilot's, or a plain file.
    """
    found = resolve(ctx, revision)
    if isinstance(found, PlainFile):
        raise UsageError(f"'{revision}' is a file, and has no pilots", hint="name a dataset: dsvc pilot list")
    dataset, pilot = creating.find(ctx, name, found.dataset.name)
    if isinstance(found, Version) and found.entry.id != pilot.version:
        raise UsageError(
            f"'{pilot.name}' is a pilot of {pilot.number}, not of {found.entry.number}",
            hint=f"take it there: dsvc pilot carry {pilot.name} {found.entry.number}",
        )
    return creating.version_of(ctx, dataset, pilot), pilot


def sample(ctx: Context, name: str, *, target: str | None = None, revision: str | None = None) -> Snapshot:
    """A pilot's records, as content to read; of the dataset ``target``, or of the one that a revision names."""
    if revision is not None:
        version, pilot = pilot_of(ctx, revision, name)
    else:
        dataset, pilot = creating.find(ctx, name, target)
        version = creating.version_of(ctx, dataset, pilot)
    return records_of(ctx, version, pilot)


def records_of(ctx: Context, version: Version, pilot: Pilot) -> Snapshot:
    """The records of a pilot of a version."""
    table = PilotDraft(ctx, version).candidates.table
    return table.kept(creating.rows_in(table, pilot), pilot.name)


def check_pilot(request: ExportRequest) -> None:
    """Raise UsageError for options that make no sense together where a pilot is concerned."""
    if request.validation is not None:
        if not 0 < request.validation < 1:
            raise UsageError(f"{request.validation:g} is no share for validation", hint="between 0 and 1: 0.1")
        if request.to in FORMATS and request.to not in FOLDERS:
            raise UsageError("--validation makes two files, and needs a folder", hint=f"one of: {', '.join(FOLDERS)}")
    if request.pilot is not None and request.card:
        raise UsageError("a card tells of a whole version, not of a pilot", hint="leave out --card")
    if request.pilot is not None and request.to in ("card", "croissant"):
        raise UsageError(f"'{request.to}' tells of a whole version, not of a pilot", hint="leave out --pilot")
