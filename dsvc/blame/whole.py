"""Blame of whole records: which version brought each of them in with the value it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dsvc.blame.past import attribution
from dsvc.blame.tracing import traced
from dsvc.blame.values import BlameBlock
from dsvc.diff.plan import MODIFIED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.blame.lines import Lines
    from dsvc.blame.past import Past
    from dsvc.blame.tracing import Born
    from dsvc.blame.values import Attribution
    from dsvc.layout import Column
    from dsvc.origin import Origin, VersionId


def blame(past: Past, version: VersionId, lines: Column) -> Iterator[BlameBlock]:
    """Blocks of records (on these lines, which ascend) that one version brought in."""
    numbers = np.zeros(len(lines), dtype=np.int64)
    found: dict[Origin, int] = {}
    for born in traced(past, version, lines, _only_rewritten, edits=False):
        # Lines that are followed on are told again, and that counts.
        known = np.array([found.setdefault(origin, len(found)) for origin in born.origins], dtype=np.int64)
        numbers[born.slots] = known[born.origin]
    yield from blocks(past.lines(version), lines, numbers, [attribution(past, origin) for origin in found])


def _only_rewritten(born: Born) -> Column:
    assert born.earlier is not None
    on: Column = (born.earlier.line >= 0) & (born.earlier.kind != MODIFIED)
    return on


def blocks(
    table: Lines, lines: Column, numbers: Column, attributions: Sequence[Attribution | None]
) -> Iterator[BlameBlock]:
    """Neighbours with the same number as one block; ``attributions`` belong to the numbers."""
    if not len(lines):
        return
    files, line, row = table.places(lines)
    apart = (numbers[1:] != numbers[:-1]) | (row[1:] != row[:-1] + 1)
    firsts = np.flatnonzero(np.concatenate(([True], apart)))
    counts = np.diff(np.append(firsts, len(lines)))
    columns = (firsts, row[firsts], line[firsts], counts, numbers[firsts])
    for first, at_row, at_line, count, number in zip(*(c.tolist() for c in columns), strict=True):
        yield BlameBlock(files[first], at_row, at_line, count, attributions[number])
