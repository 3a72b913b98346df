"""``python -m benchmarks.checks``: how fast records are checked, and what it takes after ten edits.

    python -m benchmarks.checks --records 100000 > benchmarks/CHECKS.md

Every figure is a command of its own that may start others, as many as there are processors, interpreter start
included; modules are compiled before, as those of an installed package are. Beside the search for near-duplicates
stands datasketch (MinHash of 128, LSH) on the same shingles.
"""

from __future__ import annotations

import argparse
import atexit
import os
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Final

from benchmarks import data

RUNS: Final = 3
_CHECKS: Final = (
    ("structure, records alone", {"only_records": True, "topics": ("structure",)}, "≥ 100 MB/s"),
    ("structure", {"topics": ("structure",)}, ""),
    ("near-duplicates", {"only": ("near-duplicate",)}, ""),
    ("everything", {}, "≤ 10 s, ≤ 1 GB"),
    ("everything, and what LLaMA-Factory would do", {"profiles": ("llamafactory",)}, ""),
)
_LOOK: Final = """
import json, sys, time
import dsvc
from dsvc.validators.registry import all_rules
from dsvc.validators.rule import RecordCheck
from dsvc.validators.runner import Validation
from dsvc.validators.selection import Selection, choose

if __name__ == "__main__":
    asked = json.loads(sys.argv[2])
    records = asked.pop("only_records", False)
    selection = Selection(**{name: tuple(value) for name, value in asked.items()})
    if records:
        ids = tuple(each.rule.id for each in choose(selection) if isinstance(each.check, RecordCheck))
        selection = Selection(only=ids)
    print(sum(1 for _ in Validation(dsvc.open_file(sys.argv[1]), selection)))
"""
_DATASKETCH: Final = """
import sys
import orjson
from datasketch import MinHash, MinHashLSH
from dsvc.validators.near_signing import text_of

lsh, found = MinHashLSH(threshold=0.8, num_perm=128), 0
for number, line in enumerate(open(sys.argv[1], "rb")):
    words = text_of(orjson.loads(line)).split()
    sketch = MinHash(num_perm=128)
    sketch.update_batch([" ".join(words[at : at + 3]).encode() for at in range(max(1, len(words) - 2))])
    found += bool(lsh.query(sketch))
    lsh.insert(str(number), sketch)
print(found)
"""
_DIFFERENCE: Final = """\
datasketch tells each record whose sketch is like an earlier one at 0.8, by estimate. dsvc
compares the texts of candidates (0.9 by edits), leaves equal records to a rule of their own and does not count lines
that many records share: what both find is not the same."""
_AGAIN: Final = """
import sys, time
import dsvc
from dsvc.validators.rule import RecordCheck
from dsvc.validators.selection import Selection, choose

if __name__ == "__main__":
    ids = tuple(each.rule.id for each in choose(Selection()) if isinstance(each.check, RecordCheck))
    began = time.perf_counter()
    count = sum(1 for _ in dsvc.open(sys.argv[1]).validate(sys.argv[2], Selection(only=ids)))
    print(time.perf_counter() - began)
"""


def run(code: str, *words: str) -> tuple[float, float, str]:
    """Seconds and megabytes at most (of one process of it) that a program takes, and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "look.py").write_text(code)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([folder, *sys.path]), "PYTHONPYCACHEPREFIX": kept()}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command = ["/usr/bin/time", "-f", "%M", sys.executable, "-m", "look", *words]
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        took = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(done.stderr)
    return took, int(done.stderr.split()[-1]) / 1024, done.stdout.strip()


@cache
def kept() -> str:
    """Where compiled modules are kept until the end."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return folder.name


def best(code: str, *words: str) -> tuple[float, float, str]:
    """The run of several that took least time."""
    return min((run(code, *words) for _ in range(RUNS)), key=lambda each: each[0])


def after_ten_edits(folder: Path, count: int) -> tuple[float, float]:
    """Seconds for all rules about single records, of a first version and of one with ten edits more."""
    import dsvc
    from dsvc.repository.results import CommitRequest

    for command in ("init -q -b main", "config user.name bench", "config user.email bench@example.com"):
        subprocess.run(["git", *command.split()], cwd=folder, check=True)
    dsvc.init(folder)
    file = folder / "data.jsonl"
    file.write_bytes(b"".join(data.lines(count)))
    dsvc.open(folder).commit(CommitRequest(target="data.jsonl", reason="first", source="made up"))
    first = float(run(_AGAIN, str(folder), "v1.0")[2])
    edited = folder / "edited"
    argv = [sys.executable, "-m", "benchmarks.data", "ten", "1", str(file), str(edited)]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    edited.replace(file)
    dsvc.open(folder).commit(CommitRequest(target="data.jsonl", reason="ten edits"))
    return first, min(float(run(_AGAIN, str(folder), "v1.1")[2]) for _ in range(RUNS))


def main() -> None:
    """Print the page."""
    import json

    parser = argparse.ArgumentParser(prog="python -m benchmarks.checks")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument(
        "--edited", type=int, default=1_000_000, help="records of the version that ten edits are made in"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as kept:
        path = Path(kept) / "data.jsonl"
        path.write_bytes(b"".join(data.lines(options.records)))
        size = path.stat().st_size / 1e6
        print("# Checks\n\nMade by `python -m benchmarks.checks`; the best of three runs, start included.\n")
        print(f"{options.records:,} records, {size:.0f} MB, {os.cpu_count()} processors\n")
        print("| what | seconds | MB/s | MB of memory, each process | found | bar |\n|---|---|---|---|---|---|")
        for name, asked, bar in _CHECKS:
            took, memory, found = best(_LOOK, str(path), json.dumps(asked))
            print(f"| {name} | {took:.1f} | {size / took:.0f} | {memory:.0f} | {int(found):,} | {bar} |", flush=True)
        took, memory, found = run(_DATASKETCH, str(path))
        print(f"| near-duplicates with datasketch | {took:.1f} | {size / took:.0f} | {memory:.0f} | {int(found):,} | |")
        print(f"\n{_DIFFERENCE}")
        repository = Path(kept) / "repository"
        repository.mkdir()
        first, again = after_ten_edits(repository, options.edited)
        print(
            f"\nAll rules about single records, {options.edited:,} records: {first:.1f} s the first time, {again:.2f} s"
        )
        print("for a version with ten edits more (bar: well under a second; start not included).")


if __name__ == "__main__":
    main()
