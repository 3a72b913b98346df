"""Findings as text: grouped by rule, the gravest first."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from dsvc.render.example_text import example_lines
from dsvc.render.log_text import counts_text as found_text
from dsvc.render.numbers import plural
from dsvc.render.safe_text import cell, cell_width, fit, safe
from dsvc.render.wrapping import wrap as wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.render.style import Role, Style
    from dsvc.validators.by_commits import FoundByCommit
    from dsvc.validators.finding import Finding
    from dsvc.validators.gates import Verdict
    from dsvc.validators.outcomes import Tally
    from dsvc.validators.report import Group, Report
    from dsvc.validators.selection import Chosen

SIGNS: Final = {"error": "E", "warning": "W", "note": "N"}
_ROLES: Final[dict[str, Role]] = {"error": "removed", "warning": "warning", "note": "dim"}
_EXAMPLE: Final = 160
_NAME: Final = 200
"""Columns of a record's key or of a path at most: more than any id has, but whole texts may be keys."""
_WHERE: Final = 48
"""Columns of places; a longer one pushes the rest of its own line to the right."""
_LINES: Final = 6
"""Of one message at most; data in it may be long."""
_COMMITS: Final = 10
"""Versions of which it is told what their commits kept."""
_PATH: Final = 28
"""Columns of paths; a longer one pushes the rest of its own line to the right."""
_LEAST: Final = 4
"""A message needs so great a part of a line (one in four) beside what it is about."""
_TOGETHER: Final = "\N{NO-BREAK SPACE}"
"""Stands for a space at which no line ends."""
_BELOW: Final = 8
"""Columns before a message that stands below it."""


def report_lines(report: Report, style: Style, columns: int, *, gate: bool = False) -> Iterator[str]:
    """A report as a table; ``gate``: the verdicts of the gates first among what is summed up."""
    files = len(report.sections) > 1
    introduced = report.compared_with is not None
    for group in report.groups:
        yield from _group_lines(group, style, columns, files=files, mark="+ " if introduced else "")
        yield ""
    for group in report.solved:
        yield from _group_lines(replace(group, fixes=()), style, columns, files=files, mark="- ")
        yield ""
    if gate:
        yield from gate_lines(report.gates, style, columns)
        yield ""
    yield style("strong", summary_line(report))
    for line in beside_lines(report):
        yield from _parts("", line, columns)
    yield from map(outcome_line, report.outcomes)
    if known := baseline_line(report):
        yield known


def finding_line(finding: Finding) -> str:
    """Where, and what."""
    path = f"  {finding.path}" if finding.path else ""
    return safe(f"{where_text(finding, files=False)}{path}  {finding.message}")


def where_text(finding: Finding, *, files: bool) -> str:
    """The row, with the file where there are several; not safe to show yet."""
    if finding.place is None:
        return "dataset"
    row = f"row {finding.place.row:,}" + (f" ({fit(safe(finding.key), _NAME)})" if finding.key else "")
    return f"{finding.place.file} {row}" if files else row


def _group_lines(group: Group, style: Style, columns: int, *, files: bool, mark: str) -> Iterator[str]:
    heading = f"{mark}{SIGNS[group.severity]} {group.rule.id}  {group.count:,}"
    title, *more = _parts(f"{heading}  ", safe(group.rule.title), columns)
    yield f"{style(_ROLES[group.severity], heading)}{title[len(heading) :]}"
    yield from more
    cells = [(safe(where_text(f, files=files)), fit(safe(f.path), _NAME), _message(f)) for f in group.findings]
    first = min(max((cell_width(each[0]) for each in cells), default=0), _WHERE)
    second = min(max((cell_width(each[1]) for each in cells), default=0), _PATH)
    for number, (where, path, message) in enumerate(cells):
        line = f"    {cell(where, first + 2)}" + (cell(path, second + 2) if second else "")
        yield from _parts(line, message, columns, lines=_LINES if number == 0 else 1)
    if cells and group.count > len(cells):
        yield style("dim", f"    … and {group.count - len(cells):,} more")
    for fix in group.fixes:
        yield from (style("dim", line) for line in _parts("    fix: ", safe(fix), columns))


def _parts(before: str, message: str, columns: int, *, lines: int = _LINES) -> Iterator[str]:
    """What names a thing, whole, and a message in as many lines as it takes, within reason.

    The first message of each rule tells how the others end, too; they take one line. It stands below what names the
    thing where that leaves too little beside it.
    """
    indent = cell_width(before)
    if columns - indent < min(columns // _LEAST, cell_width(message)):
        yield before.rstrip()
        indent, before = _BELOW, " " * _BELOW
    if lines == 1:
        yield before + fit(message, columns - indent)
        return
    start, *more = wrapped([(None, message)], columns - indent, limit=lines)
    yield f"{before}{start}"
    yield from (f"{'':{indent}}{line}" for line in more)


def _message(finding: Finding) -> str:
    message = safe(finding.message)
    return f"{finding.outcome}: {message}" if finding.outcome is not None else message


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - cell_width(text))


def summary_line(report: Report) -> str:
    """``3,211 records, 2 errors, 40 warnings in 3 rules``."""
    found = counts_text(report)
    rules = f" in {plural(len(report.groups), 'rule')}" if report.groups else ""
    looked = f"{safe(report.name)}: {plural(report.records, 'record')}"
    if report.is_stopped:
        return f"{looked}, stopped when a part of them was looked at; so far {found}{rules}"
    if report.compared_with is None:
        return f"{looked}, {found}{rules}"
    solved = sum(group.count for group in report.solved)
    since = f"since {safe(report.compared_with)}"
    return f"{looked}; {since} introduced: {found}{rules}; solved: {solved:,}"


def beside_lines(report: Report) -> Iterator[str]:
    """Rules that did not run, and what commits found: what a summary alone would hide."""
    if report.left_out:
        yield f"not looked for with --changed, as they need all records: {', '.join(map(safe, report.left_out))}"
    yield from map(by_commit_text, report.by_commits[:_COMMITS])
    if len(report.by_commits) > _COMMITS:
        yield f"the same of {plural(len(report.by_commits) - _COMMITS, 'older version')}: dsvc log"
    if report.not_known:
        yield f"what the commits of {', '.join(map(safe, report.not_known))} found is not known in this clone"


def by_commit_text(told: FoundByCommit) -> str:
    """``kept on purpose in medical@v1.1: empty-field 2 (because: as collected)``."""
    counts = found_text(told)
    if told.reason is None:
        return f"found when {safe(told.version)} was committed: {counts}"
    return f"kept on purpose in {safe(told.version)}: {counts} (because: {safe(told.reason)})"


def counts_text(report: Report) -> str:
    """How many errors, warnings and notes; ``no findings`` for none."""
    if not any(report.severities.values()):
        return "no findings"
    told = [plural(report.count("error"), "error"), plural(report.count("warning"), "warning")]
    return ", ".join([*told, *([plural(report.count("note"), "note")] if report.count("note") else [])])


def baseline_line(report: Report) -> str:
    """What a baseline accepted, and what of it is gone; empty without one."""
    if report.baseline is None:
        return ""
    gone = f"; {report.gone:,} of it found no more" if report.gone else ""
    return f"known and accepted: {report.accepted:,} ({safe(report.baseline)}){gone}"


def gate_lines(gates: Sequence[Verdict], style: Style, columns: int) -> Iterator[str]:
    """The gates as a table; those that were not measured, and let it pass, in one line for each reason."""
    untold: dict[str, list[str]] = {}
    for gate in gates:
        if gate.outcome == "not measured" and not gate.failed:
            untold.setdefault(gate.measured, []).append(gate.title)
    gates = [gate for gate in gates if gate.outcome != "not measured" or gate.failed]
    rows = [("gate", "measured", "bound", "verdict")]
    rows += [(each.title, each.measured, each.bound, each.outcome) for each in gates]
    widths = [max(cell_width(safe(row[column])) for row in rows) for column in range(4)]
    for number, row in enumerate(rows):
        line = "  ".join(_padded(safe(each), width) for each, width in zip(row, widths, strict=True)).rstrip()
        failed = number > 0 and gates[number - 1].failed
        mark = "  " if number == 0 else "! " if failed else "  "
        yield style("heading" if number == 0 else "removed" if failed else None, mark + line)
    for reason, titles in untold.items():
        told = f"{safe(reason)}: {' · '.join(title.replace(' ', _TOGETHER) for title in titles)}"
        for line in wrap(told, columns, initial_indent="  ", subsequent_indent="      "):
            yield style("dim", line.replace(_TOGETHER, " "))


def rule_list_lines(chosen: Sequence[Chosen], style: Style) -> Iterator[str]:
    """Rules in a list: severity, id, title."""
    width = max((len(each.rule.id) for each in chosen), default=0)
    for each in chosen:
        yield f"{style(_ROLES[each.severity], SIGNS[each.severity])} {each.rule.id:{width}}  {safe(each.rule.title)}"
    yield ""
    yield f"{plural(len(chosen), 'rule')}; what one means: dsvc validate --rule RULE"


def rule_lines(chosen: Chosen, style: Style) -> Iterator[str]:
    """One rule explained: why, examples, options, sources."""
    rule = chosen.rule
    yield style("heading", f"{rule.id}  ({chosen.severity}, {rule.topic})")
    yield safe(rule.title)
    yield ""
    yield safe(rule.why)
    if rule.asks:
        yield from ("", style("strong", "looks for:"))
        yield from (f"    {name} = {safe(asked)}" for name, asked in rule.asks)
    examples = (("found in:", rule.example.bad), ("not found in:", rule.example.good))
    for title, lines in (*examples, ("of the test set:", rule.example.against)):
        if lines:
            yield from _examples(title, lines, style)
    if rule.repair:
        yield from ("", f"mended by the repair '{safe(rule.repair)}'")
    options = rule.options.__struct_fields__
    if options:
        yield from ("", style("strong", "options:"))
        yield from (f"    {name} = {safe(repr(getattr(chosen.options, name)))}" for name in options)
    if rule.sources:
        yield from ("", style("strong", "sources:"))
        yield from (f"    {safe(source)}" for source in rule.sources)


def _examples(title: str, lines: Sequence[str], style: Style) -> Iterator[str]:
    yield ""
    yield style("strong", title)
    yield from (f"    {line}" for line in example_lines(lines, _EXAMPLE))


def outcome_line(tally: Tally) -> str:
    """A tally in a line."""
    if tally.whole:
        return f"rows for {tally.profile}: the run aborts, the files cannot be read as they are"
    words = ((tally.altered, "altered"), (tally.dropped, "dropped"), (tally.aborts, "on which the run aborts"))
    parts = [f"{tally.accepted:,} accepted", *(f"{count:,} {word}" for count, word in words if count)]
    return f"rows for {tally.profile}: {', '.join(parts)}"
