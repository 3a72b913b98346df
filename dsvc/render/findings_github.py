"""Findings as workflow commands of GitHub, which become annotations of a pull request.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.render.findings_text import beside_lines, summary_line
from dsvc.render.safe_text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.finding import Finding
    from dsvc.validators.report import Report

_COMMANDS: Final = {"error": "error", "warning": "warning", "note": "notice"}


def report_commands(report: Report) -> Iterator[str]:
    """A command for each finding and each gate that failed, then the summary as plain text."""
    for finding in report.findings:
        yield _command(finding)
    for gate in report.gates:
        if gate.failed:
            told = f"{gate.title}: {gate.measured}, bound {gate.bound}"
            yield f"::error title={_property(f'dsvc gate {gate.gate}')}::{_data(told)}"
    for line in (summary_line(report), *beside_lines(report)):
        yield _plain(f"dsvc: {line}")


def _plain(text: str) -> str:
    """A line that is no command: those begin with ``::``, also after white space, or have ``##[name]`` anywhere."""
    return text.replace("##[", "## [")


def _command(finding: Finding) -> str:
    place = finding.place
    where = f"file={_property(place.file)},line={place.line}," if place is not None else ""
    row = f"row {place.row:,}, " if place is not None else ""
    path = f"{finding.path}: " if finding.path else ""
    fix = f"; fix: {finding.fix}" if finding.fix else ""
    title = _property(f"dsvc {finding.rule}")
    return f"::{_COMMANDS[finding.severity]} {where}title={title}::{_data(f'{row}{path}{finding.message}{fix}')}"


def _data(text: str) -> str:
    """As the runner's own toolkit escapes a message; what could mislead a log viewer is made visible first."""
    return safe(text, newline="keep").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A value between commas needs these two as well."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
