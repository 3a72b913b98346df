"""All records of a version as columns: where each stands, and what it is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
from msgspec.structs import replace

from dsvc.errors import BadDataError
from dsvc.layout import FileLayout, Layout, Pieces
from dsvc.processes import in_turn, working
from dsvc.sampling.identities import Lines, identified, lines_of, no_lines
from dsvc.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dsvc.layout import Column, Piece
    from dsvc.processes import Mapping as Processes
    from dsvc.sampling.identities import IdentityStore, Ids
    from dsvc.sampling.orders import Rows

    Progress = Callable[[int], None] | None

_LINE_BITS: Final = 40
_RANGE: Final = 4 << 20
"""Bytes that are read at once."""


class Table(msgspec.Struct, frozen=True, eq=False):
    """The records of a snapshot, one a row (from 0), in the order of its files.

    ``file``: the number of the file; ``line``: its line there, from 1; ``pack``, ``offset``, ``size``: the range of
    a pack that holds it, with its line end; ``ids``: 16 bytes of record id for each.
    """

    snapshot: Snapshot
    file: Column
    line: Column
    pack: Column
    offset: Column
    size: Column
    ids: Ids

    def __len__(self) -> int:
        return len(self.file)

    def content(self, row: int) -> bytes:
        """The bytes of a record, without its line end."""
        data = self.snapshot.packs.read(int(self.pack[row]), int(self.offset[row]), int(self.size[row]))
        return data.removesuffix(b"\n")

    def rows_at(self, places: Sequence[tuple[str, int]]) -> Rows:
        """The rows of records by file and line (from 1), all of which are there."""
        numbers = {file.path: number for number, file in enumerate(self.snapshot.layout.files)}
        wanted = np.array([(numbers[path] << _LINE_BITS) + line for path, line in places], dtype=np.int64)
        return np.searchsorted((self.file << _LINE_BITS) + self.line, wanted)

    def names(self) -> Names:
        """What records are called in files of dsvc."""
        return Names(self.ids)

    def kept(self, rows: Rows, called: str) -> Snapshot:
        """The snapshot with only some of its records, which stand in the files that they stood in."""
        files = []
        for number, file in enumerate(self.snapshot.layout.files):
            own = rows[self.file[rows] == number]
            if len(own):
                files.append(self._file(own, file.path, file.split))
        return self._snapshot(files, called)

    def subset(self, parts: Mapping[str | None, Rows], name: str, called: str) -> Snapshot:
        """Some records in files of their own: one for each split (None: one without), whose paths begin with ``name``.

        ``called``: how messages call it, before the name of the version.
        """
        files = [self._file(rows, name if split is None else f"{name}/{split}", split) for split, rows in parts.items()]
        return self._snapshot(files, called)

    def _snapshot(self, files: list[FileLayout], called: str) -> Snapshot:
        layout = Layout(self.snapshot.layout.packs, tuple(files), self.snapshot.layout.folds)
        return Snapshot(f"{called} of {self.snapshot.name}", layout, self.snapshot.packs)

    def _file(self, rows: Rows, path: str, split: str | None) -> FileLayout:
        ones = np.ones(len(rows), dtype=np.int64)
        pieces = Pieces(self.pack[rows], self.offset[rows], self.size[rows], ones)
        return FileLayout(path, pieces, len(rows), len(rows), int(pieces.bytes.sum()), "", split)


class Names:
    """Names of records: the record id, with its number where it is not the first of equal ones (``3f9a2c…#2``)."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self.turn = turns(ids)
        """Which of equal records each one is, from 1."""

    def of(self, rows: Rows) -> list[str]:
        """The names of some rows."""
        called = [self._ids[row].tobytes().hex() for row in rows.tolist()]
        return [f"{name}#{turn}" if turn > 1 else name for name, turn in zip(called, self.turn[rows], strict=True)]

    def rows(self, names: Sequence[str]) -> dict[str, int]:
        """The rows that names mean; those that nothing is called are not there."""
        near = self._near({name.partition("#")[0] for name in names})
        found = dict(zip(self.of(near), near.tolist(), strict=True))
        return {name: found[name] for name in names if name in found}

    def equal(self, ids: Collection[str]) -> dict[str, list[int]]:
        """For each record id the rows that have it, in order."""
        found: dict[str, list[int]] = {each: [] for each in ids}
        for row in self._near(ids).tolist():
            found.get(self._ids[row].tobytes().hex(), []).append(row)
        return found

    def _near(self, ids: Collection[str]) -> Rows:
        """The rows whose ids begin as one of these."""
        keys = np.array([int(name[:16], 16) for name in ids], dtype=np.uint64)
        return np.flatnonzero(np.isin(first_digits(self._ids), keys))


def first_digits(ids: Ids) -> NDArray[np.uint64]:
    """The first eight bytes of each id as a number; different records have different ones, nearly always."""
    return np.ascontiguousarray(ids[:, :8]).view(">u8").ravel().astype(np.uint64)


def turns(ids: Ids) -> NDArray[np.int64]:
    """For each id the how many-th it is of those that are equal, from 1."""
    found = np.ones(len(ids), dtype=np.int64)
    digits = first_digits(ids)
    order = np.argsort(digits, kind="stable")
    ordered = digits[order]
    same = ordered[1:] == ordered[:-1]
    again = order[np.unique(np.concatenate((np.flatnonzero(same), np.flatnonzero(same) + 1)))]
    seen: dict[bytes, int] = {}
    for row in np.sort(again).tolist():
        name = ids[row].tobytes()
        found[row] = seen[name] = seen.get(name, 0) + 1
    return found


def table_of(snapshot: Snapshot, store: IdentityStore, progress: Progress = None) -> Table:
    """The table of all records; lines that ``store`` does not know are read, and noted there.

    Raises BadDataError for a line that is no record.
    """
    parts: list[tuple[int, int, Lines, Column, int]] = []
    pieces = [(number, piece) for number, file in enumerate(snapshot.layout.files) for piece in file.pieces.coalesced()]
    line = dict.fromkeys(range(len(snapshot.layout.files)), 1)
    known = [_known(snapshot, piece, store) for _, piece in pieces]
    new = sum(piece.bytes for (_, piece), lines in zip(pieces, known, strict=True) if lines is None)
    with working(new) as mapping:
        for (number, piece), lines in zip(pieces, known, strict=True):
            found = lines or _looked_up(snapshot, piece, store, mapping, progress)
            ends = np.append(found.offsets[1:], _end(snapshot, piece))
            parts.append((number, piece.pack, found, ends, line[number]))
            line[number] += piece.lines
    store.save()
    return _joined(snapshot, parts)


def _end(snapshot: Snapshot, piece: Piece) -> int:
    """Where the last line of a piece ends: what is stored has a line end, also where the file's last line has none."""
    end = piece.offset + piece.bytes
    if snapshot.layout.packs[piece.pack].origin.version and snapshot.packs.read(piece.pack, end - 1, 1) != b"\n":
        return end + 1
    return end


def _joined(snapshot: Snapshot, parts: Sequence[tuple[int, int, Lines, Column, int]]) -> Table:
    counts = [len(lines.offsets) for _, _, lines, _, _ in parts]
    none = np.zeros(0, dtype=np.int64)
    found = Table(
        snapshot,
        np.repeat(np.array([p[0] for p in parts], dtype=np.int64), counts),
        np.concatenate([none, *(np.arange(count) + p[4] for p, count in zip(parts, counts, strict=True))]),
        np.repeat(np.array([p[1] for p in parts], dtype=np.int64), counts),
        np.concatenate([none, *(p[2].offsets for p in parts)]),
        np.concatenate([none, *(p[3] - p[2].offsets for p in parts)]),
        np.concatenate([no_lines().ids, *(p[2].ids for p in parts)]),
    )
    filled = found.ids.any(axis=1)
    if filled.all():
        return found
    columns = {name: getattr(found, name)[filled] for name in ("file", "line", "pack", "offset", "size", "ids")}
    return replace(found, **columns)


def _known(snapshot: Snapshot, piece: Piece, store: IdentityStore) -> Lines | None:
    """The lines of a piece, None unless all of them are known."""
    pack = snapshot.layout.packs[piece.pack]
    if not pack.origin.version:  # lines of a working file that are not stored
        return None
    found = store.known(pack.id).between(piece.offset, piece.offset + piece.bytes)
    return found if len(found.offsets) == piece.lines else None


def _looked_up(snapshot: Snapshot, piece: Piece, store: IdentityStore, mapping: Processes, progress: Progress) -> Lines:
    pack = snapshot.layout.packs[piece.pack]
    work, parts = partial(identified, key=store.key), []
    blocks = _whole_lines(snapshot, piece)
    try:
        for (_, data), found in mapping(blocks, work) if piece.bytes > _RANGE else in_turn(blocks, work):
            parts.append(found)
            if progress is not None:
                progress(len(data))
    except ValueError as error:
        raise BadDataError(f"a line of '{snapshot.name}' is no record: {error}") from error
    lines = lines_of(parts)
    if pack.origin.version:
        store.add(pack.id, lines)
    return lines


def _whole_lines(snapshot: Snapshot, piece: Piece) -> Iterator[tuple[int, bytes]]:
    """The bytes of a piece in ranges of whole lines, each with where it begins in the pack."""
    at, end, rest = piece.offset, piece.offset + piece.bytes, b""
    while at < end:
        size = min(_RANGE, end - at)
        data = rest + snapshot.packs.read(piece.pack, at, size)
        start, at = at - len(rest), at + size
        cut = len(data) if at == end else data.rfind(b"\n") + 1
        rest = data[cut:]
        if cut:
            yield start, data[:cut]
