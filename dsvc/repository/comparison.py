"""The working files of a dataset as a snapshot over the packs of the version they were edited from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dsvc.layout import FileLayout, Layout, Pack
from dsvc.matching import match_files
from dsvc.origin import Origin, PackId, VersionId
from dsvc.repository import line_cache
from dsvc.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dsvc.layout import Column
    from dsvc.line_table import LineTable
    from dsvc.matching import MatchedFile
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


def old_tables(snapshot: Snapshot, cache: Path) -> list[LineTable]:
    """The line tables of a version's files, from the cache or by reading the version."""
    return [line_cache.load(cache, file.sha256) or snapshot.line_table(file) for file in snapshot.layout.files]


def match_working(old: Snapshot | None, files: Sequence[ScannedFile], cache: Path) -> list[MatchedFile]:
    """The working files in terms of the old version's lines."""
    scanned = [(file.table, file.read) for file in files]
    if old is None:
        return match_files(Layout((), ()), [], _NOTHING, scanned)
    return match_files(old.layout, old_tables(old, cache), old.packs, scanned)


_NOTHING = WorkingPackReader(None, 0, ())


def working_snapshot(
    name: str, old: Snapshot | None, files: Sequence[ScannedFile], matched: Sequence[MatchedFile]
) -> Snapshot:
    """The working files as a snapshot that shares the old version's packs; valid while the scan is open."""
    packs = old.layout.packs if old is not None else ()
    layouts, own = [], []
    for number, (file, match) in enumerate(zip(files, matched, strict=True)):
        table = file.table
        new = match.new_lines()
        pieces = match.pieces(np.full(len(new), len(packs) + number, np.int64), table.starts()[new])
        own.append(Pack(PackId(f"working:{file.path}"), table.size, table.lines, NOT_COMMITTED))
        layouts.append(FileLayout(file.path, pieces, table.lines, table.records, table.size, table.sha256, file.split))
    folds = old.layout.folds if old is not None else ()
    reader = WorkingPackReader(old.packs if old is not None else None, len(packs), files)
    return Snapshot(name, Layout((*packs, *own), tuple(layouts), folds), reader)
