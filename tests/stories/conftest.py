"""Projects for stories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stories.project import Project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A fresh project: git, DVC and dsvc, nothing committed."""
    return Project.start(tmp_path / "work")
