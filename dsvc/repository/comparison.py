"""The working files of a dataset as a snapshot over the packs of the version they were edited from."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from dsvc.following import OldFile
from dsvc.layout import FileLayout, Layout, Pack, Pieces
from dsvc.matching import ReadFile, match_files
from dsvc.origin import Origin, PackId, VersionId
from dsvc.repository.committing import line_cache
from dsvc.repository.scan import Along
from dsvc.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from dsvc.layout import Column
    from dsvc.line_table import LineTable
    from dsvc.matching import MatchedFile
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.scan import ScannedFile
    from dsvc.snapshot import PackReader

NOT_COMMITTED = Origin(VersionId(""))
"""The origin of lines that no version has yet."""


class WorkingPackReader:
    """Reads old packs by their number; numbers behind them are the working files themselves."""

    def __init__(self, old: PackReader | None, old_packs: int, files: Sequence[ScannedFile]) -> None:
        self._old = old
        self._old_packs = old_packs
        self._files = files

    def read(self, pack: int, offset: int, size: int) -> bytes:
        """``size`` bytes of a pack, verified if it is an old one."""
        if pack >= self._old_packs:
            return self._files[pack - self._old_packs].read(offset, size)
        assert self._old is not None
        return self._old.read(pack, offset, size)

    read_unverified = read

    def lines_between(self, pack: int, offsets: Column) -> Column:
        """Line counts from the first offset on."""
        if pack < self._old_packs:
            assert self._old is not None
            return self._old.lines_between(pack, offsets)
        ends = self._files[pack - self._old_packs].table.ends
        counts: Column = np.searchsorted(ends, offsets, side="right").astype(np.int64)
        counts -= counts[0]
        return counts

    def close(self) -> None:
        """Close the working files."""
        for file in self._files:
            file.close()


_NOTHING = WorkingPackReader(None, 0, ())


class OldVersion(msgspec.Struct, frozen=True):
    """The version that working files were edited from (``snapshot`` None: there is none), with its line tables."""

    snapshot: Snapshot | None
    files: tuple[OldFile, ...] = ()

    @staticmethod
    def of(snapshot: Snapshot | None, cache: Path | None) -> OldVersion:
        """With line tables from the cache, or made by reading the version."""
        if snapshot is None:
            return OldVersion(None)
        files = [
            OldFile(snapshot.range_reader(f), _table(snapshot, f, cache), snapshot.range_reader(f, verified=True))
            for f in snapshot.layout.files
        ]
        return OldVersion(snapshot, tuple(files))

    def along(self, dataset: Dataset, progress: Callable[[int], None] | None = None, *, hashed: bool = True) -> Along:
        """Reads working files along this version."""
        files = self.snapshot.layout.files if self.snapshot is not None else ()
        names = [PurePosixPath(file.path).name for file in files]
        return Along(dataset, dict(zip(names, self.files, strict=True)), progress, hashed)

    def match(self, files: Sequence[ScannedFile]) -> list[MatchedFile]:
        """Working files, read along this version, in terms of its lines."""
        read = [ReadFile(file.followed, file.along, file.read) for file in files if file.followed is not None]
        if self.snapshot is None:
            return match_files(Layout((), ()), (), _NOTHING, read)
        return match_files(self.snapshot.layout, self.files, self.snapshot.packs, read)


def _table(snapshot: Snapshot, file: FileLayout, cache: Path | None) -> LineTable:
    known = line_cache.load(cache, file.sha256) if cache is not None else None
    if known is not None and (known.lines, known.size) == (file.lines, file.bytes):
        return known
    return snapshot.line_table(file)


class WorkingSnapshot(Snapshot):
    """Working files as they are now."""

    def __init__(self, name: str, layout: Layout, packs: PackReader, files: Sequence[ScannedFile]) -> None:
        super().__init__(name, layout, packs)
        self._tables = {file.path: file.table for file in files}

    def line_table(self, file: FileLayout) -> LineTable:
        """The line table of a file, known from the scan."""
        return self._tables[file.path]


def working_snapshot(
    name: str, old: Snapshot | None, files: Sequence[ScannedFile], matched: Sequence[MatchedFile] | None
) -> WorkingSnapshot:
    """The working files as a snapshot that shares the old version's packs.

    ``matched`` None: they are compared with nothing, and share nothing.
    """
    packs = old.layout.packs if old is not None else ()
    layouts, own = [], []
    for number, file in enumerate(files, len(packs)):
        table = file.table
        pieces = _own_piece(table, number) if matched is None else _pieces(matched[number - len(packs)], number)
        own.append(Pack(PackId(f"working:{file.path}"), table.size, table.lines, NOT_COMMITTED))
        layouts.append(FileLayout(file.path, pieces, table.lines, table.records, table.size, table.sha256, file.split))
    folds = old.layout.folds if old is not None else ()
    reader = WorkingPackReader(old.packs if old is not None else None, len(packs), files)
    return WorkingSnapshot(name, Layout((*packs, *own), tuple(layouts), folds), reader, files)


def _own_piece(table: LineTable, pack: int) -> Pieces:
    return Pieces.of([(pack, 0, table.size, table.lines)] if table.lines else [])


def _pieces(match: MatchedFile, pack: int) -> Pieces:
    new = match.new_lines()
    return match.pieces(np.full(len(new), pack, np.int64), match.table.starts()[new])
