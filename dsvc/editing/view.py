"""The records as they are with the edits: read by row, in batches, or as the bytes of the file to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.editing.cells import Cells
from dsvc.line_table import CHUNK_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.editing.operations import Line
    from dsvc.editing.original import Original

SAME: Final = " "
CHANGED: Final = "~"
ADDED: Final = "+"


class Written(msgspec.Struct, frozen=True):
    """A record written since the file was opened; ``row``: the record of the file that it stands for, if any."""

    line: Line
    row: int | None


class View(msgspec.Struct, frozen=True):
    """One state of the records; never changes, so that threads may read it while somebody edits."""

    original: Original
    cells: Cells
    written: list[Written]
    """Only ever longer."""

    @staticmethod
    def of(original: Original) -> View:
        """The file as it is."""
        return View(original, Cells.first(len(original)), [])

    @property
    def first_written(self) -> int:
        """The first cell of a written record; one is left out, so that no run goes over from the file's records."""
        return len(self.original) + 1

    def __len__(self) -> int:
        return len(self.cells)

    def line(self, row: int) -> Line:
        """A record with what stands behind it. Raises IndexError."""
        cell = self.cells[row]
        new = self._written(cell)
        return self.original.line(cell) if new is None else new.line

    def content(self, row: int) -> bytes:
        """A record's bytes, without its line end. Raises IndexError."""
        return self.line(row).content

    def head(self, row: int, limit: int) -> tuple[bytes, int]:
        """At most the first ``limit`` bytes of a record, and how many it has. Raises IndexError."""
        cell = self.cells[row]
        new = self._written(cell)
        if new is None:
            return self.original.head(cell, limit)
        return new.line.content[:limit], len(new.line.content)

    def mark(self, row: int) -> str:
        """What was done to a record: ``+`` added, ``~`` changed, or a space."""
        new = self._written(self.cells[row])
        return SAME if new is None else ADDED if new.row is None else CHANGED

    def row_in_file(self, row: int) -> int | None:
        """The row that a record has, or that it stands for, in the file; None for an added one."""
        cell = self.cells[row]
        new = self._written(cell)
        return cell if new is None else new.row

    def batches(self, first: int = 0) -> Iterator[tuple[int, list[bytes]]]:
        """The records from a row on, some at a time: the row of the first one, and their bytes."""
        for row, first_cell, count in self.cells.runs(first):
            if first_cell >= self.first_written:
                at = first_cell - self.first_written
                yield row, [new.line.content for new in self.written[at : at + count]]
                continue
            done = 0
            while done < count:
                lines = self.original.batch(first_cell + done, count - done)
                if not lines:  # cut off meanwhile
                    return
                yield row + done, lines
                done += len(lines)

    def chunks(self) -> Iterator[bytes]:
        """The bytes of the file with the edits. Its last line ends as the file's did."""
        yield self.original.preamble
        last = len(self) - 1
        for row, first, count in self.cells.runs():
            before_last = count if row + count <= last else count - 1
            if first >= self.first_written:
                yield from (self._ended(self.line(at)) for at in range(row, row + before_last))
            elif before_last:
                yield from self._range(first, before_last)
        if last >= 0:
            line = self.line(last)
            if not self.original.unterminated:
                yield self._ended(line)
            else:
                yield line.content if line.end.endswith(b"\n") else line.content + line.end

    def _range(self, first: int, count: int) -> Iterator[bytes]:
        """The bytes of records that follow on each other in the file."""
        start, stop = self.original.span(first)[0], self.original.span(first + count - 1)[1]
        for at in range(start, stop, CHUNK_BYTES):
            yield self.original.read(at, min(at + CHUNK_BYTES, stop))
        if first + count == len(self.original) and self.original.unterminated:
            yield self.original.line_end

    def _ended(self, line: Line) -> bytes:
        data = line.content + line.end
        return data if data.endswith(b"\n") else data + self.original.line_end

    def _written(self, cell: int) -> Written | None:
        return self.written[cell - self.first_written] if cell >= self.first_written else None
