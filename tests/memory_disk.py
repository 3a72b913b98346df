"""Where flushing a file costs nothing: most commands flush many, and what flushing is worth is tried elsewhere."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_DISK = Path("/dev/shm")
_ROOM = 1 << 30
"""Free bytes that it must have: in a container it often has 64 MB, and tests run beside each other."""


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """An empty folder on the memory disk, or on another one where there is none or a small one; gone at the end."""
    roomy = MEMORY_DISK.is_dir() and shutil.disk_usage(MEMORY_DISK).free > _ROOM
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if roomy else None, ignore_cleanup_errors=True) as folder:
        yield Path(folder)
