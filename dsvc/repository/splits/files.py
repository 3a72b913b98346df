"""The files of a split: which lines each is made of, and their bytes in the order of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import xxhash

from dsvc.record import BOM

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from dsvc.layout import FileLayout
    from dsvc.snapshot import Snapshot
    from dsvc.splitting.plan import SplitPlan

    Column = NDArray[Any]

_BLOCK = 4 << 20


class SnapshotLines:
    """A file of a snapshot, line by line, from the start or at any place."""

    def __init__(self, snapshot: Snapshot, file: FileLayout, name: str | None = None) -> None:
        self.snapshot, self._file = snapshot, file
        self._ends: Column | None = None
        self._read = snapshot.range_reader(file, verified=True)
        self.name = name or file.path

    @property
    def path(self) -> str:
        """The file's path."""
        return self._file.path

    @property
    def ends(self) -> Column:
        """Where each line ends."""
        if self._ends is None:
            self._ends = self.snapshot.line_table(self._file).ends
        return self._ends

    @property
    def mark(self) -> str:
        """A digest of its bytes, which tells them from any others."""
        digest = xxhash.xxh3_128()
        for chunk in self.snapshot.chunks(self._file):
            digest.update(chunk)
        return digest.hexdigest()

    def lines(self) -> Iterator[bytes]:
        """All lines, without their ends."""
        return self.snapshot.lines(self._file)

    def line(self, number: int) -> bytes:
        """Line ``number`` (from 0), without its end."""
        start = int(self.ends[number - 1]) if number else 0
        return self._read(start, int(self.ends[number]) - start).removesuffix(b"\n")

    def chosen(self, taken: Column) -> Iterator[bytes]:
        """The bytes of the lines for which ``taken`` is true."""
        first, ends = 0, self.ends
        while first < len(ends):
            start = int(ends[first - 1]) if first else 0
            last = max(int(ends.searchsorted(start + _BLOCK, "right")), first + 1)
            if taken[first:last].any():
                block = self._read(start, int(ends[last - 1]) - start)
                yield _only(block, ends[first:last] - start, taken[first:last])
            first = last


def _only(block: bytes, ends: Column, taken: Column) -> bytes:
    """Those lines of a block that are taken."""
    if taken.all():
        return block
    edges = np.flatnonzero(np.diff(np.concatenate(([False], taken, [False])).astype(np.int8)))
    starts = np.concatenate(([0], ends))[edges].tolist()
    return b"".join([block[begin:end] for begin, end in zip(starts[::2], starts[1::2], strict=True)])


class OutFile(msgspec.Struct, frozen=True):
    """A file to be written: its path, and the lines of each input that go into it."""

    path: str
    sources: tuple[tuple[SnapshotLines, Column], ...]

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return sum(int(np.count_nonzero(taken)) for _, taken in self.sources)

    def chunks(self) -> Iterator[bytes]:
        """Its bytes. A line end is added where a last line without one is no longer last; a byte order mark stays only
        where it begins the file.
        """
        complete, begun = True, False
        for lines, taken in self.sources:
            is_first = len(taken) > 0 and bool(taken[0])
            for chunk in lines.chosen(taken):
                data = chunk.removeprefix(BOM) if is_first and begun else chunk
                is_first = False
                if not data:
                    continue
                yield data if complete else b"\n" + data
                complete, begun = data.endswith(b"\n"), True


def sides_of_lines(plan: SplitPlan, lines: SnapshotLines) -> Column:
    """The side of every line; a blank one goes with the record above it, else with the first one."""
    rows, sides = plan.sides(lines)
    found = np.full(len(lines.ends), -1, dtype=np.int64)
    found[rows] = sides
    places = np.maximum.accumulate(np.where(found >= 0, np.arange(len(found)), -1))
    first = int(sides[0]) if len(sides) else 0
    return np.where(places >= 0, found[places.clip(0)], first) if len(found) else found


def parts_anew(plan: SplitPlan, folder: str, inputs: Sequence[SnapshotLines]) -> list[OutFile]:
    """One file for each part, made of the lines of all inputs."""
    sides = [(lines, sides_of_lines(plan, lines)) for lines in inputs]
    return [
        OutFile(f"{folder}/{part.name}.jsonl", tuple((lines, found == number) for lines, found in sides))
        for number, part in enumerate(plan.parts)
    ]


def parts_with_more(
    plan: SplitPlan, folder: str, present: Sequence[tuple[SnapshotLines, int]], new: Sequence[SnapshotLines]
) -> list[OutFile]:
    """The files of the parts as they are, and behind the last one of each part the new lines that belong to it."""
    sides = [(lines, sides_of_lines(plan, lines)) for lines in new]
    made = []
    for number, part in enumerate(plan.parts):
        here = [lines for lines, side in present if side == number]
        more = tuple((lines, found == number) for lines, found in sides)
        made += [OutFile(lines.path, ((lines, _all(lines)),)) for lines in here[:-1]]
        last = tuple((lines, _all(lines)) for lines in here[-1:])
        made.append(OutFile(here[-1].path if here else f"{folder}/{part.name}.jsonl", (*last, *more)))
    return made


def _all(lines: SnapshotLines) -> Column:
    return np.ones(len(lines.ends), dtype=bool)
