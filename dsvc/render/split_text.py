"""A split as text: how many records each part has, of each stratum, what was held together, what could not be kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from dsvc.render.numbers import plural
from dsvc.render.safe_text import cell_width as width
from dsvc.render.safe_text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.render.style import Style
    from dsvc.splitting.plan import Held, SplitPlan

_STRATA: Final = 12
"""So many strata are told, the largest ones."""


def split_lines(plan: SplitPlan, style: Style) -> Iterator[str]:
    """The table of the parts, then what else is to be known."""
    rows = [["part", "records", "share", "wanted", "new"]]
    for part in plan.parts:
        cells = [safe(part.name), f"{part.records:,}", f"{part.share:.1%}", f"{part.wanted:.1%}", f"{part.new:,}"]
        rows.append(cells)
    yield from table_lines(rows, style)
    if plan.strata:
        yield ""
        yield from _strata(plan, style)
    yield ""
    yield f"held together: {_held(plan.held)}"
    if plan.kept:
        yield f"kept:          {plural(plan.kept, 'record')} on the side they were on"
    for problem in plan.problems:
        yield f"{style('warning', 'note')}: {safe(problem.message)}"


def _held(held: Held) -> str:
    told = []
    if held.groups:
        told.append(plural(held.groups, "group"))
    if held.near_duplicates:
        told.append(plural(held.near_duplicates, "cluster") + " of near-duplicates")
    if held.equal:
        told.append(plural(held.equal, "set") + " of equal records")
    return ", ".join(told) + f" (at most {plural(held.largest, 'record')})" if told else "nothing needed it"


def _strata(plan: SplitPlan, style: Style) -> Iterator[str]:
    sizes = [sum(part.strata[number] for part in plan.parts) for number in range(len(plan.strata))]
    shown = sorted(range(len(sizes)), key=lambda number: (-sizes[number], number))[:_STRATA]
    names = [safe(part.name) for part in plan.parts]
    rows = [[safe(", ".join(plan.rule.stratify)), "records", *names]]
    for number in shown:
        counts = [f"{part.strata[number]:,}" for part in plan.parts]
        rows.append([_value(plan.strata[number]), f"{sizes[number]:,}", *counts])
    yield from table_lines(rows, style)
    if len(sizes) > len(shown):
        yield f"and {len(sizes) - len(shown):,} smaller ones"


def _value(values: Sequence[str]) -> str:
    return safe(", ".join(map(_plain, values)))


def _plain(value: str) -> str:
    """A JSON text without its quotes."""
    return str(json.loads(value)) if value.startswith('"') else value


def table_lines(rows: Sequence[Sequence[str]], style: Style) -> Iterator[str]:
    """Columns of equal width, the first one on the left and the others on the right."""
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        first = row[0] + " " * (widths[0] - width(row[0]))
        others = [" " * (size - width(cell)) + cell for cell, size in zip(row[1:], widths[1:], strict=True)]
        line = "  ".join([first, *others])
        yield style("heading", line) if number == 0 else line
