"""How many lines edited files have that their version has not, and the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dsvc.line_table import CHUNK_BYTES
from dsvc.repository.comparison import OldVersion
from dsvc.repository.scan import scanned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.following import OldFile
    from dsvc.layout import Column
    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.repository.scan import ScannedFile


def line_counts(ctx: Context, dataset: Dataset, entry: LedgerEntry, paths: list[str]) -> dict[str, tuple[int, int]]:
    """Lines added and removed by file. Raises DsvcError when what is stored of the version does not tell.

    Files are compared with bytes that nobody has verified; where they are not the same, that is made good.
    """
    snapshot = ctx.versions.snapshot(dataset, entry).of_files(paths)
    old = OldVersion.of(snapshot, ctx.state / "cache" / "lines")
    with scanned(ctx.working, paths, old.along(dataset, hashed=False)) as files:
        matched = old.match(files)
        _verify_what_differs(old, files)
    lines = {file.path: file.lines for file in snapshot.layout.files}
    return {
        file.path: (
            len(match.new_lines()),
            max(lines.get(file.path, 0) - (file.table.lines - len(match.new_lines())), 0),
        )
        for file, match in zip(files, matched, strict=True)
    }


def _verify_what_differs(old: OldVersion, files: Sequence[ScannedFile]) -> None:
    """Read the old lines that are not in the file at their place once more, verified. Raises CorruptError."""
    for file in files:
        if file.followed is not None and file.along is not None:
            _verify(old.files[file.along], file.followed.old.lines)


def _verify(old: OldFile, lines: Column) -> None:
    assert old.verified is not None
    ends = old.table.ends
    for first, last in _runs(lines):
        start, end = int(ends[first - 1]) if first else 0, int(ends[last])
        for offset in range(start, end, CHUNK_BYTES):
            old.verified(offset, min(CHUNK_BYTES, end - offset))


def _runs(lines: Column) -> Iterator[tuple[int, int]]:
    """The first and last number of each stretch of line numbers that follow each other."""
    breaks = np.flatnonzero(np.diff(lines) != 1)
    firsts, lasts = np.concatenate(([0], breaks + 1)), np.concatenate((breaks, [len(lines) - 1]))
    if len(lines):
        yield from zip(lines[firsts].tolist(), lines[lasts].tolist(), strict=True)
