"""What a version introduces, and what it solves: findings of one side that the other lacks.

Findings are told apart by rule, record and path (:mod:`dsvc.validators.identity`), so that a move introduces nothing;
of equal ones (of equal records) as many count as there are more. A record that was edited and has still what was found
in it is neither the one nor the other.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec.structs import replace

from dsvc.layout import FileLayout
from dsvc.snapshot import Snapshot
from dsvc.validators.identity import identity_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from dsvc.diff.layout_diff import Files, Leftovers
    from dsvc.layout import Column
    from dsvc.validators.finding import Finding

    Where: TypeAlias = tuple[str, int]
    Marks: TypeAlias = Callable[[Finding], tuple[str, str]]


class Compared(msgspec.Struct, frozen=True):
    """Findings that only the new side has, and those that only the old side has."""

    introduced: tuple[Finding, ...]
    solved: tuple[Finding, ...]


def compare(old: Iterable[Finding], new: Iterable[Finding]) -> Compared:
    """Findings of two versions, told apart."""
    before = list(old)
    left = Counter(map(identity_of, before))
    introduced = []
    for finding in new:
        identity = identity_of(finding)
        if left[identity] > 0:
            left[identity] -= 1
        else:
            introduced.append(finding)
    solved = []
    for finding in reversed(before):  # of equal ones the last are those that are gone
        identity = identity_of(finding)
        if left[identity] > 0:
            left[identity] -= 1
            solved.append(finding)
    return Compared(tuple(introduced), tuple(reversed(solved)))


def without_kept(compared: Compared, edited: Iterable[tuple[Where, Where]]) -> Compared:
    """The same without what edited records had before and still have.

    ``edited`` are files and lines (from 1) of records in the new and the old version. A finding stays the same one at
    the same path; where the path is another one (a turn was put in before it), with the same message.
    """
    now: dict[Where | None, Where] = {old: new for new, old in edited}
    introduced, solved = compared.introduced, compared.solved
    for marks in (lambda finding: (finding.rule, finding.path), lambda finding: (finding.rule, finding.message)):
        introduced, solved = _without(introduced, solved, now, marks)
    return Compared(introduced, solved)


def _without(
    introduced: tuple[Finding, ...], solved: tuple[Finding, ...], now: dict[Where | None, Where], marks: Marks
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    left = Counter((_where(finding), marks(finding)) for finding in introduced if finding.place is not None)
    kept: Counter[object] = Counter()
    gone = []
    for finding in solved:
        mark = (now.get(_where(finding)), marks(finding))
        if mark[0] is not None and left[mark] > kept[mark]:
            kept[mark] += 1
        else:
            gone.append(finding)
    new = []
    for finding in introduced:
        mark = (_where(finding), marks(finding))
        if kept[mark] > 0:
            kept[mark] -= 1
        else:
            new.append(finding)
    return tuple(new), tuple(gone)


def _where(finding: Finding) -> Where | None:
    return (finding.place.file, finding.place.line) if finding.place is not None else None


class Part:
    """Some lines of a snapshot as a snapshot of their own, and the way back to where they stand."""

    def __init__(self, whole: Snapshot, lines: dict[str, tuple[FileLayout, Column]]) -> None:
        files = tuple(file for file, _ in lines.values())
        self.snapshot = Snapshot(whole.name, replace(whole.layout, files=files), whole.packs)
        self._starts = {path: starts for path, (_, starts) in lines.items()}
        self._ends = {path: np.cumsum(file.pieces.lines) for path, (file, _) in lines.items()}

    def in_whole(self, finding: Finding) -> Finding:
        """A finding in the part, with the place that its record has in the whole."""
        place = finding.place
        if place is None:
            return finding
        ends, starts = self._ends[place.file], self._starts[place.file]
        number = int(np.searchsorted(ends, place.line - 1, side="right"))
        before = int(ends[number - 1]) if number else 0
        line = int(starts[number]) + place.line - before
        return replace(finding, place=replace(place, line=line, row=line))


def part_of(whole: Snapshot, files: Files, left: Leftovers) -> Part:
    """The lines that are left over when two layouts are subtracted.

    Only for files without blank lines: there a line's number is its row.
    """
    holder = files.at(left.position)
    lines: dict[str, tuple[FileLayout, Column]] = {}
    for number, file in enumerate(files.files):
        chosen = np.flatnonzero(holder == number)
        if len(chosen):
            pieces, count = left.pieces[chosen], int(left.lines[chosen].sum())
            part = FileLayout(file.path, pieces, count, count, int(pieces.bytes.sum()), "", file.split)
            lines[file.path] = (part, left.position[chosen] - files.starts[number])
    return Part(whole, lines)


def has_blank_lines(snapshot: Snapshot) -> bool:
    """Whether rows and lines differ somewhere."""
    return any(file.lines != file.records for file in snapshot.layout.files)
