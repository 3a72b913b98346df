"""Files on their way into the object cache, and folders for them that survive a power cut.

A scratch file lives in a folder of its own inside the cache (same file system, so that a rename is
enough; a name that neither DVC's cache listing nor ``dvc gc`` takes for an object) and is locked by
its writer for as long as it lives. A scratch file that can be locked therefore belongs to nobody:
its process died, and :func:`sweep` may remove it. No process ids are compared, so a cache shared
between machines or containers is safe.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from dsvc.durable import flush, flush_folder
from dsvc.large_file import LargeFile

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIX = ".part"


class ScratchFile:
    """A new, empty, locked file; :meth:`move_to` gives it its final name, :meth:`discard` removes it."""

    def __init__(self, folder: Path) -> None:
        self.path, self.fd = _create_locked(folder)
        self._content = LargeFile(self.fd)

    def write(self, data: bytes | memoryview) -> None:
        """Append all of ``data``; some of it may wait for :meth:`move_to`."""
        self._content.write(data)

    def move_to(self, target: Path) -> None:
        """Flush, make read-only, rename to ``target`` and flush the folder that now lists it."""
        self._content.finish()
        os.fchmod(self.fd, 0o444)
        flush(self.fd)
        self.path.replace(target)
        self.close()
        flush_folder(target.parent)

    def reopen(self) -> None:
        """Take up the file again after another library wrote to its path, perhaps by replacing it."""
        fd = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        os.close(self.fd)
        self.fd = fd
        self._content = LargeFile(fd)
        _try_lock(fd)

    def discard(self) -> None:
        """Remove the file if it still is there."""
        if self.fd >= 0:
            self._content.abandon()
            self.path.unlink(missing_ok=True)
            self.close()

    def close(self) -> None:
        """Let go of the file without removing it."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def sweep(folder: Path) -> list[Path]:
    """Remove the scratch files whose writers are gone; return their paths."""
    return [path for path in sorted(folder.glob(f"*{_SUFFIX}")) if _remove_if_abandoned(path)]


def make_folders(folder: Path, *, mode: int | None = None) -> None:
    """Create ``folder`` and its parents where missing, each flushed into its parent.

    ``mode`` is given to each new one; by default the process' umask decides.
    """
    if folder.is_dir():
        return
    make_folders(folder.parent, mode=mode)
    try:
        folder.mkdir()
    except FileExistsError:
        return
    if mode is not None:
        folder.chmod(mode)
    flush_folder(folder.parent)


def _create_locked(folder: Path) -> tuple[Path, int]:
    import secrets

    while True:
        path = folder / (secrets.token_hex(16) + _SUFFIX)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        _try_lock(fd)
        if os.fstat(fd).st_nlink:
            return path, fd
        os.close(fd)  # swept between creation and lock


def _try_lock(fd: int) -> None:
    with suppress(OSError):  # a file system without locks: nobody can sweep there either
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove_if_abandoned(path: Path) -> bool:
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(fd)
