"""The terminal UI beside visidata and toolong on one file: first rows, jumps, keys, memory; and how late its loop is.

    python -m benchmarks.viewers --install-peers
    python -m benchmarks.viewers --records 1000000 --repeat 3

Each program runs in a pseudo-terminal of 120x40. Times run from the key (or the start of the process) to the text on
the terminal; the median of the repeats is told. The table goes to ``benchmarks/VIEWERS.md``.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Final

from benchmarks.viewers import heartbeat
from benchmarks.viewers.contestants import PEERS, Viewer, viewers
from benchmarks.viewers.report import render
from benchmarks.viewers.terminal import Terminal

HERE: Final = Path(__file__).resolve().parents[1]
REPEATED: Final = 200
_SETTLED: Final = 0.5
_OLD_KEY: Final = 0.25


def measure(viewer: Viewer, target: str, folder: Path, records: int) -> dict[str, float]:
    """One run: seconds by what was done; bytes of memory."""
    with Terminal([*viewer.argv, target], folder, variables=viewer.variables) as terminal:
        begins_at = records - 1 if viewer.begins_at_end else 0
        found = {"first rows": terminal.wait_for(viewer.sign_of(begins_at)) - terminal.began}
        found["first rows, processor"] = terminal.processor()
        reached = found["first rows"] if viewer.begins_at_end else _reach_last(terminal, viewer, records)
        found["last record can be seen"] = reached
        time.sleep(_SETTLED)
        found["jump to the first"] = _press(terminal, viewer.first, viewer.sign_of(0))
        time.sleep(_SETTLED)
        found["jump to the last"] = _press(terminal, viewer.last, viewer.sign_of(records - 1))
        time.sleep(_SETTLED)
        _press(terminal, viewer.first, viewer.sign_of(0))
        time.sleep(_SETTLED)
        found["a repeated key"] = _press(terminal, viewer.down * REPEATED, viewer.sign_of(REPEATED)) / REPEATED
        found["memory"] = terminal.memory()
    return found


def _press(terminal: Terminal, keys: bytes, sign: str) -> float:
    began = terminal.press(keys)
    return terminal.wait_for(sign) - began


def _reach_last(terminal: Terminal, viewer: Viewer, records: int) -> float:
    """Seconds until the last record could be seen: the key is pressed again and again, as somebody who waits does."""
    end = time.perf_counter() + 600
    while time.perf_counter() < end:
        with contextlib.suppress(TimeoutError):
            terminal.press(viewer.last)
            return terminal.wait_for(viewer.sign_of(records - 1), longest=_OLD_KEY) - terminal.began
    raise TimeoutError(f"{viewer.name} never showed the last record")


def lateness(target: str, folder: Path, viewer: Viewer) -> dict[str, list[float]]:
    """Seconds that the event loop was late, by what the screen was at."""
    with tempfile.TemporaryDirectory() as kept:
        log = Path(kept) / "beats"
        argv = [sys.executable, "-m", "benchmarks.viewers.heartbeat", str(log), target]
        variables = {**viewer.variables, "XDG_CACHE_HOME": kept, "PYTHONPATH": str(HERE.parent)}
        with Terminal(argv, folder, variables=variables) as terminal:
            terminal.wait_for(viewer.sign_of(0))
            _until(terminal, log, "reading")
            for keys, prompt, text in ((b"/", "Search", "no such text"), (b"f", "Only records", "source=nowhere")):
                terminal.press(keys)
                terminal.wait_for(prompt)
                terminal.press(text.encode())
                time.sleep(_SETTLED)
                terminal.press(b"\r")
                time.sleep(_SETTLED)
                _until(terminal, log, "searching", "filtering")
                terminal.press(b"\x7f")
                time.sleep(_SETTLED)
        return _late(log)


def _until(terminal: Terminal, log: Path, *at_work: str) -> None:
    """Wait, pressing keys as somebody who reads on, until the screen is at none of these any more."""
    end = time.perf_counter() + 600
    while time.perf_counter() < end:
        terminal.press(b"\x1b[B")
        with contextlib.suppress(TimeoutError):
            terminal.wait_for("never written", longest=0.2)
        beats = log.read_text("ascii").splitlines()
        if beats and beats[-1].partition(" ")[2] not in at_work:
            return
    raise TimeoutError(f"still {at_work}")


def _late(log: Path) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for line in log.read_text("ascii").splitlines():
        late, _, at = line.partition(" ")
        found.setdefault(at, []).append(float(late))
    return found


def _install_peers() -> int:
    venv.create(PEERS, with_pip=True)
    command = [str(PEERS / "bin" / "python"), "-m", "pip", "install", "-q", "visidata", "toolong"]
    return subprocess.run(command, check=False).returncode


def _data(folder: Path, records: int) -> Path:
    path = folder / f"records-{records}.jsonl"
    if not path.exists():
        argv = [sys.executable, "-m", "benchmarks.data", "base", str(records), str(path)]
        subprocess.run(argv, check=True, cwd=HERE.parent, stdout=subprocess.DEVNULL)
    return path


def main() -> int:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", help="programs, separated by commas")
    parser.add_argument("--install-peers", action="store_true")
    parser.add_argument("--work", type=Path, default=HERE / ".work" / "viewers-data")
    options = parser.parse_args()
    if options.install_peers:
        return _install_peers()
    options.work.mkdir(parents=True, exist_ok=True)
    path = _data(options.work, options.records)
    chosen = [each for each in viewers(options.work) if options.only is None or each.name in options.only.split(",")]
    runs: dict[str, list[dict[str, float]]] = {}
    for viewer in chosen:
        if not viewer.is_here:
            print(f"{viewer.name} is not installed: --install-peers")
            continue
        for _ in range(options.repeat):
            _forget(options.work)
            runs.setdefault(viewer.name, []).append(measure(viewer, str(path), options.work, options.records))
            print(viewer.name, runs[viewer.name][-1])
    late = lateness(str(path), options.work, next(each for each in chosen if each.name == "dsvc"))
    for at, values in late.items():
        print(at, len(values), f"p50 {statistics.median(values) * 1e3:.1f} ms", f"max {max(values) * 1e3:.1f} ms")
    page = render(runs, late, records=options.records, size=path.stat().st_size, every=heartbeat.EVERY)
    (HERE / "VIEWERS.md").write_text(page, encoding="utf-8")
    return os.EX_OK


def _forget(folder: Path) -> None:
    """Let the next run find nothing of the last one."""
    for name in ("cache", "state"):
        shutil.rmtree(folder / name, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
