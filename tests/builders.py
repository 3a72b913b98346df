"""Versions in memory: snapshots made of plain bytes, sharing packs as commits make them share."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dsvc.following import NOTHING, OldFile, follow
from dsvc.layout import FileLayout, Layout, Pack, Pieces
from dsvc.line_table import LineTable, scan_lines
from dsvc.matching import ReadFile, match_files
from dsvc.origin import Origin, VersionId
from dsvc.pack import count_lines, pack_id
from dsvc.snapshot import Snapshot

if TYPE_CHECKING:
    from dsvc.layout import Column

Content = Mapping[str, bytes]
PATH = "data/medical.jsonl"
ORIGIN = Origin(VersionId("0" * 32))


@dataclass
class MemoryPacks:
    """Packs in memory that note what is read of them."""

    contents: list[bytes]
    reads: list[tuple[int, int, int]] = field(default_factory=list)

    def read(self, pack: int, offset: int, size: int) -> bytes:
        self.reads.append((pack, offset, size))
        assert 0 <= offset <= offset + size <= len(self.contents[pack])
        return self.contents[pack][offset : offset + size]

    read_unverified = read

    def lines_between(self, pack: int, offsets: Column) -> Column:
        first, last = int(offsets[0]), int(offsets[-1])
        return count_lines(self.read(pack, first, last - first), offsets - first)

    def close(self) -> None:
        pass

    @property
    def bytes_read(self) -> int:
        return sum(size for _, _, size in self.reads)


class MemorySnapshot(Snapshot):
    """A snapshot whose packs are in memory."""

    packs: MemoryPacks

    def content(self, path: str = PATH) -> bytes:
        return b"".join(self.chunks(self.layout.file(path)))


def content_of(lines: Sequence[bytes]) -> bytes:
    """Lines, each with a line end."""
    return b"".join(line + b"\n" for line in lines)


def _as_files(content: bytes | Content | Sequence[bytes]) -> Content:
    if isinstance(content, bytes):
        return {PATH: content}
    return content if isinstance(content, Mapping) else {PATH: content_of(content)}


def snapshot_of(content: bytes | Content | Sequence[bytes], name: str = "old") -> MemorySnapshot:
    """A first version: bytes of one file, its lines, or files by path."""
    return edited(MemorySnapshot(name, Layout((), ()), MemoryPacks([])), content, name=name)


def edited(base: MemorySnapshot, content: bytes | Content | Sequence[bytes], name: str = "new") -> MemorySnapshot:
    """The version that a commit of ``content`` on top of ``base`` makes: known lines as pieces, new ones in a pack."""
    files = _as_files(content)
    tables = {path: scan_lines([data]) for path, data in files.items()}
    old = old_files(base)
    paths = [file.path for file in base.layout.files]
    along = [paths.index(path) if path in paths else None for path in files]
    read = [read_along(data, old, at) for data, at in zip(files.values(), along, strict=True)]
    matched = match_files(base.layout, old, base.packs, read)
    parts: list[bytes] = []
    new_pack, size = len(base.layout.packs), 0
    layouts = []
    for (path, data), match in zip(files.items(), matched, strict=True):
        numbers = match.new_lines()
        starts, ends = match.table.starts()[numbers].tolist(), match.table.ends[numbers].tolist()
        lines = [data[start:end] for start, end in zip(starts, ends, strict=True)]
        lines = [line if line.endswith(b"\n") else line + b"\n" for line in lines]
        offsets = size + np.cumsum([0, *map(len, lines)], dtype=np.int64)
        pieces = match.pieces(np.full(len(lines), new_pack), offsets[:-1])
        size, parts = int(offsets[-1]), [*parts, *lines]
        layouts.append(_file_layout(path, pieces, tables[path]))
    packs, contents = base.layout.packs, base.packs.contents
    if size:
        new = b"".join(parts)
        pack = Pack(pack_id(hashlib.sha256(new).hexdigest()), size, new.count(b"\n"), ORIGIN)
        packs, contents = (*packs, pack), [*contents, new]
    snapshot = MemorySnapshot(name, Layout(packs, tuple(layouts)), MemoryPacks(contents))
    for path, data in files.items():
        assert snapshot.content(path) == data
    snapshot.packs.reads.clear()
    base.packs.reads.clear()
    return snapshot


def old_files(snapshot: Snapshot) -> list[OldFile]:
    """The files of a version, to read others along."""
    return [OldFile(snapshot.range_reader(file), snapshot.line_table(file)) for file in snapshot.layout.files]


def read_along(data: bytes, old: Sequence[OldFile], number: int | None) -> ReadFile:
    """A file's content, read along the old file with this number."""

    def read(start: int, size: int) -> bytes:
        return data[start : start + size]

    return ReadFile(follow(read, NOTHING if number is None else old[number]), number, read)


def _file_layout(path: str, pieces: Pieces, table: LineTable) -> FileLayout:
    return FileLayout(path, pieces, table.lines, table.records, table.size, table.sha256)
