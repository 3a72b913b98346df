"""The history in git and the one in memory keep the same promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsvc.errors import HookError, LockedError, MissingObjectError, ProtectedError
from dsvc.store.git_history import GitHistory
from dsvc.store.git_values import Identity, Operation
from dsvc.store.memory_history import MemoryHistory
from dsvc.store.memory_packs import MemoryPacks
from tests.store.conformance import ObjectStoreConformance
from tests.store.history_conformance import HistoryConformance, commit, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.git_repo import GitRepo

ANN = Identity("Ann Otter", "ann@example.com")


class TestGitHistory(HistoryConformance):
    @pytest.fixture
    def history(self, git_repo: GitRepo) -> GitHistory:
        return GitHistory.open(git_repo.root)


class TestMemoryHistory(HistoryConformance):
    @pytest.fixture
    def history(self, tmp_path: Path) -> MemoryHistory:
        return MemoryHistory(tmp_path / "work", identity=ANN)

    def test_a_hook_that_says_no_leaves_everything_as_it_was(self, history: MemoryHistory) -> None:
        def refuse() -> None:
            raise HookError("the hook said no")

        history.before_commit = refuse
        with pytest.raises(HookError):
            commit(history, {"a": "1\n"})
        assert history.head() is None
        assert not history.is_tracked("a")

    def test_a_hook_that_commits_itself_is_noticed(self, history: MemoryHistory) -> None:
        def other() -> None:
            history.before_commit = None
            commit(history, {"other": "1\n"})

        history.before_commit = other
        with pytest.raises(ProtectedError, match="HEAD moved"):
            commit(history, {"a": "1\n"})

    def test_branches_take_their_files_along(self, history: MemoryHistory) -> None:
        first = commit(history, {"a": "1\n"})
        history.switch("side", first)
        second = commit(history, {"a": "2\n", "b": "1\n"})
        history.switch("main")
        assert (history.head(), (history.root / "a").read_text()) == (first, "1\n")
        assert not (history.root / "b").exists()
        third = commit(history, {"c": "1\n"})
        history.switch(None, second)
        assert (history.branch(), history.head()) == (None, second)
        with pytest.raises(ProtectedError, match="no branch"):
            history.move_branch(None, expected=second, paths=[])
        assert [told.id for told in history.walk(third)] == [third, first]

    def test_what_tests_may_set(self, history: MemoryHistory) -> None:
        first = commit(history, {"a": "1\n"})
        second = commit(history, {"a": "2\n"})
        history.remote_branches["origin/main"] = first
        history.in_the_middle_of = Operation.MERGE
        history.settings["dsvc.annotator"] = "张三"
        history.attributes["a", "filter"] = "lfs"
        write(history, {"staged": "1\n"})
        history.stage("staged")
        assert (history.published(first), history.published(second)) == (["origin/main"], [])
        assert history.merging() is Operation.MERGE
        assert history.config("dsvc.annotator") == "张三"
        assert history.attribute("a", "filter") == "lfs"
        assert history.is_tracked("staged")

    def test_somebody_without_a_name_cannot_commit(self, tmp_path: Path) -> None:
        history = MemoryHistory(tmp_path)
        write(history, {"a": "1\n"})
        with pytest.raises(ProtectedError, match="who you are"):
            history.commit(["a"], "x", expected_parent=None)
        assert history.head() is None
        assert history.info(history.commit_detached({}, "kept", parent=None)).author.name == "dsvc"


class TestMemoryPacks(ObjectStoreConformance):
    @pytest.fixture
    def store(self) -> MemoryPacks:
        return MemoryPacks()

    def test_a_folder_shows_a_directory_and_foreign_files_stay(self, store: MemoryPacks, tmp_path: Path) -> None:
        old, new = f"{'a' * 32}.jsonl", f"{'b' * 32}.layout"
        first = store.put_dir({old: store.put(b"1\n").oid, "whole.jsonl": store.put(b"2\n").oid})
        assert store.link(tmp_path / "store", first) == []
        (tmp_path / "store" / "notes.txt").write_text("mine")
        second = store.put_dir({new: store.put(b"3\n").oid})
        assert store.link(tmp_path / "store", second, previous=["whole.jsonl"]) == ["notes.txt"]
        assert sorted(path.name for path in (tmp_path / "store").iterdir()) == [new, "notes.txt"]
        assert (tmp_path / "store" / new).read_bytes() == b"3\n"

    def test_a_missing_object_leaves_the_folder_as_it_was(self, store: MemoryPacks, tmp_path: Path) -> None:
        listing = store.put_dir({"a": store.put(b"1\n").oid, "b": (lost := store.put(b"2\n").oid)})
        del store.objects[lost]
        with pytest.raises(MissingObjectError):
            store.link(tmp_path / "store", listing)
        assert not (tmp_path / "store").exists()

    def test_what_is_not_here_comes_from_the_remote(self) -> None:
        remote = MemoryPacks()
        listing = remote.put_dir({"a": (file := remote.put(b"1\n").oid)})
        store = MemoryPacks(remote)
        store.fetch([listing], files=False)
        assert (store.has(listing), store.has(file)) == (True, False)
        store.fetch([listing])
        assert store.read(file) == b"1\n"
        with pytest.raises(MissingObjectError):
            MemoryPacks().fetch([listing])

    def test_one_writer_at_a_time_with_pauses(self, store: MemoryPacks) -> None:
        lock = store.lock(0.0)
        with lock:
            with pytest.raises(LockedError), store.lock(0.0):
                pass
            with lock.paused(), store.lock(0.0):
                pass
            with pytest.raises(LockedError), store.lock(0.0):
                pass
        with store.lock(0.0):
            pass

    def test_pointers_are_those_of_dvc(self, store: MemoryPacks) -> None:
        listing = store.put_dir({"a": store.put(b"1\n").oid})
        pointer = store.parse_pointer(store.pointer_bytes(listing, size=2, nfiles=1))
        assert (pointer.dir_oid, pointer.size, pointer.nfiles, pointer.path) == (listing, 2, 1, "store")
