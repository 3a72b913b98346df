"""Layout files: checkpoints and deltas to bytes and back (``docs/format.md`` section 4).

``columns_to_bytes`` and ``columns_from_bytes`` are the table encoding that layouts and indexes share.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dsvc.errors import CorruptError
from dsvc.layout import (
    Annotator,
    FileLayout,
    Fold,
    Layout,
    LayoutId,
    Origin,
    Pack,
    PackId,
    Pieces,
    VersionId,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dsvc.layout import Column

MAGIC = b"dsvc.layout/1\n"
MAX_DEPTH = 31
_EMPTY: Column = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class LayoutFile:
    """A layout as it is stored: its bytes, its id, and what it stands on."""

    id: LayoutId
    data: bytes
    layout: Layout
    base: LayoutFile | None

    @property
    def depth(self) -> int:
        """0 for a checkpoint, else the number of deltas up to and with this one."""
        return 0 if self.base is None else self.base.depth + 1

    def chain(self) -> list[LayoutFile]:
        """This layout file and those it stands on, down to the checkpoint."""
        return [self] if self.base is None else [self, *self.base.chain()]


def encode(layout: Layout, base: LayoutFile | None = None) -> LayoutFile:
    """The file for a layout: a delta of ``base`` where that is allowed and smaller, else a checkpoint."""
    layout = layout.pruned()
    checkpoint = _reread(_encode_checkpoint(layout), None)
    if base is None or base.depth >= MAX_DEPTH:
        return checkpoint
    delta = _reread(_encode_delta(layout, base), base)
    chain = delta.chain()
    too_long = 2 * sum(len(file.data) for file in chain[:-1]) > max(len(chain[-1].data), len(checkpoint.data))
    return checkpoint if too_long or len(delta.data) >= len(checkpoint.data) else delta


def decode(data: bytes, read_base: Callable[[LayoutId], LayoutFile]) -> LayoutFile:
    """The layout in a file; ``read_base`` gives the layout file that a delta stands on.

    Raises CorruptError when the bytes are no layout of this format.
    """
    header, tables = unpack(data, MAGIC, "layout")
    try:
        base = None if header["base"] is None else read_base(LayoutId(header["base"]))
        layout = _decode_layout(header, tables, base)
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise CorruptError(f"cannot read layout '{layout_id(data)}': {error}", hint="dsvc fsck") from error
    return LayoutFile(layout_id(data), data, layout, base)


def layout_id(data: bytes) -> LayoutId:
    """The id of a layout file with these bytes."""
    return LayoutId(hashlib.sha256(data).hexdigest()[:32])


def base_of(data: bytes) -> LayoutId | None:
    """The id of the layout that a layout file is a delta of, None for a checkpoint."""
    header, _ = unpack(data, MAGIC, "layout")
    return None if header["base"] is None else LayoutId(header["base"])


def pack_header(magic: bytes, header: dict[str, Any], tables: bytes) -> bytes:
    """A dsvc file: the format's line, then one zlib stream of a JSON header line and tables."""
    line = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return magic + zlib.compress(line + b"\n" + tables, 9)


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
        line, _, tables = zlib.decompress(data[len(magic) :]).partition(b"\n")
        header = json.loads(line)
    except (zlib.error, ValueError) as error:
        raise CorruptError(f"cannot read {what}: its bytes are damaged ({error})", hint="dsvc fsck") from error
    return header, tables


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
    return LayoutFile(layout_id(data), data, _decode_layout(header, tables, base), base)


def _encode_checkpoint(layout: Layout) -> bytes:
    header = {
        "base": None,
        "depth": 0,
        **_tables_header(layout.packs, layout.folds, []),
        "files": [_file_header(file, len(file.pieces)) for file in layout.files],
    }
    return pack_header(MAGIC, header, _pieces_bytes(layout.all_pieces()) + _runs_bytes(layout.folds))


def _encode_delta(layout: Layout, base: LayoutFile) -> bytes:
    """Packs keep the base's numbers, new ones follow; whole pieces of the base are copied."""
    old = base.layout
    known = {pack.id: number for number, pack in enumerate(old.packs)}
    added = [pack for pack in layout.packs if pack.id not in known]
    known.update({pack.id: len(old.packs) + number for number, pack in enumerate(added)})
    numbers = np.array([known[pack.id] for pack in layout.packs], dtype=np.int64)
    old_folds = {fold.file + fold.id for fold in old.folds}
    folds = tuple(
        Fold(f.file, f.id, f.bytes, f.runs.renumbered(numbers)) for f in layout.folds if f.file + f.id not in old_folds
    )
    rows = [_copying_rows(file.pieces.renumbered(numbers), old) for file in layout.files]
    header = {
        "base": base.id,
        "depth": base.depth + 1,
        **_tables_header(added, folds, [pack.origin for pack in old.packs]),
        "files": [_file_header(file, len(r)) for file, r in zip(layout.files, rows, strict=True)],
    }
    return pack_header(MAGIC, header, _pieces_bytes(Pieces.concat(rows)) + _runs_bytes(folds))


def _tables_header(packs: Sequence[Pack], folds: Sequence[Fold], known_origins: Sequence[Origin]) -> dict[str, Any]:
    origins = {origin: number for number, origin in enumerate(dict.fromkeys(known_origins))}
    before = len(origins)
    entries = [[p.id, p.bytes, p.lines, origins.setdefault(p.origin, len(origins))] for p in packs]
    return {
        "origins": [
            [origin.version, origin.source, [[a.name, a.kind] for a in origin.annotators]]
            for origin in list(origins)[before:]
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
    row_type = np.dtype([("pack", "<i8"), ("offset", "<i8"), ("bytes", "<i8")])
    haystack, needles = _as_rows(theirs, row_type), _as_rows(pieces, row_type)
    order = np.argsort(haystack, kind="stable", order=("pack", "offset", "bytes"))
    at = np.minimum(np.searchsorted(haystack[order], needles), len(order) - 1)
    place = order[at]
    equal = haystack[place] == needles
    starts = np.cumsum([0, *(len(file.pieces) for file in old.files)])
    file = np.searchsorted(starts, place, side="right") - 1
    return np.where(equal, file, -1), np.where(equal, place - starts[file], -1)


def _as_rows(pieces: Pieces, row_type: np.dtype[Any]) -> Any:
    rows = np.empty(len(pieces), dtype=row_type)
    rows["pack"], rows["offset"], rows["bytes"] = pieces.pack, pieces.offset, pieces.bytes
    return rows


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


def _decode_layout(header: dict[str, Any], tables: bytes, base: LayoutFile | None) -> Layout:
    old = base.layout if base is not None else Layout((), (), ())
    origins = list(dict.fromkeys(pack.origin for pack in old.packs))
    origins += [
        Origin(VersionId(version), source, tuple(Annotator(name, kind) for name, kind in annotators))
        for version, source, annotators in header["origins"]
    ]
    packs = old.packs + tuple(
        Pack(PackId(pack), size, lines, origins[origin]) for pack, size, lines, origin in header["packs"]
    )
    count = sum(file["pieces"] for file in header["files"])
    (pack, offset, size, lines), tables = columns_from_bytes(tables, count, 4)
    rows = Pieces(*_restored(pack, offset, size), size, lines)
    files = []
    position = 0
    for entry in header["files"]:
        part = rows[position : position + entry["pieces"]]
        position += entry["pieces"]
        files.append(_decode_file(entry, _expanded(part, old), len(packs)))
    return Layout(packs, tuple(files), old.folds + _decode_folds(header["folds"], tables)).pruned()


def _decode_file(entry: dict[str, Any], pieces: Pieces, packs: int) -> FileLayout:
    if len(pieces) and (pieces.pack.max() >= packs or int(pieces.bytes.sum()) != entry["bytes"]):
        raise ValueError(f"the pieces of '{entry['path']}' do not add up")
    return FileLayout(
        entry["path"],
        pieces,
        entry["lines"],
        entry["records"],
        entry["bytes"],
        entry["sha256"],
        entry["split"],
    )


def _decode_folds(entries: list[dict[str, Any]], tables: bytes) -> tuple[Fold, ...]:
    count = sum(entry["runs"] for entry in entries)
    (pack, offset, size), _ = columns_from_bytes(tables, count, 3)
    runs = Pieces(*_restored(pack, offset, size), size, np.zeros(count, dtype=np.int64))
    folds, position = [], 0
    for entry in entries:
        part = runs[position : position + entry["runs"]]
        position += entry["runs"]
        folds.append(Fold(entry["file"], PackId(entry["id"]), entry["bytes"], part))
    return tuple(folds)


def _expanded(rows: Pieces, old: Layout) -> Pieces:
    """The rows with each copying row replaced by the pieces that it copies."""
    copying = np.flatnonzero(rows.pack < 0)
    if not len(copying):
        return rows
    parts, position = [], 0
    for at in copying.tolist():
        parts.append(rows[position:at])
        pieces = old.files[-1 - int(rows.pack[at])].pieces
        first = int(rows.offset[at])
        parts.append(pieces[first : first + int(rows.bytes[at])])
        position = at + 1
    parts.append(rows[position:])
    return Pieces.concat(parts)
