"""Collects samples while tools take turns; a tool that fails an operation is out of it, with the reason."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ParamSpec

from benchmarks.measure import CommandError, Job, Run, run
from benchmarks.results import Measurement, Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")


def sample_of(taken: Run, **more: float | int | None) -> Sample:
    """A sample with the times of a run and what else is known of it."""
    return Sample(wall=taken.wall, user=taken.user, system=taken.system, peak=taken.peak, **more)  # type: ignore[arg-type]


def timed_sample(job: Job) -> Sample:
    """Run a job; its times."""
    return sample_of(run(job))


@dataclass
class Recorder:
    """Samples by size, operation and tool, in the order in which they came."""

    operations: frozenset[str] | None = None
    """Operations that are wanted; None: all. Others are carried out where later ones need them, once, unrecorded."""
    after_each: Callable[[], None] = lambda: None
    _samples: dict[tuple[int, str, str], list[Sample]] = field(default_factory=dict)
    _seen: dict[tuple[int, str, str], None] = field(default_factory=dict)
    _failures: dict[tuple[int, str, str], str] = field(default_factory=dict)

    def wanted(self, operation: str) -> bool:
        """Whether this operation is to be recorded."""
        return self.operations is None or any(part in operation for part in self.operations)

    def attempt(
        self, size: int, operation: str, tool: str, action: Callable[P, Sample], *args: P.args, **kwargs: P.kwargs
    ) -> bool:
        """Carry out one run and keep its sample; False when it fails, now or in an earlier turn."""
        key = (size, operation, tool)
        if key in self._failures:
            return False
        try:
            sample = action(*args, **kwargs)
        except (CommandError, OSError, ValueError, LookupError) as error:
            self._seen[key] = None
            self._failures[key] = str(error) or type(error).__name__
            sys.stderr.write(f"{size} {operation} [{tool}]: failed: {error}\n")
            return False
        if self.wanted(operation):
            self._seen[key] = None
            self._samples.setdefault(key, []).append(sample)
            wall = "" if sample.wall is None else f"{sample.wall:.2f} s"
            sys.stderr.write(f"{size} {operation} [{tool}]: {wall}\n")
            self.after_each()
        return True

    def timed(self, size: int, operation: str, tool: str, job: Job) -> bool:
        """The common case: one job, nothing else to tell."""
        return self.attempt(size, operation, tool, timed_sample, job)

    def longest(self, size: int, operation: str, tool: str) -> float:
        """Seconds of the longest run so far; 0 without any."""
        return max((sample.wall or 0.0 for sample in self._samples.get((size, operation, tool), ())), default=0.0)

    def measurements(self) -> Iterator[Measurement]:
        """Everything so far."""
        for key in self._seen:
            size, operation, tool = key
            failure = self._failures.get(key)
            samples = tuple(self._samples.get(key, ())) if failure is None else ()
            yield Measurement(size=size, operation=operation, tool=tool, samples=samples, failure=failure)
