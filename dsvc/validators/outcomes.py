"""What a consumer does to the rows of a dataset, counted: the worst that is told of each row.

A row of which nothing is told is accepted. A finding about a whole file says what becomes of all its rows, whose number
it does not know: such a file counts on its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from dsvc.validators.finding import OUTCOMES
from dsvc.validators.registry import profile_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsvc.validators.finding import Finding
    from dsvc.validators.selection import Chosen


class Tally(msgspec.Struct, frozen=True):
    """Rows by what a consumer does to them; ``whole`` are findings about whole files that end the run."""

    profile: str
    accepted: int
    altered: int
    dropped: int
    aborts: int
    whole: int = 0

    @property
    def runs(self) -> bool:
        """Whether the training runs at all."""
        return not self.aborts and not self.whole


class Outcomes:
    """Takes findings of any rules, in any order, and keeps a number for each row that something is told of."""

    def __init__(self, profiles: Iterable[str]) -> None:
        self._rows: dict[str, dict[tuple[str, int], int]] = {profile: {} for profile in profiles}
        self._whole = dict.fromkeys(self._rows, 0)

    def add(self, finding: Finding) -> None:
        """Count a finding; one without an outcome, or of another profile, counts for nothing."""
        profile = finding.rule.partition("/")[0]
        if finding.outcome is None or profile not in self._rows:
            return
        if finding.place is None:
            self._whole[profile] += 1
            return
        rows, row = self._rows[profile], (finding.place.file, finding.place.row)
        rank = OUTCOMES.index(finding.outcome)
        rows[row] = min(rank, rows.get(row, rank))

    def tallies(self, records: int) -> list[Tally]:
        """The rows of each profile, of this many in all."""
        found = []
        for profile, rows in self._rows.items():
            counts = [0] * len(OUTCOMES)
            for rank in rows.values():
                counts[rank] += 1
            aborts, dropped, altered = counts
            found.append(Tally(profile, records - len(rows), altered, dropped, aborts, self._whole[profile]))
        return found


def profiles_of(chosen: Iterable[Chosen]) -> list[str]:
    """The consumers whose rules run, in the order of the registry."""
    return list(dict.fromkeys(name for each in chosen if (name := profile_of(each.rule)) is not None))
