"""Findings as they come, by rule: the gravest rules first, a group folds. Nothing here draws."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from dsvc.validators.finding import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsvc.validators.finding import Finding

KEPT: Final = 5000
"""Findings of each rule that can be looked at; all are counted."""


class FindingGroups:
    """Takes findings, and gives the lines of a list: a rule, and below it its findings unless it is folded."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.severities: Counter[str] = Counter()
        self._kept: dict[str, list[Finding]] = {}
        self._gravest: dict[str, int] = {}
        self._unfolded: set[str] = set()

    def add(self, findings: Iterable[Finding]) -> None:
        """Some more."""
        for finding in findings:
            self.counts[finding.rule] += finding.stands_for
            self.severities[finding.severity] += finding.stands_for
            kept = self._kept.setdefault(finding.rule, [])
            if len(kept) < KEPT:
                kept.append(finding)
            severity = SEVERITIES.index(finding.severity)
            self._gravest[finding.rule] = min(severity, self._gravest.get(finding.rule, severity))

    def severity_of(self, rule: str) -> str:
        """The gravest severity of what a rule found."""
        return SEVERITIES[self._gravest[rule]]

    def is_unfolded(self, rule: str) -> bool:
        """Whether the findings of a rule are shown."""
        return rule in self._unfolded

    def toggle(self, rule: str) -> None:
        """Show or hide the findings of a rule."""
        self._unfolded ^= {rule}

    def findings(self, rule: str) -> list[Finding]:
        """Those of a rule that can be looked at."""
        return self._kept[rule]

    def is_whole(self, rule: str) -> bool:
        """Whether all that a rule found can be looked at."""
        return len(self._kept[rule]) == self.counts[rule]

    def lines(self) -> list[tuple[str, Finding | None]]:
        """Rules (with None), and findings below those that are unfolded."""
        found: list[tuple[str, Finding | None]] = []
        for rule in sorted(self._kept, key=lambda rule: (self._gravest[rule], -self.counts[rule], rule)):
            found.append((rule, None))
            if rule in self._unfolded:
                found += [(rule, finding) for finding in self._kept[rule]]
        return found
