"""Run one command as a whole process and tell what it took; tell what a folder holds on disk.

Interpreter start and imports belong to a run: that is what a user waits for. Peak memory is the kernel's
``ru_maxrss`` of the process and the children that it waited for. A child starts out on the pages of its parent, so this
process's own peak (a few tens of MB) is the lowest that can be told apart.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


LONGEST: Final = 1800.0
"""Seconds after which a command is stopped and reported as failed."""


class CommandError(Exception):
    """A command that was measured, or one that prepared for it, failed."""


@dataclass(frozen=True, slots=True)
class Job:
    """A command to run: its arguments, where, and with what environment."""

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    accept: tuple[int, ...] = (0,)
    """Exit statuses that mean success (``diff`` says 1 for differences)."""
    stdout: Path | None = None
    """Where its output goes (default: nowhere)."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took: seconds, and bytes of memory."""

    wall: float
    user: float
    system: float
    peak: int


@dataclass(frozen=True, slots=True)
class Disk:
    """What a folder holds: apparent bytes of its regular files, each inode once, and how many there are."""

    size: int
    files: int


def run(job: Job) -> Run:
    """Run *job* to its end. Earlier writes are flushed first, so that nobody pays for another's.

    Raises CommandError with the end of what the command wrote to stderr.
    """
    os.sync()
    log = job.cwd / ".benchmark-stderr" if not job.stdout else job.stdout.with_suffix(".stderr")
    with open(job.stdout or os.devnull, "wb") as out, open(log, "wb") as err:
        begin = time.perf_counter()
        process = subprocess.Popen(
            job.argv, cwd=job.cwd, env=dict(job.env), stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        alarm = threading.Timer(LONGEST, process.kill)
        alarm.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        alarm.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    message = log.read_text(errors="replace")[-600:].strip()
    log.unlink()
    if process.returncode not in job.accept:
        raise CommandError(f"'{' '.join(job.argv[:4])}' ended with {process.returncode}: {message}")
    return Run(wall=wall, user=usage.ru_utime, system=usage.ru_stime, peak=usage.ru_maxrss * 1024)


def prepare(argv: Sequence[str], cwd: Path, env: Mapping[str, str]) -> str:
    """Run a command that is not measured; its output. Raises CommandError."""
    done = subprocess.run(
        list(argv), cwd=cwd, env=dict(env), stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True
    )
    if done.returncode:
        raise CommandError(
            f"'{' '.join(argv[:4])}' ended with {done.returncode}: {(done.stderr or done.stdout)[-600:].strip()}"
        )
    return done.stdout


def disk(folder: Path) -> Disk:
    """What *folder* holds, hard links counted once, symbolic links not followed."""
    seen: set[tuple[int, int]] = set()
    size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            info = (Path(parent) / name).lstat()
            if (info.st_dev, info.st_ino) not in seen:
                seen.add((info.st_dev, info.st_ino))
                size += info.st_size
    return Disk(size=size, files=len(seen))


def own_peak() -> int:
    """Peak memory of this process: the floor of every peak that it can measure."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two middle ones."""
    return statistics.median(values)
