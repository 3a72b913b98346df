"""Renders what was measured of viewers as ``VIEWERS.md``."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final

from benchmarks.report import megabytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BARS: Final[Mapping[str, float]] = {
    "first rows": 0.6,
    "jump to the first": 0.040,
    "jump to the last": 0.040,
    "a repeated key": 0.020,
    "memory": 150e6,
}
"""What the terminal UI means to keep at a million records: seconds, bytes."""
LATE: Final = 0.010


def render(
    runs: Mapping[str, Sequence[Mapping[str, float]]],
    late: Mapping[str, Sequence[float]],
    *,
    records: int,
    size: int,
    every: float,
) -> str:
    """The page."""
    lines = [
        "# The terminal UI beside other viewers",
        "",
        f"`python -m benchmarks.viewers --records {records}`: {records:,} records, {megabytes(size)}, nothing known",
        "of the file before. Times run from the key (or the start of the process) to the text on a terminal of 120x40;",
        "the median of the runs. toolong shows lines, visidata a table that is in memory; neither knows versions.",
        "toolong begins at the end of a file, and that is where its first rows are.",
        "",
        "| | bar | " + " | ".join(runs) + " |",
        "|---|---|" + "---|" * len(runs),
    ]
    names = next(iter(runs.values()))[0]
    for name in names:
        values = [_text(name, statistics.median([run[name] for run in each])) for each in runs.values()]
        bar = _text(name, BARS[name]) if name in BARS else ""
        lines.append(f"| {name} | {bar} | " + " | ".join(values) + " |")
    lines += [
        "",
        "## How late the event loop is",
        "",
        f"A task in the loop of `dsvc tui` sleeps {every * 1000:.0f} ms again and again, while a thread reads or",
        f"searches and a key is pressed five times a second; bar: 95 % of the beats at most {LATE * 1000:.0f} ms late.",
        "",
        "| while it is | beats | median | 95 % | latest |",
        "|---|---|---|---|---|",
    ]
    for at, beats in sorted(late.items()):
        ordered = sorted(beats)
        p95 = ordered[int(len(ordered) * 0.95)]
        middle = statistics.median(ordered)
        lines.append(f"| {at} | {len(ordered):,} | {_ms(middle)} | {_ms(p95)} | {_ms(ordered[-1])} |")
    return "\n".join(lines) + "\n"


def _text(name: str, value: float) -> str:
    return megabytes(value) if name == "memory" else _ms(value) if value < 1 else f"{value:.1f} s"


def _ms(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value >= 0.01 else f"{value * 1000:.1f} ms"
