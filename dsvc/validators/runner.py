"""Records through rules: in blocks, in several processes, findings as they come.

Record rules tell what they find block by block, in the order of the records; dataset rules after the last record.
Where a store of known findings is given, record rules look only at stored lines that nobody looked at before.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from dsvc.processes import working
from dsvc.validators.blocks import Block, chosen_for, look
from dsvc.validators.finding import Finding, Place
from dsvc.validators.identity import with_records
from dsvc.validators.rule import RecordCheck, compares_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from dsvc.layout import Column, FileLayout, Piece
    from dsvc.processes import Mapping
    from dsvc.snapshot import Snapshot
    from dsvc.validators.earlier import Earlier
    from dsvc.validators.reuse import FindingStore
    from dsvc.validators.rule import Conclusion
    from dsvc.validators.selection import Chosen, Selection


_BLOCK_BYTES: Final = 1 << 20


class Validation:
    """The rules of a selection over a snapshot. Iterate for the findings; the totals are complete afterwards.

    ``progress`` is told the bytes of each block that was looked at. An exception from it, or closing the iterator,
    stops everything, and what was found in stored lines until then is kept. ``processes`` None: as many as there are
    processors, where there is enough to do.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        selection: Selection,
        *,
        store: FindingStore | None = None,
        progress: Callable[[int], None] | None = None,
        processes: int | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.counts: Counter[str] = Counter()
        """Findings by rule."""
        self.severities: Counter[str] = Counter()
        self.sources: tuple[tuple[str, str | None], ...] = ()
        """Names and licences of where the records come from, as far as that is known."""
        self.key: tuple[str, ...] = ()
        """Fields that say which record it is, where the dataset has a key."""
        self.files = {file.path: file.records for file in snapshot.layout.files}
        """How many records each file has."""
        self.against: Snapshot | None = None
        """A test set that no record should be of."""
        self.before: Snapshot | None = None
        """The version before, for rules that compare with it; they find nothing where there is none."""
        self.earlier: Earlier | None = None
        """The versions before the new one, for rules that look further back."""
        self._selection = selection
        self._key = self._work = msgspec.msgpack.encode(selection)
        self._store = store
        self.progress = progress
        self._processes = processes
        self._readers: dict[str, tuple[Column, Callable[[int, int], bytes]]] = {}
        """For each file where its lines end, and what reads it."""

    @property
    def chosen(self) -> tuple[Chosen, ...]:
        """The rules that run."""
        return chosen_for(self._key)

    def __iter__(self) -> Iterator[Finding]:
        for finding in self._findings():
            self.counts[finding.rule] += finding.stands_for
            self.severities[finding.severity] += finding.stands_for
            yield finding

    @property
    def _running(self) -> tuple[Chosen, ...]:
        """The rules that have something to look at."""
        return chosen_for(self._work)

    def _findings(self) -> Iterator[Finding]:
        self._work = self._key if self.before is not None else self._without_comparing()
        conclusions = [each.check.conclude() for each in self._running if not isinstance(each.check, RecordCheck)]
        for conclusion in conclusions:
            if hasattr(conclusion, "read_record"):
                conclusion.read_record = self._read
            if hasattr(conclusion, "sources"):
                conclusion.sources = self.sources
            if hasattr(conclusion, "folder"):
                conclusion.folder = self.snapshot.folder
            if hasattr(conclusion, "files"):
                conclusion.files = self.files
            if hasattr(conclusion, "against"):
                conclusion.against = self.against
            if hasattr(conclusion, "earlier"):
                conclusion.earlier = self.earlier
        if self.before is not None:
            self._look_before(self.before, conclusions)
        of_records = any(isinstance(each.check, RecordCheck) for each in self._running)
        with self._looking() as looked:
            for file in self.snapshot.layout.files:
                fresh = of_records
                if of_records and self._store is not None and file.lines == file.records and self._is_known(file):
                    yield from self._reused(file, looked)
                    fresh = False
                if fresh or conclusions:
                    yield from self._whole(file, looked, conclusions, records=fresh)
        if self._store is not None:
            self._store.save()
        chosen = [each for each in self._running if not isinstance(each.check, RecordCheck)]
        for each, conclusion in zip(chosen, conclusions, strict=True):
            told = [
                msgspec.structs.replace(finding, rule=each.rule.id, severity=each.severity_of(finding.severity))
                for finding in conclusion.finish()
            ]
            yield from with_records(self.snapshot, told)

    def _without_comparing(self) -> bytes:
        """The selection without the rules that need a version before."""
        skip = tuple(each.rule.id for each in self.chosen if compares_versions(each.check))
        return msgspec.msgpack.encode(msgspec.structs.replace(self._selection, skip=(*self._selection.skip, *skip)))

    def _look_before(self, before: Snapshot, conclusions: list[Conclusion]) -> None:
        """Tell the rules that compare with the version before what its records are."""
        rules = [each.rule.id for each in self._running if not isinstance(each.check, RecordCheck)]
        wanted = {rule: each for rule, each in zip(rules, conclusions, strict=True) if hasattr(each, "take_before")}
        if not wanted:
            return
        for each in wanted.values():
            each.before = before.name  # type: ignore[attr-defined]  # as Conclusion says
        key = msgspec.msgpack.encode(msgspec.structs.replace(self._selection, only=tuple(wanted), skip=()))
        for file in before.layout.files:
            for data in _whole_lines(before.chunks(file)):
                summaries = look(Block(data, file.path, 1, 1), key, records=False, datasets=True).summaries
                for each, summary in zip(wanted.values(), summaries, strict=True):
                    each.take_before(summary)

    def _read(self, place: Place) -> bytes:
        """The bytes of the record at a place."""
        if place.file not in self._readers:
            file = self.snapshot.layout.file(place.file)
            self._readers[place.file] = self.snapshot.line_table(file).ends, self.snapshot.range_reader(file)
        ends, read = self._readers[place.file]
        start = int(ends[place.line - 2]) if place.line > 1 else 0
        return read(start, int(ends[place.line - 1]) - start).removesuffix(b"\n")

    # All lines of a file

    def _whole(
        self, file: FileLayout, looked: Mapping, conclusions: list[Conclusion], *, records: bool
    ) -> Iterator[Finding]:
        work = partial(look, key=self._work, records=records, datasets=bool(conclusions))
        keeps = records and self._store is not None and file.lines == file.records
        kept: list[Finding] = []
        for block, result in looked(self._blocks(file), work):
            for conclusion, summary in zip(conclusions, result.summaries, strict=True):
                conclusion.take(result.places, summary)
            yield from result.findings
            kept += result.findings if keeps else ()
            self._tell(len(block.data))
        if keeps:
            self._keep_whole(file, kept)

    def _blocks(self, file: FileLayout) -> Iterator[Block]:
        line = row = 1
        for data in _whole_lines(self.snapshot.chunks(file)):
            yield Block(data, file.path, line, row)
            lines = data.count(b"\n")
            line += lines
            row += lines if file.lines == file.records else _records_in(data)

    def _keep_whole(self, file: FileLayout, findings: list[Finding]) -> None:
        """Note findings of all lines of a file by where its lines are stored."""
        by_line = sorted(findings, key=lambda finding: finding.place.line if finding.place is not None else 0)
        at, line = 0, 1
        for piece in file.pieces.coalesced():
            begin = at
            while at < len(by_line) and _line(by_line[at]) < line + piece.lines:
                at += 1
            self._keep(piece, line, by_line[begin:at])
            line += piece.lines

    def _keep(self, piece: Piece, first_line: int, findings: list[Finding]) -> None:
        """Note what was found in a piece, whose first line is ``first_line`` of the file that was looked at."""
        assert self._store is not None
        pack = self.snapshot.layout.packs[piece.pack]
        if not pack.origin.version:  # lines of a working file that are not stored
            return
        found = []
        for line in sorted({_line(finding) for finding in findings}):
            offset = self.snapshot.line_offset(piece, line - first_line)
            found += [(offset, finding) for finding in findings if _line(finding) == line]
        known = self._store.known(pack.id)
        for start, end in known.missing(piece.offset, piece.offset + piece.bytes):
            self._store.add(pack.id, start, end, [(o, f) for o, f in found if start <= o < end])

    # Only the lines that nobody looked at

    def _is_known(self, file: FileLayout) -> bool:
        """Whether most of a file's lines were looked at before."""
        assert self._store is not None
        missing = 0
        for piece in file.pieces.coalesced():
            parts = self._missing(piece)
            missing += sum(end - start for start, end in parts)
        return missing * 2 <= file.bytes

    def _missing(self, piece: Piece) -> list[tuple[int, int]]:
        assert self._store is not None
        pack = self.snapshot.layout.packs[piece.pack]
        if not pack.origin.version:
            return [(piece.offset, piece.offset + piece.bytes)]
        return self._store.known(pack.id).missing(piece.offset, piece.offset + piece.bytes)

    def _reused(self, file: FileLayout, looked: Mapping) -> Iterator[Finding]:
        """What is known of a file's lines, and what is found in the others now."""
        assert self._store is not None
        work = partial(look, key=self._work, records=True, datasets=False)
        line = 1
        for piece in file.pieces.coalesced():
            fresh: list[Finding] = []
            for start, end in self._missing(piece):
                begin = line + self._lines_between(piece, start)
                for block, result in looked(self._blocks_of(piece, start, end, file.path, begin), work):
                    fresh += result.findings
                    self._tell(len(block.data))
            yield from sorted([*self._known_in(piece, file.path, line), *fresh], key=_line)
            self._keep(piece, line, fresh)
            line += piece.lines

    def _lines_between(self, piece: Piece, offset: int) -> int:
        offsets = np.array([piece.offset, offset], dtype=np.int64)
        return int(self.snapshot.packs.lines_between(piece.pack, offsets)[1])

    def _blocks_of(self, piece: Piece, start: int, end: int, file: str, line: int) -> Iterator[Block]:
        read = self.snapshot.packs.read
        chunks = (read(piece.pack, at, min(_BLOCK_BYTES, end - at)) for at in range(start, end, _BLOCK_BYTES))
        for data in _whole_lines(chunks):
            yield Block(data, file, line, line)
            line += data.count(b"\n")

    def _known_in(self, piece: Piece, file: str, line: int) -> list[Finding]:
        """Known findings in a piece, with the places that its lines have now; ``line`` is that of its first."""
        assert self._store is not None
        pack = self.snapshot.layout.packs[piece.pack]
        if not pack.origin.version:
            return []
        known = self._store.known(pack.id)
        low, high = np.searchsorted(known.offsets, [piece.offset, piece.offset + piece.bytes])
        if low == high:
            return []
        offsets = np.array([piece.offset, *known.offsets[low:high]], dtype=np.int64)
        lines = self.snapshot.packs.lines_between(piece.pack, offsets)[1:] + line
        return [
            msgspec.structs.replace(finding, place=Place(file, int(at), int(at)))
            for finding, at in zip(known.findings[low:high], lines, strict=True)
        ]

    # Processes

    def _tell(self, count: int) -> None:
        if self.progress is not None:
            self.progress(count)

    def _looking(self) -> AbstractContextManager[Mapping]:
        return working(sum(file.bytes for file in self.snapshot.layout.files), self._processes)


def _whole_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks of whole lines, of about ``_BLOCK_BYTES``; only the last may lack its line end."""
    rest: list[bytes] = []
    for chunk in chunks:
        at = 0
        while at < len(chunk):
            end = chunk.rfind(b"\n", at, at + _BLOCK_BYTES) + 1
            if end == 0:  # a long line
                end = chunk.find(b"\n", at) + 1
            if end == 0:
                rest.append(chunk[at:])
                break
            yield b"".join([*rest, chunk[at:end]])
            rest, at = [], end
    if rest:
        yield b"".join(rest)


def _records_in(data: bytes) -> int:
    return sum(1 for line in data.removesuffix(b"\n").split(b"\n") if line.strip())


def _line(finding: Finding) -> int:
    return finding.place.line if finding.place is not None else 0
