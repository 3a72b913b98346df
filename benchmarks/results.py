"""What was measured, as plain values, and as JSON lines on disk so that a report can be rendered again."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks.measure import median

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run of one operation by one tool. Seconds and bytes; None where it does not apply."""

    wall: float | None = None
    user: float | None = None
    system: float | None = None
    peak: int | None = None
    new_bytes: int | None = None
    """Bytes that the repository folder grew by, the working file apart."""
    derived_bytes: int | None = None
    """The part of ``new_bytes`` that is a cache which may be deleted at any time."""
    edited_bytes: int | None = None
    """Bytes of the lines that the edit made new."""
    ratio: float | None = None
    """Bytes of the whole repository folder over bytes of the working file."""
    found: int | None = None
    """Changed records that a diff told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """All runs of one operation by one tool at one size; ``failure`` says why there are none."""

    size: int
    operation: str
    tool: str
    samples: tuple[Sample, ...] = ()
    failure: str | None = None

    def middle(self, name: str) -> float | None:
        """Median of one field of the samples; None when no sample has it."""
        values = [value for value in (getattr(sample, name) for sample in self.samples) if value is not None]
        return median(values) if values else None

    def spread(self, name: str) -> tuple[float, float] | None:
        """Least and greatest value of one field."""
        values = [value for value in (getattr(sample, name) for sample in self.samples) if value is not None]
        return (min(values), max(values)) if values else None

    @property
    def cpu(self) -> float | None:
        """Median of user and system time together."""
        values = [s.user + s.system for s in self.samples if s.user is not None and s.system is not None]
        return median(values) if values else None

    @property
    def kept_bytes(self) -> float | None:
        """Median of the new bytes without derived caches."""
        values = [s.new_bytes - (s.derived_bytes or 0) for s in self.samples if s.new_bytes is not None]
        return median(values) if values else None


def fewest_runs(measurements: Iterable[Measurement]) -> int:
    """How often the operation that was timed least was run; 0 when none was timed."""
    runs = [sum(sample.wall is not None for sample in each.samples) for each in measurements]
    return min(filter(None, runs), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where it was measured, and with what."""

    date: str
    command: str
    runs: int
    cpu: str
    cores: int
    memory: int
    system: str
    python: str
    load: float
    """Load average when the run began; above 0.5 the times are of a shared machine."""
    floor: int
    """Peak memory of the measuring process: no lower peak can be told apart."""
    versions: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    data_bytes: dict[str, int] = field(default_factory=dict)
    """Bytes of the first version, by size."""


def describe_machine(
    date: str,
    command: str,
    runs: int,
    floor: int,
    versions: dict[str, str],
    missing: dict[str, str],
    data_bytes: dict[str, int],
) -> Machine:
    """This machine, without its name or paths."""
    return Machine(
        date=date,
        command=command,
        runs=runs,
        cpu=processor(),
        cores=os.cpu_count() or 1,
        memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        load=os.getloadavg()[0],
        floor=floor,
        versions=versions,
        missing=missing,
        data_bytes=data_bytes,
    )


def processor() -> str:
    """Model name of the processor, where the system tells it."""
    try:
        with open("/proc/cpuinfo") as stream:
            names = [line.partition(":")[2].strip() for line in stream if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def save(path: Path, machine: Machine, measurements: Iterable[Measurement]) -> None:
    """Write everything that is known so far."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"machine": asdict(machine)}, *({"measurement": asdict(each)} for each in measurements)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def load(path: Path) -> tuple[Machine, list[Measurement]]:
    """Read what ``save`` wrote."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
    return Machine(**rows[0]["machine"]), [measurement_from(row["measurement"]) for row in rows[1:]]


def measurement_from(row: dict[str, Any]) -> Measurement:
    """A measurement from its JSON form."""
    return Measurement(**{**row, "samples": tuple(Sample(**sample) for sample in row["samples"])})
