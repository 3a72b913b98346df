"""Each test here runs on both pairs of stores: in memory, and on git with DVC's cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.repository.lab import STORES, Lab

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=STORES)
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Lab:
    """An empty repository."""
    return Lab.over(request.param, tmp_path / "work")
