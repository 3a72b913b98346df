"""Progress is for people who wait, and leaves nothing behind."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from dsvc.cli.progress import WIPE, Progress

if TYPE_CHECKING:
    import pytest


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, moments: list[float]) -> str:
    monkeypatch.setattr("sys.stderr", stderr)
    clock = iter([0.0, *(moment for moment in moments for _ in range(2)), 99.0])
    progress = Progress("reading", clock=lambda: next(clock))
    for _ in moments:
        progress(1_500_000)
    progress.close()
    return stderr.getvalue()


def test_what_is_quick_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    progress = Progress("reading", clock=lambda: 0.5)
    progress(10)
    progress.close()
    assert terminal.getvalue() == ""


def test_after_a_second_the_bytes_are_told_and_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, Terminal(), [1.5, 2.5]) == f"{WIPE}reading  1.5 MB{WIPE}reading  3 MB{WIPE}"


def test_nothing_goes_into_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, io.StringIO(), [1.5, 2.5]) == ""
