"""A version's (or a plain file's) content, read lazily through its layout.

A snapshot knows no history and no repository: it is a layout with something that reads packs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

import msgspec
import numpy as np

from dsvc.closing import Closing
from dsvc.line_table import CHUNK_BYTES, LineTable, scan_lines
from dsvc.pack import count_lines, line_ends
from dsvc.record import BOM, RecordId, is_blank, parse, record_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    import datasets

    from dsvc.layout import Column, FileLayout, Layout, Piece
    from dsvc.origin import PackId
    from dsvc.pack import StoreReader
    from dsvc.record import Json


_NEAR_BYTES = 64 * 1024


class PackReader(Protocol):
    """Reads ranges of packs; ``pack`` is an index into the layout's pack table."""

    def read(self, pack: int, offset: int, size: int) -> bytes:
        """``size`` verified bytes."""
        ...

    def read_unverified(self, pack: int, offset: int, size: int) -> bytes:
        """``size`` bytes, for a caller that verifies the whole."""
        ...

    def lines_between(self, pack: int, offsets: Column) -> Column:
        """How many lines end between the first offset and each; they ascend, each at a line's start or end."""
        ...

    def close(self) -> None:
        """Give back what was opened for this reader alone."""
        ...


class LayoutPackReader:
    """Reads packs where a layout says that they are held."""

    def __init__(self, layout: Layout, store: StoreReader) -> None:
        self._holdings = layout.holdings
        self._digests: dict[str, PackId] = {f"{pack.id}.jsonl": pack.id for pack in layout.packs}
        self._digests.update({fold.file: fold.id for fold in layout.folds})
        self._store = store

    def read(self, pack: int, offset: int, size: int) -> bytes:
        """``size`` verified bytes of a pack."""
        held = self._holdings.locate(pack, offset, size)
        return b"".join([self._store.file(h.file, self._digests[h.file]).read(h.offset, h.bytes) for h in held])

    def read_unverified(self, pack: int, offset: int, size: int) -> bytes:
        """``size`` bytes of a pack, not verified."""
        held = self._holdings.locate(pack, offset, size)
        files = [self._store.file(h.file, self._digests[h.file]) for h in held]
        return b"".join([file.read_unverified(h.offset, h.bytes) for file, h in zip(files, held, strict=True)])

    def lines_between(self, pack: int, offsets: Column) -> Column:
        """Line counts from the first offset on, from the index where the range is held in one stored file."""
        first, size = int(offsets[0]), int(offsets[-1] - offsets[0])
        if size == 0:
            return np.zeros(len(offsets), dtype=np.int64)
        held, *more = self._holdings.locate(pack, first, size)
        if more:
            return count_lines(self.read(pack, first, size), offsets - first)
        counts: Column = self._store.file(held.file, self._digests[held.file]).lines_before(
            offsets - first + held.offset
        )
        counts -= counts[0]
        return counts

    def close(self) -> None:
        """Nothing: others may read the same stored files, which go with the last of their readers."""


class Record(msgspec.Struct, frozen=True):
    """One record: its bytes (without line end), the file, the line (from 1) and the row (from 1) it stands on."""

    content: bytes
    file: str
    line: int
    row: int

    @property
    def value(self) -> Json:
        """The JSON value as Python has it (numbers are int and float). Raises ValueError when the line is not JSON."""
        return json.loads(self.content.removeprefix(BOM))  # type: ignore[no-any-return]

    @property
    def exact(self) -> Json:
        """The value with its numbers as they are written (:class:`dsvc.record.Number`), for comparing."""
        return parse(self.content)

    @property
    def id(self) -> RecordId:
        """The record id: the same for any way of writing the same value."""
        return record_id(self.content)


class Snapshot(Closing):
    """The content of a version, by file, line and record.

    ``name`` is how messages call it (``medical@v1.0`` or a path), ``read_as`` the format that its records were read
    from where that is not JSONL (``csv``), ``left_out`` what its folder holds that was not read, in words, ``folder``
    the one that its files lie in on this disk (None: nowhere). Iterating gives :class:`Record` values.

    Files on this disk stay open as long as somebody reads them: until ``close``, the end of a ``with`` block, or the
    last reference.
    """

    read_as: str | None = None
    left_out: str | None = None
    folder: Path | None = None

    def __init__(self, name: str, layout: Layout, packs: PackReader) -> None:
        self.name = name
        self.layout = layout
        self.packs = packs
        self._ends: dict[str, Column] = {}

    def close(self) -> None:
        """Give the files back; reading afterwards is an error."""
        self.packs.close()

    def __iter__(self) -> Iterator[Record]:
        for file in self.layout.files:
            yield from self.records(file)

    def __len__(self) -> int:
        return sum(file.records for file in self.layout.files)

    def of_files(self, paths: Collection[str], *, name: str | None = None) -> Snapshot:
        """The same content with only some of its files, called ``name``."""
        files = tuple(file for file in self.layout.files if file.path in paths)
        return Snapshot(name or self.name, msgspec.structs.replace(self.layout, files=files), self.packs)

    def chunks(self, file: FileLayout, *, verified: bool = True) -> Iterator[bytes]:
        """The exact bytes of a file, in chunks of about 4 MiB at most."""
        read = self.packs.read if verified else self.packs.read_unverified
        parts: list[bytes] = []
        pending = 0
        for piece in file.pieces.coalesced():
            for start in range(piece.offset, piece.offset + piece.bytes, CHUNK_BYTES):
                parts.append(read(piece.pack, start, min(CHUNK_BYTES, piece.offset + piece.bytes - start)))
                pending += len(parts[-1])
                if pending >= CHUNK_BYTES:
                    yield b"".join(parts)
                    parts, pending = [], 0
        if parts:
            yield b"".join(parts)

    def whole_lines(self, file: FileLayout) -> Iterator[bytes]:
        """The exact bytes of a file, in chunks of whole lines of about 4 MiB, or as long as a line is."""
        pending: list[bytes] = []
        for chunk in self.chunks(file):
            cut = chunk.rfind(b"\n") + 1
            if cut:
                yield b"".join((*pending, chunk[:cut]))
                pending = []
            pending.append(chunk[cut:])
        if rest := b"".join(pending):
            yield rest

    def lines(self, file: FileLayout) -> Iterator[bytes]:
        """The lines of a file, without their line ends."""
        pending: list[bytes] = []
        for chunk in self.chunks(file):
            first, *rest = chunk.split(b"\n")
            pending.append(first)
            if rest:
                yield b"".join(pending)
                pending = [rest.pop()]
                yield from rest
        if last := b"".join(pending):
            yield last

    def records(self, file: FileLayout) -> Iterator[Record]:
        """The records of a file in order; blank lines are passed over, but count as lines."""
        row = 0
        for number, content in enumerate(self.lines(file), 1):
            if not is_blank(content):
                row += 1
                yield Record(content, file.path, number, row)

    def record(self, row: int) -> Record:
        """The record number ``row`` (from 1, over all files). Raises IndexError when there is none."""
        left = row
        for file in self.layout.files if row >= 1 else ():
            if left <= file.records:
                return self._record_in(file, left)
            left -= file.records
        raise IndexError(f"'{self.name}' has {len(self):,} records")

    def _record_in(self, file: FileLayout, row: int) -> Record:
        if file.lines == file.records:
            return Record(self.line(file, row - 1), file.path, row, row)
        return next(record for record in self.records(file) if record.row == row)

    def line(self, file: FileLayout, number: int) -> bytes:
        """Line ``number`` of a file (from 0), without its line end, reading only what is near it."""
        return next(self.lines_from(file, number))

    def lines_from(self, file: FileLayout, number: int) -> Iterator[bytes]:
        """The lines of a file from line ``number`` (from 0) on, without their line ends, reading little ahead."""
        if not 0 <= number < file.lines:
            raise IndexError(f"'{file.path}' has {file.lines:,} lines")
        ends = self._line_ends(file)
        place = int(np.searchsorted(ends, number, side="right"))
        piece = next(iter(file.pieces[place : place + 1]))
        start = self.line_offset(piece, number - int(ends[place] - piece.lines))
        pending: list[bytes] = []
        for chunk in self._near(file, place, start):
            first, *rest = chunk.split(b"\n")
            pending.append(first)
            if rest:
                yield b"".join(pending)
                pending = [rest.pop()]
                yield from rest
        if last := b"".join(pending):
            yield last

    def line_offset(self, piece: Piece, number: int) -> int:
        """Where line ``number`` (from 0) of a piece begins in its pack, reading only what is near it."""
        return _line_offset(self.packs, piece.pack, piece.offset, piece.offset + piece.bytes, number)

    def _line_ends(self, file: FileLayout) -> Column:
        """How many lines of a file there are up to the end of each piece; kept, because lines are asked for in turn."""
        if file.path not in self._ends:
            self._ends[file.path] = np.cumsum(file.pieces.lines)
        return self._ends[file.path]

    def _near(self, file: FileLayout, place: int, start: int) -> Iterator[bytes]:
        """The bytes of a file from ``start`` in its piece ``place`` on, in small reads."""
        for number in range(place, len(file.pieces)):
            piece = next(iter(file.pieces[number : number + 1]))
            at, end = (start if number == place else piece.offset), piece.offset + piece.bytes
            while at < end:
                yield self.packs.read(piece.pack, at, size := min(_NEAR_BYTES, end - at))
                at += size

    def to_datasets(self, json_fields: Sequence[str] = ()) -> datasets.Dataset | datasets.DatasetDict:
        """The records for Hugging Face ``datasets``; see :func:`dsvc.exporters.hugging_face.to_datasets`."""
        from dsvc.exporters.hugging_face import to_datasets

        return to_datasets(self, json_fields)

    def line_table(self, file: FileLayout) -> LineTable:
        """The line table of a file, made by reading it."""
        return msgspec.structs.replace(scan_lines(self.chunks(file), hashed=False), sha256=file.sha256)

    def range_reader(self, file: FileLayout, *, verified: bool = False) -> Callable[[int, int], bytes]:
        """A function that reads a range (offset, size) of a file; not ``verified`` for who compares what it gets."""
        read_pack = self.packs.read if verified else self.packs.read_unverified
        pieces = file.pieces.coalesced()
        ends = np.cumsum(pieces.bytes)
        shifts = pieces.ends() - ends  # from offsets in the file to offsets in the packs

        def read(offset: int, size: int) -> bytes:
            parts, end = [], min(offset + size, file.bytes)
            for place in range(int(np.searchsorted(ends, offset, side="right")), len(ends)):
                if offset >= end:
                    break
                stop = min(end, int(ends[place]))
                parts.append(read_pack(int(pieces.pack[place]), offset + int(shifts[place]), stop - offset))
                offset = stop
            return b"".join(parts)

        return read


def _line_offset(packs: PackReader, pack: int, start: int, end: int, number: int) -> int:
    """Where line ``number`` (from 0) of a pack's range begins: halve the range by the line counts, then read."""
    low, high, before = start, end, 0
    while high - low > CHUNK_BYTES // 4:
        middle = _line_start(packs, pack, (low + high) // 2, high)
        if middle >= high:
            break
        count = before + int(packs.lines_between(pack, np.array([low, middle], dtype=np.int64))[1])
        low, high, before = (middle, high, count) if count <= number else (low, middle, before)
    if number == before:
        return low
    return low + int(line_ends(packs.read(pack, low, high - low))[number - before - 1])


def _line_start(packs: PackReader, pack: int, offset: int, end: int) -> int:
    """The first line start at or behind ``offset``, or ``end``."""
    while offset < end:
        data = packs.read(pack, offset, min(64 * 1024, end - offset))
        at = data.find(b"\n")
        if at >= 0:
            return min(offset + at + 1, end)
        offset += len(data)
    return end
