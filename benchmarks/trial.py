"""``python -m benchmarks.trial``: how long pilots, splits and reviews take.

    python -m benchmarks.trial --records 1000000 > benchmarks/TRIAL.md

Commands are timed as a user types them, start and git commit included, the best of three; modules are compiled before,
as those of an installed package are. Reading is what any program has to do: each record read from the store, verified
and parsed, in one process.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import data
from benchmarks.checks import kept

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS: Final = 3
VERDICTS: Final = 200
_READ: Final = """
import sys
import orjson
import dsvc

if __name__ == "__main__":
    snapshot = dsvc.open(sys.argv[1]).snapshot("v1.0")
    for file in snapshot.layout.files:
        for block in snapshot.whole_lines(file):
            for line in block.splitlines():
                orjson.loads(line)
"""


def timed(folder: Path, *words: str, code: str | None = None) -> float:
    """Seconds that a command of dsvc takes, or a program."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONPYCACHEPREFIX": kept()}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    program = ["-c", code] if code is not None else [str(Path(sys.executable).parent / "dsvc")]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *program, *words], cwd=folder, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return time.perf_counter() - began


def best(work: Callable[[int], float]) -> float:
    """The least of several runs, which are numbered."""
    return min(work(number) for number in range(RUNS))


def made(folder: Path, count: int) -> None:
    """A repository with one version of so many records."""
    for command in ("init -q -b main", "config user.name bench", "config user.email bench@example.com"):
        subprocess.run(["git", *command.split()], cwd=folder, check=True)
    (folder / "data.jsonl").write_bytes(b"".join(data.lines(count)))
    timed(folder, "init")
    timed(folder, "commit", "data.jsonl", "-m", "first", "--source", "made up", "--annotator", "maker")


def first_pilot(folder: Path, number: int) -> float:
    """A pilot of a version whose records nobody has identified yet."""
    shutil.rmtree(folder / ".git/dsvc/cache", ignore_errors=True)
    return timed(folder, "pilot", "create", "v1.0", "--name", f"first-{number}", "--size", "1000")


def beside_the_whole(folder: Path, number: int) -> float:
    """The same sample beside the whole, which nobody has measured yet."""
    shutil.rmtree(folder / ".git/dsvc/cache/tallies", ignore_errors=True)
    return timed(folder, "pilot", "show", f"first-{number}")


def verdicts(folder: Path) -> list[float]:
    """Seconds from a verdict to the next record, the verdict flushed, in a queue of a tenth of the records."""
    import dsvc

    timed(folder, "review", "start", "v1.0", "--name", "check", "--sample", "10%")
    session = dsvc.open(folder).reviews.open("check", reviewer="reviewer")
    took = []
    for _ in range(VERDICTS):
        began = time.perf_counter()
        assert session.give("accept") is not None
        took.append(time.perf_counter() - began)
    return took


def main() -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trial")
    parser.add_argument("--records", type=int, default=1_000_000)
    count = parser.parse_args().records
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made(folder, count)
        size = (folder / "data.jsonl").stat().st_size / 1e6
        print("# Pilots, splits and reviews\n\nMade by `python -m benchmarks.trial`; the best of three runs.\n")
        print(f"{count:,} records, {size:.0f} MB, {os.cpu_count()} processors\n")
        print("| what | seconds | bar |\n|---|---|---|")

        def row(what: str, seconds: float, bar: str = "") -> None:
            print(f"| {what} | {seconds:.2f} | {bar} |", flush=True)

        reading = best(lambda _: timed(folder, str(folder), code=_READ))
        row("reading alone: read, verified, parsed", reading)
        row(
            "`pilot create`, the first one",
            best(lambda n: first_pilot(folder, n)),
            f"≤ {reading + 2:.2f} (2 beyond reading)",
        )
        again = best(lambda n: timed(folder, "pilot", "create", "v1.0", "--name", f"more-{n}", "--size", "1000"))
        row("`pilot create`, records known", again)
        named = best(lambda n: timed(folder, "pilot", "create", "v1.0", "--name", f"by-{n}", "--stratify", "source"))
        row("`pilot create --stratify source`, records known", named)
        row("`pilot show`: beside the whole, measured anew", best(lambda n: beside_the_whole(folder, n)))
        row("`pilot show` once more", best(lambda n: timed(folder, "pilot", "show", f"first-{n}")))
        took = verdicts(folder)
        usual, slowest = (1e3 * figure for figure in (statistics.median(took), max(took)))
        print(f"\nA verdict, flushed, and the next record, in a queue of {count // 10:,}: {usual:.1f} ms,")
        print(f"the slowest of {VERDICTS} {slowest:.0f} ms (bar: 100 ms).")


if __name__ == "__main__":
    main()
