"""Statistics as text, with small charts."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Final

from dsvc.render.numbers import plural, size
from dsvc.render.safe_text import cell_width, safe
from dsvc.statistics.measuring import KEYWORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.render.style import Role, Style
    from dsvc.statistics import Numbers, Shares, Shift, Statistics

_STEPS: Final = " ▁▂▃▄▅▆▇█"
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_NAME: Final = 22
_TITLES: Final = ("least", "5 %", "median", "95 %", "most")
_BINS: Final = 16
_FEWEST_BINS: Final = 4
_WIDTH: Final = 80
"""Columns of the narrowest terminal: charts have fewer steps there, names and figures are whole."""
_BAR: Final = 24
_VALUES: Final = 8
_LOOKS: Final[Mapping[str, Role | None]] = {"none": "dim", "some": None, "large": "warning"}


def statistics_lines(statistics: Statistics, style: Style, columns: int = _WIDTH) -> Iterator[str]:
    """One version: counts, how lengths are spread, how records are shared out. ``columns``: room for the charts."""
    counts = f"{plural(statistics.records, 'record')}, {size(statistics.bytes)}"
    yield f"{style('heading', safe(statistics.name))}  {counts}"
    if statistics.not_json:
        yield style("warning", f"  {_not_json(statistics)}")
    yield from _number_lines(statistics, style, columns)
    for name, shares in statistics.shares.items():
        if shares.records:
            yield ""
            yield from _share_lines(name, shares, style)
    yield from _field_lines(statistics, style)


def _number_lines(statistics: Statistics, style: Style, columns: int) -> Iterator[str]:
    """How numbers are spread, a line each; in how many records, where one is not in all of them."""
    spread = {name: numbers for name, numbers in statistics.numbers.items() if numbers.records}
    if not spread:
        return
    of_all = all(numbers.records == statistics.measured for numbers in spread.values())
    rows = [_TITLES, *(_figures(numbers) for numbers in spread.values())]
    if not of_all:
        counts = ("records", *(f"{numbers.records:,}" for numbers in spread.values()))
        rows = [(count, *row) for count, row in zip(counts, rows, strict=True)]
    widths = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
    head, *lines = ["".join(f"{cell:>{wide}}" for cell, wide in zip(row, widths, strict=True)) for row in rows]
    named = max(_NAME, *(cell_width(safe(name)) for name in spread))
    bins = min(_BINS, max(_FEWEST_BINS, columns - 2 - named - sum(widths) - 2))
    yield ""
    yield style("dim", " " * (named + 2) + head)
    for (name, numbers), line in zip(spread.items(), lines, strict=True):
        yield f"  {_named(name, named)}{line}  {sparkline(numbers.histogram(bins))}"


def _field_lines(statistics: Statistics, style: Style) -> Iterator[str]:
    """Fields that some records lack, or that have values of several types, which no other line tells."""
    odd = {
        name: kinds
        for name, kinds in statistics.fields.items()
        if len(kinds) > 1 or sum(kinds.values()) < statistics.measured
    }
    if not odd:
        return
    yield ""
    title = style("strong", "not in all records, or of several types")
    yield f"  {title}" + style("dim", f"  {plural(len(odd), 'field')}")
    counts = {name: f"{sum(kinds.values()):,}" for name, kinds in odd.items()}
    named = max(_NAME, *(cell_width(safe(name)) for name in odd))
    wide = max(map(len, counts.values())) + 2
    for name, kinds in odd.items():
        ranked = sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0]))
        types = " · ".join(f"{kind} {count:,}" if len(ranked) > 1 else kind for kind, count in ranked)
        yield f"    {_named(name, named)}{counts[name]:>{wide}}  {types}"


def _named(name: str, wide: int = _NAME) -> str:
    shown = safe(name)
    return shown + " " * (wide - cell_width(shown))


def _not_json(statistics: Statistics) -> str:
    """How many lines are left out, and what tells them: most are no JSON at all, some have bytes that are no text."""
    are = "is" if statistics.not_json == 1 else "are"
    named = quote(safe(statistics.name))
    told = f"{plural(statistics.not_json, 'line')} {are} not JSON and not measured"
    return f"{told}: dsvc validate {named} --only syntax --only encoding"


def _figures(numbers: Numbers) -> tuple[str, ...]:
    values = (numbers.smallest, numbers.quantile(0.05), numbers.quantile(0.5), numbers.quantile(0.95), numbers.largest)
    return tuple(f"{value:,}" for value in values)


def _share_lines(name: str, shares: Shares, style: Style) -> Iterator[str]:
    told = len(shares.counts) + bool(shares.rare)
    yield "  " + style("strong", safe(name)) + style("dim", f"  {plural(told, 'value')}")
    shown = shares.common(_VALUES)
    wide = max(10, len(f"{shares.records:,}") + 2)
    for value, count in shown:
        yield f"    {_named(value or '(empty)')}{shares.share(value):>7.1%}{count:>{wide},}  {bar(shares.share(value))}"
    rest = shares.records - sum(count for _, count in shown)
    if rest:
        share = rest / shares.records
        yield style("dim", f"    {_named('others')}{share:>7.1%}{rest:>{wide},}  {bar(share)}")


def shift_lines(old: Statistics, new: Statistics, shifts: Sequence[Shift], style: Style) -> Iterator[str]:
    """Two versions beside each other, what has moved most first."""
    yield style("heading", f"{safe(old.name)} .. {safe(new.name)}")
    yield f"  records  {old.records:,} -> {new.records:,}   bytes  {size(old.bytes)} -> {size(new.bytes)}"
    yield ""
    yield style("dim", f"  {'':<{_NAME}}{'drift':>7}")
    for shift in sorted(shifts, key=lambda shift: -shift.figure):
        look = _LOOKS[shift.in_words]
        moved = moved_text(old, new, shift)
        told = style(look, f"{shift.figure:>7.3f}  {shift.in_words}")
        yield f"  {_named(shift.feature)}{told}" + (f"{'':{7 - len(shift.in_words)}}{moved}" if moved else "")
    yield ""
    yield style("dim", "  0: the same, 1: nothing in common; of all records, with a feature or without")


def moved_text(old: Statistics, new: Statistics, shift: Shift) -> str:
    """What has moved, in a few words; safe to show."""
    words = _moved_numbers if shift.kind == "numbers" else _moved_shares
    return " · ".join([*words(old, new, shift.feature), *_presence(old, new, shift)])


def _moved_numbers(old: Statistics, new: Statistics, feature: str) -> Iterator[str]:
    left, right = (f"{side.quantile(0.5):,}" if side.records else "–" for side in _numbers(old, new, feature))
    yield f"median {left} -> {right}"


def _moved_shares(old: Statistics, new: Statistics, feature: str) -> Iterator[str]:
    """The three values whose shares moved most, of the records that have one."""
    left, right = _shares(old, new, feature)
    values = {*left.counts, *right.counts}
    for value in sorted(values, key=lambda value: (-abs(left.share(value) - right.share(value)), value))[:3]:
        if left.share(value) != right.share(value):
            yield f"{safe(value or '(empty)')} {left.share(value):.1%} -> {right.share(value):.1%}"


def _presence(old: Statistics, new: Statistics, shift: Shift) -> Iterator[str]:
    """How many records have a feature, where some have it and some have not."""
    sides = _numbers(old, new, shift.feature) if shift.kind == "numbers" else _shares(old, new, shift.feature)
    before, after = (side.records for side in sides)
    partly = before < old.measured or after < new.measured
    if shift.feature != KEYWORDS and partly and (before or after):
        yield f"in {before:,} -> {after:,} records"


def _numbers(old: Statistics, new: Statistics, feature: str) -> tuple[Numbers, Numbers]:
    return old.numbers_of(feature), new.numbers_of(feature)


def _shares(old: Statistics, new: Statistics, feature: str) -> tuple[Shares, Shares]:
    return old.shares_of(feature, new), new.shares_of(feature, old)


def sparkline(counts: Sequence[int]) -> str:
    """Counts as a row of columns; what is not zero can be seen."""
    most = max(counts, default=0)
    return "".join(_STEPS[0 if not count else max(1, round(count / most * 8))] for count in counts).rstrip()


def bar(share: float) -> str:
    """A share as a bar, in eighths of a column; what is not zero can be seen."""
    eighths = max(1 if share else 0, round(share * _BAR * 8))
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
