"""What a repository takes on the disk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dsvc.render.numbers import size

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def disk_use(root: Path, working: Sequence[str]) -> str:
    """Bytes of the working files, of the stored versions, and of git's own; a file with several names counts once."""
    seen: set[tuple[int, int]] = set()
    files = sum(_bytes(root / path, seen) for path in working)
    stored = _bytes(root / ".dvc" / "cache", seen) + _bytes(root / ".dsvc", seen)
    history = _bytes(root / ".git", seen)
    return f"on disk: {size(files)} working files · {size(stored)} stored versions · {size(history)} git"


def _bytes(path: Path, seen: set[tuple[int, int]]) -> int:
    """The allocated bytes of a file or of all files in a folder."""
    try:
        if not path.is_dir():
            return _once(path.stat(), seen)
        with os.scandir(path) as entries:
            return sum(
                _bytes(path / entry.name, seen)
                if entry.is_dir(follow_symlinks=False)
                else _once(entry.stat(follow_symlinks=False), seen)
                for entry in entries
            )
    except OSError:
        return 0


def _once(status: os.stat_result, seen: set[tuple[int, int]]) -> int:
    key = (status.st_dev, status.st_ino)
    if key in seen:
        return 0
    seen.add(key)
    return status.st_size
