"""Adds up, while deltas pass by, what they have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsvc.delta import Delta
    from dsvc.diff_summary import Summary


class Tally:
    """Takes deltas one by one; memory is bounded however many there are."""

    def add(self, delta: Delta) -> None:
        """Take note of one delta."""

    def completed(self, counts: Summary) -> Summary:
        """The counts with what was found."""
        return counts
