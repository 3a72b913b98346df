"""Files and folders that are written before they take their name: what a writer that was killed left goes again.

Each is locked by its writer for as long as it is written, so one that can be locked belongs to nobody. Where the file
system has no locks, nothing is removed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX: Final = ".dsvc-out-"


@contextmanager
def unfinished(target: Path, *, is_folder: bool = False, inside: Path | None = None) -> Iterator[Path]:
    """A new, empty file (or folder) beside ``target``, or ``inside`` of a folder; gone at the end unless renamed.

    What earlier writers of the same target left is removed first.
    """
    place = target.parent if inside is None else inside
    prefix = f"{PREFIX}{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:8]}-"
    _sweep(place, prefix)
    path, lock = _locked(place, prefix, is_folder=is_folder)
    try:
        yield path
    finally:
        os.close(lock)
        _remove(path)


def _locked(place: Path, prefix: str, *, is_folder: bool) -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(dir=place, prefix=prefix)) if is_folder else _new_file(place, prefix)
        with suppress(FileNotFoundError):  # somebody took it for one that was left, before it was locked
            lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            _try_lock(lock)
            if path.exists():
                return path, lock
            os.close(lock)


def _new_file(place: Path, prefix: str) -> Path:
    handle, name = tempfile.mkstemp(dir=place, prefix=prefix)
    os.close(handle)
    return Path(name)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sweep(place: Path, prefix: str) -> None:
    with suppress(OSError):
        for entry in [each for each in os.scandir(place) if each.name.startswith(prefix)]:
            handle = os.open(entry.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                if _try_lock(handle):
                    _remove(Path(entry.path))
            finally:
                os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
