"""Folders of files, several datasets side by side, their names, and files that are brought in."""

from __future__ import annotations

from typing import Any

import pytest

from dsvc.delta import MovedBlock
from dsvc.errors import BadDataError, NotFoundError, ProtectedError, SourceNeededError, UsageError
from dsvc.repository.results import CommitRequest
from tests.repository.lab import FILE, Lab, lines, numbered

TRAIN, TEST = "data/qa/train.jsonl", "data/qa/test.jsonl"


@pytest.fixture
def folder(lab: Lab) -> Lab:
    """A folder with two splits, committed."""
    lab.write(numbered(1, 2), TRAIN)
    lab.write(numbered(3), TEST)
    lab.keep("data/qa")
    return lab


def test_a_folder_is_one_dataset_with_splits(folder: Lab) -> None:
    dataset = folder.repo.dataset()
    assert (dataset.name, dataset.path, dataset.kind) == ("qa", "data/qa", "folder")
    manifest = folder.repo.manifest("v1.0")
    assert manifest is not None
    assert [(f.path, f.split, f.records) for f in manifest.files] == [(TEST, "test", 1), (TRAIN, "train", 2)]
    for target in ("qa", "data/qa", "data/qa/", TRAIN):
        assert folder.repo.dataset(target) == dataset
    folder.write(numbered(4), "data/qa/train-00000-of-00002.jsonl")
    made = folder.keep("qa")
    assert {f.path: f.split for f in made.manifest.files}["data/qa/train-00000-of-00002.jsonl"] == "train"
    assert folder.git.is_ignored("data/qa/anything.jsonl")
    assert not folder.git.is_ignored("data/qa/README.md")


def test_records_move_between_splits_and_back(folder: Lab) -> None:
    folder.write(numbered(1), TRAIN)
    folder.write(numbered(3, 2), TEST)
    assert folder.states() == {TEST: "changed", TRAIN: "changed"}
    assert [type(delta) for delta in folder.changes("v1.0")] == [MovedBlock]
    made = folder.keep("qa", source=None)
    assert (made.manifest.changes.moved, made.new_bytes) == (1, 0)
    folder.repo.checkout("v1.0")
    assert (folder.read(TRAIN), folder.read(TEST)) == (numbered(1, 2), numbered(3))


def test_files_come_and_go_with_versions_and_other_files_stay(folder: Lab) -> None:
    folder.write(b"about\n", "data/qa/README.md")
    folder.write(numbered(9), "data/qa/dev.jsonl")
    (folder.root / TEST).unlink()
    assert folder.states() == {"data/qa/dev.jsonl": "new", TEST: "missing", TRAIN: "unchanged"}
    folder.keep("qa")
    outcome = folder.repo.checkout("v1.0")
    assert outcome.saved_as is None
    assert folder.states() == {TEST: "unchanged", TRAIN: "unchanged"}
    folder.repo.undo()
    assert folder.read("data/qa/dev.jsonl") == numbered(9)
    assert not folder.exists(TEST)
    assert folder.read("data/qa/README.md") == b"about\n"


def test_a_new_file_in_the_way_of_an_old_one_is_saved_first(folder: Lab) -> None:
    (folder.root / TEST).unlink()
    folder.keep("qa")
    folder.write(numbered(77), TEST)
    before = folder.picture()
    with pytest.raises(ProtectedError, match="was edited"):
        folder.repo.checkout("v1.0")
    assert folder.picture() == before
    saved = folder.repo.checkout("v1.0", force=True).saved_as
    assert folder.read(TEST) == numbered(3)
    assert folder.content(f"qa@{saved}") == numbered(77) + numbered(1, 2)
    folder.repo.undo()
    assert (folder.read(TEST), folder.read(TRAIN)) == (numbered(77), numbered(1, 2))
    assert folder.states() == {TEST: "new", TRAIN: "unchanged"}


def test_a_new_file_that_no_version_names_is_an_edit_of_its_folder(folder: Lab) -> None:
    folder.write(numbered(5), TRAIN)
    folder.keep("qa")
    folder.write(numbered(8), "data/qa/notes.jsonl")
    with pytest.raises(ProtectedError, match=r"notes\.jsonl"):
        folder.repo.checkout("v1.0")
    folder.repo.checkout("v1.0", force=True)
    assert not folder.exists("data/qa/notes.jsonl")
    folder.repo.undo()
    assert folder.read("data/qa/notes.jsonl") == numbered(8)


def test_an_empty_folder_is_nothing_to_commit(lab: Lab) -> None:
    (lab.root / "data/empty").mkdir(parents=True)
    with pytest.raises(NotFoundError, match="no JSONL file"):
        lab.keep("data/empty")
    lab.write(numbered(1), "data/case/a.jsonl")
    lab.write(numbered(2), "data/case/A.jsonl")
    if lab.read("data/case/a.jsonl") == numbered(1):
        with pytest.raises(ProtectedError, match="differ only in case"):
            lab.keep("data/case")


# Several datasets


def test_two_datasets_do_not_touch_each_other(lab: Lab) -> None:
    lab.save(numbered(1))
    lab.save(lines({"law": 1}), "data/law.jsonl")
    lab.save(numbered(1, 2))
    assert [d.name for d in lab.repo.datasets()] == ["law", "medical"]
    assert (lab.numbers("law"), lab.numbers("medical")) == (["v1.0"], ["v1.1", "v1.0"])
    lab.write(lines({"law": 2}), "data/law.jsonl")
    lab.repo.rollback("medical@v1.0")
    assert (lab.read(), lab.read("data/law.jsonl")) == (numbered(1), lines({"law": 2}))
    assert lab.states() == {"data/law.jsonl": "changed", FILE: "unchanged"}
    lab.keep("law")
    lab.repo.undo()
    lab.repo.undo()
    assert (lab.numbers("medical"), lab.read(), lab.read("data/law.jsonl")) == (
        ["v1.1", "v1.0"],
        numbered(1, 2),
        lines({"law": 2}),
    )
    lab.repo.checkout("law@HEAD", force=True)
    assert lab.read("data/law.jsonl") == lines({"law": 1})


def test_with_two_datasets_one_must_be_named(lab: Lab) -> None:
    lab.save(numbered(1))
    lab.save(numbered(2), "data/law.jsonl")
    for ask in (lab.repo.dataset, lab.repo.log, lab.repo.describe, lab.repo.restore, lab.repo.diff):
        with pytest.raises(NotFoundError, match=r"which dataset\? there are 2: law, medical"):
            ask()
    for revision in ("v1.0", "HEAD"):
        with pytest.raises(NotFoundError, match="which dataset"):
            lab.repo.checkout(revision)
    assert [s.dataset.name for s in lab.repo.status()] == ["law", "medical"]
    assert len(lab.changes("law@v1.0", "medical@v1.0")) >= 1


def test_names_are_unique_and_stay(lab: Lab) -> None:
    lab.save(numbered(1), "a/train.jsonl")
    for path in ("b/train.jsonl", "b/TRAIN.jsonl"):
        lab.write(numbered(2), path)
        with pytest.raises(UsageError, match="there is a dataset 'train' already"):
            lab.keep(path)
    assert lab.keep("b/train.jsonl", name="b-train").dataset.name == "b-train"
    with pytest.raises(UsageError, match="its name cannot be changed"):
        lab.keep("b/train.jsonl", name="other")
    for bad in ("", "a/b", "-x", "a b", "x.lock", "a..b"):
        lab.write(numbered(3), "c/x.jsonl")
        with pytest.raises(UsageError, match="cannot name a dataset"):
            lab.keep("c/x.jsonl", name=bad)


def test_a_file_belongs_to_one_dataset_only(folder: Lab) -> None:
    folder.write(numbered(1), "data/qa/deep/x.jsonl")
    folder.keep("data/qa/deep/x.jsonl")
    with pytest.raises(ProtectedError, match="belongs to one dataset only"):
        folder.keep("data/qa/deep")
    folder.write(numbered(1), "data/qa.jsonl")
    with pytest.raises(ProtectedError, match="would share one place"):
        folder.keep("data/qa.jsonl", name="other")
    folder.write(b"x", "data/notes.txt")
    with pytest.raises(UsageError, match="not a JSONL file by its name"):
        folder.keep("data/notes.txt")
    folder.write(numbered(1), ".dvc/x.jsonl")
    with pytest.raises(UsageError, match="folder of git, DVC or dsvc"):
        folder.keep(".dvc/x.jsonl")


def test_paths_are_those_of_the_folder_one_is_in(lab: Lab) -> None:
    lab.save(numbered(1))
    inside = lab.repo_in("data")
    assert inside.dataset("medical.jsonl").name == inside.dataset("medical").name == "medical"
    lab.write(numbered(1, 2))
    made = inside.commit(CommitRequest(target="medical.jsonl", reason="from inside", source="hand"))
    assert made.dataset.path == FILE
    assert inside.version("medical.jsonl@v1.0").number == "v1.0"
    with pytest.raises(UsageError, match="outside the repository"):
        inside.status("../../")


# Bringing files in


def test_an_imported_file_becomes_the_next_version(lab: Lab) -> None:
    lab.write('[{"q": "逾期", "a": 1}, {"q": "还款", "a": 2}]'.encode(), "raw/export.json")
    request = CommitRequest(target=FILE, reason="first export", source="bank")
    made = lab.repo.import_(lab.root / "raw/export.json", request)
    assert (made.manifest.number, made.manifest.counts.records, made.dataset.path) == ("v1.0", 2, FILE)
    (source,) = made.manifest.sources
    assert (source.name, source.uri, source.records) == ("bank", "export.json", 2)
    lab.write("q,a\n逾期,1\n新,3\n".encode(), "raw/export.csv")
    again = lab.repo.import_("raw/export.csv", CommitRequest(target="medical", reason="second", source="bank"))
    assert again.manifest.number == "v1.1"
    assert lab.content("v1.1") == lab.read()
    lab.repo.undo()
    assert lab.numbers() == ["v1.0"]


def test_a_refused_import_leaves_the_file_as_it_was(lab: Lab) -> None:
    lab.save(numbered(1))
    lab.write(b'[{"q": 1}, 2', "broken.json")
    lab.write(b'[{"q": 1}]', "fine.json")
    before = lab.picture()
    with pytest.raises(BadDataError):
        lab.repo.import_("broken.json", CommitRequest(target="medical", reason="x", source="s"))
    with pytest.raises(SourceNeededError):
        lab.repo.import_("fine.json", CommitRequest(target="medical", reason="x"))
    with pytest.raises(NotFoundError, match="there is no file"):
        lab.repo.import_("none.json", CommitRequest(target="medical", reason="x"))
    assert lab.picture() == before
    lab.repo.import_("fine.json", CommitRequest(target="medical", reason="x", source="s", dry_run=True))
    assert lab.picture() == before
    lab.write(numbered(1, 2))
    with pytest.raises(ProtectedError, match="was edited"):
        lab.repo.import_("fine.json", CommitRequest(target="medical", reason="x", source="s"))
    assert lab.read() == numbered(1, 2)


def test_an_import_that_was_stopped_too_late_is_there(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C when git has the commit: what the message says was made is made, and one undo takes all of it back."""
    lab.save(numbered(1))
    lab.write(b'[{"q": 1}]', "new.json")
    commit = lab.repo._context.git.commit

    def stopped(*given: Any, **more: Any) -> Any:
        commit(*given, **more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(type(lab.repo._context.git), "commit", staticmethod(stopped))
        with pytest.raises(KeyboardInterrupt, match=r"but this was made already: medical v1\.1"):
            lab.repo.import_("new.json", CommitRequest(target="medical", reason="x", source="s"))
    assert (lab.numbers(), lab.states()) == (["v1.1", "v1.0"], {FILE: "unchanged"})
    assert lab.read() == lab.content("medical@v1.1")
    lab.repo.undo()
    assert (lab.numbers(), lab.read()) == (["v1.0"], numbered(1))


def test_one_undo_takes_an_import_back(lab: Lab) -> None:
    lab.save(numbered(1))
    lab.write(numbered(1, 2))
    lab.write(b'[{"q": 1}]', "my export.json")
    request = CommitRequest(target="medical", reason="x", source="s")
    with pytest.raises(ProtectedError) as refused:
        lab.repo.import_("my export.json", request)
    assert refused.value.hint is not None
    assert refused.value.hint.endswith("dsvc import 'my export.json' --as medical --source s --force")
    made = lab.repo.import_("my export.json", request, force=True)
    (note,) = [note for note in made.notes if "your edits were saved as" in note]
    assert lab.content(note.split()[-1]) == numbered(1, 2)
    outcome = lab.repo.undo()
    assert outcome.file == f"'{FILE}' is as it was before"
    assert (lab.numbers(), lab.read(), lab.states()) == (["v1.0"], numbered(1, 2), {FILE: "changed"})
    assert [operation.undone for operation in lab.repo.operations()] == [True, True, False]


def test_an_imported_file_that_was_edited_since_stays_when_its_commit_is_undone(lab: Lab) -> None:
    lab.save(numbered(1))
    lab.write(b'[{"q": 1}]', "new.json")
    lab.repo.import_("new.json", CommitRequest(target="medical", reason="x", source="s"))
    lab.write(numbered(5))
    outcome = lab.repo.undo()
    assert "still has what was imported" in outcome.file
    assert (lab.numbers(), lab.read()) == (["v1.0"], numbered(5))


def test_restore_saves_new_files_of_a_folder_and_takes_them_away(folder: Lab) -> None:
    folder.write(numbered(8), "data/qa/notes.jsonl")
    outcome = folder.repo.restore("qa")
    assert outcome.saved_as is not None
    assert outcome.notes == ("'data/qa/notes.jsonl' was taken away",)
    assert not folder.exists("data/qa/notes.jsonl")
    assert folder.content(f"qa@{outcome.saved_as}").startswith(numbered(8))
