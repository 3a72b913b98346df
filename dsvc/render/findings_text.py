"""Findings as text: grouped by rule, the gravest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.render.safe_text import safe
from dsvc.validators.finding import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.render.style import Style
    from dsvc.validators.finding import Finding

_SIGNS: Final = {"error": "E", "warning": "W", "note": "N"}


def finding_line(finding: Finding) -> str:
    """Where, and what."""
    place = f"row {finding.place.row:,}" if finding.place is not None else "dataset"
    path = f"  {finding.path}" if finding.path else ""
    return safe(f"{place}{path}  {finding.message}")


def group_lines(rule: str, findings: Sequence[Finding], count: int, style: Style, fix: str = "") -> Iterator[str]:
    """One rule's findings; ``count`` is how many there are in all."""
    severity = findings[0].severity
    yield style("heading", f"{_SIGNS[severity]} {rule}  {count:,}")
    for finding in findings:
        yield f"    {finding_line(finding)}"
    if count > len(findings):
        yield f"    … and {count - len(findings):,} more"


def order(rules: Mapping[str, Sequence[Finding]]) -> list[str]:
    """Rules with the gravest first."""
    return sorted(rules, key=lambda rule: (SEVERITIES.index(rules[rule][0].severity), rule))
