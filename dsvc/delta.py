"""What can happen to records between two versions: frozen values, each of which inverts.

A diff is a stream of these (``dsvc.diff``). ``~delta`` is the change back; inverting twice gives the same value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from dsvc.snapshot import Record


class Added(msgspec.Struct, frozen=True):
    """A record that only the new version has."""

    record: Record

    def inverted(self) -> Removed:
        """The change back."""
        return Removed(self.record)

    __invert__ = inverted


class Removed(msgspec.Struct, frozen=True):
    """A record that only the old version has."""

    record: Record

    def inverted(self) -> Added:
        """The change back."""
        return Added(self.record)

    __invert__ = inverted


class Modified(msgspec.Struct, frozen=True):
    """A record whose value changed; ``moved`` when it also left its place among the others."""

    old: Record
    new: Record
    moved: bool = False

    def inverted(self) -> Modified:
        """The change back."""
        return Modified(self.new, self.old, self.moved)

    __invert__ = inverted


class Reformatted(msgspec.Struct, frozen=True):
    """A record with the same value in other bytes (also only its line end); it may have moved as well."""

    old: Record
    new: Record
    moved: bool = False

    def inverted(self) -> Reformatted:
        """The change back."""
        return Reformatted(self.new, self.old, self.moved)

    __invert__ = inverted


class MovedBlock(msgspec.Struct, frozen=True):
    """A run of unchanged lines that stands elsewhere now, or in another file.

    ``old_line`` and ``new_line`` (from 1) are those of its first line; ``records`` is ``lines`` less blank lines.
    """

    old_file: str
    old_line: int
    new_file: str
    new_line: int
    lines: int
    records: int

    def inverted(self) -> MovedBlock:
        """The change back."""
        return MovedBlock(self.new_file, self.new_line, self.old_file, self.old_line, self.lines, self.records)

    __invert__ = inverted


Delta: TypeAlias = "Added | Removed | Modified | Reformatted | MovedBlock"


class Instead(msgspec.Struct, frozen=True):
    """A part of an edit: what the record shall be (without a line end) instead of all that the edit made of it."""

    change: Modified
    content: bytes

    def inverted(self) -> Instead:
        """The same content as a part of the edit back."""
        return Instead(~self.change, self.content)

    __invert__ = inverted


Change: TypeAlias = "Delta | Instead"
"""What can be chosen."""
