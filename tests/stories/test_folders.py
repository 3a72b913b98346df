"""Several datasets in one repository, and datasets of several files."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from dsvc.delta import MovedBlock
from dsvc.errors import NotFoundError, ProtectedError, UsageError
from tests.stories.project import Project, lines

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"q": f"question {n}", "a": f"回答 {n}"} for n in range(40)]


@pytest.fixture
def splits(project: Project) -> Project:
    project.write("sets/train.jsonl", lines(*ROWS[:30]))
    project.write("sets/test.jsonl", lines(*ROWS[30:]))
    project.write("sets/readme.md", b"about\n")
    project.keep("sets", "first", "hand")
    return project


def content(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((project.root / "sets").glob("*.jsonl"))}


def test_two_datasets_count_apart(project: Project) -> None:
    project.save("a.jsonl", lines(*ROWS[:3]))
    project.save("b.jsonl", lines(*ROWS[3:6]))
    assert project.save("a.jsonl", lines(*ROWS[:2])).manifest.number == "v1.1"
    assert project.save("b.jsonl", lines(*ROWS[4:7]), major=True).manifest.number == "v2.0"
    assert [dataset.name for dataset in project.repo.datasets()] == ["a", "b"]
    assert [entry.entry.number for entry in project.repo.log("a")] == ["v1.1", "v1.0"]
    assert [entry.entry.number for entry in project.repo.log("b")] == ["v2.0", "v1.0"]
    with pytest.raises(NotFoundError, match="which dataset"):
        project.repo.log()
    project.repo.checkout("b@v1.0")
    assert project.read("b.jsonl") == lines(*ROWS[3:6])
    assert project.read("a.jsonl") == lines(*ROWS[:2])
    assert project.repo.version("a@HEAD~1").number == "v1.0"
    assert [status.stale for status in project.repo.status()] == [False, True]
    assert project.repo.diff("a@v1.0", "b@v2.0").counts.modified == 3


def test_splits_have_names(splits: Project) -> None:
    manifest = splits.repo.manifest("sets@v1.0")
    assert manifest is not None
    assert [(file.path, file.split, file.records) for file in manifest.files] == [
        ("sets/test.jsonl", "test", 10),
        ("sets/train.jsonl", "train", 30),
    ]
    assert splits.status() == ["?? sets/readme.md"]


def test_records_move_between_splits(splits: Project) -> None:
    splits.write("sets/train.jsonl", lines(*ROWS[:25]))
    splits.write("sets/test.jsonl", lines(*ROWS[30:], *ROWS[25:30]))
    changes = splits.repo.diff("sets")
    (moved,) = changes
    assert isinstance(moved, MovedBlock)
    assert (moved.old_file, moved.new_file, moved.records) == ("sets/train.jsonl", "sets/test.jsonl", 5)
    result = splits.keep("sets", "a larger test set", None)  # nothing was added, so no source is asked for
    assert result.new_bytes == 0
    assert (result.manifest.changes.moved, result.manifest.changes.added) == (5, 0)
    splits.repo.checkout("sets@v1.0")
    assert content(splits) == {"test.jsonl": lines(*ROWS[30:]), "train.jsonl": lines(*ROWS[:30])}


def test_status_counts_each_split_against_itself(splits: Project) -> None:
    (splits.root / "sets" / "test.jsonl").write_bytes(splits.read("sets/test.jsonl") + lines(ROWS[0]))
    (state,) = splits.repo.status()
    counts = {file.path: (file.lines_added, file.lines_removed) for file in state.files}
    assert counts == {"sets/test.jsonl": (1, 0), "sets/train.jsonl": (0, 0)}


def test_a_folder_with_a_new_file_is_not_exactly_its_version(splits: Project) -> None:
    assert splits.repo.describe("sets").changes.added == 0
    splits.write("sets/extra.jsonl", lines({"q": "not in v1.0"}))
    assert str(splits.repo.describe("sets")).startswith("sets@v1.0+1/1 ")


def run(project: Project, *words: str) -> tuple[int, str]:
    done = subprocess.run(["dsvc", *words], cwd=project.root, capture_output=True, text=True)
    return done.returncode, done.stdout


def test_the_name_of_a_file_is_a_difference(project: Project) -> None:
    project.write("one/train.jsonl", lines(*ROWS[:3]))
    project.keep("one")
    assert run(project, "diff", "one", "--exit-code") == (0, "one@v1.0 .. one\nno differences\n")
    (project.root / "one" / "train.jsonl").rename(project.root / "one" / "training.jsonl")
    renamed = "one@v1.0 .. one\n  files: one/train.jsonl -> one/training.jsonl\n"
    assert run(project, "diff", "one", "--exit-code") == (1, renamed)
    assert str(project.repo.describe("one")).startswith("one@v1.0/1 ")
    (described,) = run(project, "describe", "--json")[1].splitlines()
    assert (json.loads(described)["exact"], json.loads(described)["files"]) == (False, 1)
    (*_, summary) = run(project, "diff", "one", "--json")[1].splitlines()
    assert json.loads(summary)["files"]["renamed"] == [["one/train.jsonl", "one/training.jsonl"]]
    project.keep("one")
    assert "one/train.jsonl -> one/training.jsonl" in run(project, "diff", "one@v1.0..v1.1")[1]
    assert project.repo.describe("one").exact
    assert project.repo.rollback("one@v1.0").version is not None
    assert [path.name for path in (project.root / "one").iterdir()] == ["train.jsonl"]


def test_an_empty_file_more_or_less_is_a_difference(splits: Project) -> None:
    splits.write("sets/empty.jsonl", b"")
    assert run(splits, "diff", "--exit-code") == (1, "sets@v1.0 .. sets\n  files: + sets/empty.jsonl\n")
    splits.keep("sets")
    (splits.root / "sets" / "empty.jsonl").unlink()
    assert run(splits, "diff", "--exit-code") == (1, "sets@v1.1 .. sets\n  files: - sets/empty.jsonl\n")
    assert str(splits.repo.describe()).startswith("sets@v1.1/1 ")


def test_single_files_may_have_any_names(splits: Project) -> None:
    splits.write("other.jsonl", splits.read("sets/train.jsonl"))
    assert run(splits, "diff", "sets/train.jsonl@v1.0", "other.jsonl", "--exit-code")[0] == 0
    assert run(splits, "diff", "sets/train.jsonl", "other.jsonl", "--exit-code")[0] == 0


def test_a_new_file_is_announced_and_a_removed_one_comes_back(splits: Project) -> None:
    before = content(splits)
    splits.write("sets/validation.jsonl", lines({"q": "new", "a": "neu"}))
    (splits.root / "sets" / "test.jsonl").unlink()
    states = {file.path: file.state for file in splits.repo.status("sets")[0].files}
    assert states == {
        "sets/test.jsonl": "missing",
        "sets/train.jsonl": "unchanged",
        "sets/validation.jsonl": "new",
    }
    result = splits.keep("sets")
    assert result.notes == (
        "'sets/validation.jsonl' is new in 'sets'",
        "'sets/test.jsonl' is not in 'sets' any more",
    )
    assert (result.manifest.changes.added, result.manifest.changes.removed) == (1, 10)
    after = content(splits)
    splits.repo.checkout("sets@v1.0")
    assert content(splits) == before
    splits.repo.restore("sets")
    assert content(splits) == after
    assert splits.read("sets/readme.md") == b"about\n"


def test_a_file_that_no_version_has_is_taken_away_only_when_it_is_kept(splits: Project) -> None:
    before = content(splits)
    splits.write("sets/train.jsonl", lines(*ROWS[:20]))
    splits.keep("sets")
    now = content(splits)
    splits.write("sets/extra.jsonl", precious := lines({"q": "precious"}))
    for refused in (splits.repo.checkout, splits.repo.rollback):
        with pytest.raises(ProtectedError, match=r"'sets/extra.jsonl' is not in v1.1; .* would take it away") as caught:
            refused("sets@v1.0")
        assert str(caught.value.hint).endswith("sets@v1.0 --force")
        assert splits.read("sets/extra.jsonl") == precious

    outcome = splits.repo.checkout("sets@v1.0", force=True)
    assert content(splits) == before
    assert set(outcome.notes[:2]) == {"'sets/extra.jsonl' was taken away", "'sets/train.jsonl' was replaced"}
    splits.repo.undo()
    assert content(splits) == {**now, "extra.jsonl": precious}

    outcome = splits.repo.restore("sets")
    assert outcome.notes == ("'sets/extra.jsonl' was taken away",)
    assert content(splits) == now
    assert splits.repo.snapshot(f"sets@{outcome.saved_as}").layout.file("sets/extra.jsonl").lines == 1
    splits.repo.undo()
    assert content(splits) == {**now, "extra.jsonl": precious}

    outcome = splits.repo.rollback("sets@v1.0", force=True)
    assert "'sets/extra.jsonl' was taken away" in outcome.notes
    assert content(splits) == before
    splits.repo.undo()
    assert content(splits) == {**now, "extra.jsonl": precious}


def test_a_renamed_file_gets_its_name_back_and_its_records_are_there_once(splits: Project) -> None:
    before = content(splits)
    (splits.root / "sets" / "train.jsonl").rename(splits.root / "sets" / "training.jsonl")
    outcome = splits.repo.restore("sets")
    assert outcome.file == "'sets' is back to v1.0"
    assert outcome.notes == ("'sets/training.jsonl' was taken away", "'sets/train.jsonl' was put there")
    assert content(splits) == before
    assert not splits.repo.status("sets")[0].changed
    splits.repo.undo()
    assert sorted(content(splits)) == ["test.jsonl", "training.jsonl"]


def test_many_files_are_not_told_one_by_one(splits: Project) -> None:
    for number in range(8):
        splits.write(f"sets/more-{number}.jsonl", lines(ROWS[number]))
    notes = splits.repo.restore("sets").notes
    assert (len(notes), notes[-1]) == (6, "and 3 more")


def test_a_new_file_in_the_place_of_an_old_one_is_protected(splits: Project) -> None:
    splits.write("sets/extra.jsonl", lines({"q": "old"}))
    splits.keep("sets")
    splits.repo.checkout("sets@v1.0")
    splits.write("sets/extra.jsonl", lines({"q": "precious"}))
    with pytest.raises(ProtectedError):
        splits.repo.checkout("sets@v1.1")
    assert splits.read("sets/extra.jsonl") == lines({"q": "precious"})


def test_shards_of_a_split(project: Project) -> None:
    for number in range(3):
        project.write(f"sets/train-{number:05}-of-00003.jsonl", lines(*ROWS[number * 10 : number * 10 + 10]))
    project.keep("sets")
    manifest = project.repo.manifest("sets@v1.0")
    assert manifest is not None
    assert {file.split for file in manifest.files} == {"train"}
    assert project.repo.snapshot("sets@v1.0").record(17).value == ROWS[16]


def test_files_and_folders_do_not_overlap(splits: Project) -> None:
    with pytest.raises(UsageError, match="its name cannot be changed"):
        splits.keep("sets/train.jsonl", name="other")
    splits.write("other/x.jsonl", lines(ROWS[0]))
    splits.keep("other/x.jsonl")
    splits.write("other/y.jsonl", lines(ROWS[1]))
    with pytest.raises(ProtectedError, match="lies inside"):
        splits.keep("other")


def test_a_file_in_a_sub_folder_is_a_dataset_of_its_own(splits: Project) -> None:
    splits.write("sets/sub/dev.jsonl", lines(ROWS[0]))
    splits.write("sets/sub/more.jsonl", lines(ROWS[1]))
    splits.write("sets/train.jsonl", lines(*ROWS[:29]))
    assert splits.keep("sets").notes == ("2 JSONL files in sub folders are not part of 'sets'",)
    assert splits.repo.status("sets")[0].notes == ("2 JSONL files in sub folders are not part of 'sets'",)
    made = splits.keep("sets/sub/dev.jsonl")
    assert (made.dataset.name, made.dataset.state_path) == ("dev", ".dsvc/sets/sub/dev")
    splits.write("sets/train.jsonl", lines(*ROWS[:28]))
    assert splits.keep("sets").notes == ("1 JSONL file in a sub folder is not part of 'sets'",)
    assert [dataset.name for dataset in splits.repo.datasets()] == ["sets", "dev"]
    splits.save("sets/sub/dev.jsonl", lines(ROWS[2]))
    splits.repo.checkout("dev@v1.0")
    assert splits.read("sets/sub/dev.jsonl") == lines(ROWS[0])
    assert "up to date" in splits.dvc("status")
    splits.repo.rollback("sets@v1.0", reason="back")
    assert [dataset.name for dataset in splits.repo.datasets()] == ["sets", "dev"]


@pytest.mark.parametrize("path", ["sets/store/x.jsonl", "sets/pilots/x.jsonl", "sets/Store/deep/x.jsonl"])
def test_no_dataset_lies_in_what_dsvc_keeps_of_another(splits: Project, path: str) -> None:
    splits.write(path, lines(ROWS[0]))
    with pytest.raises(ProtectedError, match="would share one place"):
        splits.keep(path)


def test_one_file_of_a_folder_is_compared_alone(splits: Project) -> None:
    splits.write("sets/train.jsonl", lines(*ROWS[:29]))
    splits.write("sets/test.jsonl", lines(*ROWS[32:]))
    assert splits.repo.diff("sets").counts.removed == 3
    assert splits.repo.diff("sets/train.jsonl").counts.removed == 1
    assert splits.repo.diff("sets/test.jsonl@v1.0").counts.removed == 2
    splits.keep("sets")
    assert splits.repo.diff("sets/test.jsonl@v1.0..v1.1").counts.removed == 2
    with pytest.raises(NotFoundError, match=r"there is no file 'sets/none.jsonl'"):
        splits.repo.diff("sets/none.jsonl").counts  # noqa: B018


def test_a_folder_that_went_away(splits: Project) -> None:
    before = content(splits)
    (splits.root / "sets").rename(splits.root / "elsewhere")
    for verb in (splits.keep, splits.repo.diff):
        with pytest.raises(NotFoundError, match="'sets' is missing") as caught:
            verb("sets")
        assert (caught.value.hint or "").startswith("dsvc restore sets; ")
    splits.repo.restore("sets")
    assert content(splits) == before


def test_a_folder_travels(splits: Project, tmp_path: Path) -> None:
    splits.remote(tmp_path / "remote")
    splits.write("sets/train.jsonl", lines(*ROWS[:29]))
    splits.keep("sets")
    splits.dvc("push", "-q", "-A")
    clone = splits.copy(tmp_path / "clone")
    clone.repo.restore("sets")
    assert content(clone) == content(splits)
    clone.repo.checkout("sets@v1.0")
    assert content(clone)["train.jsonl"] == lines(*ROWS[:30])
