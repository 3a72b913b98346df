"""The lines that a layout subtraction leaves over on one side: where they lie and digests of them, never their texts.

A million leftover lines take about 70 bytes each; their texts are read again, in batches, when they are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import orjson
import xxhash

from dsvc.diff.value_digest import value_digests
from dsvc.record import canonical_value, is_blank, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dsvc.diff.layout_diff import Leftovers
    from dsvc.layout import Column
    from dsvc.record import Json
    from dsvc.snapshot import PackReader

    Digests = NDArray[np.uint64]

_BATCH_BYTES = 4 * 1024 * 1024
_NEAR_BYTES = 16 * 1024
_UNTERMINATED = np.uint64(0x9E3779B97F4A7C15)
_NO_KEY = bytes(16)


class LeftoverLines(msgspec.Struct, frozen=True, eq=False):
    """Leftover records (blank lines are only counted), in order, by column.

    ``position`` is the line's number (from 0) over all files of the side; ``offset`` and ``size`` (without line end)
    lie in pack ``pack``; ``run`` tells which lines lie in one range of bytes. Digests are rows of two 64-bit numbers:
    of the bytes (a last line without line end differs from one with it), of the value, and of the key
    (zero: the record has none). They are empty when they were not asked for. ``blank`` are positions of blank lines,
    ``unterminated`` numbers of lines without a line end.
    """

    packs: PackReader
    position: Column
    pack: Column
    offset: Column
    size: Column
    run: Column
    raw: Digests
    value: Digests
    key: Digests
    blank: Column
    unterminated: Column

    def __len__(self) -> int:
        return len(self.position)

    def read(self, numbers: Column) -> list[bytes]:
        """The lines with these numbers (indexes into the columns), without line ends, reading neighbours at once."""
        contents: list[bytes] = [b""] * len(numbers)
        order = np.argsort(numbers, kind="stable")
        chosen = numbers[order]
        start, end = self.offset[chosen], self.offset[chosen] + self.size[chosen]
        for low, high in _groups(start, end, self.run[chosen]):
            first = int(start[low])
            data = self.packs.read(int(self.pack[chosen[low]]), first, int(end[high - 1]) - first)
            places = zip(
                order[low:high].tolist(),
                (start[low:high] - first).tolist(),
                (end[low:high] - first).tolist(),
                strict=True,
            )
            for place, begin, stop in places:
                contents[place] = data[begin:stop]
        return contents


def _groups(start: Column, end: Column, run: Column) -> Iterator[tuple[int, int]]:
    """Index ranges of lines to read at once: in one run, close together, about 4 MiB at most."""
    if not len(start):
        return
    apart = (run[1:] != run[:-1]) | (start[1:] - end[:-1] > _NEAR_BYTES)
    apart |= start[1:] // _BATCH_BYTES != start[:-1] // _BATCH_BYTES
    firsts = np.flatnonzero(np.concatenate(([True], apart)))
    yield from zip(firsts.tolist(), [*firsts[1:].tolist(), len(start)], strict=True)


def scan_leftovers(
    packs: PackReader, leftovers: Leftovers, *, digests: bool = True, key: Sequence[str] = ()
) -> LeftoverLines:
    """Read all leftover ranges once, in batches of about 4 MiB."""
    scan = _Scan(digests, key)
    ranges = zip(leftovers.position.tolist(), leftovers.pieces, strict=True)
    for run, (position, piece) in enumerate(ranges):
        scan.begin(position, piece.pack, piece.offset, run)
        end = piece.offset + piece.bytes
        for start in range(piece.offset, end, _BATCH_BYTES):
            scan.feed(packs.read(piece.pack, start, min(_BATCH_BYTES, end - start)))
        scan.end()
    scan.flush()
    return scan.result(packs)


class _Scan:
    """Collects the lines of ranges; columns and digests are made for many short ranges at once."""

    def __init__(self, digests: bool, key: Sequence[str]) -> None:  # noqa: FBT001
        self._digests = digests
        self._paths = [field.split(".") for field in key]
        self._columns: list[tuple[Column, ...]] = []
        self._raw: list[bytes] = []
        self._value: list[bytes] = []
        self._key: list[bytes] = []
        self._blank: list[Column] = []
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._runs: list[tuple[int, int, int, int, int, bool]] = []
        self._pending: list[bytes] = []
        self._position = self._pack = self._offset = self._run = 0

    def begin(self, position: int, pack: int, offset: int, run: int) -> None:
        """Start the range that begins with the line at ``position``, at ``offset`` of a pack."""
        self._position, self._pack, self._offset, self._run = position, pack, offset, run

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the range."""
        first, *lines = data.split(b"\n")
        self._pending.append(first)
        if lines:
            lines.insert(0, b"".join(self._pending))
            self._pending = [lines.pop()]
            self._take(lines, unterminated=False)

    def end(self) -> None:
        """The range ends; its last line may lack a line end."""
        last = b"".join(self._pending)
        self._pending = []
        if last:
            self._take([last], unterminated=True)

    def _take(self, lines: list[bytes], *, unterminated: bool) -> None:
        self._runs.append((self._position, self._pack, self._offset, self._run, len(lines), unterminated))
        self._waiting += lines
        size = sum(map(len, lines)) + len(lines)
        self._waiting_bytes += size
        self._offset += size
        self._position += len(lines)
        if self._waiting_bytes >= _BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Make columns and digests of the lines that wait."""
        lines = self._waiting
        # A record starts with a brace: only what does not can be blank.
        blank = [number for number, line in enumerate(lines) if line[:1] != b"{" and is_blank(line)]
        columns = self._line_columns(lines)
        if blank:
            keep = np.ones(len(lines), dtype=bool)
            keep[blank] = False
            self._blank.append(columns[0][blank])
            columns = tuple(column[keep] for column in columns)
            lines = [line for line, kept in zip(lines, keep.tolist(), strict=True) if kept]
        self._columns.append(columns)
        if self._digests:
            self._raw.append(b"".join(map(xxhash.xxh3_128_digest, lines)))
            self._value.append(value_digests(lines))
            if self._paths:
                self._key.append(b"".join([_key_digest(line, self._paths) for line in lines]))
        self._waiting, self._waiting_bytes, self._runs = [], 0, []

    def _line_columns(self, lines: list[bytes]) -> tuple[Column, ...]:
        """Position, pack, offset, size, run and whether it is unterminated, of each line."""
        runs = np.array(self._runs, dtype=np.int64).reshape(-1, 6)
        counts = runs[:, 4]
        of_line = np.repeat(np.arange(len(runs)), counts)
        firsts = np.cumsum(counts) - counts
        position, pack, offset, run, _, unterminated = runs[of_line].T
        sizes = np.fromiter(map(len, lines), dtype=np.int64, count=len(lines))
        before = np.cumsum(sizes + 1) - sizes - 1
        offset = offset + before - before[firsts][of_line]
        position = position + np.arange(len(lines)) - firsts[of_line]
        return position, pack.copy(), offset, sizes, run.copy(), unterminated.copy()

    def result(self, packs: PackReader) -> LeftoverLines:
        """All that was collected."""
        empty = np.empty(0, dtype=np.int64)
        parts = zip(*[(empty,) * 6, *self._columns], strict=True)
        position, pack, offset, size, run, flags = (np.concatenate(part) for part in parts)
        unterminated = np.flatnonzero(flags)
        raw = _rows(self._raw)
        if len(raw):
            raw[unterminated] ^= _UNTERMINATED
        blank = np.concatenate([empty, *self._blank])
        values, keys = _rows(self._value), _rows(self._key)
        return LeftoverLines(packs, position, pack, offset, size, run, raw, values, keys, blank, unterminated)


def _rows(parts: list[bytes]) -> Digests:
    return np.frombuffer(bytearray(b"".join(parts)), dtype=np.uint64).reshape(-1, 2)


def key_digest(line: bytes, key: Sequence[str]) -> bytes | None:
    """The digest of a record's key values, None when it has no such key."""
    digest = _key_digest(line, [field.split(".") for field in key])
    return None if digest == _NO_KEY else digest


def _key_digest(line: bytes, paths: list[list[str]]) -> bytes:
    """The digest of a record's key values, zero when one of them is missing."""
    try:
        value = orjson.loads(line)
        values = [_field(value, path) for path in paths]
        return xxhash.xxh3_128_digest(orjson.dumps(values, option=orjson.OPT_SORT_KEYS))
    except (ValueError, TypeError):
        return _key_digest_slowly(line, paths)
    except KeyError:
        return _NO_KEY


def _key_digest_slowly(line: bytes, paths: list[list[str]]) -> bytes:
    try:
        value = parse(line)
        return xxhash.xxh3_128_digest(canonical_value([_field(value, path) for path in paths]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return _NO_KEY


def _field(value: Any, path: list[str]) -> Json:
    """The value at a dotted path. Raises KeyError when there is none."""
    if isinstance(value, dict) and ".".join(path) in value:
        return value[".".join(path)]  # type: ignore[no-any-return]
    for step in path:
        if not isinstance(value, dict):
            raise KeyError(step)
        value = value[step]
    return value  # type: ignore[no-any-return]
