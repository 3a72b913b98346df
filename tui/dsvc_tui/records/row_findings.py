"""Findings by the row that they are about: signs for a list, messages for a record, the next row that has one.

What one validation found is kept for exactly the content that it looked at; see :class:`dsvc_tui.session.Session`.
"""

from __future__ import annotations

from array import array
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from dsvc.validators.finding import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dsvc.snapshot import Snapshot
    from dsvc.validators.finding import Finding

KEPT: Final = 200_000
"""So many findings are kept with their messages; rows of more have their sign only."""
SIGNS: Final = {severity: ord(severity[0].upper()) for severity in SEVERITIES}
"""What a row is marked with, by the gravest of its findings: E, W or N."""
_GRAVITY: Final = {sign: number for number, sign in enumerate([*SIGNS.values(), 0])}


class RowFindings:
    """Takes findings of a snapshot. Rows count from 0, over all of its files."""

    def __init__(self, snapshot: Snapshot) -> None:
        files = snapshot.layout.files
        starts = [0, *accumulate(file.records for file in files)]
        self._first_rows = {file.path: start for file, start in zip(files, starts, strict=False)}
        self.signs = bytearray(starts[-1])
        """For each row the sign of its gravest finding as a number, 0 for none."""
        self.complete = False
        """Whether all records were looked at."""
        self._kept: dict[int, list[Finding]] = {}
        self._count = 0

    def add(self, findings: Iterable[Finding]) -> None:
        """Some more; those about no record mark no row."""
        for finding in findings:
            row = self.row_of(finding)
            if row is None or not 0 <= row < len(self.signs):
                continue
            sign = SIGNS[finding.severity]
            if _GRAVITY[sign] < _GRAVITY[self.signs[row]]:
                self.signs[row] = sign
            if self._count < KEPT:
                self._kept.setdefault(row, []).append(finding)
                self._count += 1

    def row_of(self, finding: Finding) -> int | None:
        """The row of the record that a finding is about."""
        place = finding.place
        first = self._first_rows.get(place.file) if place is not None else None
        return None if place is None or first is None else first + place.row - 1

    def of(self, row: int) -> Sequence[Finding]:
        """The findings of a row, the gravest first."""
        return sorted(self._kept.get(row, ()), key=lambda finding: SEVERITIES.index(finding.severity))

    @property
    def rows(self) -> int:
        """How many rows have a finding."""
        return len(self.signs) - self.signs.count(0)

    def step(self, at: int, by: int, shown: Sequence[int] | None) -> tuple[int | None, bool]:
        """The next line (``by`` 1) or the one before (-1) whose row has a finding, and whether the end was passed.

        ``shown`` are the rows in their lines, None: each row in the line of its number.
        A million take 1 ms, a selection of half of them 40 ms.
        """
        import numpy as np

        flags = np.frombuffer(bytes(self.signs), np.uint8)
        if shown is not None:
            rows = np.asarray(shown if isinstance(shown, array) else [*shown], np.int64)
            flags = np.where(rows < len(flags), flags[np.minimum(rows, len(flags) - 1)], 0) if len(flags) else flags
        lines = np.flatnonzero(flags)
        if not len(lines):
            return None, False
        place = int(np.searchsorted(lines, at, side="right" if by > 0 else "left")) - (by < 0)
        return int(lines[place % len(lines)]), not 0 <= place < len(lines)
