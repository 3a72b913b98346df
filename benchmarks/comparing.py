"""Two files compared by all differs in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.measure import CommandError, run
from benchmarks.recorder import sample_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.peers.contender import Differ
    from benchmarks.recorder import Recorder
    from benchmarks.results import Sample

NOT_REPEATED: Final = 120.0
"""Seconds: a comparison that takes longer is run once."""


@dataclass(frozen=True)
class Comparison:
    """One pair of files; ``expected`` is the number of records that differ."""

    operation: str
    old: Path
    new: Path
    expected: int


def compare(
    comparison: Comparison, differs: Sequence[Differ], recorder: Recorder, folder: Path, size: int, runs: int
) -> None:
    """Every differ, ``runs`` times, in turn. One that counts another number of changes fails the operation."""
    for _ in range(runs):
        for differ in differs:
            if recorder.longest(size, comparison.operation, differ.name) > NOT_REPEATED:
                continue
            recorder.attempt(size, comparison.operation, differ.name, one_diff, comparison, differ, folder)


def one_diff(comparison: Comparison, differ: Differ, folder: Path) -> Sample:
    """One run; the output is counted, then deleted."""
    output = folder / "differences.out"
    output.unlink(missing_ok=True)
    try:
        taken = run(differ.diff(comparison.old, comparison.new, output))
        found = differ.found(output)
    finally:
        output.unlink(missing_ok=True)
    if found is not None and found != comparison.expected:
        raise CommandError(f"found {found} changed records instead of {comparison.expected}")
    return sample_of(taken, found=found)
