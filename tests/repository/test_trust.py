"""What comes from somebody else's repository, or lies where nobody expects it, leads to no write outside."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

import dsvc
from dsvc import layout_codec
from dsvc.errors import BadDataError, CorruptError, ProtectedError, SourceNeededError
from dsvc.repository.going_back import formatting
from dsvc.repository.results import CommitRequest
from dsvc.repository.writing import saving
from dsvc.working_copy import WorkingCopy

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.repository import Repository
    from tests.git_repo import GitRepo


def committed(git_repo: GitRepo, name: str, text: str = '{"a": 1}\n') -> Repository:
    if not (git_repo.root / ".dvc").exists():
        dsvc.init(git_repo.root)
    (git_repo.root / name).write_text(text)
    repository = dsvc.open(git_repo.root)
    repository.commit(CommitRequest(target=name, reason="why", source="manual"))
    return repository


@pytest.mark.parametrize("path", ["../outside.jsonl", "/etc/outside.jsonl", "a/../../b.jsonl", ".git/config"])
def test_a_layout_names_no_place_outside_the_data(git_repo: GitRepo, path: str) -> None:
    layout = committed(git_repo, "m.jsonl").snapshot("v1.0").layout
    evil = replace(layout, files=(replace(layout.files[0], path=path),))
    with pytest.raises((CorruptError, ValueError)):
        layout_codec.encode(evil)


def test_no_working_file_lies_outside_the_repository(tmp_path: Path) -> None:
    working = WorkingCopy(tmp_path, tmp_path / "state")
    for path in ("../x.jsonl", "/x.jsonl"):
        with pytest.raises(ProtectedError, match="not a path inside"):
            working.path(path)


def test_a_link_inside_the_bookkeeping_stops_one_commit_and_nothing_else(git_repo: GitRepo, tmp_path: Path) -> None:
    committed(git_repo, "m.jsonl")
    (tmp_path / "elsewhere").mkdir()
    (git_repo.root / ".dsvc" / "n").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ProtectedError, match="symbolic link"):
        committed(git_repo, "n.jsonl")
    assert not list((tmp_path / "elsewhere").iterdir())
    assert committed(git_repo, "m.jsonl", '{"a": 2}\n').version("m").number == "v1.1"


def test_settings_that_git_ignores_stay_out_of_the_commit(git_repo: GitRepo) -> None:
    dsvc.init(git_repo.root)
    (git_repo.root / ".gitignore").write_text("/.dvc/config\n")
    (git_repo.root / ".dvc" / "config").write_text("['remote \"s\"']\n    secret_access_key = hidden\n")
    committed(git_repo, "m.jsonl")
    assert ".dvc/config" not in git_repo.git("ls-tree", "-r", "--name-only", "HEAD")


def test_a_stamp_is_believed_only_of_a_file_that_has_been_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "m.jsonl"
    file.write_text('{"a": 1}\n')
    working = WorkingCopy(tmp_path, tmp_path / "state")
    os.utime(file)
    assert working.hashed("m.jsonl")[1] is None
    os.utime(file, ns=(0, 0))
    assert working.hashed("m.jsonl")[1] == working.stamp("m.jsonl")


def test_formatting_is_not_restored_over_lines_that_moved_meanwhile(
    git_repo: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = committed(git_repo, "m.jsonl", '{"a": 1}\n{"a": 2}\n')
    file = git_repo.root / "m.jsonl"
    file.write_text('{"a":1}\n{"a":2}\n')
    save_edits = saving.save_edits

    def saved_then_edited(*arguments: Any) -> str:
        saved = save_edits(*arguments)
        file.write_text('{"a":0}\n{"a":1}\n{"a":2}\n')
        return saved

    monkeypatch.setattr(formatting, "save_edits", saved_then_edited)
    with pytest.raises(BadDataError, match="changed while it was read"):
        repository.restore("m", formatting=True)
    assert file.read_text() == '{"a":0}\n{"a":1}\n{"a":2}\n'


def test_an_undo_leaves_edits_of_other_files_alone(git_repo: GitRepo) -> None:
    dsvc.init(git_repo.root)
    folder = git_repo.root / "qa"
    folder.mkdir()
    (folder / "train.jsonl").write_text('{"a": 1}\n')
    (folder / "test.jsonl").write_text('{"b": 1}\n')
    repository = dsvc.open(git_repo.root)
    repository.commit(CommitRequest(target="qa", reason="one", source="manual"))
    (folder / "train.jsonl").write_text('{"a": 2}\n')
    repository.commit(CommitRequest(target="qa", reason="two", source="manual"))
    repository.checkout("qa@v1.0")
    (folder / "test.jsonl").write_text('{"b": "edited"}\n')
    repository.undo()
    assert (folder / "train.jsonl").read_text() == '{"a": 2}\n'
    assert (folder / "test.jsonl").read_text() == '{"b": "edited"}\n'
    assert {file.path: file.state for file in repository.status("qa")[0].files} == {
        "qa/test.jsonl": "changed",
        "qa/train.jsonl": "unchanged",
    }


def test_nothing_is_undone_in_the_middle_of_a_merge(git_repo: GitRepo) -> None:
    repository = committed(git_repo, "m.jsonl")
    (git_repo.root / ".git" / "MERGE_HEAD").write_text(git_repo.head() + "\n")
    with pytest.raises(ProtectedError, match="in the middle of a merge"):
        repository.undo()


def test_a_refused_import_takes_back_nothing_of_anybody_else(git_repo: GitRepo, tmp_path: Path) -> None:
    repository = committed(git_repo, "m.jsonl")
    committed(git_repo, "o.jsonl", '{"o": 1}\n')
    source = tmp_path / "new.csv"
    source.write_text("a\n1\n2\n")
    with pytest.raises(SourceNeededError):
        repository.import_(source, CommitRequest(target="m", reason="import"))
    assert (git_repo.root / "m.jsonl").read_text() == '{"a": 1}\n'
    assert [operation.verb for operation in repository.operations() if not operation.undone] == ["commit", "commit"]
