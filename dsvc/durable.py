"""Writing small files so that a crash leaves either the old or the new one, on disk and not only in memory."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

TEMPORARY = ".dsvc-new-"


def temporary_beside(path: Path) -> Path:
    """A new name in the folder of ``path``, recognisable as ours."""
    return path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")


def write_flushed(path: Path, chunks: Iterable[bytes], *, mode: int | None = None) -> None:
    """Write a new file and flush it; it is removed again when anything goes wrong.

    Raises FileExistsError when there is such a file, OSError when it cannot be written.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        with open(fd, "wb", buffering=0) as file:
            for chunk in chunks:
                _write_all(file.fileno(), chunk)
            if mode is not None:
                os.fchmod(fd, mode)
            os.fsync(fd)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def replace_flushed(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path`` in one step: flush a temporary file, rename it, flush the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_beside(path)
    write_flushed(temporary, [data])
    temporary.replace(path)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make renames and removals in a folder durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
