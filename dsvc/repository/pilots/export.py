"""What is exported of a pilot: its records as content, with a part for validation where one is wanted."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from msgspec.structs import replace

from dsvc.errors import NotFoundError, UsageError
from dsvc.exporters.registry import FOLDERS, FORMATS, TRAINERS
from dsvc.repository import content
from dsvc.repository.pilots import creating
from dsvc.repository.pilots.draft import PilotDraft
from dsvc.repository.revisions import PlainFile, Version, resolve
from dsvc.splitting.aside import set_aside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.repository.context import Context
    from dsvc.repository.exports.export import ExportRequest
    from dsvc.repository.pilots.file import Pilot
    from dsvc.sampling.orders import Rows
    from dsvc.sampling.table import Table
    from dsvc.snapshot import Snapshot

TRAIN: Final = "train"
VALIDATION: Final = "validation"


class Exportable(msgspec.Struct, frozen=True, kw_only=True):
    """What an export writes: ``snapshot`` of the ``whole`` that ``revision`` names; the request as it is now.

    ``facts`` are what is written down of a pilot.
    """

    snapshot: Snapshot
    whole: Snapshot
    revision: str
    request: ExportRequest
    pilot: Pilot | None = None

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
    candidates = PilotDraft(ctx, version).candidates
    table = candidates.table
    rows = creating.rows_in(table, pilot)
    called = f"{version.dataset.name}-{pilot.name}"
    yield Exportable(
        snapshot=table.subset(parts(table, rows, request.validation, pilot, candidates.key), called, pilot.name),
        whole=table.snapshot,
        revision=f"{version.dataset.name}@{version.entry.id}",
        request=replace(request, name=request.name or called) if _has_name(request) else request,
        pilot=pilot,
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


def parts(
    table: Table, rows: Rows, validation: float | None, pilot: Pilot, key: Sequence[str] = ()
) -> dict[str | None, Rows]:
    """The rows of a sample by split: those of the dataset's files, and ``validation`` as a share of what is trained on.

    A keyed hash of each record decides which are for validation, as for the sample itself; what is equal, of one
    ``key`` or nearly the same goes together (:mod:`dsvc.splitting.aside`). Raises UsageError where the files have a
    part for validation already, NotFoundError where none can be set aside.
    """
    splits = np.array([file.split or "" for file in table.snapshot.layout.files], dtype=object)[table.file[rows]]
    found: dict[str | None, Rows] = {
        split or None: rows[np.flatnonzero(splits == split)] for split in dict.fromkeys(splits.tolist())
    }
    if validation is None:
        return found
    if VALIDATION in found:
        raise UsageError(f"'{pilot.name}' has records of a split '{VALIDATION}' already", hint="leave out --validation")
    train = next((split for split in (TRAIN, None) if split in found), None)
    if train not in found or len(found[train]) < 2:
        raise NotFoundError(
            f"'{pilot.name}' has too few records to train on: none can be set aside for validation",
            hint="leave out --validation, or take a larger pilot",
        )
    own = found.pop(train)
    aside = own[set_aside(_Lines(table, own, pilot.name), validation, pilot.rule.seed, key)]
    if not len(aside):
        raise NotFoundError(
            f"all records of '{pilot.name}' are nearly the same: none can be set aside for validation",
            hint="leave out --validation, or take a larger pilot",
        )
    return {TRAIN: np.setdiff1d(own, aside), VALIDATION: aside, **found}


class _Lines:
    """Rows of a table as a file of records."""

    def __init__(self, table: Table, rows: Rows, name: str) -> None:
        self._table, self._rows, self.name = table, rows, name

    def lines(self) -> Iterator[bytes]:
        return (self._table.content(row) for row in self._rows.tolist())

    def line(self, number: int) -> bytes:
        return self._table.content(int(self._rows[number]))


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
