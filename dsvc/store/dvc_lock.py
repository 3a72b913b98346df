"""DVC's own repository lock, so that ``dvc`` and dsvc never write at the same time.

``.dvc/tmp/lock`` is locked with zc.lockfile, or with flufl.lock where ``core.hardlink_lock`` is set
(``dvc.lock``). ``dvc repro`` gives that lock back while a stage runs and notes the paths it is using
in ``.dvc/tmp/rwlock`` instead: a running stage that uses ``.dsvc`` counts as holding the lock.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dsvc.errors import LockedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_POLL_SECONDS = 0.05
_LIFETIME = timedelta(days=365)
"""As long as DVC holds a hard-link lock: for good, since nothing refreshes it."""


@contextmanager
def repository_lock(root: Path, *, timeout: float, hardlink: bool) -> Iterator[None]:
    """Hold DVC's lock for the ``with`` block.

    Not re-entrant. ``LockedError`` naming the holder after ``timeout`` seconds.
    """
    folder = root / ".dvc" / "tmp"
    folder.mkdir(exist_ok=True)
    lock = folder / "lock"
    deadline = time.monotonic() + timeout
    take = _take_hardlink_lock if hardlink else _take_file_lock
    while (release := take(lock)) is None:
        _wait_or_give_up(deadline, root, _file_holder(lock))
    try:
        while (stage := _busy_stage(folder / "rwlock", root / ".dsvc")) is not None:
            _wait_or_give_up(deadline, root, stage)
        yield
    finally:
        release()


def _take_file_lock(path: Path) -> Callable[[], None] | None:
    import zc.lockfile

    try:
        held = zc.lockfile.LockFile(str(path))
    except zc.lockfile.LockError:
        return None
    release: Callable[[], None] = held.close
    return release


def _take_hardlink_lock(path: Path) -> Callable[[], None] | None:
    from flufl.lock import Lock, TimeOutError

    held = Lock(str(path), lifetime=_LIFETIME)
    try:
        held.lock(timeout=timedelta(seconds=0))
    except TimeOutError:
        return None
    release: Callable[[], None] = held.unlock
    return release


def _wait_or_give_up(deadline: float, root: Path, holder: str) -> None:
    if time.monotonic() >= deadline:
        raise LockedError(f"repository '{root}' is locked by {holder}", hint="wait for it to end, then retry")
    time.sleep(_POLL_SECONDS)


def _file_holder(lock: Path) -> str:
    """Say who holds the lock, from what zc.lockfile (a pid) or flufl.lock (host and pid) wrote."""
    with suppress(OSError, ValueError):
        text = lock.read_text(encoding="utf-8", errors="replace").strip()
        return _describe(int(text.split("|")[-2] if "|" in text else text))
    return "another process"


def _busy_stage(rwlock: Path, ours: Path) -> str | None:
    """Return who runs a DVC stage over ``ours``, or ``None``."""
    try:
        noted = json.loads(rwlock.read_bytes())
        users = [(path, user) for path, user in noted.get("write", {}).items()]
        users += [(path, user) for path, several in noted.get("read", {}).items() for user in several]
        for path, user in users:
            if _overlap(Path(path), ours) and user["pid"] != os.getpid() and _is_alive(user["pid"]):
                return _describe(user["pid"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None  # absent, or torn: DVC rewrites it in place
    return None


def _overlap(path: Path, other: Path) -> bool:
    return path == other or path in other.parents or other in path.parents


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _describe(pid: int) -> str:
    words = b""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").strip()
    command = words.decode("utf-8", "replace")
    return f"process {pid}" + (f" ({command[:100]})" if command else "")
