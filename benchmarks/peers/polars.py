"""polars: two JSONL files compared by anti joins over all columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.peers import python_job

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measure import Job
    from benchmarks.peers.contender import Setting

RUN = """
    import sys
    import polars as pl
    old, new = pl.read_ndjson(sys.argv[1]), pl.read_ndjson(sys.argv[2])
    added = new.join(old, on=new.columns, how="anti", nulls_equal=True)
    removed = old.join(new, on=old.columns, how="anti", nulls_equal=True)
    pl.concat([added, removed]).write_ndjson(sys.argv[3])
"""


@dataclass(frozen=True)
class Polars:
    """Rows of one file that the other lacks, both ways."""

    setting: Setting
    name: str = "polars"
    largest: int = 10_000_000

    def version(self) -> str:
        """Version of the package."""
        return python_job.package_version(self.setting, "polars", "polars")

    def diff(self, old: Path, new: Path, output: Path) -> Job:
        """The changed rows as JSON lines."""
        return python_job.job(self.setting, output.parent, RUN, str(old), str(new), str(output))

    def found(self, output: Path) -> int | None:
        """A change is an added and a removed row."""
        with output.open("rb") as stream:
            return sum(1 for _ in stream) // 2
