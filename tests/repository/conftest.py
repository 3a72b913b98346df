"""Each test here runs on both pairs of stores: in memory, and on git with DVC's cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.memory_disk import folder_in_memory
from tests.repository.lab import STORES, Lab

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=STORES)
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """An empty repository."""
    with folder_in_memory() as folder:
        yield Lab.over(request.param, folder / "work")
