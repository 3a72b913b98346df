"""What a conversion could not keep, counted while records pass: the loss report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from dsvc.record import Json

Loss: TypeAlias = Literal["lost", "noticed", "rewritten"]
"""*lost*: the target cannot hold it. *rewritten*: it is there in another form, and the way back will not undo that.

*noticed*: nothing was done to it, but somebody who reads such records would not take it.
"""


class Entry(msgspec.Struct, frozen=True):
    """A field that did not come through as it was: why, in how many records, the first of them (from 1)."""

    loss: Loss
    field: str
    why: str
    records: int
    first: int


def with_others(
    made: dict[str, Json], others: Mapping[str, Json], told: Told, where: str, reserved: Collection[str] = ()
) -> dict[str, Json]:
    """An object with keys that nobody knows behind its own; one that means something in it is left out, and told."""
    for key, value in others.items():
        if key in made or key in reserved:
            told.lost(f"{where}.{key}", "has another meaning in the target")
        else:
            made[key] = value
    return made


_MOST_ENTRIES: Final = 1000
"""Keys of messages may be different in every record; what is told of them does not grow with the file."""


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

    def noticed(self, field: str, why: str) -> None:
        """A field came through as it is, and that is not what a reader of such records wants."""
        self._count("noticed", field, why)

    def take_notes(self, heard: Told) -> None:
        """Take over what was noticed while a record was read that stays as it is."""
        for loss, field, why in heard._counts:
            if loss == "noticed":
                self._count(loss, field, why)

    def forget(self) -> None:
        """Take back what was told of the record at hand: it is left out."""
        for key, found in [*self._counts.items()]:
            if found[2] == self.row:
                found[0] -= 1
                found[2] = 0
            if not found[0]:
                del self._counts[key]

    def _count(self, loss: Loss, field: str, why: str) -> None:
        found = self._counts.get((loss, field, why))
        if found is None and len(self._counts) >= _MOST_ENTRIES:
            field, why = "further fields", "too many to be named"
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
