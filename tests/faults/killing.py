"""Killing a process at any one of its steps, as a power cut or an impatient user would.

A step is something that changes the disk: a file opened for writing, a write, a flush, a rename, a link, a removal, the
start of another program. The child process counts its own steps and ends itself with SIGKILL before step number *k*
(a write is torn: half of its bytes arrive). Inside git, where nothing can be counted, git's own hooks are the steps.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
import time
import traceback
from dataclasses import dataclass
from select import PIPE_BUF
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_CHANGING = frozenset(
    {"os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "os.truncate", "os.utime"}
)
_GROWING = frozenset({"open", "os.link", "os.symlink", "os.mkdir"})
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_GIT_HOOKS = ("pre-commit", "commit-msg", "post-commit", "reference-transaction", "post-index-change")
_HOOK = """\
#!/bin/sh
[ -n "$FAULT_COUNTER" ] || exit 0
steps=$(($(cat "$FAULT_COUNTER") + 1))
echo $steps > "$FAULT_COUNTER"
[ $steps = "$FAULT_STEP" ] || exit 0
case $FAULT_VICTIM in
all) kill -9 -"$FAULT_PROCESS" ;;
git) kill -9 $PPID ;;
dsvc) kill -9 "$FAULT_PROCESS"; sleep 0.05 ;;
esac
"""


@dataclass(frozen=True)
class Kill:
    """Where to die: before the ``step``-th step (from 1; 0: never) of the process itself, or of git's hooks.

    ``victim`` tells who dies at a step of git: ``all`` of the process group, ``git`` alone, or ``dsvc`` alone (git
    goes on by itself). ``full``: nobody dies, but the disk is full at that step (``once``) or from then on (``stays``).
    """

    step: int
    inside_git: bool = False
    victim: str = "all"
    full: str = ""

    def __str__(self) -> str:
        if self.full:
            return f"full disk at step {self.step} ({self.full})"
        return f"git hook {self.step}, killing {self.victim}" if self.inside_git else f"step {self.step}"


@dataclass(frozen=True)
class Ended:
    """How a child process ended: what it counted, or that it was killed; ``error`` is its traceback."""

    killed: bool
    steps: Sequence[str]
    git_steps: int
    error: str


def install_git_steps(root: Path) -> None:
    """Make git's hooks count, and kill when they are asked to."""
    for name in _GIT_HOOKS:
        hook = root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(_HOOK)
        hook.chmod(0o755)


def run_killed(act: Callable[[], object], kill: Kill, scratch: Path) -> Ended:
    """Run ``act`` in a child process that is killed at a step; wait until all that it started has ended."""
    steps, error, counter = scratch / "steps", scratch / "error", scratch / "counter"
    for file in (steps, error):
        file.unlink(missing_ok=True)
    counter.write_text("0\n")
    process = os.fork()
    if process == 0:
        _child(act, kill, steps, error, counter)
    _, status = os.waitpid(process, 0)
    _wait_for_group(process)
    return Ended(
        killed=os.WIFSIGNALED(status),
        steps=steps.read_text().split("\n")[:-1] if steps.exists() else (),
        git_steps=int(counter.read_text() or 0),
        error=error.read_text() if error.exists() else "",
    )


def _child(act: Callable[[], object], kill: Kill, steps: Path, error: Path, counter: Path) -> None:
    os.setsid()
    os.environ |= {
        "FAULT_COUNTER": str(counter),
        "FAULT_STEP": str(kill.step if kill.inside_git else 0),
        "FAULT_VICTIM": kill.victim,
        "FAULT_PROCESS": str(os.getpid()),
    }
    counted = _count_steps(kill)
    try:
        act()
    except BaseException:
        counted.append("")
        counted.dying = True
        error.write_text(traceback.format_exc())
    counted.dying = True
    steps.write_text("".join(f"{step}\n" for step in counted if step))
    os._exit(0)


class _Counted(list[str]):
    dying = False


def _count_steps(kill: Kill) -> _Counted:
    counted = _Counted()

    def step(name: str, *, grows: bool) -> bool:
        """Count a step; whether this is the one to die at. On a full disk nothing can grow."""
        if counted.dying:
            return False
        counted.append(name)
        reached = not kill.inside_git and len(counted) == kill.step
        if kill.full and grows and (reached or (kill.full == "stays" and 0 < kill.step <= len(counted))):
            raise OSError(errno.ENOSPC, "No space left on device", name.split(" ")[-1])
        return reached and not kill.full

    def audit(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = args
            if isinstance(path, int) or not flags & _WRITING or str(path).startswith("/dev/"):
                return
        elif event != "subprocess.Popen" and event not in _CHANGING:
            return
        name = f"{event} {args[1] if event == 'subprocess.Popen' else args[0]}".replace("\n", " ")
        if step(name, grows=event in _GROWING):
            die()

    write = os.write

    def torn_write(fd: int, data: Any) -> int:
        is_pipe = stat.S_ISFIFO(os.fstat(fd).st_mode)
        if step(f"os.write {len(data)}", grows=not is_pipe):
            if not is_pipe or len(data) > PIPE_BUF:  # a pipe takes less whole or not at all
                write(fd, memoryview(data)[: len(data) // 2])
            die()
        return write(fd, data)

    def no_flush(fd: Any) -> None:
        if step("os.fsync", grows=False):
            die()

    os.write, os.fsync = torn_write, no_flush  # a kill does not need the disk, and tests run faster without
    sys.addaudithook(audit)
    return counted


def die() -> None:
    """End this process as nothing else can."""
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


def _wait_for_group(group: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.005)


def in_parallel(jobs: Sequence[Callable[[], Sequence[str]]], scratch: Path) -> list[str]:
    """Run jobs in forked processes, two at once; all that they complain of."""
    running: dict[int, int] = {}
    complaints: list[str] = []
    for number, job in enumerate(jobs):
        if len(running) >= max(2, os.cpu_count() or 1):
            complaints += _reap(running, scratch)
        process = os.fork()
        if process == 0:
            _job(job, scratch / f"complaints-{number}")
        running[process] = number
    while running:
        complaints += _reap(running, scratch)
    return complaints


def _job(job: Callable[[], Sequence[str]], told: Path) -> None:
    try:
        complaints = job()
    except BaseException:
        complaints = [traceback.format_exc()]
    told.write_text("\0".join(complaints))
    os._exit(0)


def _reap(running: dict[int, int], scratch: Path) -> list[str]:
    process, _ = os.wait()
    told = scratch / f"complaints-{running.pop(process)}"
    if not told.exists():
        return ["a job died without a word"]
    text = told.read_text()
    told.unlink()
    return text.split("\0") if text else []
