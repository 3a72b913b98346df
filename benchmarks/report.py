"""Renders measurements as ``RESULTS.md``: verdicts first, then everything that was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks import results
from benchmarks.bars import BAR_SIZE, BARS, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.bars import Bar, Verdict
    from benchmarks.results import Machine, Measurement

NOTES: Final = """\
- Each figure is a whole process, interpreter start included. Wall time is the median, with the least and the greatest
  run behind it; peak memory is the kernel's `ru_maxrss` of the process and its children. The tools take turns, run by
  run; writes of earlier runs are flushed before the clock starts; files are in the page cache,
  but for large ones that a tool writes past it, as dsvc does.
- New bytes: what the whole repository folder grew by (git's objects and logs included), the working file apart; each
  inode once, apparent size. Caches that may be deleted at any time are told apart ("derived") and do not count for a
  bar about new bytes; they do count for disk as a ratio to the data.
- `dvc add` and `oxen` parse nothing, verify nothing and flush nothing to disk; `dsvc commit` parses every new record,
  makes the git commit and the tag, and flushes all of it. DVC's git commit is not timed.
- Lance does not take JSONL and does not find changes: a small Python program finds them by `id` and is part of its
  time. Order is not kept, so a shuffle costs it nothing and loses the order.
- Oxen, DuckDB by key and Lance are given the records' `id` as key; dsvc is not told of any key.
- A diff by dsvc tells fields and words of every change, as JSON lines; `dsvc files` compares two files outside any
  repository, `dsvc totals` is its `--stat`; the others write the changed rows. What takes over two minutes is run once.
- `start: log` of dvc is `git log` of its pointer: DVC has no log of its own.
- The records are made up from phrases: they compress about eight to one, which flatters git and Lance (DVC, Oxen and
  dsvc's packs compress nothing).
- git itself is measured up to 10^5 records: above 512 MB files are binary to it.
"""

IDLE_LOAD: Final = 0.5
"""Load average above which a machine counts as shared."""


def megabytes(value: float | None) -> str:
    """Bytes for people: B, KB, MB or GB of 1,000."""
    if value is None:
        return ""
    size = abs(value)
    for limit, factor, unit in ((1e3, 1, "B"), (1e6, 1e3, "KB"), (1e9, 1e6, "MB")):
        if size < limit:
            return f"{value / factor:.0f} {unit}" if factor == 1 else f"{value / factor:.3g} {unit}"
    return f"{value / 1e9:.3g} GB"


def seconds(value: float | None) -> str:
    """Seconds with as many digits as they are worth."""
    if value is None:
        return ""
    return f"{value:.1f} s" if value >= 10 else f"{value:.2f} s" if value >= 1 else f"{value * 1000:.0f} ms"


def value_text(bar: Bar, value: float | None) -> str:
    """A bar's quantity for people."""
    if value is None:
        return "not measured"
    if bar.quantity == "wall":
        return seconds(value)
    if bar.quantity in ("new_bytes", "peak"):
        return megabytes(value)
    return f"{value:.3f} ×"


def limit_text(bar: Bar) -> str:
    """The bar itself."""
    prefix = "aim: " if bar.aim else ""
    if bar.peers:
        return f"{prefix}≤ {bar.limit:g} × {' / '.join(bar.peers)}"
    if bar.quantity == "ratio":
        return f"{prefix}≤ {bar.limit:g} × the data"
    if bar.quantity == "new over edited":
        return f"{prefix}≤ {bar.limit:g} × the edited lines"
    return f"{prefix}≤ {value_text(bar, bar.limit)}"


def verdict_row(verdict: Verdict) -> list[str]:
    """One line of the table of bars."""
    bar = verdict.bar
    names = {
        "wall": "time",
        "new_bytes": "new bytes",
        "peak": "peak memory",
        "ratio": "disk",
        "new over edited": "new bytes",
    }
    peer = f"{value_text(bar, verdict.peer)} ({verdict.best_peer})" if verdict.best_peer else ""
    ratio = f"{verdict.ratio:.3f}" if verdict.ratio is not None else ""
    cpu = f"{verdict.cpu_ratio:.3f}" if verdict.cpu_ratio is not None else ""
    met = {True: "yes", False: "**no**", None: "not measured"}[verdict.met]
    operation = bar.operation if bar.tool == "dsvc" else f"{bar.operation} ({bar.tool})"
    return [operation, names[bar.quantity], value_text(bar, verdict.own), peer, ratio, cpu, limit_text(bar), met]


def measurement_row(measurement: Measurement) -> list[str]:
    """One line of the table of everything."""
    if measurement.failure:
        return [measurement.operation, measurement.tool, f"failed: {one_line(measurement.failure)}", *[""] * 5]
    spread = measurement.spread("wall")
    wall = f"{seconds(measurement.middle('wall'))} ({seconds(spread[0])} – {seconds(spread[1])})" if spread else ""
    derived = measurement.middle("derived_bytes")
    kept = megabytes(measurement.kept_bytes) + (f" + {megabytes(derived)} derived" if derived else "")
    return [
        measurement.operation,
        measurement.tool,
        wall,
        seconds(measurement.cpu),
        megabytes(measurement.middle("peak")),
        kept,
        ratio_text(measurement),
        number_text(measurement.middle("found")),
    ]


def ratio_text(measurement: Measurement) -> str:
    """Disk over data, or new bytes over edited bytes."""
    ratio, edited, kept = measurement.middle("ratio"), measurement.middle("edited_bytes"), measurement.kept_bytes
    if ratio is not None:
        return f"{ratio:.3f} × data"
    return f"{kept / edited:.3g} × edit" if edited and kept is not None else ""


def number_text(value: float | None) -> str:
    """A count."""
    return "" if value is None else f"{value:,.0f}"


def one_line(text: str) -> str:
    """Text that fits into a table cell."""
    return " ".join(text.replace("|", "/").split())[-160:]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    return [
        f"| {' | '.join(header)} |",
        f"|{'|'.join('---' for _ in header)}|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def size_section(size: int, machine: Machine, measurements: Sequence[Measurement]) -> list[str]:
    """Verdicts and measurements of one size."""
    known = {(each.operation, each.tool): each for each in measurements}
    order = list(dict.fromkeys(each.operation for each in measurements))
    by_operation = sorted(measurements, key=lambda each: order.index(each.operation))
    remark = (
        "" if size == BAR_SIZE else f" The bars are written for {BAR_SIZE:,} records; here they are for orientation."
    )
    data = machine.data_bytes.get(str(size))
    return [
        f"## {size:,} records, {megabytes(data)}",
        "",
        f"### Bars{' (orientation only)' if size != BAR_SIZE else ''}",
        *(["", remark.strip()] if remark else []),
        "",
        *table(
            ("operation", "what", "dsvc", "best peer", "ratio", "CPU ratio", "bar", "met"),
            (verdict_row(judge(bar, known)) for bar in BARS),
        ),
        "",
        "### Everything",
        "",
        *table(
            (
                "operation",
                "tool",
                "wall: median (least – greatest)",
                "CPU",
                "peak memory",
                "new bytes",
                "ratio",
                "changes found",
            ),
            (measurement_row(each) for each in by_operation),
        ),
        "",
    ]


def _runs(measurements: Iterable[Measurement]) -> str:
    fewest = results.fewest_runs(measurements)
    return "one run" if fewest == 1 else f"{fewest} runs or more"


def machine_section(machine: Machine, measurements: Sequence[Measurement]) -> list[str]:
    """What it was measured on and with, and how often."""
    sizes = sorted({each.size for each in measurements}, reverse=True)
    shared = " (shared machine: times are too long)" if machine.load > IDLE_LOAD else ""
    facts = (
        machine.date,
        f"{machine.cpu}, {machine.cores} cores, {megabytes(machine.memory)}",
        f"{machine.system}, Python {machine.python}",
        *(f"{size:,} records: {_runs(each for each in measurements if each.size == size)}" for size in sizes),
        f"load average at the start {machine.load:.2f}{shared}",
        f"lowest peak memory that can be told apart {megabytes(machine.floor)}",
    )
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    lines = [*(f"- {fact}" for fact in facts), f"- versions: {versions}"]
    if machine.missing:
        reasons = "; ".join(f"{name} ({one_line(reason)})" for name, reason in machine.missing.items())
        lines.append(f"- not measured: {reasons}")
    return lines


def render(machine: Machine, measurements: Sequence[Measurement], more: Sequence[str] = ()) -> str:
    """The whole page; largest size first, because the bars are written for it; *more* lines close it."""
    sizes = sorted({each.size for each in measurements}, reverse=True)
    parts = [
        "# Measurements",
        "",
        f"Made by `{machine.command}`; do not edit by hand.",
        "",
        *machine_section(machine, measurements),
        "",
        NOTES,
    ]
    for size in sizes:
        parts += size_section(size, machine, [each for each in measurements if each.size == size])
    return "\n".join([*parts, *more]).rstrip() + "\n"
