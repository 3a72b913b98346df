"""What all fault tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.memory_disk import folder_in_memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def no_flushes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed process needs no flush, only a power cut does; git is told so, too."""
    monkeypatch.setenv("GIT_TEST_FSYNC", "0")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Copies of repositories come and go by the hundred: in memory."""
    with folder_in_memory() as folder:
        yield folder
