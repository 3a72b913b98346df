"""Writing small files so that a crash leaves either the old or the new one, on disk and not only in memory."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

TEMPORARY = ".dsvc-new-"


def temporary_beside(path: Path) -> Path:
    """A new name in the folder of ``path``, recognisable as ours."""
    import secrets

    return path.with_name(f"{TEMPORARY}{secrets.token_hex(8)}")


def write_flushed(path: Path, chunks: Iterable[bytes], *, mode: int | None = None) -> None:
    """Write a new file and flush it; it is removed again when anything goes wrong.

    Raises FileExistsError when there is such a file, OSError (which names it) when it cannot be written.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o666)
    try:
        with open(fd, "wb", buffering=0):
            _write_chunks(fd, chunks, path)
            if mode is not None:
                os.fchmod(fd, mode)
            flush(fd)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write_chunks(fd: int, chunks: Iterable[bytes], path: Path) -> None:
    from dsvc.large_file import LargeFile

    try:
        with LargeFile(fd) as file:
            for chunk in chunks:
                file.write(chunk)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def replace_flushed(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Put ``data`` at ``path`` in one step: flush a temporary file, rename it, flush the folder.

    ``mode``: permissions of the new file; by default those of the file that was there.
    """
    make_folders(path.parent)
    temporary = temporary_beside(path)
    if mode is None and path.is_file():
        mode = path.stat().st_mode & 0o7777
    write_flushed(temporary, [data], mode=mode)
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def make_folders(folder: Path) -> None:
    """Create ``folder`` and its parents where missing, each flushed into its parent."""
    if folder.is_dir():
        return
    make_folders(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir()
    flush_folder(folder.parent)


def flush(fd: int) -> None:
    """Flush a file to the disk itself: on macOS ``fsync`` stops at the drive's own cache."""
    full_flush = getattr(fcntl, "F_FULLFSYNC", None)
    if full_flush is None:
        os.fsync(fd)
    else:
        fcntl.fcntl(fd, full_flush)


def flush_folder(folder: Path) -> None:
    """Make renames and removals in a folder durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        flush(fd)
    finally:
        os.close(fd)


def sweep(folder: Path, *, but: Collection[str] = ()) -> None:
    """Remove temporary files that a dead process left in a folder, ``but`` some names; only for its one writer."""
    with suppress(FileNotFoundError, NotADirectoryError):
        for entry in os.scandir(folder):
            if entry.name.startswith(TEMPORARY) and entry.name not in but and not entry.is_dir(follow_symlinks=False):
                Path(entry.path).unlink(missing_ok=True)


def sealed(content: Mapping[str, Any]) -> bytes:
    """JSON with a digest of itself, so that a damaged file is noticed and not believed."""
    text = json.dumps(content, ensure_ascii=True)
    return f'{{"check": "{_check(text)}", "content": {text}}}\n'.encode()


def unsealed(data: bytes) -> dict[str, Any]:
    """What :func:`sealed` was given. Raises ValueError when the bytes are not what was written."""
    raw = json.loads(data)
    content = raw.get("content") if isinstance(raw, dict) else None
    if not isinstance(content, dict) or raw.get("check") != _check(json.dumps(content, ensure_ascii=True)):
        raise ValueError("its bytes are damaged")
    return content


def _check(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]
