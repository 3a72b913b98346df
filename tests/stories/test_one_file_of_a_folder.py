"""One file of a folder dataset is named: what reads takes that file alone, what takes all files says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import NotFoundError, ProtectedError, UsageError
from dsvc.repository.results import CommitRequest
from dsvc.repository.reviews.starting import ReviewRequest
from dsvc.sampling.rule import Rule
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

TRAIN, TEST = "数据/客服/train.jsonl", "数据/客服/test.jsonl"
ROWS = [{"q": f"问题 {n}", "a": f"answer {n}"} for n in range(40)]


@pytest.fixture
def folder(project: Project) -> Project:
    project.write(TRAIN, lines(*ROWS[:30]))
    project.write(TEST, lines(*ROWS[30:]))
    project.keep("数据/客服", "first", "hand")
    project.write(TRAIN, lines(*ROWS[1:30]))
    project.keep("数据/客服", "second", "hand")
    return project


def test_a_snapshot_is_of_that_file_alone(folder: Project) -> None:
    assert [record.value for record in folder.repo.snapshot(f"{TEST}@v1.0")] == ROWS[30:]
    assert [record.value for record in folder.repo.snapshot(f"{TRAIN}@v1.0")] == ROWS[:30]
    folder.write(TRAIN, lines(*ROWS[2:30]))
    assert [record.value for record in folder.repo.snapshot(TRAIN)] == ROWS[2:30]
    assert len(folder.repo.snapshot("客服")) == 38
    assert folder.repo.statistics(TEST).records == 10
    assert {finding.path for finding in folder.repo.validate(TEST)} <= {"", TEST}


def test_an_export_of_a_part_has_no_record_of_another(folder: Project, tmp_path: Path) -> None:
    folder.repo.export(f"{TRAIN}@v1.1", "json", tmp_path / "train.json")
    assert json.loads((tmp_path / "train.json").read_bytes()) == ROWS[1:30]


def test_a_file_that_a_version_does_not_have(folder: Project) -> None:
    folder.write("数据/客服/more.jsonl", lines({"q": "新", "a": "new"}))
    with pytest.raises(NotFoundError, match="has no file '数据/客服/more"):
        folder.repo.snapshot("数据/客服/more.jsonl@v1.0")
    assert len(folder.repo.snapshot("数据/客服/more.jsonl")) == 1


def test_what_takes_all_files_refuses_one(folder: Project) -> None:
    before = folder.picture()
    one = f"{TRAIN}@v1.0"
    for verb in (
        lambda: folder.repo.checkout(one),
        lambda: folder.repo.rollback(one),
        lambda: folder.repo.pilots.create(one, "a", Rule(seed="a", size="5")),
        lambda: folder.repo.reviews.start(one, ReviewRequest(name="r")),
        lambda: folder.repo.tag(one, "given"),
    ):
        with pytest.raises(UsageError, match="is one file of '客服', and this takes all of them") as raised:
            verb()
        assert raised.value.hint == "name the dataset: 客服@v1.0"
    assert folder.picture() == before


def test_what_writes_all_files_refuses_one_and_names_the_dataset(folder: Project, tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_text("[]")
    before = folder.picture()
    for verb, instead in (
        (lambda: folder.repo.remove(TRAIN), "dsvc rm 客服"),
        (lambda: folder.repo.split(TRAIN), "dsvc split 客服"),
        (lambda: folder.repo.preview_split(TRAIN), "dsvc split 客服"),
        (lambda: folder.repo.import_update(answers, CommitRequest(target=TRAIN, reason="back")), "--into 客服"),
    ):
        with pytest.raises(UsageError, match=f"'{TRAIN}' is one file of '客服', and this takes all of them") as raised:
            verb()
        assert raised.value.hint == f"name the dataset: {instead}"
    assert folder.picture() == before


def test_mending_one_file_leaves_the_others(folder: Project) -> None:
    twice = lines(*ROWS[30:], ROWS[30])
    folder.write(TRAIN, lines(*ROWS[1:30], ROWS[1]))
    folder.write(TEST, twice)
    assert list(folder.repo.fix(TRAIN, dry_run=True).files) == [TRAIN]
    fixed = folder.repo.fix(TRAIN)
    assert (list(fixed.files), fixed.records, fixed.file) == ([TRAIN], 1, TRAIN)
    assert fixed.outcome is not None
    assert fixed.outcome.file == f"'{TRAIN}' was mended"
    assert (folder.read(TRAIN), folder.read(TEST)) == (lines(*ROWS[1:30]), twice)
    assert folder.repo.fix(TRAIN).outcome is None
    folder.repo.undo()
    assert (folder.read(TRAIN), folder.read(TEST)) == (lines(*ROWS[1:30], ROWS[1]), twice)
    (folder.root / TRAIN).unlink()
    with pytest.raises(NotFoundError, match=f"there is no file '{TRAIN}'") as raised:
        folder.repo.fix(TRAIN)
    assert raised.value.hint == f"dsvc restore {TRAIN}"


def test_restoring_the_formatting_of_one_file_leaves_the_others(folder: Project) -> None:
    train, test = (b"".join(json.dumps(row).encode() + b"\n" for row in rows) for rows in (ROWS[1:30], ROWS[30:]))
    folder.write(TRAIN, train)
    folder.write(TEST, test)
    done = folder.repo.restore(TRAIN, formatting=True)
    assert done.file == f"29 records of '{TRAIN}' have their old bytes again"
    assert (folder.read(TRAIN), folder.read(TEST)) == (lines(*ROWS[1:30]), test)
    with pytest.raises(NotFoundError, match=f"'{TRAIN}' has no record that is only written differently"):
        folder.repo.restore(TRAIN, formatting=True)
    folder.repo.undo()
    assert (folder.read(TRAIN), folder.read(TEST)) == (train, test)


def test_restoring_one_file_leaves_the_others(folder: Project) -> None:
    edited = lines(*ROWS[31:])
    folder.write(TRAIN, lines(*ROWS[5:30]))
    folder.write(TEST, edited)
    done = folder.repo.restore(TRAIN)
    assert (done.file, done.saved_as is not None) == (f"'{TRAIN}' is back to v1.1", True)
    assert (folder.read(TRAIN), folder.read(TEST)) == (lines(*ROWS[1:30]), edited)
    assert [each.path for each in folder.repo.status("客服")[0].files if each.state != "unchanged"] == [TEST]
    folder.repo.undo()
    assert (folder.read(TRAIN), folder.read(TEST)) == (lines(*ROWS[5:30]), edited)


def test_restoring_one_file_that_is_gone_or_as_it_was(folder: Project) -> None:
    (folder.root / TRAIN).unlink()
    folder.write(TEST, lines(*ROWS[31:]))
    assert folder.repo.restore(TRAIN).saved_as is None
    assert folder.read(TRAIN) == lines(*ROWS[1:30])
    assert folder.repo.restore(TRAIN).file == f"'{TRAIN}' already was as in v1.1"
    assert folder.read(TEST) == lines(*ROWS[31:])


def test_restoring_one_file_from_another_version(folder: Project) -> None:
    before = folder.picture()
    with pytest.raises(ProtectedError, match="and no file of it alone can be of v1"):
        folder.repo.restore(TRAIN, revision="v1.0")
    folder.write("数据/客服/more.jsonl", lines({"q": "新", "a": "new"}))
    with pytest.raises(NotFoundError, match="has no file '数据/客服/more"):
        folder.repo.restore("数据/客服/more.jsonl")
    (folder.root / "数据/客服/more.jsonl").unlink()
    assert folder.picture() == before


def test_a_commit_of_one_file_tells_which_others_it_took_along(folder: Project) -> None:
    folder.write(TRAIN, lines(*ROWS[5:30]))
    assert not [note for note in folder.keep(TRAIN, "only train").notes if "too" in note]
    folder.write(TRAIN, lines(*ROWS[6:30]))
    folder.write(TEST, lines(*ROWS[31:]))
    notes = folder.keep(TRAIN, "and test").notes
    assert f"'{TEST}' was edited, too: a version is of all files of '客服'" in notes
