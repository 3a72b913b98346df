"""Passes over all records, in a thread: which ones fit, in which order, how often each value occurs.

What is found lies in arrays: a million rows are 8 MB. ``report`` is told the share that is done, a few times a second;
when it says False, the pass ends.
"""

from __future__ import annotations

import time
from array import array
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dsvc_tui.giving_way import give_way
from dsvc_tui.records.conditions import getter
from dsvc_tui.records.fields import MISSING, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dsvc_tui.records.source import RecordSource

    Report = Callable[[float], bool]

REPORT_EVERY: Final = 0.1
_SLICES: Final = 32
"""Slices that a batch is worked through in: a regular expression takes 0.3 ms for one, and then gives way."""
DIFFERENT_VALUES: Final = 20_000
"""So many values are told apart in a frequency table; further ones are counted together."""
_VALUE_CHARACTERS: Final = 200
_SORTED_BY: Final = 24
"""Bytes of a text that decide its place in the order."""


def each_line(source: RecordSource, report: Report) -> Iterator[tuple[int, bytes]]:
    """All records with their rows, also those that are only found meanwhile."""
    told, row = time.monotonic(), 0
    while True:
        complete = source.complete
        for first, lines in source.batches(row):
            row = first + len(lines)
            slice_rows = max(len(lines) // _SLICES, 1)
            for at in range(0, len(lines), slice_rows):
                give_way()
                yield from enumerate(lines[at : at + slice_rows], first + at)
            if time.monotonic() - told > REPORT_EVERY:
                told = time.monotonic()
                if not report(row / max(len(source), 1)):
                    return
        if complete:
            return
        time.sleep(REPORT_EVERY / 2)
        if not report(row / max(len(source), 1)):
            return


def mark(source: RecordSource, fits: Callable[[bytes], bool], flags: bytearray, report: Report) -> None:
    """Set the flag of each record that fits, lengthening ``flags`` as far as was looked."""
    for row, line in each_line(source, report):
        if row >= len(flags):
            flags.extend(bytes(max(4096, row + 1 - len(flags))))
        if fits(line):
            flags[row] = 1


def select(source: RecordSource, fits: Callable[[int, bytes], bool], rows: array[int], report: Report) -> None:
    """Append the rows that fit, in order."""
    for row, line in each_line(source, report):
        if fits(row, line):
            rows.append(row)


def flags_of(rows: Iterable[int], count: int) -> bytearray:
    """A flag for each of ``count`` rows: an eighth of what a set of them takes."""
    flags = bytearray(count)
    for row in rows:
        flags[row] = 1
    return flags


def order(source: RecordSource, name: str, report: Report) -> array[int] | None:
    """All rows, sorted by a field: missing first, then booleans and null, numbers by size, texts; None: stopped.

    Texts are compared by their first bytes, lists and objects by their length; equal ones keep their order.
    """
    import numpy as np

    get = getter(name)
    count = 0
    ranks, numbers, texts = array("B"), array("d"), bytearray()
    for _, line in each_line(source, report):
        rank, number, text = _sort_key(get(line))
        ranks.append(rank)
        numbers.append(number)
        texts += text.ljust(_SORTED_BY, b"\0")
        count += 1
    if not report(1.0):
        return None
    columns = (np.frombuffer(texts, f"S{_SORTED_BY}"), np.frombuffer(numbers), np.frombuffer(ranks, np.uint8))
    found = np.lexsort(columns) if count else np.empty(0, np.int64)
    rows = array("Q")
    rows.frombytes(found.astype(np.uint64).tobytes())
    return rows


def _sort_key(value: object) -> tuple[int, float, bytes]:
    if value is MISSING:
        return 0, 0.0, b""
    if value is None or isinstance(value, bool):
        return 1, float(bool(value)), b""
    if isinstance(value, (int, float)):
        return 2, _as_float(value), b""
    if isinstance(value, str):
        return 3, 0.0, value[:_SORTED_BY].encode("utf-8", "surrogatepass")[:_SORTED_BY]
    return 4, float(len(value)) if isinstance(value, (list, dict)) else 0.0, b""


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How often the values of a field occur, most often first; ``other``: records with still other values."""

    counts: Sequence[tuple[str, int]]
    missing: int
    other: int
    records: int


def frequencies(source: RecordSource, name: str, shown: Callable[[int], bool], report: Report) -> Frequencies | None:
    """Count the values of a field in the rows that are shown; None: stopped."""
    get = getter(name)
    counts: Counter[str] = Counter()
    missing = other = records = 0
    for row, line in each_line(source, report):
        if not shown(row):
            continue
        records += 1
        value = get(line)
        if value is MISSING:
            missing += 1
            continue
        text = text_of(value)[:_VALUE_CHARACTERS]
        if text in counts or len(counts) < DIFFERENT_VALUES:
            counts[text] += 1
        else:
            other += 1
    return Frequencies(counts.most_common(), missing, other, records) if report(1.0) else None
