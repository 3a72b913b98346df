"""Names for line positions: file, line number and row of records, as people say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dsvc.record import is_blank
from dsvc.snapshot import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.diff.layout_diff import Files
    from dsvc.layout import Column, FileLayout
    from dsvc.snapshot import Snapshot


class Places:
    """Turns positions (from 0, over all files of one side) into records.

    Rows need the blank lines before a record, and only a file that has blank lines is read for them, once.
    """

    def __init__(self, snapshot: Snapshot, files: Files) -> None:
        self._snapshot = snapshot
        self._files = files
        self._paths = [file.path for file in files.files]
        self._blank_positions: Column | None = None

    def records(self, positions: Column, contents: list[bytes]) -> Iterator[Record]:
        """The records at these positions, given their bytes."""
        files, lines, rows = self.numbers(positions)
        return map(Record, contents, files, lines.tolist(), rows.tolist())

    def numbers(self, positions: Column) -> tuple[list[str], Column, Column]:
        """File, line and row (both from 1, in the file) of the record at each position."""
        file = self._files.at(positions)
        starts = self._files.starts[file]
        rows = positions - starts + 1 - (self._blank_before(positions) - self._blank_before(starts))
        return [self._paths[number] for number in file.tolist()], positions - starts + 1, rows

    def record_positions(self, numbers: Column) -> Column:
        """The positions of records that are numbered from 0 through all files."""
        blank = self._blank()
        return numbers + np.searchsorted(blank - np.arange(len(blank)), numbers, side="right")

    def lines(self, positions: Column) -> Iterator[tuple[str, int]]:
        """File and line number (from 1) of each position."""
        file = self._files.at(positions)
        numbers = (positions - self._files.starts[file] + 1).tolist()
        return ((self._paths[number], line) for number, line in zip(file.tolist(), numbers, strict=True))

    def row(self, file: str, line: int) -> int:
        """The row (from 1, in its file) of the record on a line (from 1), or of the next one if that is blank."""
        start = int(self._files.starts[self._paths.index(file)])
        return int(self.numbers(np.array([start + line - 1], dtype=np.int64))[2][0])

    def count_records(self, positions: Column, lines: Column) -> Column:
        """How many of the lines from each position on are not blank."""
        return lines - (self._blank_before(positions + lines) - self._blank_before(positions))

    def _blank_before(self, positions: Column) -> Column:
        return np.searchsorted(self._blank(), positions)

    def _blank(self) -> Column:
        """The positions of all blank lines."""
        if self._blank_positions is None:
            files = zip(self._files.files, self._files.starts.tolist(), strict=True)
            found = [
                start + number
                for file, start in files
                if file.lines != file.records
                for number in _blank_lines(self._snapshot, file)
            ]
            self._blank_positions = np.array(found, dtype=np.int64)
        return self._blank_positions


def _blank_lines(snapshot: Snapshot, file: FileLayout) -> Iterator[int]:
    """Numbers (from 0) of the blank lines of a file."""
    for number, line in enumerate(snapshot.lines(file)):
        if line[:1] != b"{" and is_blank(line):
            yield number
