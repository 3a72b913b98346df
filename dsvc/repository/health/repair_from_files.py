"""A damaged or missing stored file made again from working files: bytes of the right digest are the right ones.

Working files that are as some version has them are looked at, for the lines that the stored file holds.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.errors import DsvcError
from dsvc.repository.working_files import working_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from dsvc.layout import FileLayout, Layout
    from dsvc.manifest import LedgerEntry
    from dsvc.origin import PackId
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset

_READ_BYTES: Final = 4 << 20


class _Part(msgspec.Struct, frozen=True):
    """Bytes of a pack that stand in a working file: from ``offset`` in the pack, and ``at`` in the file."""

    pack: int
    offset: int
    size: int
    path: str
    at: int


class WorkingBytes:
    """What the working files of a dataset still have of its stored files; each is read for its digest once."""

    def __init__(self, ctx: Context, dataset: Dataset) -> None:
        self._ctx = ctx
        self._dataset = dataset
        self._sha256: dict[str, str] | None = None

    def of(self, name: str, versions: Iterable[LedgerEntry]) -> Iterator[bytes] | None:
        """The bytes of a stored file as far as can be told (its digest decides); None where some are not there."""
        for entry in versions:
            try:
                layout = self._ctx.versions.layout(entry).layout
            except DsvcError:
                continue
            found = self._parts_of(name, layout)
            if found is not None:
                return self._read(found)
        return None

    def _parts_of(self, name: str, layout: Layout) -> list[_Part] | None:
        """Where the bytes of a stored file stand, in order; None where some stand nowhere."""
        parts = self._parts(layout)
        wanted = _runs(name, layout)
        found: list[_Part] = []
        for pack, begin, end in wanted:
            covering = _covering(parts.get(pack, ()), begin, end)
            if covering is None:
                return None
            found += covering
        return found or None

    def _parts(self, layout: Layout) -> dict[int, list[_Part]]:
        """By packs, in order of their offsets: what the unchanged working files have of a version."""
        intact = [file for file in layout.files if self._digests().get(file.path) == file.sha256]
        parts = sorted([part for file in intact for part in _parts_in(file)], key=attrgetter("pack", "offset"))
        return {pack: list(group) for pack, group in groupby(parts, key=attrgetter("pack"))}

    def _digests(self) -> dict[str, str]:
        if self._sha256 is None:
            self._sha256 = {}
            working = self._ctx.working
            try:
                paths = [path for path in working_files(working, self._dataset) if working.path(path).is_file()]
                self._sha256 = {path: working.sha256(path) for path in paths}
            except (DsvcError, OSError):
                pass  # nothing can be taken from there
        return self._sha256

    def _read(self, parts: Sequence[_Part]) -> Iterator[bytes]:
        for part in parts:
            yield from _range(self._ctx.working.path(part.path), part.at, part.size)


def _runs(name: str, layout: Layout) -> list[tuple[int, int, int]]:
    """What a stored file is made of: pack, first and last offset."""
    for fold in layout.folds:
        if fold.file == name:
            return [(run.pack, run.offset, run.offset + run.bytes) for run in fold.runs]
    return [(n, 0, pack.bytes) for n, pack in enumerate(layout.packs) if _file_name(pack.id) == name]


def _file_name(pack: PackId) -> str:
    return f"{pack}.jsonl"


def _parts_in(file: FileLayout) -> Iterator[_Part]:
    at = 0
    for piece in file.pieces.coalesced():
        yield _Part(piece.pack, piece.offset, piece.bytes, file.path, at)
        at += piece.bytes


def _covering(parts: Sequence[_Part], begin: int, end: int) -> list[_Part] | None:
    """Parts, cut to size, that have all bytes of a pack between two offsets."""
    found: list[_Part] = []
    at = begin
    for part in parts:
        if part.offset > at or at >= end:
            break
        stop = min(part.offset + part.size, end)
        if stop > at:
            found.append(_Part(part.pack, at, stop - at, part.path, part.at + at - part.offset))
            at = stop
    return found if at >= end else None


def _range(path: Path, offset: int, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(offset)
        while size > 0 and (data := file.read(min(size, _READ_BYTES))):
            yield data
            size -= len(data)
