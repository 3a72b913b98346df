"""What can be worked out again is believed only when it is whole, and is never a reason to fail."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from dsvc.derived import DerivedFiles

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def files(tmp_path: Path) -> DerivedFiles:
    return DerivedFiles(tmp_path / "kept", ".x", 3)


def test_what_was_kept_is_found_again(files: DerivedFiles) -> None:
    assert files.read("a") is None
    files.write("a", b"one\ntwo")
    assert files.read("a") == b"one\ntwo"
    files.write("a", b"")
    assert files.read("a") == b""


@pytest.mark.parametrize("damage", [b"", b"\0" * 40, b"dsvc.derived/1 0000000000000000\nbody", b"body"])
def test_a_damaged_file_counts_as_none(files: DerivedFiles, tmp_path: Path, damage: bytes) -> None:
    files.write("a", b"body")
    (tmp_path / "kept" / "a.x").write_bytes(damage)
    assert files.read("a") is None


def test_any_flipped_byte_is_noticed(files: DerivedFiles, tmp_path: Path) -> None:
    files.write("a", b"body")
    whole = (tmp_path / "kept" / "a.x").read_bytes()
    for at in range(len(whole)):
        (tmp_path / "kept" / "a.x").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert files.read("a") is None


def test_the_oldest_go_and_what_a_killed_process_left(files: DerivedFiles, tmp_path: Path) -> None:
    for age, name in enumerate("edcba"):
        files.write(name, b"body")
        os.utime(tmp_path / "kept" / f"{name}.x", (age, age))
    left, fresh = (tmp_path / "kept" / f".dsvc-new-{name}" for name in ("left", "fresh"))
    for path in (left, fresh):
        path.touch()
    os.utime(left, (0, time.time() - 30 * 3600))
    files.prune()
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [".dsvc-new-fresh", "a.x", "b.x", "c.x"]


def test_where_nothing_can_be_kept_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    files = DerivedFiles(tmp_path / "file", ".x", 3)
    files.write("a", b"body")
    files.prune()
    assert files.read("a") is None
