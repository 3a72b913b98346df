"""Lance: a columnar table with versions.

It keeps neither the JSONL bytes nor their order, and does not find changes itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.peers import python_job
from benchmarks.peers.contender import WORKING_FILE, Setting

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measure import Job

COMMIT = """
    import os, sys, lance
    import pyarrow.json as pj
    table = pj.read_json(sys.argv[1])
    if not os.path.exists("table.lance"):
        lance.write_dataset(table, "table.lance")
    else:
        dataset = lance.dataset("table.lance")
        old = dataset.to_table()
        known = dict(zip(old["id"].to_pylist(), zip(*(old[name].to_pylist() for name in old.column_names))))
        rows = list(zip(*(table[name].to_pylist() for name in table.column_names)))
        keep = [i for i, row in enumerate(rows) if known.get(row[0]) != row]
        present = {row[0] for row in rows}
        gone = [key for key in known if key not in present]
        if keep:
            dataset.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(table.take(keep))
        if gone:
            lance.dataset("table.lance").delete("id IN (" + ", ".join("'" + key + "'" for key in gone) + ")")
"""


@dataclass(frozen=True)
class Lance:
    """Changed rows found by comparing the file with the table, then merged on ``id``. Order is not kept."""

    setting: Setting
    name: str = "lance"
    largest: int = 10_000_000

    def version(self) -> str:
        """Version of the package."""
        return python_job.package_version(self.setting, "pylance", "lance")

    def create(self, repository: Path) -> None:
        """A table needs no repository."""

    def commit(self, repository: Path) -> Job:
        """Write the table, or merge the changed rows into it."""
        return python_job.job(self.setting, repository, COMMIT, WORKING_FILE)

    def finish_commit(self, repository: Path, label: str) -> None:
        """Every write is a version."""
