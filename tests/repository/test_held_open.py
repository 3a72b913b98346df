"""Content that is handed out is open as long as somebody reads it, and no longer: a program may look all day."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dsvc
from dsvc.validators.selection import Selection
from tests.repository.lab import lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.repository.lab import Lab

OPEN_FILES = Path("/proc/self/fd")
RECORDS = [{"q": f"问题{number}", "a": "x"} for number in range(4)]

pytestmark = pytest.mark.skipif(not OPEN_FILES.exists(), reason="open files cannot be counted here")


def open_files() -> int:
    gc.collect()
    return sum(1 for _ in OPEN_FILES.iterdir())


@pytest.fixture
def edited(lab: Lab) -> Lab:
    lab.save(lines(*RECORDS), source="s")
    lab.write(lines(*RECORDS, {"q": "new", "a": "y"}))
    return lab


def looks(lab: Lab) -> dict[str, Callable[[], object]]:
    working, plain = "medical", lab.root / lab.repo.dataset().path
    asked = Selection(only=("exact-duplicate", "leakage"))
    return {
        "validate": lambda: list(lab.repo.validate(working, asked, against=working)),
        "compare": lambda: lab.repo.compare_findings("medical@v1.0", working).compare(),
        "snapshot": lambda: list(lab.repo.snapshot(working)),
        "diff": lambda: list(lab.repo.diff("medical@v1.0", working)),
        "open_file": lambda: list(dsvc.open_file(plain)),
        "statistics": lambda: lab.repo.statistics(working),
        "blame": lambda: list(lab.repo.blame(working).records()),
    }


@pytest.mark.parametrize("look", ["validate", "compare", "snapshot", "diff", "open_file", "statistics", "blame"])
def test_no_file_stays_open(edited: Lab, look: str) -> None:
    again = looks(edited)[look]
    again()
    before = open_files()
    for _ in range(10):
        again()
    assert open_files() - before < 5, "each look leaves some open"


def test_what_is_made_of_a_snapshot_keeps_it_open(edited: Lab) -> None:
    path = edited.repo.dataset().path
    part = edited.repo.snapshot("medical").of_files([path])
    read = dsvc.open_file(edited.root / path).packs.read
    gc.collect()
    assert [record.value["a"] for record in part] == ["x", "x", "x", "x", "y"]  # type: ignore[call-overload,index]
    assert read(0, 0, 6) == b'{"q": '
