"""What a conversion could not keep, counted while records pass: the loss report."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

Loss: TypeAlias = Literal["lost", "rewritten"]
"""*lost*: the target cannot hold it. *rewritten*: it is there in another form, and the way back will not undo that."""


class Entry(msgspec.Struct, frozen=True):
    """A field that did not come through as it was: why, in how many records, the first of them (from 1)."""

    loss: Loss
    field: str
    why: str
    records: int
    first: int


class Told:
    """Takes down what readers and writers have to say. ``row`` is the record that is being converted."""

    def __init__(self) -> None:
        self.row = 0
        self._counts: dict[tuple[Loss, str, str], list[int]] = {}

    def lost(self, field: str, why: str) -> None:
        """The target has no place for a field."""
        self._count("lost", field, why)

    def rewritten(self, field: str, why: str) -> None:
        """A field is written in another form than it was."""
        self._count("rewritten", field, why)

    def _count(self, loss: Loss, field: str, why: str) -> None:
        found = self._counts.get((loss, field, why))
        if found is None:
            self._counts[loss, field, why] = [1, self.row, self.row]
        elif found[2] != self.row:
            found[0] += 1
            found[2] = self.row

    @property
    def entries(self) -> list[Entry]:
        """What was told, losses first, then by how many records it concerns."""
        made = [Entry(*key, records=count, first=first) for key, (count, first, _) in self._counts.items()]
        return sorted(made, key=lambda entry: (entry.loss, -entry.records, entry.field, entry.why))

    @property
    def lost_records(self) -> int:
        """In how many records the most frequent loss occurred; 0 when nothing was lost."""
        return max((entry.records for entry in self.entries if entry.loss == "lost"), default=0)
