"""The lines of working files that no version has, as a snapshot of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from dsvc.layout import FileLayout, Layout, Pack, Pieces
from dsvc.origin import PackId
from dsvc.repository.comparison import NOT_COMMITTED, WorkingPackReader
from dsvc.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.layout import Column
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.scan import ScannedFile
    from dsvc.validators.finding import Finding


class NewLines(Snapshot):
    """New lines of working files; ``starts`` are the numbers (from 1) of the first line of each piece."""

    starts: dict[str, Column]

    @staticmethod
    def of(dataset: Dataset, files: Sequence[ScannedFile], lines: Sequence[Column | None]) -> NewLines:
        """Of each file the lines with these numbers (from 0; None: all of them)."""
        packs, layouts, starts = [], [], {}
        for number, (file, new) in enumerate(zip(files, lines, strict=True)):
            pieces = _pieces(number, file, new)
            count, size = int(pieces.lines.sum()), int(pieces.bytes.sum())
            records = count if file.table.records == file.table.lines else 0  # otherwise blank lines are looked for
            packs.append(Pack(PackId(f"working:{file.path}"), file.table.size, file.table.lines, NOT_COMMITTED))
            layouts.append(FileLayout(file.path, pieces, count, records, size, "", file.split))
            starts[file.path] = np.searchsorted(file.table.ends, pieces.offset, side="right") + 1
        reader = WorkingPackReader(None, 0, files)
        snapshot = NewLines(dataset.path, Layout(tuple(packs), tuple(layouts)), reader)
        snapshot.starts = starts
        return snapshot

    @property
    def bytes(self) -> int:
        """How many bytes the new lines have."""
        return sum(file.bytes for file in self.layout.files)

    def in_file(self, finding: Finding) -> Finding:
        """A finding in one of the new lines, with the line that it has in the working file."""
        place = finding.place
        assert place is not None
        pieces = self.layout.file(place.file).pieces
        ends = np.cumsum(pieces.lines)
        number = int(np.searchsorted(ends, place.line - 1, side="right"))
        line = int(self.starts[place.file][number]) + place.line - 1 - int(ends[number] - pieces.lines[number])
        return replace(finding, place=replace(place, line=line))


def _pieces(pack: int, file: ScannedFile, new: Column | None) -> Pieces:
    """Lines of a file, those that follow each other as one piece."""
    table = file.table
    if new is None:
        return Pieces.of([(pack, 0, table.size, table.lines)] if table.lines else [])
    starts = table.starts()[new]
    sizes = np.minimum(table.ends[new], table.size) - starts
    ones = np.ones(len(new), dtype=np.int64)
    return Pieces(np.full(len(new), pack, np.int64), starts, sizes, ones).coalesced()
