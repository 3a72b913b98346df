"""Layout files: checkpoints and deltas to bytes and back (``docs/format.md`` section 4).

``columns_to_bytes`` and ``columns_from_bytes`` are the table encoding that layouts and indexes share.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from dsvc.errors import CorruptError
from dsvc.layout import FileLayout, Fold, Layout, Pack, Pieces
from dsvc.origin import Annotator, LayoutId, Origin, PackId, VersionId
from dsvc.safe_path import require_data_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dsvc.layout import Column

MAGIC = b"dsvc.layout/1\n"
MAX_DEPTH = 31
# A million shuffled pieces (32 MB): 0.4 s and 5.75 MB at level 4, 0.8 s and 5.68 MB at 6, 14 s and 5.61 MB at 9.
_LEVEL, _LEVEL_OF_LARGE, _LARGE = 6, 4, 1 << 23
_MANY = 10_000
"""From so many pieces on, a delta that copies less than half of them is not tried: it would not be smaller."""
_EMPTY: Column = np.empty(0, dtype=np.int64)


class StoredLayout(NamedTuple):
    """The id and the bytes of a layout file."""

    id: LayoutId
    data: bytes


class LayoutFile(msgspec.Struct, frozen=True):
    """A layout as it is stored: its bytes, its id, and what it stands on.

    ``numbered`` is the layout with the tables as the file numbers them, which is what the next delta counts on: they
    keep packs and folds that are no longer used. ``bases`` are the layout files below, down to the checkpoint.
    """

    id: LayoutId
    data: bytes
    layout: Layout
    numbered: Layout
    origins: tuple[Origin, ...]
    bases: tuple[StoredLayout, ...] = ()

    @property
    def depth(self) -> int:
        """0 for a checkpoint, else the number of deltas up to and with this one."""
        return len(self.bases)

    def chain(self) -> list[StoredLayout]:
        """This layout file and those it stands on, down to the checkpoint."""
        return [StoredLayout(self.id, self.data), *self.bases]


def encode(layout: Layout, base: LayoutFile | None = None) -> LayoutFile:
    """The file for a layout: a delta of ``base`` while deltas are cheap beside their checkpoint, else a checkpoint."""
    layout = layout.pruned()
    if base is not None and base.depth < MAX_DEPTH:
        *deltas, checkpoint = [len(file.data) for file in base.chain()]
        delta = _encode_delta(layout, base)
        if delta is not None and _cheap(sum(deltas) + len(delta), checkpoint):
            file = _reread(delta, base)
            if _holders(file.layout) == _holders(layout):
                return file
    return _reread(_encode_checkpoint(layout), None)


def _cheap(deltas: int, checkpoint: int) -> bool:
    """Whether deltas of so many bytes together are worth it beside a checkpoint of so many."""
    return 2 * deltas <= checkpoint


def decode(data: bytes, read_base: Callable[[LayoutId], LayoutFile]) -> LayoutFile:
    """The layout in a file; ``read_base`` gives the layout file that a delta stands on.

    Raises CorruptError when the bytes are no layout of this format.
    """
    header, tables = unpack(data, MAGIC, "layout")
    try:
        base = None if header["base"] is None else read_base(LayoutId(header["base"]))
        return _decode(data, header, tables, base)
    except (KeyError, ValueError, IndexError, TypeError, OverflowError) as error:
        raise CorruptError(f"cannot read stored file '{layout_id(data)}.layout': {error}", hint="dsvc fsck") from error


def layout_id(data: bytes) -> LayoutId:
    """The id of a layout file with these bytes."""
    return LayoutId(hashlib.sha256(data).hexdigest()[:32])


def pack_header(magic: bytes, header: dict[str, Any], tables: bytes) -> bytes:
    """A dsvc file: the format's line, then one zlib stream of a JSON header line and tables."""
    line = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    data = line + b"\n" + tables
    return magic + zlib.compress(data, _LEVEL if len(data) < _LARGE else _LEVEL_OF_LARGE)


def unpack(data: bytes, magic: bytes, what: str) -> tuple[dict[str, Any], bytes]:
    """Header and tables of a dsvc file. Raises CorruptError for another format or damaged bytes."""
    if not data.startswith(magic):
        found = data[:24].split(b"\n")[0].decode("ascii", "replace")
        wanted = magic.decode().strip()
        raise CorruptError(
            f"cannot read {what}: expected format '{wanted}', found '{found}'",
            hint="it may come from a newer dsvc: pip install --upgrade dsvc",
        )
    try:
        line, end, tables = _inflate(data[len(magic) :]).partition(b"\n")
        header = json.loads(line)
        if not end or not isinstance(header, dict):
            raise ValueError("there is no header")
    except (zlib.error, ValueError, RecursionError) as error:
        raise CorruptError(f"cannot read {what}: its bytes are damaged ({error})", hint="dsvc fsck") from error
    return header, tables


def _inflate(data: bytes) -> bytes:
    stream = zlib.decompressobj()
    content = stream.decompress(data)
    if not stream.eof or stream.unused_data:
        raise ValueError("it ends too early" if not stream.eof else "there are bytes behind its end")
    return content


def columns_to_bytes(columns: Sequence[Column]) -> bytes:
    """Columns of 64-bit integers, each transposed to its eight byte planes, one after the other."""
    planes = [column.astype("<i8").view(np.uint8).reshape(-1, 8).T.tobytes() for column in columns]
    return b"".join(planes)


def columns_from_bytes(data: bytes, rows: int, columns: int) -> tuple[list[Column], bytes]:
    """``columns`` columns of ``rows`` integers from the start of ``data``, and the bytes behind them."""
    size = 8 * rows
    if len(data) < size * columns:
        raise ValueError(f"its tables hold {len(data)} bytes, {size * columns} were expected")
    read = []
    for number in range(columns):
        planes = np.frombuffer(data, dtype=np.uint8, count=size, offset=number * size).reshape(8, rows)
        read.append(np.ascontiguousarray(planes.T).view("<i8").reshape(rows).astype(np.int64))
    return read, data[size * columns :]


def _reread(data: bytes, base: LayoutFile | None) -> LayoutFile:
    """The file as a reader will see it: the numbers of its tables are those that the next delta counts on."""
    header, tables = unpack(data, MAGIC, "layout")
    return _decode(data, header, tables, base)


def _holders(layout: Layout) -> tuple[list[str], list[PackId]]:
    """What holds a layout's bytes: not what was meant when a delta's base has a fold that should not be there."""
    return layout.stored_files(), [fold.id for fold in layout.folds]


def _encode_checkpoint(layout: Layout) -> bytes:
    header = {
        "base": None,
        "depth": 0,
        **_tables_header(layout.packs, layout.folds, ()),
        "files": [_file_header(file, len(file.pieces)) for file in layout.files],
    }
    return pack_header(MAGIC, header, _pieces_bytes(layout.all_pieces()) + _runs_bytes(layout.folds))


def _encode_delta(layout: Layout, base: LayoutFile) -> bytes | None:
    """Packs keep the base's numbers, new ones follow; whole pieces of the base are copied. None: hardly any are.

    A pack with another origin than the base's table has it is a new one: its lines were deleted, and came in anew.
    """
    old = base.numbered
    known = {pack: number for number, pack in enumerate(old.packs)}
    added = [pack for pack in layout.packs if pack not in known]
    known.update({pack: len(old.packs) + number for number, pack in enumerate(added)})
    numbers = np.array([known[pack] for pack in layout.packs], dtype=np.int64)
    old_folds = {fold.file + fold.id for fold in old.folds}
    folds = tuple(
        Fold(f.file, f.id, f.bytes, f.runs.renumbered(numbers)) for f in layout.folds if f.file + f.id not in old_folds
    )
    rows = [_copying_rows(file.pieces.renumbered(numbers), old) for file in layout.files]
    pieces = sum(len(file.pieces) for file in layout.files)
    if pieces >= _MANY and 2 * sum(map(len, rows)) > pieces:
        return None
    header = {
        "base": base.id,
        "depth": base.depth + 1,
        **_tables_header(added, folds, base.origins),
        "files": [_file_header(file, len(r)) for file, r in zip(layout.files, rows, strict=True)],
    }
    return pack_header(MAGIC, header, _pieces_bytes(Pieces.concat(rows)) + _runs_bytes(folds))


def _tables_header(packs: Sequence[Pack], folds: Sequence[Fold], known_origins: Sequence[Origin]) -> dict[str, Any]:
    origins = {origin: number for number, origin in enumerate(known_origins)}
    before = len(known_origins)
    entries = [[p.id, p.bytes, p.lines, origins.setdefault(p.origin, len(origins))] for p in packs]
    return {
        "origins": [
            [origin.version, origin.source, [[a.name, a.kind] for a in origin.annotators]]
            for origin, number in origins.items()
            if number >= before
        ],
        "packs": entries,
        "folds": [{"file": f.file, "id": f.id, "bytes": f.bytes, "runs": len(f.runs)} for f in folds],
    }


def _file_header(file: FileLayout, rows: int) -> dict[str, Any]:
    return {
        "path": file.path,
        "split": file.split,
        "pieces": rows,
        "lines": file.lines,
        "records": file.records,
        "bytes": file.bytes,
        "sha256": file.sha256,
    }


def _copying_rows(pieces: Pieces, old: Layout) -> Pieces:
    """The pieces, with each run of pieces that stands so in one file of ``old`` as one copying row."""
    found = _places_in(pieces, old)
    if found is None:
        return pieces
    file, place = found
    same_run = (file[1:] >= 0) & (file[1:] == file[:-1]) & (place[1:] == place[:-1] + 1)
    starts = np.flatnonzero(np.concatenate(([True], ~same_run)))
    counts = np.diff(np.append(starts, len(pieces)))
    copied = file[starts] >= 0
    return Pieces(
        np.where(copied, -1 - file[starts], pieces.pack[starts]),
        np.where(copied, place[starts], pieces.offset[starts]),
        np.where(copied, counts, pieces.bytes[starts]),
        np.where(copied, 0, pieces.lines[starts]),
    )


def _places_in(pieces: Pieces, old: Layout) -> tuple[Column, Column] | None:
    """For each piece the file number and the place of an equal piece in ``old`` (-1: there is none)."""
    theirs = old.all_pieces()
    if not len(pieces) or not len(theirs):
        return None
    haystack, needles = theirs.places(), pieces.places()
    order = np.argsort(haystack, kind="stable")
    at = np.minimum(np.searchsorted(haystack[order], needles), len(order) - 1)
    place = order[at]
    equal = (haystack[place] == needles) & (theirs.bytes[place] == pieces.bytes)
    starts = np.cumsum([0, *(len(file.pieces) for file in old.files)])
    file = np.searchsorted(starts, place, side="right") - 1
    return np.where(equal, file, -1), np.where(equal, place - starts[file], -1)


def _pieces_bytes(pieces: Pieces) -> bytes:
    return columns_to_bytes([*_predicted(pieces), pieces.bytes, pieces.lines])


def _runs_bytes(folds: Sequence[Fold]) -> bytes:
    runs = Pieces.concat([fold.runs for fold in folds])
    return columns_to_bytes([*_predicted(runs), runs.bytes])


def _predicted(rows: Pieces) -> tuple[Column, Column]:
    """Pack and offset columns as differences to what the rows above let one expect."""
    pack = np.diff(rows.pack, prepend=np.int64(0))
    order = np.argsort(rows.pack, kind="stable")
    sorted_pack, ends = rows.pack[order], rows.ends()[order]
    follows = np.concatenate(([False], sorted_pack[1:] == sorted_pack[:-1])) if len(order) else _EMPTY > 0
    expected = np.zeros(len(rows), dtype=np.int64)
    expected[order[follows]] = ends[np.flatnonzero(follows) - 1]
    return pack, rows.offset - expected


def _restored(pack: Column, offset: Column, size: Column) -> tuple[Column, Column]:
    """The inverse of :func:`_predicted`."""
    pack = np.cumsum(pack, dtype=np.int64)
    order = np.argsort(pack, kind="stable")
    sorted_pack = pack[order]
    steps = offset[order]
    first = np.concatenate(([True], sorted_pack[1:] != sorted_pack[:-1])) if len(order) else _EMPTY > 0
    before = np.concatenate(([0], size[order][:-1])) if len(order) else _EMPTY
    moves = steps + np.where(first, 0, before)
    total = np.cumsum(moves, dtype=np.int64)
    group = np.flatnonzero(first)
    start_of_group = np.repeat(total[group] - moves[group], np.diff(np.append(group, len(order))))
    restored = np.empty(len(pack), dtype=np.int64)
    restored[order] = total - start_of_group
    return pack, restored


def _decode(data: bytes, header: dict[str, Any], tables: bytes, base: LayoutFile | None) -> LayoutFile:
    old = base.numbered if base is not None else Layout((), ())
    bases = tuple(base.chain()) if base is not None else ()
    if header["depth"] != len(bases) or len(bases) > MAX_DEPTH:
        raise ValueError(f"its depth is {header['depth']}, but it stands on {len(bases)}")
    origins = (base.origins if base is not None else ()) + tuple(
        Origin(VersionId(version), source, tuple(Annotator(name, kind) for name, kind in annotators))
        for version, source, annotators in header["origins"]
    )
    packs = old.packs + tuple(
        Pack(PackId(pack), size, lines, origins[origin]) for pack, size, lines, origin in header["packs"]
    )
    files, tables = _decode_files(header["files"], tables, old)
    numbered = Layout(packs, files, old.folds + _decode_folds(header["folds"], tables))
    _require_sound(numbered)
    return LayoutFile(layout_id(data), data, numbered.pruned(), numbered, origins, bases)


def _decode_files(entries: list[dict[str, Any]], tables: bytes, old: Layout) -> tuple[tuple[FileLayout, ...], bytes]:
    counts = [entry["pieces"] for entry in entries]
    (pack, offset, size, lines), tables = columns_from_bytes(tables, sum(counts), 4)
    rows = Pieces(*_restored(pack, offset, size), size, lines)
    files, position = [], 0
    for entry, count in zip(entries, counts, strict=True):
        pieces = _expanded(rows[position : position + count], old)
        position += count
        require_data_path(entry["path"])
        facts = {name: entry[name] for name in ("path", "split", "lines", "records", "bytes", "sha256")}
        files.append(FileLayout(pieces=pieces, **facts))
    return tuple(files), tables


def _decode_folds(entries: list[dict[str, Any]], tables: bytes) -> tuple[Fold, ...]:
    count = sum(entry["runs"] for entry in entries)
    (pack, offset, size), rest = columns_from_bytes(tables, count, 3)
    if rest:
        raise ValueError(f"there are {len(rest)} bytes behind its tables")
    runs = Pieces(*_restored(pack, offset, size), size, np.zeros(count, dtype=np.int64))
    folds, position = [], 0
    for entry in entries:
        part = runs[position : position + entry["runs"]]
        position += entry["runs"]
        folds.append(Fold(entry["file"], PackId(entry["id"]), entry["bytes"], part))
    return tuple(folds)


def _require_sound(layout: Layout) -> None:
    """Raise ValueError unless all pieces and runs lie inside their packs and add up to their files."""
    limits = np.array([pack.bytes for pack in layout.packs], dtype=np.int64)
    held = [(f"'{file.path}'", file.pieces, file.bytes) for file in layout.files]
    for name, rows, size in [*held, *((f"fold '{fold.file}'", fold.runs, fold.bytes) for fold in layout.folds)]:
        if len(rows) and (rows.pack.min() < 0 or rows.pack.max() >= len(limits)):
            raise ValueError(f"{name} names packs that are not listed")
        if len(rows) and (rows.offset.min() < 0 or rows.bytes.min() <= 0 or (rows.ends() > limits[rows.pack]).any()):
            raise ValueError(f"{name} reaches beyond its packs")
        if int(rows.bytes.sum()) != size:
            raise ValueError(f"the pieces of {name} do not add up")


def _expanded(rows: Pieces, old: Layout) -> Pieces:
    """The rows with each copying row replaced by the pieces that it copies."""
    copying = np.flatnonzero(rows.pack < 0)
    if not len(copying):
        return rows
    parts, position = [], 0
    for at in copying.tolist():
        parts.append(rows[position:at])
        pieces = old.files[-1 - int(rows.pack[at])].pieces
        first, count = int(rows.offset[at]), int(rows.bytes[at])
        if first < 0 or count <= 0 or first + count > len(pieces):
            raise ValueError("it copies pieces that its base does not have")
        parts.append(pieces[first : first + count])
        position = at + 1
    parts.append(rows[position:])
    return Pieces.concat(parts)
