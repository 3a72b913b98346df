"""Findings in a list, by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc_tui.drawing import padded
from dsvc_tui.records.finding_groups import FindingGroups
from dsvc_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dsvc.validators.finding import Finding
    from dsvc.validators.rule import Rule
    from dsvc_tui.drawing import Part

SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    "error": ("E", "error"),
    "warning": ("W", "warning"),
    "note": ("N", "dim"),
}
"""Sign and look of each severity."""
_PATH: Final = 24
_PATH_FROM: Final = 70


class FindingRows(LineList):
    """Grows as a dataset is looked through."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.groups = FindingGroups()
        self._rules: Mapping[str, Rule] = {}
        self._lines: list[tuple[str, Finding | None]] = []
        self.several_files = False

    def begin(self, rules: Mapping[str, Rule], *, several_files: bool) -> None:
        """Nothing is found yet; these rules run."""
        self.groups, self._rules, self.several_files = FindingGroups(), rules, several_files
        self._show()

    def add(self, findings: Sequence[Finding]) -> None:
        """Some more; the cursor stays on what it is on, on the first rule, while that is folded, it stays the first."""
        self.groups.add(findings)
        self._show()

    def toggle(self) -> None:
        """Fold or unfold the rule that the cursor is in."""
        if self.rule is not None:
            rule = self.rule
            self.groups.toggle(rule)
            self._lines = self.groups.lines()
            self.set_count(len(self._lines))
            self.move_to(self._lines.index((rule, None)))

    @property
    def rule(self) -> str | None:
        """The rule that the cursor is in."""
        return self._lines[self.cursor][0] if self.cursor < len(self._lines) else None

    @property
    def finding(self) -> Finding | None:
        """The finding under the cursor; None on the line of a rule."""
        return self._lines[self.cursor][1] if self.cursor < len(self._lines) else None

    def line(self, index: int, width: int) -> Sequence[Part]:
        """A rule with its count, or a finding with its row and path."""
        rule, finding = self._lines[index]
        if finding is None:
            sign, look = SIGNS[self.groups.severity_of(rule)]
            mark = "▾" if self.groups.is_unfolded(rule) else "▸"
            title = self._rules[rule].title if rule in self._rules else ""
            return [(look, f"{mark} {sign} {rule}  {self.groups.counts[rule]:,}"), ("dim", f"  {title}")]
        parts: list[Part] = [("strong", f"    {_where(finding, several_files=self.several_files)}")]
        if finding.path:
            path = padded(finding.path, _PATH) if width >= _PATH_FROM else finding.path
            parts.append(("dim", f"  {path}"))
        outcome = f"{finding.outcome}: " if finding.outcome is not None else ""
        return [*parts, ("", f"  {outcome}{finding.message}")]

    def _show(self) -> None:
        here = self._lines[self.cursor] if self.cursor < len(self._lines) else None
        self._lines = self.groups.lines()
        self.set_count(len(self._lines))
        is_at_top = self.cursor == 0 and here is not None and not self.groups.is_unfolded(here[0])
        if here is not None and here in self._lines and not is_at_top:
            self.move_to(self._lines.index(here))


def _where(finding: Finding, *, several_files: bool) -> str:
    place = finding.place
    if place is None:
        return "all records"
    return f"{place.file} row {place.row:,}" if several_files else f"row {place.row:,}"
