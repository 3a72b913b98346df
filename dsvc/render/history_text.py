"""The history of a record as text: for each version who, when, from where, why, and the words that it changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.delta import Reformatted
from dsvc.render.blame_text import NOT_COMMITTED
from dsvc.render.diff_text import gist
from dsvc.render.field_text import changes_lines
from dsvc.render.log_text import annotators_text
from dsvc.render.not_json import record_changes
from dsvc.render.numbers import minute, plural
from dsvc.render.reformatting import how_reformatted, in_words
from dsvc.render.safe_text import cell_width, fit, safe
from dsvc.render.wrapping import wrap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.blame.values import Attribution, RecordStep
    from dsvc.render.field_text import View
    from dsvc.render.style import Role
    from dsvc.snapshot import Record

_SIGNS: dict[str, tuple[str, Role]] = {
    "added": ("+", "added"),
    "removed": ("-", "removed"),
    "modified": ("~", "changed"),
    "reformatted": ("=", "same"),
}
_INDENT = 3


def heading(name: str, record: Record, copies: int, view: View) -> Iterator[str]:
    """What record it is, and how many others are written exactly so."""
    lead = f"{safe(name)}  row {record.row:,}  "
    yield view.style("heading", lead) + gist(record.content, view.columns - cell_width(lead))
    if copies:
        others = plural(copies, "other record")
        yield view.style("dim", f"{others} written exactly so: followed in the order in which they stand")
    yield ""


def step_lines(step: RecordStep, view: View) -> Iterator[str]:
    """One version: its line, its reason, and what it did to the record."""
    sign, role = _SIGNS[step.kind]
    record = step.record or step.before
    assert record is not None
    yield view.style(role, f"{sign}  ") + _who(step.attribution, f"row {record.row:,}", view)
    entry = step.attribution.entry
    if entry is not None:
        for line in wrap([(None, safe(entry.reason.strip()))], view.columns - _INDENT, limit=view.limit):
            yield " " * _INDENT + line
    yield from _what(step, view)


def _who(attribution: Attribution, row: str, view: View) -> str:
    entry = attribution.entry
    if not attribution.committed:
        return view.style("warning", NOT_COMMITTED) + view.style("dim", f"  {row}")
    version = entry.number if entry is not None else attribution.version[:8]
    who = annotators_text(attribution.annotators) or (safe(entry.author.name) if entry is not None else "")
    source = f"from {safe(attribution.source)}" if attribution.source else ""
    parts = [part for part in (minute(entry.authored_at) if entry is not None else "", who, row, source) if part]
    rest = fit(" · ".join(parts), view.columns - _INDENT - len(version) - 2)
    return f"{view.style('strong', version)}  {view.style('dim', rest)}"


def _what(step: RecordStep, view: View) -> Iterator[str]:
    pad, room = " " * _INDENT, view.columns - _INDENT
    if step.moved:
        yield pad + view.style("moved", "> moved as well")
    if step.record is None or step.before is None:
        record = step.record or step.before
        assert record is not None
        yield pad + view.style(_SIGNS[step.kind][1], gist(record.content, room))
    elif step.kind == "reformatted":
        yield pad + f"same value, other {in_words(how_reformatted(Reformatted(step.before, step.record)))}"
    else:
        changes, _ = record_changes(step.before, step.record)
        yield from changes_lines(changes, view, indent=_INDENT)
