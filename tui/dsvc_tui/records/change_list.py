"""What a diff found, as columns: a million changes take 30 MB. The records are read again when they are looked at."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final, cast

from dsvc.delta import Added, Instead, Modified, MovedBlock, Reformatted, Removed
from dsvc.render.not_json import record_changes
from dsvc_tui.records.fields import MISSING, value_of
from dsvc_tui.records.version_source import VersionSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from dsvc.delta import Change as Chosen
    from dsvc.delta import Delta
    from dsvc.diff import Diff
    from dsvc.snapshot import Record, Snapshot

SIGNS: Final[Mapping[str, str]] = {
    "+": "added",
    "-": "removed",
    "~": "modified",
    ">": "moved",
    "=": "reformatted",
}
"""In the order in which the summary tells them."""
_REPORT_EVERY: Final = 500


@dataclass(frozen=True, slots=True)
class Change:
    """One change: rows from 0 over all files, None on a side that lacks it; a moved block has several lines."""

    sign: str
    old: int | None
    new: int | None
    lines: int
    fields: frozenset[str]
    """Top-level fields that differ in a modified record."""
    moved: bool
    """Whether it is somewhere else now: a modified or a reformatted record may have moved too."""


class ChangeList:
    """Filled by :meth:`read` in a thread, while others already read what is there."""

    def __init__(self, diff: Diff) -> None:
        self.diff = diff
        self.old, self.new = VersionSource(diff.old), VersionSource(diff.new)
        self.complete = False
        self._signs, self._moved = bytearray(), bytearray()
        self._old, self._new, self._lines, self._fields = array("q"), array("q"), array("q"), array("l")
        self._known_fields: dict[frozenset[str], int] = {}
        self._field_sets: list[frozenset[str]] = []
        self._old_rows, self._new_rows = _Rows(diff.old), _Rows(diff.new)

    def __len__(self) -> int:
        return len(self._fields)  # the column that is filled last

    def __getitem__(self, number: int) -> Change:
        old, new = self._old[number], self._new[number]
        return Change(
            chr(self._signs[number]),
            None if old < 0 else old,
            None if new < 0 else new,
            self._lines[number],
            self._field_sets[self._fields[number]],
            bool(self._moved[number]),
        )

    def read(self, report: Callable[[], bool], only: Iterable[Chosen] | None = None) -> None:
        """Read the diff to its end, or until ``report`` (called now and then) says that it is not wanted any more.

        ``only``: show these changes of it, and read no others.
        """
        for number, change in enumerate(self.diff if only is None else only):
            self._add(change.change if isinstance(change, Instead) else change)
            if number % _REPORT_EVERY == 0 and not report():
                return
        self.complete = True

    def delta(self, number: int) -> Delta:
        """A change with its records, read again."""
        change = self[number]
        old = self.old.record(change.old) if change.old is not None else None
        new = self.new.record(change.new) if change.new is not None else None
        if old is None or new is None:
            return Added(new) if new is not None else Removed(cast("Record", old))
        if change.sign == ">":
            last = self.new.record(cast("int", change.new) + change.lines - 1)
            return MovedBlock(old.file, old.line, new.file, new.line, last.line - new.line + 1, change.lines)
        return Modified(old, new) if change.sign == "~" else Reformatted(old, new)

    def chosen(self, sign: str | None, field: str | None, first: int = 0) -> Iterator[int]:
        """The numbers, from ``first`` on, of changes of a kind that touch a field (None: any)."""
        sets = {number for number, names in enumerate(self._field_sets) if field is None or field in names}
        wanted = None if sign is None else ord(sign)
        for number in range(first, len(self)):
            if wanted in (None, self._signs[number]) and self._fields[number] in sets:
                yield number

    def counts(self) -> dict[str, int]:
        """How many changes of each kind were read, none of zero."""
        return {sign: count for sign in SIGNS if (count := self._signs.count(ord(sign)))}

    def field_counts(self) -> dict[str, int]:
        """How many of the changes read touch each field, most first."""
        counts: dict[str, int] = {}
        for number, names in enumerate(self._field_sets):
            share = self._fields.count(number) if names else 0
            for name in names:
                counts[name] = counts.get(name, 0) + share
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def _add(self, delta: Delta) -> None:
        match delta:
            case Added(record=record):
                self._append("+", -1, self._new_rows.of(record))
            case Removed(record=record):
                self._append("-", self._old_rows.of(record), -1)
            case Modified(old=old, new=new):
                self._append(
                    "~", self._old_rows.of(old), self._new_rows.of(new), moved=delta.moved, fields=_touched(old, new)
                )
            case Reformatted(old=old, new=new):
                self._append("=", self._old_rows.of(old), self._new_rows.of(new), moved=delta.moved)
            case MovedBlock():
                old_row = self._old_rows.at_line(delta.old_file, delta.old_line)
                new_row = self._new_rows.at_line(delta.new_file, delta.new_line)
                self._append(">", old_row, new_row, moved=True, lines=delta.records)

    def _append(
        self,
        sign: str,
        old: int,
        new: int,
        *,
        moved: bool = False,
        lines: int = 1,
        fields: frozenset[str] = frozenset(),
    ) -> None:
        if fields not in self._known_fields:
            self._known_fields[fields] = len(self._field_sets)
            self._field_sets.append(fields)
        self._signs.append(ord(sign))
        self._moved.append(moved)
        self._old.append(old)
        self._new.append(new)
        self._lines.append(lines)
        self._fields.append(self._known_fields[fields])


class _Rows:
    """Rows over all files of a side."""

    def __init__(self, snapshot: Snapshot) -> None:
        files = snapshot.layout.files
        starts = accumulate([file.records for file in files], initial=0)
        self._starts = dict(zip([file.path for file in files], starts, strict=False))
        self._snapshot = snapshot
        self._blank = {file.path: file for file in files if file.lines != file.records}
        self._numbers: dict[str, dict[int, int]] = {}

    def of(self, record: Record) -> int:
        return self._starts[record.file] + record.row - 1

    def at_line(self, path: str, line: int) -> int:
        """The row of a line (from 1) that is not blank."""
        if path not in self._blank:
            return self._starts[path] + line - 1
        if path not in self._numbers:
            records = (record for record in self._snapshot if record.file == path)
            self._numbers[path] = {record.line: record.row for record in records}
        rows = self._numbers[path]
        row = next((rows[number] for number in range(line, line + len(rows) + 1) if number in rows), 1)
        return self._starts[path] + row - 1


def _touched(old: Record, new: Record) -> frozenset[str]:
    before, after = value_of(old.content), value_of(new.content)
    if isinstance(before, dict) and isinstance(after, dict):
        names = before.keys() | after.keys()
        found = frozenset([name for name in names if before.get(name, MISSING) != after.get(name, MISSING)])
        if found:
            return found
    # Numbers that are equal for Python and not for JSON, records that are no objects.
    return frozenset([str(change.steps[0]) if change.steps else "$" for change in record_changes(old, new)[0]])
