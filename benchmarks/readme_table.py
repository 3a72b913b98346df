"""Fills the table of the READMEs from the last measurements: ``python -m benchmarks.readme_table [MEASUREMENTS]``.

Replaces what stands between the two marks; every figure is one of `RESULTS.md`, made by the same functions.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import results
from benchmarks.report import IDLE_LOAD, megabytes, seconds, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.results import Machine, Measurement

ROOT: Final = Path(__file__).resolve().parents[1]
MEASUREMENTS: Final = ROOT / "benchmarks" / ".work" / "measurements.jsonl"
START, END = "<!-- bench:start -->", "<!-- bench:end -->"

TOOLS: Final = (("dsvc", "dsvc"), ("DVC", "dvc"), ("Oxen", "oxen"), ("git", "git"), ("DuckDB", "DuckDB by key"))
"""Heading of a column, and the tool's name in the measurements."""


@dataclass(frozen=True)
class Row:
    """One operation of the table; ``stored``: also tell the new bytes."""

    operation: str
    english: str
    chinese: str
    stored: bool = False


ROWS: Final = (
    Row("first commit", "first commit", "首次提交"),
    Row("commit, 10 edits", "commit after 10 edited records", "改 10 条后提交", stored=True),
    Row("commit, 1 % edits", "commit after 1 % edited records", "改 1 % 的记录后提交", stored=True),
    Row("commit, 1 % deleted", "commit after 1 % deleted records", "删 1 % 的记录后提交", stored=True),
    Row("diff, 10 changes", "diff of two versions, 10 changes", "两个版本的 diff（10 处改动）"),
    Row("checkout", "checkout of the other version", "切换到另一个版本"),
    Row("status", "status, nothing changed", "status（没有改动）"),
)


@dataclass(frozen=True)
class Page:
    """A README and its words."""

    path: Path
    chinese: bool

    def title(self, row: Row) -> str:
        return row.chinese if self.chinese else row.english

    def caption(self, size: int, machine: Machine, tools: Sequence[str], runs: int) -> str:
        """What was measured where, with these tools; a busy machine and a single run are admitted."""
        data = megabytes(machine.data_bytes.get(str(size)))
        busy = machine.load > IDLE_LOAD
        versions = ", ".join(f"{tool} {machine.versions[tool]}" for tool in tools if tool != "dsvc")
        if self.chinese:
            shared = "，测量时机器还在跑别的任务" if busy else ""
            how = "取中位数" if runs > 1 else "只测一次"
            return f"{size:,} 条记录，{data}；{machine.cpu}，{machine.cores} 核{shared}；{versions}；{how}。"
        shared = ", shared with other work" if busy else ""
        where = f"{machine.cpu}, {machine.cores} cores{shared}"
        how = "medians" if runs > 1 else "measured once"
        return f"{size:,} records, {data}; {where}; {versions}; {how}."


PAGES: Final = (Page(ROOT / "README.md", chinese=False), Page(ROOT / "README.zh-CN.md", chinese=True))


def cell(measurement: Measurement | None, *, stored: bool) -> str:
    """Time, and the bytes that came to lie on disk."""
    if measurement is None or measurement.failure:
        return "–"
    time = seconds(measurement.middle("wall"))
    return f"{time}, {megabytes(measurement.kept_bytes)}" if stored else time


def block(page: Page, machine: Machine, measurements: Sequence[Measurement]) -> str:
    """The table of the largest size that was measured, without the marks."""
    size = max(each.size for each in measurements)
    known: Mapping[tuple[str, str], Measurement] = {
        (each.operation, each.tool): each for each in measurements if each.size == size
    }
    tools = [(title, name) for title, name in TOOLS if any(tool == name for _, tool in known)]
    rows = [
        [page.title(row), *(cell(known.get((row.operation, name)), stored=row.stored) for _, name in tools)]
        for row in ROWS
        if any(operation == row.operation for operation, _ in known)
    ]
    header = ["", *(title for title, _ in tools)]
    runs = results.fewest_runs(each for each in measurements if each.size == size)
    return "\n".join([page.caption(size, machine, [name for _, name in tools], runs), "", *table(header, rows)])


def filled(text: str, content: str) -> str:
    """The page with ``content`` between the marks. Raises ValueError when the marks are not there, once each."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end or START in after or END in after:
        raise ValueError(f"the page needs one {START} and one {END} behind it")
    return f"{before}{START}\n{content}\n{END}{after}"


def main() -> int:
    """Fill both pages."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else MEASUREMENTS
    machine, measurements = results.load(source)
    for page in PAGES:
        text = page.path.read_text("utf-8")
        page.path.write_text(filled(text, block(page, machine, measurements)), "utf-8")
        sys.stderr.write(f"filled {page.path.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
