"""DuckDB: two JSONL files compared with SQL, the two ways that people write it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from benchmarks.peers import python_job

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.measure import Job
    from benchmarks.peers.contender import Setting

RUN = """
    import sys, duckdb
    connection = duckdb.connect()
    connection.execute(sys.argv[1])
"""
BY_KEY = """
    COPY (
        SELECT coalesce(old.id, new.id) AS id, old, new
        FROM read_json('{old}', format='newline_delimited') AS old
        FULL OUTER JOIN read_json('{new}', format='newline_delimited') AS new ON old.id = new.id
        WHERE old IS DISTINCT FROM new
    ) TO '{output}' (FORMAT json)
"""
BY_ROW = """
    CREATE VIEW old AS FROM read_json('{old}', format='newline_delimited');
    CREATE VIEW new AS FROM read_json('{new}', format='newline_delimited');
    COPY (
        SELECT 'added' AS change, * FROM (FROM new EXCEPT ALL FROM old)
        UNION ALL
        SELECT 'removed' AS change, * FROM (FROM old EXCEPT ALL FROM new)
    ) TO '{output}' (FORMAT json)
"""


@dataclass(frozen=True)
class DuckDb:
    """``by key`` joins on ``id``; ``by row`` subtracts whole rows (for data without a key)."""

    setting: Setting
    way: Literal["by key", "by row"]
    largest: int = 10_000_000

    @property
    def name(self) -> str:
        """The tool and the way."""
        return f"DuckDB {self.way}"

    def version(self) -> str:
        """Version of the package."""
        return python_job.package_version(self.setting, "duckdb", "duckdb")

    def diff(self, old: Path, new: Path, output: Path) -> Job:
        """The changed rows as JSON lines."""
        query = (BY_KEY if self.way == "by key" else BY_ROW).format(old=old, new=new, output=output)
        return python_job.job(self.setting, output.parent, RUN, query)

    def found(self, output: Path) -> int | None:
        """Rows written; without a key a change is an added and a removed row."""
        with output.open("rb") as stream:
            rows = sum(1 for _ in stream)
        return rows if self.way == "by key" else rows // 2
