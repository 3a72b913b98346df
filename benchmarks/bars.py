"""The bars that dsvc has to meet, as ratios to a peer of the same run or as absolute figures for 10^6 records.

Source: the project's design, section "Bars". They are written for 10^6 records (0.8 GB); at other sizes the table
shows them for orientation only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.results import Measurement

BAR_SIZE: Final = 1_000_000

Quantity = Literal["wall", "new_bytes", "peak", "ratio", "new over edited"]
UNITS: Final[dict[str, str]] = {
    "wall": "s",
    "new_bytes": "B",
    "peak": "B",
    "ratio": "x data",
    "new over edited": "x edit",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """*quantity* of dsvc is at most *limit*: times the best of *peers*, or absolute when there are none.

    ``aim``: worth reaching, not required.
    """

    operation: str
    quantity: Quantity
    limit: float
    peers: tuple[str, ...] = ()
    aim: bool = False
    tool: str = "dsvc"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A bar held against what was measured; ``met`` is None when one side was not measured."""

    bar: Bar
    own: float | None
    peer: float | None
    best_peer: str | None
    met: bool | None
    cpu_ratio: float | None = None
    """Own processor time over the peer's: steadier than wall time on a machine that others use too."""

    @property
    def ratio(self) -> float | None:
        """Own value over the peer's."""
        return self.own / self.peer if self.own is not None and self.peer else None


DUCKDB: Final = ("DuckDB by key", "DuckDB by row")
BARS: Final = (
    Bar("first commit", "wall", 0.5, ("dvc",)),
    Bar("first commit", "wall", 1.0, ("oxen",), aim=True),
    Bar("commit, 10 edits", "wall", 0.15, ("dvc",)),
    Bar("commit, 10 edits", "new_bytes", 100_000),
    Bar("commit, 1 % edits", "new over edited", 1.1),
    Bar("commit, 1 % deleted", "new_bytes", 500_000),
    Bar("commit, shuffled", "new_bytes", 25_000_000),
    Bar("disk after first commit", "ratio", 2.05),
    Bar("disk after a fresh clone", "ratio", 2.05),
    Bar("diff, 10 changes", "wall", 0.08, DUCKDB),
    Bar("diff, 10 changes", "peak", 150_000_000),
    Bar("diff, every record", "wall", 1.0, DUCKDB, tool="dsvc files"),
    Bar("diff, every record", "wall", 1.0, DUCKDB, tool="dsvc totals"),
    Bar("checkout", "wall", 0.6, ("dvc",)),
    Bar("status", "wall", 0.2, ("dvc",)),
    Bar("status", "wall", 0.25),
)


def quantity(measurement: Measurement | None, name: Quantity) -> float | None:
    """The median that a bar speaks of; None when it was not measured."""
    if measurement is None or measurement.failure:
        return None
    if name == "new_bytes":
        return measurement.kept_bytes
    if name == "new over edited":
        edited = measurement.middle("edited_bytes")
        return measurement.kept_bytes / edited if edited and measurement.kept_bytes is not None else None
    return measurement.middle(name)


def judge(bar: Bar, table: Mapping[tuple[str, str], Measurement]) -> Verdict:
    """Hold one bar against the measurements of one size (by operation and tool)."""
    own = quantity(table.get((bar.operation, bar.tool)), bar.quantity)
    if not bar.peers:
        return Verdict(bar, own, None, None, None if own is None else own <= bar.limit)
    known = {name: quantity(table.get((bar.operation, name)), bar.quantity) for name in bar.peers}
    values = {name: value for name, value in known.items() if value is not None}
    if own is None or not values:
        return Verdict(bar, own, None, None, None)
    best = min(values, key=lambda name: values[name])
    ours, theirs = table[bar.operation, bar.tool].cpu, table[bar.operation, best].cpu
    cpu_ratio = ours / theirs if bar.quantity == "wall" and ours is not None and theirs else None
    return Verdict(bar, own, values[best], best, own <= bar.limit * values[best], cpu_ratio)
