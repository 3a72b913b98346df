"""Projects for stories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.memory_disk import folder_in_memory
from tests.stories.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Stories are many commands, each of which flushes what it writes: in memory."""
    with folder_in_memory() as folder:
        yield folder


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A fresh project: git, DVC and dsvc, nothing committed."""
    return Project.start(tmp_path / "work")
