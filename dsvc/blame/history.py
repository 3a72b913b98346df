"""The history of one record: what each version did to it, newest first, back to where it came in.

Between two versions that changed it a record keeps its place of birth, wherever it is moved to and whatever it is
stored in; so only versions that changed it are opened, and those that put old content back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dsvc.blame.past import WORKING, attribution, attribution_to, line_of_parents
from dsvc.blame.values import RecordStep
from dsvc.diff.plan import MODIFIED, SAME

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from dsvc.blame.lines import Address
    from dsvc.blame.past import Past
    from dsvc.blame.values import Attribution
    from dsvc.origin import Origin, VersionId
    from dsvc.snapshot import Record, Snapshot


class RecordHistory:
    """The steps of one record (iterate; more than once if need be), and what it is in the version asked for."""

    def __init__(self, past: Past, version: VersionId, line: int) -> None:
        self._past = past
        self._version = version
        self._line = line
        self.record: Record = _record(past, version, line)

    @property
    def snapshot(self) -> Snapshot:
        """The content that the record was looked up in."""
        return self._past.lines(self._version).snapshot

    def __iter__(self) -> Iterator[RecordStep]:
        yield from _steps(self._past, self._version, self._line)  # a generator, which holds this object

    def copies(self) -> int:
        """How many other lines of the same content are written exactly as the record is; it is read for that.

        Which of them is which nothing tells: they are followed in the order in which they stand.
        """
        content = self.record.content
        lines = (line for file in self.snapshot.layout.files for line in self.snapshot.lines(file))
        return sum(line == content for line in lines) - 1


def _steps(past: Past, version: VersionId, line: int) -> Iterator[RecordStep]:
    place: tuple[VersionId, int] | None = (version, line)
    while place is not None:
        version, line, origin = _changed_last(past, *place)
        parent = past.parent(version)
        record = _record(past, version, line)
        if parent is None:
            yield RecordStep("added", _of(past, version, origin), record, None)
            return
        earlier = past.diff(version).earlier(np.array([line], dtype=np.int64))
        before, kind = int(earlier.line[0]), int(earlier.kind[0])
        if before < 0:
            yield RecordStep("added", _of(past, version, origin), record, None)
            place = yield from _lives_before(past, parent, record, origin.version, past.lines(version).address(line))
            continue
        if kind != SAME:
            what = "modified" if kind == MODIFIED else "reformatted"
            old = _record(past, parent, before)
            yield RecordStep(what, _of(past, version, origin), record, old, bool(earlier.moved[0]))  # type: ignore[arg-type]
        place = parent, before


def _of(past: Past, version: VersionId, origin: Origin) -> Attribution:
    return attribution(past, origin) if version == origin.version else attribution_to(past, version, origin.source)


def _record(past: Past, version: VersionId, line: int) -> Record:
    return past.lines(version).records(np.array([line], dtype=np.int64))[0]


def _changed_last(past: Past, version: VersionId, line: int) -> tuple[VersionId, int, Origin]:
    """The version that a line came into last, its number there, and its origin.

    That is where it was born, or a later version that put old content back where the one before had something else.
    """
    while True:
        lines = past.lines(version)
        origin = lines.origin(int(lines.packs(np.array([line]))[0]))
        if origin.version == version:
            return version, line, origin
        address = lines.address(line)
        back = _put_back(past, version, origin.version)
        if back is None:
            return origin.version, _found(past, origin.version, address), origin
        parent = past.parent(back)
        assert parent is not None
        if not past.lines(parent).holds(address):
            return back, _found(past, back, address), origin
        version, line = parent, _found(past, parent, address)


def _found(past: Past, version: VersionId, address: Address) -> int:
    line = past.lines(version).find(address)
    assert line is not None, "a line lies in the version that it was born in, and in those from there on"
    return line


def _put_back(past: Past, version: VersionId, born: VersionId) -> VersionId | None:
    """The newest version, from here to where a line was born, that put old content back; None when none did."""
    for at in line_of_parents(past, version):
        entry = past.entry(at)
        if at == born or past.parent(at) is None:
            return None
        if entry is not None and entry.kind == "rollback":
            return at
    return None


def _lives_before(
    past: Past, version: VersionId, record: Record, born: VersionId, address: Address
) -> Generator[RecordStep, None, tuple[VersionId, int] | None]:
    """Where an added record was before: by its key if it was removed, by its birth if old content was put back."""
    for at in line_of_parents(past, version):
        entry, parent = past.entry(at), past.parent(at)
        if parent is not None and at != WORKING and (entry is None or entry.changes.removed):
            line = past.diff(at).removed_with_key(record.content)
            if line is not None:
                yield RecordStep("removed", attribution_to(past, at), None, _record(past, parent, line))
                return parent, line
        if at == born and (line := past.lines(at).find(address)) is not None:
            return at, line
    return None
