"""DVC's own repository lock, so that ``dvc`` and dsvc never write at the same time.

``.dvc/tmp/lock`` is locked with zc.lockfile, or with flufl.lock where ``core.hardlink_lock`` is set
(``dvc.lock``). ``dvc repro`` gives that lock back while a stage runs and notes the paths it is using
in ``.dvc/tmp/rwlock`` instead: a running stage that uses ``.dsvc`` counts as holding the lock,
unless it is the stage that runs this very dsvc.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from dsvc.errors import LockedError

if TYPE_CHECKING:
    from types import TracebackType

_Take = Callable[[Path], Callable[[], None] | None]
"""Takes a lock file and returns what gives it back, or ``None`` while somebody else has it."""


_POLL_SECONDS = 0.05
_LIFETIME = timedelta(days=365)
"""As long as DVC holds a hard-link lock: for good, since nothing refreshes it."""


class RepositoryLock(AbstractContextManager[None]):
    """Keeps other writers out: DVC's lock against ``dvc``, and one of dsvc's own against dsvc.

    Not re-entrant. The second lock exists for :meth:`paused`: git hooks that ``dvc install`` makes run
    ``dvc status`` before a commit, which needs DVC's lock and fails after 3 s without it.
    """

    def __init__(self, root: Path, *, timeout: float, hardlink: bool) -> None:
        self._root = root
        self._folder = root / ".dvc" / "tmp"
        self._timeout = timeout
        self._take_dvc = _take_hardlink_lock if hardlink else _take_file_lock
        self._release_ours: Callable[[], None] | None = None
        self._release_dvc: Callable[[], None] | None = None

    def __enter__(self) -> None:
        self._folder.mkdir(exist_ok=True)
        deadline = time.monotonic() + self._timeout
        try:
            self._release_ours = self._wait_for(_take_file_lock, "dsvc.lock", deadline)
            self._release_dvc = self._wait_for(self._take_dvc, "lock", deadline)
            while (stage := _busy_stage(self._folder / "rwlock", self._root / ".dsvc")) is not None:
                self._wait_or_give_up(deadline, stage)
        except BaseException:
            self._release()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let ``dvc`` in for a ``with`` block (a git commit with its hooks); dsvc stays locked out.

        DVC's lock is taken again afterwards; when somebody keeps it longer than the timeout, the
        writer goes on without, since it cannot stop half way.
        """
        self._give_back_dvc()
        try:
            yield
        finally:
            with suppress(LockedError):
                deadline = time.monotonic() + self._timeout
                self._release_dvc = self._wait_for(self._take_dvc, "lock", deadline)

    def _wait_for(self, take: _Take, name: str, deadline: float) -> Callable[[], None]:
        path = self._folder / name
        while (release := take(path)) is None:
            self._wait_or_give_up(deadline, _file_holder(path))
        return release

    def _wait_or_give_up(self, deadline: float, holder: str) -> None:
        if time.monotonic() >= deadline:
            raise LockedError(f"repository '{self._root}' is locked by {holder}", hint="wait for it to end, then retry")
        time.sleep(_POLL_SECONDS)

    def _give_back_dvc(self) -> None:
        if self._release_dvc is not None:
            self._release_dvc()
            self._release_dvc = None

    def _release(self) -> None:
        self._give_back_dvc()
        if self._release_ours is not None:
            self._release_ours()
            self._release_ours = None


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
        family = _family()
        for path, user in users:
            if _overlap(Path(path), ours) and user["pid"] not in family and _is_alive(user["pid"]):
                return _describe(user["pid"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None  # absent, or torn: DVC rewrites it in place
    return None


def _overlap(path: Path, other: Path) -> bool:
    return path == other or path in other.parents or other in path.parents


def _family() -> set[int]:
    """This process and those that started it, as far as the system tells."""
    found: set[int] = set()
    pid = os.getpid()
    while pid > 0 and pid not in found:
        found.add(pid)
        try:
            status = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
            pid = int(status.rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            pid = os.getppid() if pid == os.getpid() else 0
    return found


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
