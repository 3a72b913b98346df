"""Files that are looked at stay open as long as somebody reads them, and not longer."""

from __future__ import annotations

import gc
import resource
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import dsvc
from tests.stories.project import lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stories.project import Project

MEDICAL = [{"instruction": f"问题{n}", "output": f"answer {n}"} for n in range(1, 21)]
EDITED = [*MEDICAL[:4], {**MEDICAL[4], "output": "see a doctor"}, *MEDICAL[5:]]
TIMES = 5000
SPARE = 20
"""Descriptors that are left for what is looked at."""


def open_files() -> int:
    return len([*Path("/dev/fd").iterdir()])


@contextmanager
def few_descriptors() -> Iterator[None]:
    """Nobody may open more than some files more; nor does the collector run, which could close what was forgotten."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (open_files() + SPARE, hard))
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old.jsonl", tmp_path / "new.jsonl"
    old.write_bytes(lines(*MEDICAL))
    new.write_bytes(lines(*EDITED))
    return old, new


def test_a_file_is_closed_with_the_last_reference(files: tuple[Path, Path]) -> None:
    with few_descriptors():
        for _ in range(TIMES):
            assert len(dsvc.open_file(files[0])) == len(MEDICAL)


def test_both_files_of_a_diff_are_closed(files: tuple[Path, Path]) -> None:
    with few_descriptors():
        for _ in range(TIMES // 50):
            assert dsvc.diff_paths(*files).counts.modified == 1


def test_a_table_that_is_read_as_records_leaves_no_file(
    tmp_path: Path, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    table = tmp_path / "table.csv"
    table.write_text("question,answer\n为什么?,因为\n", "utf-8")
    snapshot = dsvc.open_file(table)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert snapshot.record(1).value == {"question": "为什么?", "answer": "因为"}


def test_what_is_read_of_a_file_outlives_what_it_was_asked_of(files: tuple[Path, Path]) -> None:
    before = open_files()
    new = dsvc.diff_paths(*files).new
    read = new.range_reader(new.layout.files[0])
    part = dsvc.open_file(files[0]).of_files([str(files[0].name), str(files[0])])
    rest = iter(dsvc.open_file(files[0]))
    next(rest)
    del new
    assert read(0, 10) == files[1].read_bytes()[:10]
    assert len([*rest]) == len(MEDICAL) - 1
    assert [record.value for record in part] == MEDICAL
    del read, part, rest
    assert open_files() == before


def test_closing_by_hand(files: tuple[Path, Path]) -> None:
    before = open_files()
    with dsvc.open_file(files[0]) as snapshot, dsvc.diff_paths(*files) as changes:
        assert (len(snapshot), changes.counts.modified) == (len(MEDICAL), 1)
    assert open_files() == before
    snapshot.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        snapshot.record(1)


def test_a_repository_that_is_asked_again_and_again(project: Project) -> None:
    project.save("data/medical.jsonl", lines(*MEDICAL), "first", "hospital")
    project.write("data/medical.jsonl", lines(*EDITED))
    repo = dsvc.open(project.root)
    repo.snapshot("medical@v1.0").record(1)
    before = open_files()
    for _ in range(20):
        assert repo.snapshot("data/medical.jsonl").record(1).value == MEDICAL[0]
        assert repo.snapshot("medical@v1.0").record(1).value == MEDICAL[0]
        assert repo.diff().counts.modified == 1
        assert [finding.rule for finding in repo.validate("medical")] == ["licence"]
        assert len([*repo.blame("medical").blocks()]) > 0
    gc.collect()
    assert open_files() <= before + 2
