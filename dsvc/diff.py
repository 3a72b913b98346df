"""Two snapshots in, a lazy stream of deltas out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.delta import Delta
    from dsvc.diff_summary import Summary, Totals
    from dsvc.snapshot import Snapshot


class Diff:
    """The differences between two snapshots.

    ``totals`` is there at once, without reading a record. Iterating yields deltas in the order of the new version
    (removed records where they stood), reading as it goes; it may be done more than once. ``summary()`` iterates
    unless that was done already.
    """

    def __init__(self, old: Snapshot, new: Snapshot, key: Sequence[str] = ()) -> None:
        self.old = old
        self.new = new
        self.key = tuple(key)

    @property
    def totals(self) -> Totals:
        """Bytes and lines that only one side has, from the layouts alone."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Delta]:
        raise NotImplementedError

    def summary(self) -> Summary:
        """Classified counts and what the changes have in common."""
        raise NotImplementedError


def diff(old: Snapshot, new: Snapshot, *, key: Sequence[str] = ()) -> Diff:
    """Compare two snapshots whose layouts name the same packs by the same ids.

    With ``key`` fields (top-level names, or dotted paths) records with the same key are the same record.
    """
    return Diff(old, new, key)
