"""What a check found, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from dsvc.record import RecordId
else:
    RecordId = str  # what it is to msgspec; the settings, which every command reads, need no parser of JSON

Severity: TypeAlias = Literal["error", "warning", "note"]
"""``error``: a trainer fails on it or drops the record, or it must not be released. ``warning``: look at it.
``note``: worth knowing; never a reason to fail."""

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")
"""The gravest first."""

Outcome: TypeAlias = Literal["aborts", "dropped", "altered"]
"""What a consumer does with a record: the run ends, the record is left out, or something else is trained."""

OUTCOMES: Final[tuple[Outcome, ...]] = ("aborts", "dropped", "altered")


class Place(msgspec.Struct, frozen=True, order=True):
    """Where a record stands: its file, its line there, and its row among the records there (both from 1)."""

    file: str
    line: int
    row: int


class Finding(msgspec.Struct, frozen=True):
    """One thing that a rule found.

    ``place`` is None where it is about the dataset as a whole. ``path`` is the JSON path inside the record
    (``messages[3].role``; empty: all of it), ``fix`` what would mend it, in words. ``related`` are other records that
    belong to it (the first one of equal records, the others of a cluster). ``outcome`` is set by the rules of a
    consumer's profile. ``key`` is what the dataset's key fields say of the record (``id=17``), for those that are told.
    ``stands_for``: of so many equal ones this is the only one told, so that it counts for all.
    """

    rule: str
    severity: Severity
    message: str
    place: Place | None = None
    record: RecordId | None = None
    path: str = ""
    fix: str = ""
    related: tuple[Place, ...] = ()
    outcome: Outcome | None = None
    stands_for: int = 1
    key: str = ""
