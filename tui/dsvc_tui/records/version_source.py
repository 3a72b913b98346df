"""A version as records: rows are looked up where they are stored; nothing is checked out, nothing read through."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate, islice
from threading import Lock
from typing import TYPE_CHECKING, Final

from dsvc.record import is_blank
from dsvc.snapshot import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.layout import FileLayout
    from dsvc.snapshot import Snapshot

WINDOW_ROWS: Final = 64
_WINDOWS: Final = 64
_HEAD_BYTES: Final = 16 * 1024
"""So much is remembered of each record near the one that was asked for."""
_BATCH_ROWS: Final = 2000


class VersionSource:
    """The records of a version, over all of its files."""

    complete = True

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._files = snapshot.layout.files
        self._first_rows = [0, *accumulate(file.records for file in self._files)]
        self._windows: OrderedDict[tuple[int, int], list[tuple[bytes, int]]] = OrderedDict()
        self._lock = Lock()
        self._line_numbers: dict[int, list[int]] = {}

    @property
    def name(self) -> str:
        """``medical@v1.0``."""
        return self._snapshot.name

    @property
    def identity(self) -> object:
        """Equal for the same files, byte for byte."""
        return tuple((file.path, file.sha256) for file in self._files)

    def __len__(self) -> int:
        return self._first_rows[-1]

    def head(self, row: int, limit: int) -> tuple[bytes, int]:
        """At most the first ``limit`` bytes of a record, and how many it has."""
        if limit > _HEAD_BYTES:
            content = self.content(row)
            return content[:limit], len(content)
        number, within = self._place(row)
        window = self._window(number, within // WINDOW_ROWS)
        head, size = window[within % WINDOW_ROWS]
        return head[:limit], size

    def content(self, row: int) -> bytes:
        """A record's bytes, without its line end."""
        number, within = self._place(row)
        file = self._files[number]
        return self._snapshot.line(file, self._line_number(number, within)).removesuffix(b"\r")

    def record(self, row: int) -> Record:
        """A record with its file, line and row there."""
        number, within = self._place(row)
        file, line = self._files[number], self._line_number(number, within)
        return Record(self._snapshot.line(file, line), file.path, line + 1, within + 1)

    def batches(self, first: int = 0) -> Iterator[tuple[int, list[bytes]]]:
        """The records from a row on, as they are stored."""
        for number, file in enumerate(self._files):
            row = max(first, self._first_rows[number])
            if row >= self._first_rows[number + 1]:
                continue
            within = self._line_number(number, row - self._first_rows[number])
            lines = self._snapshot.lines_from(file, within) if within else self._snapshot.lines(file)
            records = (line for line in lines if line[:1] == b"{" or not is_blank(line))
            while batch := list(islice(records, _BATCH_ROWS)):
                yield row, batch
                row += len(batch)

    def close(self) -> None:
        """Nothing is kept open that the snapshot does not close."""
        self._windows.clear()

    def _place(self, row: int) -> tuple[int, int]:
        """The number of a row's file, and its row in the file."""
        if not 0 <= row < len(self):
            raise IndexError(f"'{self.name}' has {len(self):,} records")
        number = bisect_right(self._first_rows, row) - 1
        return number, row - self._first_rows[number]

    def _window(self, number: int, window: int) -> list[tuple[bytes, int]]:
        with self._lock:
            known = self._windows.get((number, window))
            if known is None:
                known = self._read_window(number, window * WINDOW_ROWS)
                self._windows[number, window] = known
                if len(self._windows) > _WINDOWS:
                    self._windows.popitem(last=False)
            self._windows.move_to_end((number, window))
            return known

    def _read_window(self, number: int, first: int) -> list[tuple[bytes, int]]:
        file = self._files[number]
        lines = self._snapshot.lines_from(file, self._line_number(number, first))
        records = (line.removesuffix(b"\r") for line in lines if not is_blank(line))
        return [(line[:_HEAD_BYTES], len(line)) for line in islice(records, WINDOW_ROWS)]

    def _line_number(self, number: int, row: int) -> int:
        """The line that a row of a file stands on; with blank lines in the file it has to be read through once."""
        file = self._files[number]
        if file.lines == file.records:
            return row
        if number not in self._line_numbers:
            self._line_numbers[number] = self._numbers(file)
        return self._line_numbers[number][row]

    def _numbers(self, file: FileLayout) -> list[int]:
        return [number for number, line in enumerate(self._snapshot.lines(file)) if not is_blank(line)]
