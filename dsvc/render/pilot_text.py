"""Pilots as text: what was chosen, by which rule, and what trials on it gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dsvc.render.columns import in_columns
from dsvc.render.numbers import change_counts, minute, plural
from dsvc.render.safe_text import cell, safe
from dsvc.render.style import PLAIN, Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.repository.pilots.carrying import PilotCarried
    from dsvc.repository.pilots.comparison import PilotsCompared
    from dsvc.repository.pilots.creating import PilotListed
    from dsvc.repository.pilots.file import Pilot, Result
    from dsvc.sampling.rule import Rule
    from dsvc.sampling.strata import Stratum

_NAME: Final = 28
_MOST_STRATA: Final = 20


def rule_text(rule: Rule) -> str:
    """A rule in one line."""
    parts = [f"{rule.strategy}, seed '{safe(rule.seed)}'"]
    if rule.stratify:
        how = "as many of each" if rule.balances else "in proportion"
        parts.append(f"{how} by {', '.join(safe(name) for name in rule.stratify)}")
    parts += [f"where {safe(text)}" for text in rule.where]
    parts += [f"with findings of {safe(', '.join(rule.findings))}"] if rule.findings else []
    parts += [f"none of {safe(', '.join(rule.exclude))}"] if rule.exclude else []
    parts += ["one of those that are nearly the same"] if rule.near_duplicates == "leave-out" else []
    return " · ".join(parts)


def sample_lines(records: int, candidates: int, whole: int, rule: Rule, strata: Sequence[Stratum]) -> Iterator[str]:
    """How many records were taken, of which, and what each group gave."""
    of = f"{candidates:,} that can be taken, of " if candidates != whole else ""
    yield f"records: {records:,} of {of}{whole:,}"
    yield f"rule:    {rule_text(rule)}"
    yield from strata_lines(rule, strata)


def strata_lines(rule: Rule, strata: Sequence[Stratum], style: Style = PLAIN) -> Iterator[str]:
    """What each group gave, the largest first."""
    if not strata:
        return
    yield ""
    yield style("dim", f"  {cell(', '.join(rule.stratify), _NAME)}{'taken':>9}{'of':>11}{'share':>9}{'in all':>9}")
    taken = sum(stratum.records for stratum in strata) or 1
    total = sum(stratum.candidates for stratum in strata) or 1
    ordered = sorted(strata, key=lambda stratum: (-stratum.candidates, stratum.values))
    for stratum in ordered[:_MOST_STRATA]:
        name = cell(", ".join(value or "(empty)" for value in stratum.values), _NAME)
        counts = f"{stratum.records:>9,}{stratum.candidates:>11,}"
        yield f"  {name}{counts}{stratum.records / taken:>9.1%}{stratum.candidates / total:>9.1%}"
    if len(ordered) > _MOST_STRATA:
        rest = ordered[_MOST_STRATA:]
        counts = f"{sum(s.records for s in rest):>9,}{sum(s.candidates for s in rest):>11,}"
        yield style("dim", f"  {cell(f'{len(rest):,} others', _NAME)}{counts}")


def list_lines(pilots: Sequence[PilotListed], style: Style = PLAIN) -> Iterator[str]:
    """One line for each pilot, its last result below."""
    if not pilots:
        yield "no pilot is kept; take one: dsvc pilot create REV --name NAME"
    rows = [
        (
            each.pilot.name,
            f"{each.dataset.name}@{each.number or f'{each.pilot.number} (not known here)'}",
            plural(each.pilot.counts.records, "record"),
            rule_text(each.pilot.rule),
        )
        for each in pilots
    ]
    for each, line in zip(pilots, in_columns(rows, style), strict=True):
        yield line
        if each.results:
            yield f"    {result_text(each.results[-1])}"


def about_lines(told: PilotListed, style: Style = PLAIN) -> Iterator[str]:
    """A pilot: who made it, when, by which rule; its groups; its results."""
    pilot = told.pilot
    number = told.number or pilot.number
    yield style("heading", f"{safe(pilot.name)}  {safe(told.dataset.name)}@{safe(number)}")
    yield f"made:    {minute(pilot.created_at)} by {safe(pilot.created_by.name)}"
    yield from _carried(pilot)
    counts = pilot.counts
    yield f"records: {counts.records:,} of {counts.candidates:,} that can be taken"
    yield f"rule:    {rule_text(pilot.rule)}"
    yield from strata_lines(pilot.rule, counts.strata, style)
    if told.results:
        yield ""
    for result in told.results:
        yield f"result:  {result_text(result)}"
    for result in told.others:
        yield style("dim", f"another sample of this name:  {result_text(result)}")


def _carried(pilot: Pilot) -> Iterator[str]:
    from dsvc.repository.pilots.file import Carried

    if isinstance(pilot.carried, Carried):
        moved = pilot.carried
        told = f"{moved.stayed:,} stayed, {moved.changed:,} changed, {moved.left:,} left, {moved.replaced:,} came new"
        yield f"from:    {safe(moved.pilot)} ({told})"


def metrics_text(metrics: Mapping[str, float]) -> str:
    """Figures in one line; names may have spaces in them."""
    return ", ".join(f"{name}={value:g}" for name, value in metrics.items())


def result_text(result: Result) -> str:
    """What a trial gave, in one line."""
    parts = [safe(metrics_text(result.metrics))]
    parts += [safe(result.model)] if result.model else []
    parts += [f"run {safe(result.run)}"] if result.run else []
    parts += [safe(result.note)] if result.note else []
    return f"{minute(result.at)}  " + " · ".join(parts)


def carried_lines(done: PilotCarried) -> Iterator[str]:
    """What became of a pilot's records."""
    pilot = done.created.pilot
    yield f"{safe(pilot.dataset)}@{pilot.number}  pilot {safe(pilot.name)}  {plural(pilot.counts.records, 'record')}"
    yield f"stayed:   {len(done.stayed):,}"
    yield f"changed:  {len(done.changed):,}"
    yield f"left:     {len(done.left):,}"
    yield f"replaced: {len(done.replaced):,}"
    if done.created.tag is not None:
        yield f"tag:      {safe(done.created.tag)}"
    if done.before is not None and (done.changed or done.left or done.replaced):
        names = " ".join(safe(f"{pilot.dataset}@{name}") for name in (done.before, pilot.name))
        yield f"which:    dsvc diff {names}"


def compared_lines(found: PilotsCompared, style: Style = PLAIN) -> Iterator[str]:
    """Two pilots: results beside each other, then their records, then the versions."""
    one, other = (_cell_of(each, style) for each in (found.first, found.second))
    yield f"{one} .. {other}"
    metrics = found.metrics()
    if metrics:
        yield style("dim", f"  {'':<{_NAME}}{'first':>12}{'second':>12}{'change':>12}")
    else:
        yield "  neither of them has a result: dsvc pilot result NAME --metric accuracy=0.71"
    for name, first, second in metrics:
        figures = "".join(f"{'–' if value is None else f'{value:g}':>12}" for value in (first, second))
        change = f"{second - first:>+12.4g}" if first is not None and second is not None else ""
        yield f"  {cell(name, _NAME)}{figures}{change}"
    yield ""
    total = found.first.pilot.counts.records
    yield f"  records in both: {found.both:,} of {total:,}, edited between them: {len(found.edited):,}"
    yield f"  only in {safe(found.first.pilot.name)}: {len(found.only_first):,}"
    yield f"  only in {safe(found.second.pilot.name)}: {len(found.only_second):,}"
    if found.changes is None:
        yield "  both are of one version"
        return
    changes = found.changes
    counts = change_counts(
        added=changes.added,
        removed=changes.removed,
        modified=changes.modified,
        moved=changes.moved,
        reformatted=changes.reformatted,
    )
    yield f"  between the versions: {counts or 'nothing changed'}"
    ends = f"{found.first.pilot.dataset}@{found.first.number}..{found.second.number}"
    yield style("dim", f"  see them: dsvc diff {safe(ends)}")


def _cell_of(each: PilotListed, style: Style) -> str:
    return f"{style('heading', safe(each.pilot.name))} ({safe(each.dataset.name)}@{each.number or each.pilot.number})"
