"""What a diff adds up to: counts, the same change told once, which fields, how values shifted."""

from __future__ import annotations

from typing import Literal

import msgspec

from dsvc.diff.file_names import FileNames

ValueCounts = tuple[tuple[str, int, int], ...]


class Totals(msgspec.Struct, frozen=True):
    """Bytes (with line ends) and lines that only one of the two versions has."""

    lines_added: int = 0
    lines_removed: int = 0
    bytes_added: int = 0
    bytes_removed: int = 0


class SameChange(msgspec.Struct, frozen=True):
    """One change of a field that many records share: ``history`` ``added`` as ``null`` in 52,002 records.

    ``path`` has list indexes generalised (``messages[].role``); ``old`` and ``new`` are short canonical JSON, None
    where the field is missing on that side.
    """

    path: str
    kind: Literal["added", "removed", "changed"]
    old: str | None
    new: str | None
    records: int


class ValueShift(msgspec.Struct, frozen=True):
    """How often each value of a top-level field occurs among the changed records.

    ``counts`` are ``(value, in the old records, in the new ones)``, the largest difference first.
    """

    field: str
    counts: ValueCounts


class SourceChange(msgspec.Struct, frozen=True):
    """A source that records of one side come from only, or whose licence is another one.

    The licences are SPDX expressions or ``unknown``, None on the side that has no record of it.
    """

    name: str
    old_licence: str | None
    new_licence: str | None


class Summary(msgspec.Struct, frozen=True):
    """The end of a diff's stream.

    ``added``, ``removed``, ``modified``, ``reformatted`` and ``moved`` count records and do not overlap: a record
    that changed and moved counts as changed; ``modified_moved`` and ``reformatted_moved`` tell how many of these
    moved too. ``totals`` has lost the lines that both versions brought in by
    themselves. ``fields`` are ``(path, records)``, most touched first. Text lengths are means over the changed
    records (characters of all texts of a record), None when there are none. ``pairing`` is the number of the
    algorithm that told modified from removed and added. ``files`` are those of a folder with other names. ``sources``
    are told between two versions.
    """

    added: int
    removed: int
    modified: int
    reformatted: int
    moved: int
    blank_lines_added: int
    blank_lines_removed: int
    totals: Totals
    pairing: int
    modified_moved: int = 0
    reformatted_moved: int = 0
    same_changes: tuple[SameChange, ...] = ()
    fields: tuple[tuple[str, int], ...] = ()
    text_length_old: float | None = None
    text_length_new: float | None = None
    shifts: tuple[ValueShift, ...] = ()
    files: FileNames = FileNames()
    sources: tuple[SourceChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs, not even a blank line or the name of a file; a source is no content."""
        records = self.added + self.removed + self.modified + self.reformatted + self.moved
        return not (records or self.blank_lines_added or self.blank_lines_removed or self.files.count)
