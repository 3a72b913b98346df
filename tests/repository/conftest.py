"""Each test here runs on both pairs of stores: in memory, and on git with DVC's cache."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.repository.lab import STORES, Lab

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_DISK = Path("/dev/shm")
"""Where flushing a file costs nothing; what flushing is worth is tried elsewhere."""


@pytest.fixture(params=STORES)
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """An empty repository."""
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as folder:
        yield Lab.over(request.param, Path(folder) / "work")
