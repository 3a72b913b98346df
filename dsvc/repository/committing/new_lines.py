"""The lines of working files that no version has, as a snapshot of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from dsvc.layout import FileLayout, Layout, Pack, Pieces
from dsvc.origin import PackId
from dsvc.pack import line_ends
from dsvc.repository.comparison import NOT_COMMITTED, WorkingPackReader
from dsvc.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from dsvc.layout import Column
    from dsvc.repository.committing.origins import Place
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.scan import ScannedFile
    from dsvc.validators.finding import Finding
    from dsvc.validators.finding import Place as FindingPlace


class NewLines(Snapshot):
    """Some lines of working files, and the way back to where they stand there."""

    def __init__(
        self, dataset: Dataset, files: Sequence[ScannedFile], lines: Sequence[Column], folder: Path | None = None
    ) -> None:
        """Of each file the lines with these numbers (from 0, ascending); ``folder``: the one of the working files."""
        pieces = [_pieces(number, file, new) for number, (file, new) in enumerate(zip(files, lines, strict=True))]
        packs = [Pack(PackId(f"working:{f.path}"), f.table.size, f.table.lines, NOT_COMMITTED) for f in files]
        layouts = [_layout(file, chosen) for file, chosen in zip(files, pieces, strict=True)]
        super().__init__(dataset.path, Layout(tuple(packs), tuple(layouts)), WorkingPackReader(None, 0, files))
        self._dataset, self._files, self.folder = dataset, files, folder
        self._lines = {file.path: new for file, new in zip(files, lines, strict=True)}

    @property
    def size(self) -> int:
        """How many bytes the lines have."""
        return sum(file.bytes for file in self.layout.files)

    @property
    def count(self) -> int:
        """How many lines there are."""
        return sum(file.lines for file in self.layout.files)

    def in_file(self, finding: Finding) -> Finding:
        """A finding in one of the lines, with the line that it has in the working file."""
        place = finding.place
        if place is None:
            return finding
        line = int(self._lines[place.file][place.line - 1]) + 1
        return replace(finding, place=replace(place, line=line))

    def has(self, place: FindingPlace) -> bool:
        """Whether a line of a working file is one of these."""
        lines = self._lines[place.file]
        at = int(np.searchsorted(lines, place.line - 1))
        return at < len(lines) and int(lines[at]) == place.line - 1

    def places(self) -> Iterator[Place]:
        """File and line (from 1) of each of these in the working files."""
        for path, lines in self._lines.items():
            yield from ((path, line) for line in (lines + 1).tolist())

    def text(self, place: Place) -> bytes:
        """A line of the working files, without its end."""
        path, line = place
        return next(file for file in self._files if file.path == path).line(line - 1)

    def with_others(self, most: int) -> NewLines:
        """These lines, and others from the beginnings of the files: ``most`` bytes in all."""
        others = self._others(most)
        together = [np.union1d(self._lines[file.path], others[file.path]) for file in self._files]
        return NewLines(self._dataset, self._files, together, self.folder)

    def others(self, most: int) -> dict[Place, bytes]:
        """The other lines among those, by file and line (from 1), without their ends."""
        others = self._others(most)
        return {(path, line + 1): self.text((path, line + 1)) for path in others for line in others[path].tolist()}

    def _others(self, most: int) -> dict[str, Column]:
        found = {}
        for file in self._files:
            first = np.arange(np.searchsorted(file.table.ends, most // len(self._files), side="right"))
            found[file.path] = np.setdiff1d(first, self._lines[file.path], assume_unique=True)
        return found


def _layout(file: ScannedFile, pieces: Pieces) -> FileLayout:
    count, size = int(pieces.lines.sum()), int(pieces.bytes.sum())
    records = count if file.table.records == file.table.lines else 0  # otherwise blank lines are looked for
    return FileLayout(file.path, pieces, count, records, size, "", file.split)


def _pieces(pack: int, file: ScannedFile, new: Column) -> Pieces:
    """Lines of a file, those that follow each other as one piece."""
    table = file.table
    starts = table.starts()[new]
    sizes = np.minimum(table.ends[new], table.size) - starts
    ones = np.ones(len(new), dtype=np.int64)
    return Pieces(np.full(len(new), pack, np.int64), starts, sizes, ones).coalesced()


class LinesInMemory(Snapshot):
    """Whole lines of some files that are nowhere else."""

    @staticmethod
    def of(files: Mapping[str, bytes]) -> LinesInMemory:
        """All lines of some files, each with its line end."""
        packs, layouts = [], []
        for number, (path, data) in enumerate(files.items()):
            lines = data.count(b"\n")
            packs.append(Pack(PackId(f"memory:{path}"), len(data), lines, NOT_COMMITTED))
            pieces = Pieces.of([(number, 0, len(data), lines)] if lines else [])
            layouts.append(FileLayout(path, pieces, lines, 0, len(data), "", None))
        return LinesInMemory("", Layout(tuple(packs), tuple(layouts)), _Bytes([*files.values()]))


class _Bytes:
    """Packs as they lie in memory."""

    def __init__(self, packs: Sequence[bytes]) -> None:
        self._packs = packs

    def read(self, pack: int, offset: int, size: int) -> bytes:
        """A range of one."""
        return self._packs[pack][offset : offset + size]

    read_unverified = read

    def lines_between(self, pack: int, offsets: Column) -> Column:
        """Line counts from the first offset on."""
        counts: Column = np.searchsorted(line_ends(self._packs[pack]), offsets, side="right").astype(np.int64)
        counts -= counts[0]
        return counts

    def close(self) -> None:
        """There is nothing to close."""
