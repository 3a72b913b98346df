"""Projects for stories."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.stories.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A fresh project: git, DVC and dsvc, nothing committed."""
    return Project.start(tmp_path / "work")


@pytest.fixture(scope="session", autouse=True)
def commands(hermetic_environment: Path) -> Iterator[None]:
    """The ``dvc`` of this environment is found by git hooks and by hints that are followed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        yield
