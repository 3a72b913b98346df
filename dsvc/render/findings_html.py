"""Findings as one page of HTML that needs nothing else: charts as SVG, light and dark, no script at all.

Text from records is made visible and escaped; a policy in the page forbids the browser to load or run anything.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from dsvc.render.findings_text import baseline_line, counts_text, summary_line, where_text
from dsvc.render.safe_text import safe
from dsvc.validators.finding import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.report import Group, Report, Section

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1f2328; --dim: #59636e; --page: #fff; --line: #d1d9e0;
  --error: #cf222e; --warning: #9a6700; --note: #0969da; --good: #1a7f37 }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f6fc; --dim: #9198a1; --page: #0d1117; --line: #3d444d;
  --error: #f85149; --warning: #d29922; --note: #4493f8; --good: #3fb950 } }
body { font: 15px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; color: var(--ink); background: var(--page);
  max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem } .dim { color: var(--dim) }
table { border-collapse: collapse; width: 100% } th { text-align: left; font-weight: 600 }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem .3rem 0; vertical-align: top;
  overflow-wrap: anywhere }
td.place { white-space: nowrap } td.path { min-width: 8rem }
code { font-family: ui-monospace, monospace; font-size: .9em }
details { border-top: 1px solid var(--line); padding: .5rem 0 } summary { cursor: pointer }
.error { color: var(--error); fill: var(--error) } .warning { color: var(--warning); fill: var(--warning) }
.note { color: var(--note); fill: var(--note) } .passed { color: var(--good) } .failed { color: var(--error) }
svg { max-width: 100%; height: auto } svg text { fill: var(--ink); font: 13px system-ui, sans-serif }
svg .axis { stroke: var(--line) }
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
_BAR: Final = 22
"""Height of a bar with the space below it."""
_MOST_BARS: Final = 20


def report_html(report: Report) -> str:
    """The whole page."""
    title = f"dsvc validate: {_text(report.name)}"
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1><p>{_text(summary_line(report))}</p>",
    ]
    if known := baseline_line(report):
        parts.append(f"<p>{_text(known)}</p>")
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
    return "\n".join([*parts, "</body></html>", ""])


def _text(text: str) -> str:
    return escape(safe(text))


def _gates(report: Report) -> Iterator[str]:
    if not report.gates:
        return
    yield "<h2>Gates</h2><table><tr><th>gate<th>measured<th>bound<th>verdict</tr>"
    for gate in report.gates:
        kind = "failed" if gate.failed else "passed" if gate.outcome == "passed" else "dim"
        cells = "".join(f"<td>{_text(cell)}</td>" for cell in (gate.title, gate.measured, gate.bound))
        yield f'<tr>{cells}<td class="{kind}">{gate.outcome}</td></tr>'
    yield "</table>"


def _svg(width: int, height: int, about: str, inner: str) -> str:
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return f'<svg {size} role="img" aria-label="{_text(about)}">{inner}</svg>'


def _severities(report: Report) -> str:
    """One bar, shared out."""
    total, at, parts = sum(report.severities.values()), 0.0, []
    for severity in SEVERITIES:
        width = 720 * report.count(severity) / total
        if width:
            told = f"<title>{severity}: {report.count(severity):,}</title>"
            parts.append(f'<rect class="{severity}" x="{at:.1f}" width="{width:.1f}" height="18">{told}</rect>')
        at += width
    return _svg(720, 18, counts_text(report), "".join(parts)) + f"<p>{_text(counts_text(report))}</p>"


def _rules(groups: tuple[Group, ...]) -> str:
    """A bar for each rule, those that found most."""
    shown = sorted(groups, key=lambda group: -group.count)[:_MOST_BARS]
    most, parts = shown[0].count, []
    for number, group in enumerate(shown):
        top, width = number * _BAR, max(400 * group.count / most, 1)
        parts.append(f'<text x="0" y="{top + 14}">{_text(group.rule.id)}</text>')
        parts.append(f'<rect class="{group.severity}" x="250" y="{top + 2}" width="{width:.1f}" height="15"/>')
        parts.append(f'<text x="{256 + width:.1f}" y="{top + 14}">{group.count:,}</text>')
    return _svg(720, len(shown) * _BAR, "findings by rule", "".join(parts))


def _positions(section: Section) -> str:
    """How many findings there are in each part of a file, from its first line to its last."""
    most = max(section.bins, default=0)
    if not most:
        return f'<p class="dim"><code>{_text(section.path)}</code>: nothing found</p>'
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
    return f"<p><code>{_text(section.path)}</code> <span class=dim>{section.lines:,} lines</span><br>{chart}</p>"


def _group(group: Group, *, files: bool) -> Iterator[str]:
    head = f'<span class="{group.severity}">{group.severity}</span> <code>{_text(group.rule.id)}</code>'
    yield f"<details open><summary>{head} {group.count:,}: {_text(group.rule.title)}</summary>"
    yield f'<p class="dim">{_text(group.rule.why)}</p>'
    yield "<table><tr><th>where<th>path<th>what</tr>"
    for finding in group.findings:
        where = where_text(finding, files=files)
        path = f'<td class="path"><code>{_text(finding.path)}</code></td>'
        yield f'<tr><td class="place">{_text(where)}</td>{path}<td>{_text(finding.message)}</td></tr>'
    yield "</table>"
    if group.count > len(group.findings):
        yield f'<p class="dim">… and {group.count - len(group.findings):,} more</p>'
    yield from (f"<p>Fix: {_text(fix)}</p>" for fix in group.fixes)
    yield "</details>"
