"""Findings as one page of HTML that needs nothing else: charts as SVG, light and dark, no script at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.render.findings_text import baseline_line, beside_lines, counts_text, summary_line, where_text
from dsvc.render.html_page import html_text, page
from dsvc.validators.finding import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.report import Group, Report, Section

_BAR: Final = 22
"""Height of a bar with the space below it."""
_MOST_BARS: Final = 20


def report_html(report: Report) -> str:
    """The whole page."""
    parts = [f"<p>{html_text(summary_line(report))}</p>"]
    parts += [f"<p>{html_text(line)}</p>" for line in beside_lines(report)]
    if known := baseline_line(report):
        parts.append(f"<p>{html_text(known)}</p>")
    parts += _gates(report)
    if report.groups:
        parts += ["<h2>By severity</h2>", _severities(report), "<h2>By rule</h2>", _rules(report.groups)]
        parts += ["<h2>Where in the file</h2>", *map(_positions, report.sections), "<h2>Findings</h2>"]
        for group in report.groups:
            parts += _group(group, files=len(report.sections) > 1)
    if report.solved:
        parts.append("<h2>Solved</h2>")
        for group in report.solved:
            parts += _group(group, files=len(report.sections) > 1)
    return page(f"dsvc validate: {report.name}", parts)


def _gates(report: Report) -> Iterator[str]:
    if not report.gates:
        return
    yield "<h2>Gates</h2><table><tr><th>gate<th>measured<th>bound<th>verdict</tr>"
    for gate in report.gates:
        kind = "failed" if gate.failed else "passed" if gate.outcome == "passed" else "dim"
        cells = "".join(f"<td>{html_text(cell)}</td>" for cell in (gate.title, gate.measured, gate.bound))
        yield f'<tr>{cells}<td class="{kind}">{gate.outcome}</td></tr>'
    yield "</table>"


def _svg(width: int, height: int, about: str, inner: str) -> str:
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg {size} role="img" aria-label="{html_text(about)}">{inner}</svg>'


def _severities(report: Report) -> str:
    """One bar, shared out."""
    total, at, parts = sum(report.severities.values()), 0.0, []
    for severity in SEVERITIES:
        width = 720 * report.count(severity) / total
        if width:
            told = f"<title>{severity}: {report.count(severity):,}</title>"
            parts.append(f'<rect class="{severity}" x="{at:.1f}" width="{width:.1f}" height="18">{told}</rect>')
        at += width
    return _svg(720, 18, counts_text(report), "".join(parts)) + f"<p>{html_text(counts_text(report))}</p>"


def _rules(groups: tuple[Group, ...]) -> str:
    """A bar for each rule, those that found most."""
    shown = sorted(groups, key=lambda group: -group.count)[:_MOST_BARS]
    most, parts = shown[0].count, []
    for number, group in enumerate(shown):
        top, width = number * _BAR, max(400 * group.count / most, 1)
        parts.append(f'<text x="0" y="{top + 14}">{html_text(group.rule.id)}</text>')
        parts.append(f'<rect class="{group.severity}" x="250" y="{top + 2}" width="{width:.1f}" height="15"/>')
        parts.append(f'<text x="{256 + width:.1f}" y="{top + 14}">{group.count:,}</text>')
    return _svg(720, len(shown) * _BAR, "findings by rule", "".join(parts))


def _positions(section: Section) -> str:
    """How many findings there are in each part of a file, from its first line to its last."""
    most = max(section.bins, default=0)
    if not most:
        return f'<p class="dim"><code>{html_text(section.path)}</code>: nothing found</p>'
    step = 720 / len(section.bins)
    bars = []
    for number, count in enumerate(section.bins):
        if count:
            height = max(60 * count / most, 1)
            first = section.lines * number // len(section.bins) + 1
            place = f'x="{number * step:.1f}" y="{60 - height:.1f}" width="{step - 1:.1f}" height="{height:.1f}"'
            bars.append(f'<rect class="note" {place}><title>from line {first:,}: {count:,}</title></rect>')
    axis = '<line class="axis" x1="0" y1="60" x2="720" y2="60"/>'
    chart = _svg(720, 61, f"findings along {section.path}", "".join(bars) + axis)
    return f"<p><code>{html_text(section.path)}</code> <span class=dim>{section.lines:,} lines</span><br>{chart}</p>"


def _group(group: Group, *, files: bool) -> Iterator[str]:
    head = f'<span class="{group.severity}">{group.severity}</span> <code>{html_text(group.rule.id)}</code>'
    yield f"<details open><summary>{head} {group.count:,}: {html_text(group.rule.title)}</summary>"
    yield f'<p class="dim">{html_text(group.rule.why)}</p>'
    yield "<table><tr><th>where<th>path<th>what</tr>"
    for finding in group.findings:
        where = where_text(finding, files=files)
        path = f'<td class="path"><code>{html_text(finding.path)}</code></td>'
        yield f'<tr><td class="place">{html_text(where)}</td>{path}<td>{html_text(finding.message)}</td></tr>'
    yield "</table>"
    if group.count > len(group.findings):
        yield f'<p class="dim">… and {group.count - len(group.findings):,} more</p>'
    yield from (f"<p>Fix: {html_text(fix)}</p>" for fix in group.fixes)
    yield "</details>"
