"""Some of the changes between two versions: the old side with these applied, everything else as it was.

A chosen edit takes the place of the old record; a chosen removal leaves a gap; what was added, or moved, goes behind
the line that it follows in the new version, as far as that line is in its old place. All of the changes chosen give
the records of the new version, none give the old one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import msgspec
import numpy as np

from dsvc.delta import Added, Instead, MovedBlock, Removed
from dsvc.errors import ProtectedError
from dsvc.line_table import CHUNK_BYTES
from dsvc.record import BOM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from dsvc.delta import Change
    from dsvc.layout import Column
    from dsvc.line_table import LineTable
    from dsvc.snapshot import Record, Snapshot

    Flags = NDArray[np.bool_]

_OLD, _NEW = 0, 1


class Side(msgspec.Struct, frozen=True, eq=False):
    """One side of a comparison: its lines are numbered from 0 through all files."""

    snapshot: Snapshot
    tables: Mapping[str, LineTable]
    reads: Mapping[str, Callable[[int, int], bytes]]
    """For each file a function that reads a range of it, verified."""

    @staticmethod
    def of(snapshot: Snapshot) -> Side:
        """With line tables, which may have to be read."""
        files = snapshot.layout.files
        tables = {file.path: snapshot.line_table(file) for file in files}
        return Side(snapshot, tables, {file.path: snapshot.range_reader(file, verified=True) for file in files})

    @property
    def count(self) -> int:
        """Number of lines."""
        return sum(file.lines for file in self.snapshot.layout.files)

    def span(self, path: str) -> range:
        """The numbers of the lines of a file; none for a file that is not there."""
        start = 0
        for file in self.snapshot.layout.files:
            if file.path == path:
                return range(start, start + file.lines)
            start += file.lines
        return range(0)

    def number(self, path: str, line: int) -> int:
        """The number of a line (from 1) of a file. Raises IndexError when there is none."""
        return self.span(path)[line - 1]

    def content(self, path: str, line: int) -> bytes:
        """A line (from 1) without its end."""
        ends = self.tables[path].ends
        start = int(ends[line - 2]) if line > 1 else 0
        return self.reads[path](start, int(ends[line - 1]) - start).removesuffix(b"\n")

    def begins_with_bom(self, path: str) -> bool:
        """Whether a file begins with a byte order mark."""
        return self.reads[path](0, min(len(BOM), self.tables[path].size)) == BOM


class Correspondence(msgspec.Struct, frozen=True, eq=False):
    """For each new line the number of the old one that it was (-1: none), whether it was changed, whether it moved.

    ``renamed``: the old paths of files that are called otherwise in the new version, by their new ones.
    """

    old: Side
    new: Side
    partner: Column
    changed: Flags
    moved: Flags
    renamed: Mapping[str, str]

    def inverted(self) -> Correspondence:
        """The way back."""
        partner = np.full(self.old.count, -1, dtype=np.int64)
        changed, moved = np.zeros(len(partner), dtype=bool), np.zeros(len(partner), dtype=bool)
        known = np.flatnonzero(self.partner >= 0)
        partner[self.partner[known]] = known
        changed[self.partner[known]] = self.changed[known]
        moved[self.partner[known]] = self.moved[known]
        renamed = {old: new for new, old in self.renamed.items()}
        return Correspondence(self.new, self.old, partner, changed, moved, renamed)

    def new_paths(self) -> dict[str, str]:
        """The files of the new side by the names that they have in the old one, if they have any there."""
        return {self.renamed.get(file.path, file.path): file.path for file in self.new.snapshot.layout.files}


class Choice(msgspec.Struct, frozen=True, eq=False):
    """Chosen changes: which new lines to take, which old ones to leave out, and what to write instead of new ones."""

    taken: Flags
    left_out: Flags
    contents: Mapping[int, bytes]

    @staticmethod
    def of(changes: Iterable[Change], between: Correspondence) -> Choice:
        """The places of these changes. Raises ProtectedError when one of them is not (or not any more) among them."""
        taken, left_out = np.zeros(between.new.count, dtype=bool), np.zeros(between.old.count, dtype=bool)
        partnered = np.zeros(between.old.count, dtype=bool)
        partnered[between.partner[between.partner >= 0]] = True
        contents: dict[int, bytes] = {}
        for change in changes:
            delta = change.change if isinstance(change, Instead) else change
            if isinstance(delta, MovedBlock):
                first = _number(between.new, delta.new_file, delta.new_line)
                before = _number(between.old, delta.old_file, delta.old_line)
                taken[first : first + delta.lines] = True
                moved = between.partner[first : first + delta.lines][between.moved[first : first + delta.lines]]
                if not np.array_equal(moved, np.arange(before, before + delta.lines)):
                    _refuse(delta.new_file, delta.new_line)
            elif isinstance(delta, Removed):
                number = _number_of(between.old, delta.record)
                if partnered[number]:
                    _refuse(delta.record.file, delta.record.line)
                left_out[number] = True
            else:
                record = delta.record if isinstance(delta, Added) else delta.new
                number = _number_of(between.new, record)
                old = int(between.partner[number])
                if (old < 0) != isinstance(delta, Added) or (
                    not isinstance(delta, Added) and old != _number_of(between.old, delta.old)
                ):
                    _refuse(record.file, record.line)
                taken[number] = True
                if isinstance(change, Instead):
                    crlf = record.content.endswith(b"\r") and not change.content.endswith(b"\r")
                    contents[number] = change.content + b"\r" * crlf
        return Choice(taken, left_out, contents)


def applied(between: Correspondence, choice: Choice) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The files of the old side with the chosen changes, each as chunks of bytes; they keep their names.

    A file that only the new side has is there if something of it was taken; one that it lacks goes when something of
    it was and nothing is left.
    """
    moved_away = np.zeros(between.old.count, dtype=bool)
    away = choice.taken & between.moved & (between.partner >= 0)
    moved_away[between.partner[away]] = True
    old_lines = {file.path: file.lines for file in between.old.snapshot.layout.files}
    new_paths = between.new_paths()
    for path in dict.fromkeys((*old_lines, *new_paths)):
        new_path = new_paths.get(path, path)
        sides, lines = _order(between, choice, moved_away, path, new_path)
        if len(lines) or (path in old_lines and (path in new_paths or not old_lines[path])):
            readers = {_OLD: _reader(between.old, path), _NEW: _reader(between.new, new_path)}
            marked = _begins_with_bom(between, choice, path, new_path)
            yield path, _with_bom(_chunks(readers, sides, lines, choice.contents), marked=marked)


def _begins_with_bom(between: Correspondence, choice: Choice, path: str, new_path: str) -> bool:
    """Whether a file of the outcome begins with a byte order mark: as on the old side, unless its first line is taken.

    The mark belongs to the file, whatever line stands first in it.
    """
    old, new = between.old.span(path), between.new.span(new_path)
    if not old:
        return bool(new) and between.new.begins_with_bom(new_path)
    taken = new and choice.taken[new[0]] and between.partner[new[0]] == old[0] and not between.moved[new[0]]
    return between.new.begins_with_bom(new_path) if taken else between.old.begins_with_bom(path)


def _with_bom(chunks: Iterator[bytes], *, marked: bool) -> Iterator[bytes]:
    for number, chunk in enumerate(chunks):
        yield BOM + chunk if marked and not number else chunk


def _order(
    between: Correspondence, choice: Choice, moved_away: Flags, path: str, new_path: str
) -> tuple[Column, Column]:
    """For each line of a file of the outcome the side that has it, and its number there."""
    old = np.array(between.old.span(path), dtype=np.int64)
    new = np.array(between.new.span(new_path), dtype=np.int64)
    partner, taken = between.partner[new], choice.taken[new]
    in_place = (partner >= 0) & ~between.moved[new]
    behind = np.maximum.accumulate(np.where(in_place, partner, old[0] - 1 if len(old) else -1))
    inserted = taken & ~in_place
    edited = taken & in_place & between.changed[new]

    side, line = np.full(len(old), _OLD), old.copy()
    if len(old):
        side[partner[edited] - old[0]] = _NEW
        line[partner[edited] - old[0]] = new[edited]
    kept = ~(choice.left_out[old] | moved_away[old])
    sides = np.concatenate((side[kept], np.full(int(inserted.sum()), _NEW)))
    lines = np.concatenate((line[kept], new[inserted]))
    after = np.concatenate((old[kept], behind[inserted]))
    turn = np.concatenate((np.full(int(kept.sum()), -1), new[inserted]))
    order = np.lexsort((turn, after))
    return sides[order], lines[order]


def _chunks(
    readers: Mapping[int, Callable[[int, int], Iterator[bytes]]],
    sides: Column,
    lines: Column,
    contents: Mapping[int, bytes],
) -> Iterator[bytes]:
    """The bytes of such lines, without byte order marks; all but the last one have a line end."""
    replaced = np.isin(lines, list(contents)) & (sides == _NEW)
    apart = (sides[1:] != sides[:-1]) | (lines[1:] != lines[:-1] + 1) | replaced[1:] | replaced[:-1]
    firsts = np.flatnonzero(np.concatenate(([True], apart))) if len(lines) else lines
    ended = True
    for first, count in zip(firsts.tolist(), np.diff(np.append(firsts, len(lines))).tolist(), strict=True):
        if not ended:
            yield b"\n"
        if replaced[first]:
            yield contents[int(lines[first])].removeprefix(BOM) + b"\n"
            ended = True
            continue
        chunk = b""
        for chunk in readers[int(sides[first])](int(lines[first]), count):
            yield chunk
        ended = chunk.endswith(b"\n")


def _reader(side: Side, path: str) -> Callable[[int, int], Iterator[bytes]]:
    """Reads lines of a file, given the number of the first one, and how many."""
    span = side.span(path)
    if not span:
        return lambda _first, _count: iter(())
    table, read = side.tables[path], side.reads[path]

    def chunks(first: int, count: int) -> Iterator[bytes]:
        at = first - span.start
        start, end = int(table.ends[at - 1]) if at else 0, int(table.ends[at + count - 1])
        for offset in range(start, end, CHUNK_BYTES):
            chunk = read(offset, min(CHUNK_BYTES, end - offset))
            yield chunk if offset else chunk.removeprefix(BOM)

    return chunks


def _number_of(side: Side, record: Record) -> int:
    number = _number(side, record.file, record.line)
    if side.content(record.file, record.line).removesuffix(b"\r") != record.content.removesuffix(b"\r"):
        _refuse(record.file, record.line)
    return number


def _number(side: Side, path: str, line: int) -> int:
    try:
        return side.number(path, line)
    except IndexError:
        _refuse(path, line)


def _refuse(path: str, line: int) -> NoReturn:
    raise ProtectedError(
        f"'{path}' was changed after it was compared: line {line:,} is not what it was",
        hint="compare again, then choose again",
    )
