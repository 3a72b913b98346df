"""What all fault tests share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_flushes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed process needs no flush, only a power cut does; git is told so, too."""
    monkeypatch.setenv("GIT_TEST_FSYNC", "0")
