"""The working file is the user's: it may change, vanish or turn into something else at any moment."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

import dsvc
from dsvc import following, line_table
from dsvc.errors import BadDataError, NotFoundError, ProtectedError
from dsvc.repository import scan
from tests.faults.inspection import check_settled, look, refusal_of
from tests.faults.stories import EDITS, FILE, FIRST, SECOND, commit, empty_git, open_repo, put, records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    empty_git(root)
    dsvc.init(root)
    shutil.rmtree(root / ".git" / "hooks")
    put(root, FIRST)
    commit(root)
    put(root, SECOND)
    commit(root)
    return root


def while_it_is_read(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Do something after a file was scanned and before it is used."""
    for module, name in ((following, "follow"), (line_table, "scan_lines")):
        monkeypatch.setattr(scan, name, _and_then(getattr(module, name), act))


def _and_then(read: Callable[..., object], act: Callable[[], object]) -> Callable[..., object]:
    def both(*args: object, **kwargs: object) -> object:
        found = read(*args, **kwargs)
        act()
        return found

    return both


def test_a_file_that_changes_while_it_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, SECOND + records(500))
    before = look(root)
    while_it_is_read(monkeypatch, lambda: put(root, EDITS))
    with pytest.raises(BadDataError, match="changed while it was read"):
        commit(root)
    monkeypatch.undo()
    assert (root / FILE).read_bytes() == EDITS
    assert look(root).versions == before.versions


def test_a_file_that_is_replaced_while_it_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor that saves by renaming: the commit holds one of the two, and the file the other."""
    new = SECOND + records(500)
    put(root, new)
    put(root, EDITS, "data/saved")
    while_it_is_read(monkeypatch, lambda: (root / "data/saved").exists() and (root / "data/saved").rename(root / FILE))
    try:
        commit(root)
    except BadDataError:
        assert open_repo(root).version("medical@HEAD").number == "v1.1"
    else:
        assert b"".join(_lines(root)) == new
    monkeypatch.undo()
    assert (root / FILE).read_bytes() == EDITS
    assert open_repo(root).status()[0].changed


def _lines(root: Path) -> list[bytes]:
    snapshot = open_repo(root).snapshot("medical@HEAD")
    return list(snapshot.chunks(snapshot.layout.files[0]))


def test_a_file_that_vanishes_while_it_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, SECOND + records(500))
    before = look(root)
    while_it_is_read(monkeypatch, lambda: (root / FILE).unlink(missing_ok=True))
    error = refusal_of(lambda: commit(root))
    assert error is None or error.hint
    monkeypatch.undo()
    assert before.versions.items() <= look(root).versions.items()
    assert open_repo(root).status()[0].files[0].state == "missing"


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _outside(path: Path) -> None:
    outside = path.parent.parent.parent / "outside.jsonl"
    outside.write_bytes(b'{"secret": 1}\n')
    path.symlink_to(outside)


THINGS: dict[str, Callable[[Path], None]] = {
    "symlink": _outside,
    "dangling link": lambda path: path.symlink_to("nowhere"),
    "directory": lambda path: path.mkdir(),
    "FIFO": _fifo,
}


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("verb", ["commit", "checkout", "restore", "rollback", "undo", "keep_in_step"])
def test_something_else_in_the_place_of_the_file(root: Path, thing: str, verb: str) -> None:
    before = look(root)
    (root / FILE).unlink()
    THINGS[thing](root / FILE)
    repo = open_repo(root)
    acts: dict[str, Callable[[], object]] = {
        "commit": lambda: commit(root),
        "checkout": lambda: repo.checkout("medical@v1.0", force=True),
        "restore": repo.restore,
        "rollback": lambda: repo.rollback("medical@v1.0", force=True),
        "undo": repo.undo,
        "keep_in_step": repo.keep_in_step,
    }
    error = refusal_of(acts[verb])
    assert error is not None or verb in ("undo", "keep_in_step")
    assert error is None or error.hint, error
    assert look(root).versions.items() <= before.versions.items()
    outside = root.parent / "outside.jsonl"
    assert not outside.exists() or outside.read_bytes() == b'{"secret": 1}\n'
    path = root / FILE
    path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    open_repo(root).restore()
    assert path.read_bytes() in (FIRST, SECOND)


@pytest.mark.parametrize("thing", THINGS)
def test_status_and_diff_tell_what_lies_there(root: Path, thing: str) -> None:
    (root / FILE).unlink()
    THINGS[thing](root / FILE)
    for look_at in (open_repo(root).status, open_repo(root).diff, open_repo(root).describe):
        error = refusal_of(look_at)
        assert error is None or error.hint, error


def test_a_link_on_the_way(root: Path, tmp_path: Path) -> None:
    (root / "data").rename(tmp_path / "elsewhere")
    (root / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ProtectedError, match="symbolic link"):
        open_repo(root).checkout("medical@v1.0")
    assert (tmp_path / "elsewhere" / "medical.jsonl").read_bytes() == SECOND


def test_an_unreadable_file(root: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("permission bits do not stop the superuser")
    (root / FILE).chmod(0)
    with pytest.raises(BadDataError, match="permission denied"):
        commit(root)


def test_a_file_that_changes_just_before_it_is_replaced(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user saves between dsvc's look at the file and the rename."""
    from dsvc.working_copy import WorkingCopy

    stage = WorkingCopy.stage

    def staged(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        temporary = stage(self, *args, **kwargs)
        put(root, EDITS)
        return temporary

    monkeypatch.setattr(WorkingCopy, "stage", staged)
    for act in (
        lambda: open_repo(root).checkout("medical@v1.0", force=True),
        lambda: open_repo(root).restore(revision="v1.0"),
    ):
        put(root, SECOND)
        with pytest.raises(ProtectedError, match="changed while it was about to be replaced"):
            act()  # type: ignore[no-untyped-call]
        assert (root / FILE).read_bytes() == EDITS
        assert open_repo(root).status()[0].changed
    put(root, SECOND)
    outcome = open_repo(root).rollback("medical@v1.0")
    assert (root / FILE).read_bytes() == EDITS
    assert any("left as it is" in note for note in outcome.notes)
    monkeypatch.undo()
    state = look(root)
    assert not check_settled(root, state, state)


def test_a_file_removed_during_the_scan_of_a_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, FIRST, "data/split/a.jsonl")
    put(root, SECOND, "data/split/b.jsonl")
    while_it_is_read(monkeypatch, lambda: (root / "data/split/b.jsonl").unlink(missing_ok=True))
    with pytest.raises((NotFoundError, BadDataError)):
        commit(root, "data/split")
    assert [dataset.name for dataset in open_repo(root).datasets()] == ["medical"]
