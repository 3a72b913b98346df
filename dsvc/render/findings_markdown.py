"""Findings as Markdown, for a comment on a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.render.findings_text import baseline_line, beside_lines, counts_text, outcome_line, summary_line, where_text
from dsvc.render.numbers import plural
from dsvc.render.safe_text import fit, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.gates import Verdict
    from dsvc.validators.report import Group, Report

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()#+\-!|<>~@&:$^=]|(?<=www)\.)", re.IGNORECASE)
_WIDE: Final = 160
_WHOLE: Final = 1_000
"""Columns of what must not be cut off: names of rules, and reasons that people gave."""
_MARKS: Final = {"error": "🔴", "warning": "🟡", "note": "🔵"}


def report_markdown(report: Report, changes: Sequence[str] = ()) -> str:
    """A heading that tells the outcome, the gates, what changed (lines made elsewhere), and tables of findings."""
    return "\n".join(_lines(report, changes)) + "\n"


def _lines(report: Report, changes: Sequence[str]) -> Iterator[str]:
    yield f"## dsvc: {escaped(report.name)}: {_outcome(report)}"
    yield ""
    yield escaped(summary_line(report))
    if known := baseline_line(report):
        yield from ("", escaped(known))
    for line in beside_lines(report):
        yield from ("", escaped(line, columns=_WHOLE))
    for tally in report.outcomes:
        yield from ("", escaped(outcome_line(tally)))
    if report.gates:
        yield from ("", "### Gates", "", "| gate | measured | bound | verdict |", "|---|---|---|---|")
        yield from map(_gate, report.gates)
    if changes:
        yield from ("", "### What changed", "")
        yield from (f"- {escaped(line)}" for line in changes)
    if report.groups:
        yield from ("", "### Findings introduced" if report.compared_with is not None else "### Findings", "")
        for group in report.groups:
            yield from _group(group, files=len(report.sections) > 1)
    if report.solved:
        yield from ("", "### Findings solved", "")
        for group in report.solved:
            yield f"- `{group.rule.id}`: {group.count:,}"


def _outcome(report: Report) -> str:
    failed = sum(gate.failed for gate in report.gates)
    if failed:
        return f"{plural(failed, 'gate')} failed"
    return "no gate failed" if report.gates else counts_text(report)


def _gate(gate: Verdict) -> str:
    mark = "❌ " if gate.failed else "✅ " if gate.outcome == "passed" else "➖ "
    return f"| {escaped(gate.title)} | {escaped(gate.measured)} | {escaped(gate.bound)} | {mark}{gate.outcome} |"


def _group(group: Group, *, files: bool) -> Iterator[str]:
    title = escaped(group.rule.title)
    yield f"<details><summary>{_MARKS[group.severity]} <code>{group.rule.id}</code> {group.count:,} "
    yield f"({group.severity}): {title}</summary>"
    yield from ("", "| where | path | what |", "|---|---|---|")
    for finding in group.findings:
        where = where_text(finding, files=files)
        yield f"| {escaped(where)} | {escaped(finding.path)} | {escaped(finding.message)} |"
    if group.count > len(group.findings):
        yield f"| … | | and {group.count - len(group.findings):,} more |"
    yield ""
    yield from (f"Fix: {escaped(fix)}" for fix in group.fixes)
    yield from ("", "</details>", "")


def escaped(text: str, *, columns: int = _WIDE) -> str:
    """Text from anywhere as text: no markup, no HTML, no mention of a person, no table cell of its own."""
    return _SPECIAL.sub(_as_number, fit(safe(text), columns))


def _as_number(match: re.Match[str]) -> str:
    """A character by its number; what mentions somebody or something, which is looked for in the text as it is shown,
    is parted by a comment besides."""
    apart = "<!-- -->" if match[0] in "@#" else ""
    return f"&#{ord(match[0])};{apart}"
