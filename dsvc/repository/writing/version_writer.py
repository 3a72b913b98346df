"""Writing a version's data: new packs, layout, folds and the directory object, all before anything points at them."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import xxhash
from msgspec.structs import replace

from dsvc.errors import BadDataError, CorruptError
from dsvc.folding import packs_to_fold, runs_in_use
from dsvc.layout import FileLayout, Fold, Layout, Pack, Pieces
from dsvc.layout_codec import encode
from dsvc.line_table import CHUNK_BYTES
from dsvc.pack import INDEXED_BYTES, MAX_PACK_BYTES, IndexBuilder, StoreReader, line_ends, pack_id
from dsvc.record import check_records
from dsvc.repository.versions import Store
from dsvc.snapshot import LayoutPackReader, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dsvc.layout import Column
    from dsvc.layout_codec import LayoutFile
    from dsvc.matching import MatchedFile
    from dsvc.origin import Origin, PackId
    from dsvc.repository.scan import ScannedFile
    from dsvc.repository.stores import Objects
    from dsvc.store.objects import ObjectId, ObjectWriter, StoredObject


_THIS_PACK = -2
"""Marks lines that go into the pack being written, until its number is known."""


class StoredVersion(msgspec.Struct, frozen=True):
    """A version's data in the object store; ``new_bytes`` are the bytes of records that were not there before."""

    layout: LayoutFile
    directory: ObjectId
    bytes: int
    files: int
    new_bytes: int


class NewFile(msgspec.Struct, frozen=True):
    """A file of the new version: scanned, matched, and for each new line the number of its origin."""

    scanned: ScannedFile
    matched: MatchedFile
    origins: Column


class VersionWriter:
    """Collects the objects of one version. ``old`` is the version that the lines were matched with, and its store."""

    def __init__(self, packs: Objects, old: tuple[LayoutFile, Store] | None) -> None:
        self._packs = packs
        self._old = old[0] if old is not None else None
        self._directory = old[1].directory if old is not None else None
        self._entries = dict(old[1].entries) if old is not None else {}
        self._sizes: dict[str, int] = {}
        self._table: list[Pack] = list(self._old.layout.packs) if self._old is not None else []
        self._new_bytes = 0

    def write(
        self,
        files: Sequence[NewFile],
        origins: Sequence[Origin],
        *,
        check: bool = True,
        whole: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> StoredVersion:
        """Store the new lines, one pack for each origin, and what describes them.

        ``check``: refuse lines that are no records (BadDataError with file, line and column). Nothing refers to the
        objects until the caller publishes the version.
        """
        assert all(len(f.origins) == len(f.matched.new_lines()) for f in files)
        places = [(np.full(len(f.origins), -1, np.int64), np.full(len(f.origins), -1, np.int64)) for f in files]
        for number, origin in enumerate(origins):
            self._write_origin(files, number, origin, places, check=check, progress=progress)
        pieces = {f.scanned.path: _pieces(f, *place) for f, place in zip(files, places, strict=True)}
        return self.describe([f.scanned for f in files], pieces, whole=whole)

    def describe(
        self, files: Sequence[ScannedFile], pieces: Mapping[str, Pieces], *, whole: bool = False
    ) -> StoredVersion:
        """Store what describes a version whose lines are stored: folds, layout, directory object."""
        file_layouts = tuple(_file_layout(file, pieces[file.path]) for file in files)
        folds = self._old.layout.folds if self._old is not None else ()
        layout = Layout(tuple(self._table), file_layouts, folds).pruned()
        layout = self._with_fold(layout)
        if whole:
            layout = self._with_whole_files(layout)
        return self._finish(encode(layout, self._old))

    def _write_origin(
        self,
        files: Sequence[NewFile],
        number: int,
        origin: Origin,
        places: list[tuple[Column, Column]],
        *,
        check: bool,
        progress: Callable[[int], None] | None,
    ) -> None:
        with ExitStack() as stack:
            writer = stack.enter_context(self.new_pack())
            for file, (pack_column, offset_column) in zip(files, places, strict=True):
                chosen = np.flatnonzero(file.origins == number)
                lines = file.matched.new_lines()[chosen]
                for part, data in _new_lines(file, lines, chosen, check=check):
                    if writer.is_full(data):
                        _settle(places, self.keep_pack(writer, origin))
                        writer = stack.enter_context(self.new_pack())
                    sizes = _sizes(file.scanned.table.ends, lines[part])
                    pack_column[chosen[part]] = _THIS_PACK
                    offset_column[chosen[part]] = writer.size + np.cumsum(sizes) - sizes
                    writer.write(data)
                    if progress is not None:
                        progress(len(data))
            if writer.size:
                _settle(places, self.keep_pack(writer, origin))

    def new_pack(self) -> PackWriter:
        """Start a pack."""
        return PackWriter(self._packs)

    def keep_pack(self, writer: PackWriter, origin: Origin) -> int:
        """Finish a pack and give its number in the pack table."""
        stored = writer.finish()
        new = pack_id(stored.sha256)
        number = next((i for i, pack in enumerate(self._table) if pack.id == new), len(self._table))
        if number == len(self._table):
            self._table.append(Pack(new, stored.size, writer.lines, origin))
            self._new_bytes += stored.size
        self._note(f"{new}.jsonl", stored)
        self._put_index(new, writer)
        return number

    def _put_index(self, digest: PackId, writer: PackWriter) -> None:
        if writer.size >= INDEXED_BYTES:
            self._note(f"{digest}.idx", self._packs.put(writer.index.finish(digest).encode()))

    def _note(self, name: str, stored: StoredObject) -> None:
        self._entries[name] = stored.oid
        self._sizes[name] = stored.size

    def _with_fold(self, layout: Layout) -> Layout:
        chosen = packs_to_fold(layout)
        if not chosen:
            return layout
        reader = self._reader(layout)
        runs = runs_in_use(layout, chosen, reader)
        with PackWriter(self._packs) as writer:
            for run in runs:
                writer.write(reader.read(run.pack, run.offset, run.bytes))
            stored = writer.finish()
        digest = pack_id(stored.sha256)
        self._note(f"{digest}.jsonl", stored)
        self._put_index(digest, writer)
        return replace(layout, folds=(*layout.folds, Fold(f"{digest}.jsonl", digest, stored.size, runs))).pruned()

    def _with_whole_files(self, layout: Layout) -> Layout:
        """Store each file as itself, under its own name: together they hold all that the version needs."""
        reader = self._reader(layout)
        names: dict[str, StoredObject] = {}
        folds = []
        for file in layout.files:
            if not file.bytes:
                continue
            with PackWriter(self._packs) as writer:
                for chunk in Snapshot(file.path, layout, reader).chunks(file):
                    writer.write(chunk)
                stored = writer.finish()
            if stored.sha256 != file.sha256:
                raise CorruptError(f"what is stored does not make '{file.path}'", hint="dsvc fsck")
            digest, name = pack_id(stored.sha256), file.path.rsplit("/", 1)[-1]
            names[name] = stored
            folds.append(Fold(name, digest, stored.size, file.pieces))
            self._put_index(digest, writer)
        for name, stored in names.items():  # not before all is read: files of the last --whole have the same names
            self._note(name, stored)
        return replace(layout, folds=tuple(folds)).pruned()

    def _reader(self, layout: Layout) -> LayoutPackReader:
        return LayoutPackReader(layout, StoreReader(Store(self._packs, self._directory, self._entries)))

    def _finish(self, layout: LayoutFile) -> StoredVersion:
        for file in layout.chain():
            if f"{file.id}.layout" not in self._entries:
                self._note(f"{file.id}.layout", self._packs.put(file.data))
        needed = layout.layout.stored_files()
        digests = {fold.file: fold.id for fold in layout.layout.folds}
        indexes = [f"{digests.get(name, name.removesuffix('.jsonl'))}.idx" for name in needed]
        names = needed + [name for name in indexes if name in self._entries]
        names += [f"{file.id}.layout" for file in layout.chain()]
        entries = {name: self._entries[name] for name in names}
        size = sum(self._sizes.get(name) or self._packs.size(oid) for name, oid in entries.items())
        return StoredVersion(layout, self._packs.put_dir(entries), size, len(entries), self._new_bytes)


class PackWriter:
    """Writes one stored file and its index together."""

    def __init__(self, packs: Objects) -> None:
        self._writer: ObjectWriter = packs.writer()
        self.index = IndexBuilder()
        self.size = 0
        self.lines = 0

    def is_full(self, data: bytes) -> bool:
        """Whether these bytes belong into another pack."""
        return bool(self.size) and self.size + len(data) > MAX_PACK_BYTES

    def write(self, data: bytes, ends: Column | None = None) -> None:
        """Append bytes; ``ends`` is where lines end in them, if that is known."""
        ends = line_ends(data) if ends is None else ends
        self._writer.write(data)
        self.index.add(data, ends)
        self.size += len(data)
        self.lines += len(ends)

    def finish(self) -> StoredObject:
        """Make the stored file durable."""
        return self._writer.finish()

    def __enter__(self) -> PackWriter:
        self._writer.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._writer.__exit__(*error)  # type: ignore[arg-type]


def _settle(places: list[tuple[Column, Column]], number: int) -> None:
    """Write down the number of the pack that lines went into."""
    for pack_column, _ in places:
        pack_column[pack_column == _THIS_PACK] = number


def _pieces(file: NewFile, pack: Column, offset: Column) -> Pieces:
    if (pack < 0).any():
        raise ValueError(f"lines of '{file.scanned.path}' have an origin that was not given")
    return file.matched.pieces(pack, offset)


def _file_layout(file: ScannedFile, pieces: Pieces) -> FileLayout:
    table = file.table
    return FileLayout(file.path, pieces, table.lines, table.records, table.size, table.sha256, file.split)


def _new_lines(file: NewFile, lines: Column, chosen: Column, *, check: bool) -> Iterator[tuple[slice, bytes]]:
    """Bytes of the given lines, each with a line end, about 4 MiB at a time.

    ``chosen`` are their places among the file's new lines. Yields the part of ``lines`` that the bytes are of. They are
    compared with the digests of the scan, so that a file that changes while it is read is noticed.
    """
    path, ends = file.scanned.path, file.scanned.table.ends
    sizes = _sizes(ends, lines)
    for part in _parts(sizes):
        data = b"".join(_ranges(file.scanned, lines[part], sizes[part]))
        contents = data.split(b"\n")
        if data.endswith(b"\n"):
            contents.pop()
        else:
            data += b"\n"
        digests = np.fromiter(map(xxhash.xxh3_64_intdigest, contents), dtype=np.uint64, count=len(contents))
        if not np.array_equal(digests, file.matched.digests[chosen[part]]):
            raise BadDataError(f"'{path}' changed while it was read", hint="wait until nothing writes to it")
        if check:
            check_records(data, line_ends(data), name=path, numbers=(lines[part] + 1).tolist())
        yield part, data


def _parts(sizes: Column) -> Iterator[slice]:
    """Lines of about 4 MiB together; a very long one by itself, as it may need a pack of its own."""
    number = np.cumsum(sizes) // CHUNK_BYTES
    breaks = (number[1:] != number[:-1]) | (np.maximum(sizes[1:], sizes[:-1]) > CHUNK_BYTES)
    bounds = [0, *(np.flatnonzero(breaks) + 1).tolist(), len(sizes)]
    return (slice(first, last) for first, last in pairwise(bounds) if last > first)


def _ranges(scanned: ScannedFile, lines: Column, sizes: Column) -> Iterator[bytes]:
    """The bytes of lines, neighbours in one read."""
    ends = scanned.table.ends[lines]
    firsts = np.flatnonzero(np.concatenate(([True], lines[1:] != lines[:-1] + 1)))
    starts = ends[firsts] - sizes[firsts]
    stops = ends[np.append(firsts[1:], len(lines)) - 1]
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        yield scanned.read(start, stop - start)


def _sizes(ends: Column, lines: Column) -> Column:
    before = np.where(lines > 0, ends[lines - 1], 0)
    sizes: Column = ends[lines] - before
    return sizes


__all__ = ["NewFile", "PackWriter", "StoredVersion", "VersionWriter"]
