"""Statistics as text, with small charts."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING, Final

from dsvc.render.numbers import plural, size
from dsvc.render.safe_text import cell_width, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.render.style import Role, Style
    from dsvc.statistics import Numbers, Shares, Shift, Statistics

_STEPS: Final = " ▁▂▃▄▅▆▇█"
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_NAME: Final = 22
_FIGURE: Final = 9
_BINS: Final = 16
_LEAST_BINS: Final = 4
_BAR: Final = 24
_VALUES: Final = 8
_LOOKS: Final[Mapping[str, Role | None]] = {"none": "dim", "some": None, "large": "warning"}


def statistics_lines(statistics: Statistics, style: Style, columns: int | None = None) -> Iterator[str]:
    """One version: counts, how lengths are spread, how records are shared out. ``columns``: room for the charts."""
    counts = f"{plural(statistics.records, 'record')}, {size(statistics.bytes)}"
    yield f"{style('heading', safe(statistics.name))}  {counts}"
    if statistics.not_json:
        yield style("warning", f"  {_not_json(statistics)}")
    spread = {name: numbers for name, numbers in statistics.numbers.items() if numbers.records}
    if spread:
        yield ""
        wide = max(_FIGURE, *(len(figure) + 2 for numbers in spread.values() for figure in _figures(numbers)))
        head = "".join(f"{title:>{wide}}" for title in ("least", "5 %", "median", "95 %", "most"))
        yield style("dim", " " * (_NAME + 2) + head)
    bins = _BINS if columns is None or not spread else max(_LEAST_BINS, min(_BINS, columns - _NAME - 5 * wide - 4))
    for name, numbers in spread.items():
        figures = "".join(f"{figure:>{wide}}" for figure in _figures(numbers))
        yield f"  {_named(name)}{figures}  {sparkline(numbers.histogram(bins))}"
    for name, shares in statistics.shares.items():
        if shares.records:
            yield ""
            yield from _share_lines(name, shares, style)


def _named(name: str) -> str:
    shown = safe(name)
    return shown + " " * (_NAME - cell_width(shown))


def _not_json(statistics: Statistics) -> str:
    """How many lines are left out, and what tells them: most are no JSON at all, some have bytes that are no text."""
    are = "is" if statistics.not_json == 1 else "are"
    named = quote(safe(statistics.name))
    told = f"{plural(statistics.not_json, 'line')} {are} not JSON and not measured"
    return f"{told}: dsvc validate {named} --only syntax --only encoding"


def _figures(numbers: Numbers) -> list[str]:
    values = (numbers.smallest, numbers.quantile(0.05), numbers.quantile(0.5), numbers.quantile(0.95), numbers.largest)
    return [f"{value:,}" for value in values]


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
    yield style("dim", "  0: the same, 1: nothing in common (shares: total variation; numbers: Kolmogorov-Smirnov)")


def moved_text(old: Statistics, new: Statistics, shift: Shift) -> str:
    """What has moved, in a few words; safe to show."""
    if shift.kind == "numbers":
        left, right = old.numbers.get(shift.feature), new.numbers.get(shift.feature)
        before = f"{left.quantile(0.5):,}" if left is not None and left.records else "–"
        after = f"{right.quantile(0.5):,}" if right is not None and right.records else "–"
        return f"median {before} -> {after}"
    left_shares, right_shares = old.shares.get(shift.feature), new.shares.get(shift.feature)
    values = {*(left_shares.counts if left_shares else ()), *(right_shares.counts if right_shares else ())}

    def share(shares: Shares | None, value: str) -> float:
        return shares.share(value) if shares is not None else 0.0

    moved = sorted(values, key=lambda value: (-abs(share(left_shares, value) - share(right_shares, value)), value))
    return " · ".join(
        f"{safe(value or '(empty)')} {share(left_shares, value):.1%} -> {share(right_shares, value):.1%}"
        for value in moved[:3]
        if share(left_shares, value) != share(right_shares, value)
    )


def sparkline(counts: Sequence[int]) -> str:
    """Counts as a row of columns; what is not zero can be seen."""
    most = max(counts, default=0)
    return "".join(_STEPS[0 if not count else max(1, round(count / most * 8))] for count in counts).rstrip()


def bar(share: float) -> str:
    """A share as a bar, in eighths of a column; what is not zero can be seen."""
    eighths = max(1 if share else 0, round(share * _BAR * 8))
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
