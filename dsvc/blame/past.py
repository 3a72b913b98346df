"""What blame asks of a dataset's history; the repository answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from dsvc.blame.values import Attribution
from dsvc.origin import VersionId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.blame.lines import Lines
    from dsvc.diff import Diff
    from dsvc.manifest import LedgerEntry
    from dsvc.origin import Annotator, Origin

WORKING: Final = VersionId("")
"""Stands for the working files, as if they were a version made from HEAD's."""


class Past(Protocol):
    """The versions of a dataset, each read only when it is asked for."""

    def entry(self, version: VersionId) -> LedgerEntry | None:
        """What is known of a version; None for the working files and for a version that nothing here knows."""
        ...

    def parent(self, version: VersionId) -> VersionId | None:
        """The version that one was made from, None for the first one."""
        ...

    def age(self, version: VersionId) -> int:
        """A number that is higher for parents than for their children; the working files have the lowest."""
        ...

    def lines(self, version: VersionId) -> Lines:
        """The lines of a version."""
        ...

    def diff(self, version: VersionId) -> Diff:
        """The changes from a version's parent to it."""
        ...


def attribution(past: Past, origin: Origin) -> Attribution:
    """What an origin says, with what is known of its version."""
    return Attribution(origin.version, past.entry(origin.version), origin.source, origin.annotators)


def attribution_to(past: Past, version: VersionId, source: str | None = None) -> Attribution:
    """A version that brought back or removed what came in with another one: it was made by its own annotators."""
    entry = past.entry(version)
    annotators: tuple[Annotator, ...] = entry.annotators if entry is not None else ()
    return Attribution(version, entry, source, annotators)


def line_of_parents(past: Past, version: VersionId) -> Iterator[VersionId]:
    """A version, the one that it was made from, and so on to the first."""
    at: VersionId | None = version
    while at is not None:
        yield at
        at = past.parent(at)


def may_have(past: Past, version: VersionId, *, edits: bool) -> bool:
    """Whether a version may hold records that its parent has in another writing (or, with ``edits``, other values)."""
    if past.parent(version) is None:
        return False
    entry = past.entry(version)
    if entry is None:  # the working files
        return True
    return entry.changes.reformatted > 0 or (edits and entry.changes.modified > 0)
