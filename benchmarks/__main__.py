"""``python -m benchmarks``: measure dsvc and its peers, write the table.

    python -m benchmarks --install-peers
    python -m benchmarks --sizes 10000,100000,1000000 --runs 3
    python -m benchmarks --sizes 100000 --only dsvc,dvc --operations commit,status
    python -m benchmarks --report-only

At 10^6 records DVC and Oxen alone fill about 30 GB under the work folder (deleted at the end); allow 90 minutes.
`python -m benchmarks.long_history` simulates 1,000 commits; its table joins the page.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from benchmarks import long_history, results
from benchmarks.comparing import Comparison, compare
from benchmarks.corpus import Corpus
from benchmarks.keeping import COMMITS, KeeperRun
from benchmarks.measure import own_peak
from benchmarks.peers.contender import Differ, Keeper, Named, Setting, UnavailableError
from benchmarks.peers.dsvc import Dsvc, DsvcFiles, DsvcTotals, DsvcVersions
from benchmarks.peers.duckdb import DuckDb
from benchmarks.peers.dvc import Dvc
from benchmarks.peers.git import Git
from benchmarks.peers.gnu_diff import GnuDiff
from benchmarks.peers.lance import Lance
from benchmarks.peers.oxen import Oxen
from benchmarks.peers.polars import Polars
from benchmarks.recorder import Recorder
from benchmarks.report import render

HERE: Final = Path(__file__).resolve().parent
RESULTS: Final = HERE / "RESULTS.md"


@dataclass(frozen=True)
class Plan:
    """What the command line asks for."""

    work: Path
    sizes: tuple[int, ...]
    runs: int
    only: frozenset[str] | None
    operations: frozenset[str] | None

    @property
    def peers(self) -> Path:
        """The environment that the peers' packages live in."""
        return HERE / ".work" / "peers"

    @property
    def command(self) -> str:
        """The command that makes the same table again."""
        words = ["python -m benchmarks", f"--sizes {','.join(map(str, self.sizes))}", f"--runs {self.runs}"]
        if self.only:
            words.append(f"--only {','.join(sorted(self.only))}")
        if self.operations:
            words.append(f"--operations '{','.join(sorted(self.operations))}'")
        return " ".join(words)


def install_peers(folder: Path) -> int:
    """Make the peers' environment; its exit status is pip's."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    return subprocess.run(
        [str(python), "-m", "pip", "install", "-q", "-r", str(HERE / "requirements.txt")], check=False
    ).returncode


def contenders(setting: Setting, plan: Plan) -> tuple[list[Named], dict[str, str], dict[str, str]]:
    """Tools that are wanted and there, their versions, and why others are not."""
    everyone: list[Named] = [
        Dsvc(setting),
        Dvc(setting),
        Oxen(setting),
        Git(setting),
        Lance(setting),
        DuckDb(setting, "by key"),
        DuckDb(setting, "by row"),
        GnuDiff(setting),
        Polars(setting),
    ]
    there, versions, missing = [], {}, {}
    for tool in everyone:
        if plan.only and not any(word in tool.name.lower() for word in plan.only):
            continue
        try:
            versions[tool.name] = tool.version()
            there.append(tool)
        except UnavailableError as error:
            missing[tool.name] = str(error)
    return there, versions, missing


def measure_size(size: int, plan: Plan, recorder: Recorder, setting: Setting, tools: list[Named]) -> int:
    """All operations at one size; bytes of the first version."""
    folder = plan.work / str(size)
    shutil.rmtree(folder, ignore_errors=True)
    corpus = Corpus(folder / "data", size, setting.env)
    able = [tool for tool in tools if size <= tool.largest]
    data_bytes = corpus.base.stat().st_size
    try:
        keep(corpus, plan, recorder, able)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return data_bytes


def keep(corpus: Corpus, plan: Plan, recorder: Recorder, tools: list[Named]) -> None:
    """The life of a versioned file; the comparisons take place where the right versions exist."""
    folder = corpus.folder.parent
    run = KeeperRun(corpus, recorder, folder, plan.runs, [tool for tool in tools if isinstance(tool, Keeper)])
    run.first_commits()
    run.commits("ten", "commit, 10 edits")
    steps = (
        ("status", run.status),
        ("checkout", run.checkouts),
        ("disk after a fresh clone", run.clones),
        ("start", run.starts),
    )
    for operation, step in steps:
        if recorder.wanted(operation):
            step()
    comparisons(run, plan, recorder, [tool for tool in tools if isinstance(tool, Differ)])
    for kind, operation in COMMITS:
        if recorder.wanted(operation):
            run.commits(kind, operation)


def comparisons(run: KeeperRun, plan: Plan, recorder: Recorder, differs: list[Differ]) -> None:
    """Ten changes: dsvc compares two versions, the others two files. Every record: files for all."""
    folder, corpus = run.folder, run.corpus
    dsvc = [tool for tool in run.keepers if isinstance(tool, Dsvc)]
    for kind, operation, expected in (
        ("ten", "diff, 10 changes", min(10, corpus.count)),
        ("every", "diff, every record", corpus.count),
    ):
        if not recorder.wanted(operation):
            continue
        own: list[Differ] = [kind_of(tool.setting) for tool in dsvc for kind_of in (DsvcFiles, DsvcTotals)]
        if kind == "ten":
            own += [DsvcVersions(tool.setting, run.repository(tool)) for tool in dsvc]
        variant = corpus.variant(kind)
        comparison = Comparison(operation, corpus.base, variant, expected)
        compare(comparison, [*own, *differs], recorder, folder, corpus.count, plan.runs)
        variant.unlink()


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", default="10000,100000,1000000", help="records, comma separated")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--only", help="tools whose name contains one of these words: dsvc,dvc,oxen,git,lance,duckdb,gnu,polars"
    )
    parser.add_argument(
        "--operations", help="operations whose name contains one of these words: 'first,10 edits,status'"
    )
    parser.add_argument(
        "--work", type=Path, default=HERE / ".work" / "run", help="where repositories and data are made, then deleted"
    )
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument(
        "--install-peers", action="store_true", help="make the environment of the peers' packages, and stop"
    )
    parser.add_argument("--report-only", action="store_true", help="render the last measurements again")
    return parser.parse_args()


def words(text: str | None) -> frozenset[str] | None:
    """Comma-separated words, or None."""
    return frozenset(word.strip().lower() for word in text.split(",")) if text else None


def main() -> int:
    """Measure, then write the table."""
    options = arguments()
    sizes = tuple(int(size) for size in options.sizes.split(","))
    plan = Plan(options.work.resolve(), sizes, options.runs, words(options.only), words(options.operations))
    if options.install_peers:
        return install_peers(plan.peers)
    store = HERE / ".work" / "measurements.jsonl"
    if not options.report_only:
        measure(plan, store)
    machine, measurements = results.load(store)
    options.output.write_text(render(machine, measurements, long_history.load()))
    sys.stderr.write(f"wrote {options.output}\n")
    return 0


def measure(plan: Plan, store: Path) -> None:
    """Measure everything that the plan asks for; the store is written after each sample."""
    python = plan.peers / "bin" / "python"
    setting = Setting.create(plan.work / "home", python if python.exists() else None)
    tools, versions, missing = contenders(setting, plan)
    date = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    data_bytes: dict[str, int] = {}
    machine = results.describe_machine(date, plan.command, plan.runs, own_peak(), versions, missing, data_bytes)
    recorder = Recorder(plan.operations)
    recorder.after_each = lambda: results.save(store, machine, recorder.measurements())
    for size in plan.sizes:
        data_bytes[str(size)] = measure_size(size, plan, recorder, setting, tools)
    results.save(store, machine, recorder.measurements())


if __name__ == "__main__":
    sys.exit(main())
