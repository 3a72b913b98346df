"""What every history does, whatever it stands on: run by each history's tests through a subclass."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import NotFoundError, ProtectedError, UsageError
from dsvc.store.git_values import CommitId, Identity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.repository.stores import History

ABSENT = CommitId("1" * 40)


def write(history: History, files: Mapping[str, str | None]) -> None:
    """Put files into the work tree; None removes one."""
    for path, text in files.items():
        target = history.root / path
        if text is None:
            target.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())


def commit(history: History, files: Mapping[str, str | None], message: str = "x") -> CommitId:
    """Write files and commit exactly them."""
    write(history, files)
    return history.commit(list(files), message, expected_parent=history.head())


class HistoryConformance:
    """Subclass it in a test module that has a fixture called ``history``: on ``main``, nothing committed yet."""

    # Where HEAD is, and what commits hold

    def test_before_the_first_commit_there_is_a_branch_and_no_head(self, history: History) -> None:
        assert (history.head(), history.branch(), history.merging()) == (None, "main", None)
        assert list(history.walk()) == []
        assert history.tags() == {}
        assert history.resolve("HEAD") is None

    def test_a_commit_holds_exactly_the_named_files_and_says_who_and_why(self, history: History) -> None:
        write(history, {"mine": "1\n", "数据/a b.txt": "2\n"})
        first = history.commit(["数据/a b.txt"], "原因\n\nmore", expected_parent=None)
        assert history.head() == first
        assert history.read(first, "数据/a b.txt") == b"2\n"
        assert history.read(first, "mine") is None
        told = history.info(first)
        assert told.message == "原因\n\nmore\n"
        assert told.parents == ()
        assert told.author == history.identity() == Identity("Ann Otter", "ann@example.com")
        assert told.authored_at.tzinfo is not None
        second = history.commit(["mine"], "y", expected_parent=first)
        assert history.info(second).parents == (first,)
        assert history.read(second, "数据/a b.txt") == b"2\n"

    def test_author_and_time_can_be_given(self, history: History) -> None:
        moment = datetime(2024, 2, 29, 23, 59, 58, tzinfo=timezone(timedelta(hours=8)))
        write(history, {"a": "1\n"})
        made = history.commit(["a"], "x", author=Identity("王", "w@e.cn"), authored_at=moment, expected_parent=None)
        assert history.info(made).author == Identity("王", "w@e.cn")
        assert history.info(made).authored_at == moment

    def test_a_missing_file_is_a_deletion(self, history: History) -> None:
        commit(history, {"a": "1\n", "b": "1\n"})
        second = commit(history, {"a": None})
        assert history.read(second, "a") is None
        assert history.blob(second, "a") is None
        assert history.blob(second, "b") == history.blob(history.info(second).parents[0], "a")
        assert history.read(second, "b") == b"1\n"
        assert not history.is_tracked("a")

    def test_what_is_no_file_reads_as_nothing(self, history: History) -> None:
        made = commit(history, {"folder/a": "1\n"})
        for path in ("missing", "folder", "folder/missing", "folder/a/deeper"):
            assert history.read(made, path) is None

    def test_a_commit_that_is_not_here_is_named(self, history: History) -> None:
        commit(history, {"a": "1\n"})
        for ask in (history.info, history.published, lambda c: history.read(c, "a"), lambda c: history.tag("x", c, "")):
            with pytest.raises(NotFoundError):
                ask(ABSENT)

    # What is refused changes nothing

    def test_a_commit_onto_a_head_that_moved_is_refused(self, history: History) -> None:
        first = commit(history, {"a": "1\n"})
        second = commit(history, {"a": "2\n"})
        write(history, {"a": "3\n"})
        for expected in (first, None):
            with pytest.raises(ProtectedError, match="HEAD moved"):
                history.commit(["a"], "x", expected_parent=expected)
        assert history.head() == second
        assert history.read(second, "a") == b"2\n"

    def test_nothing_to_commit_and_no_reason_are_refused(self, history: History) -> None:
        first = commit(history, {"a": "1\n"})
        with pytest.raises(UsageError, match="nothing to commit"):
            history.commit(["a"], "x", expected_parent=first)
        write(history, {"a": "2\n", "folder/b": "1\n"})
        with pytest.raises(UsageError, match="reason"):
            history.commit(["a"], " \n", expected_parent=first)
        with pytest.raises(UsageError, match="folder"):
            history.commit(["folder"], "x", expected_parent=first)
        assert history.head() == first

    @pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../../x", ".git/config", "a\0b"])
    def test_paths_outside_of_the_work_tree_are_refused(self, history: History, path: str) -> None:
        for ask in (history.is_tracked, history.is_ignored, history.changed_in_worktree):
            with pytest.raises(UsageError, match="not a path inside"):
                ask(path)
        with pytest.raises(UsageError):
            history.commit([path], "x", expected_parent=None)
        with pytest.raises(UsageError):
            history.restore(None, [path])

    # Finding

    def test_files_of_one_name_are_found_at_any_depth(self, history: History) -> None:
        wanted = [".dsvc/manifest.json", ".dsvc/data/医疗/manifest.json"]
        others = ["manifest.json", ".dsvc/manifest.json.bak", ".dsvc/xmanifest.json"]
        made = commit(history, dict.fromkeys([*wanted, *others], "{}\n"))
        assert sorted(history.find(made, ".dsvc", "manifest.json")) == sorted(wanted)
        assert sorted(history.find(made, "", "manifest.json")) == sorted([*wanted, "manifest.json"])
        assert history.find(made, "nowhere", "manifest.json") == []

    def test_the_walk_is_newest_first_and_knows_who_changed_a_file(self, history: History) -> None:
        one = commit(history, {"other": "1\n"})
        two = commit(history, {"d/a": "1\n"})
        three = commit(history, {"other": "2\n"})
        four = commit(history, {"d/a": "2\n"})
        five = commit(history, {"d/a": None})
        assert [told.id for told in history.walk()] == [five, four, three, two, one]
        assert [told.id for told in history.walk(three)] == [three, two, one]
        assert [told.id for told in history.walk(path="d/a")] == [five, four, two]
        assert [told.id for told in history.walk(three, "d/a")] == [two]
        assert list(history.walk(path="never")) == []

    def test_a_revision_is_a_name_an_id_or_steps_back(self, history: History) -> None:
        first = commit(history, {"a": "1\n"})
        second = commit(history, {"a": "2\n"})
        history.tag("医疗_v1.0", first, "x")
        for revision in (first, first[:10], "HEAD~1", "HEAD^", "main~", "@~1", "医疗_v1.0", "refs/tags/医疗_v1.0"):
            assert history.resolve(revision) == first, revision
        for revision in ("HEAD", "@", "main", "refs/heads/main"):
            assert history.resolve(revision) == second, revision
        for nonsense in ("", "nope", "-", "--all", "^HEAD", "HEAD~2", "HEAD^^", "a\0b", "0" * 40, "\n", "refs/tags/x"):
            assert history.resolve(nonsense) is None, nonsense

    # Tags

    def test_tags_are_made_found_and_taken_away(self, history: History) -> None:
        first = commit(history, {"a": "1\n"})
        second = commit(history, {"a": "2\n"})
        history.tag("医疗_v1.0", first, "#12")
        history.tag("dsvc-keep/x/1", second, "", annotated=False)
        assert history.tags() == {"dsvc-keep/x/1": second, "医疗_v1.0": first}
        assert history.tags("医疗_") == {"医疗_v1.0": first}
        assert [history.tagged(name) for name in ("医疗_v1.0", "dsvc-keep/x/1")] == [first, second]
        for no_tag in ("", "医疗_", "医疗_v1.0~0", "医疗_v1.0^{commit}", "医疗_v1.0:", "a\nb", "*", "\udcff"):
            assert history.tagged(no_tag) is None
        for again in (first, second):
            with pytest.raises(ProtectedError, match="already"):
                history.tag("医疗_v1.0", again, "x")
        history.delete_tag("医疗_v1.0")
        assert history.tags("医疗_") == {}
        with pytest.raises(NotFoundError):
            history.delete_tag("医疗_v1.0")

    @pytest.mark.parametrize(
        "name",
        ["", "-d", "a b", "a..b", "a~1", "x.lock", "a\0", "HEAD", "/a", "a//b", "@{", "a.", ".a", "a/.b", "a\\", "a/"],
    )
    def test_names_that_git_does_not_take_are_refused(self, history: History, name: str) -> None:
        made = commit(history, {"a": "1\n"})
        assert not history.valid_tag_name(name)
        with pytest.raises(UsageError):
            history.tag(name, made, "x")

    @pytest.mark.parametrize("name", ["v1", "医疗_v1.0", "a.b-c_d", "x/y", "a@b", "@a"])
    def test_names_that_git_takes(self, history: History, name: str) -> None:
        made = commit(history, {"a": "1\n"})
        assert history.valid_tag_name(name)
        history.tag(name, made, "x")
        assert history.resolve(f"refs/tags/{name}") == made

    # Beside the branch

    def test_a_detached_commit_is_held_by_a_tag_only(self, history: History) -> None:
        first = commit(history, {"a": "1\n", "b": "1\n"})
        kept = history.commit_detached({"a": b"saved\r\n", "new/c": b""}, "saved", parent=first)
        assert history.head() == first
        assert history.info(kept).parents == (first,)
        assert [history.read(kept, path) for path in ("a", "b", "new/c")] == [b"saved\r\n", b"1\n", b""]
        assert (history.root / "a").read_bytes() == b"1\n"
        assert not history.is_tracked("new/c")
        history.tag("dsvc-keep/1", kept, "", annotated=False)
        assert history.resolve("dsvc-keep/1") == kept
        rootless = history.commit_detached({"a": b"1"}, "saved", parent=None)
        assert history.info(rootless).parents == ()

    def test_a_file_is_tracked_no_more_and_stays(self, history: History) -> None:
        first = commit(history, {"a": "1\n", "b": "1\n", "d/x": "x\n", "d/e/y": "y\n"})
        assert (history.files_in(first, "d"), history.files_in(first, "none")) == (["x"], [])
        (history.root / "b").write_bytes(b"2\n")
        made = history.commit(["b"], "give a away", expected_parent=first, untracked=["a"])
        assert [history.read(made, path) for path in ("a", "b", "d/x")] == [None, b"2\n", b"x\n"]
        assert (history.root / "a").read_bytes() == b"1\n"
        assert (history.is_tracked("a"), history.is_tracked("b")) == (False, True)

    def test_what_is_staged(self, history: History) -> None:
        commit(history, {"a": "1\n"})
        (history.root / "a").write_bytes(b"2\n")
        assert [history.is_staged(path) for path in ("a", "none")] == [False, False]

    def test_an_older_commit_slips_in_below(self, history: History) -> None:
        first = commit(history, {"a": "1\n", "old": "1\n"})
        second = commit(history, {"a": "2\n"})
        author, moment = Identity("王芳", "fang@example.com"), datetime(2024, 5, 1, 9, tzinfo=timezone.utc)
        below = history.commit_detached(
            {"a": b"0"}, "older", parent=first, without=["old"], author=author, authored_at=moment
        )
        assert (history.info(below).author, history.info(below).authored_at) == (author, moment)
        assert history.read(below, "old") is None
        again = history.commit_again(second, parent=below)
        assert (history.head(), history.info(again).parents) == (second, (below,))
        for part in ("author", "authored_at", "message"):
            assert getattr(history.info(again), part) == getattr(history.info(second), part)
        assert [history.read(again, path) for path in ("a", "old")] == [b"2\n", b"1\n"]
        history.move_branch(again, expected=second, paths=())
        assert history.head() == again

    def test_branches_have_full_names(self, history: History) -> None:
        assert history.branches() == {}
        made = commit(history, {"a": "1\n"})
        assert history.branches() == {"refs/heads/main": made}

    def test_who_builds_on_whom(self, history: History) -> None:
        first = commit(history, {"a": "1\n"})
        second = commit(history, {"a": "2\n"})
        assert history.is_ancestor(first, second)
        assert history.is_ancestor(second, second)
        assert not history.is_ancestor(second, first)

    def test_nobody_has_seen_what_was_never_pushed(self, history: History) -> None:
        assert history.published(commit(history, {"a": "1\n"})) == []

    # Going back

    def test_the_branch_moves_back_and_takes_only_the_named_files_along(self, history: History) -> None:
        first = commit(history, {"mine": "1\n", "d/ours": "1\n", "yours": "1\n"})
        second = commit(history, {"mine": "2\n", "d/ours": None, "e/new": "1\n", "yours": "2\n"})
        write(history, {"untracked": "?\n"})
        history.move_branch(first, expected=second, paths=["mine", "d/ours", "e/new"])
        assert (history.head(), history.branch()) == (first, "main")
        files = {str(p.relative_to(history.root)): p.read_bytes() for p in history.root.rglob("*") if p.is_file()}
        kept = {path: text for path, text in files.items() if not path.startswith(".git")}
        assert kept == {"mine": b"1\n", "d/ours": b"1\n", "yours": b"2\n", "untracked": b"?\n"}
        assert not (history.root / "e").exists()
        assert not history.is_tracked("e/new")
        assert history.changed_in_worktree("yours")
        assert not history.changed_in_worktree("mine")
        history.move_branch(None, expected=first, paths=["mine", "d/ours"])
        assert (history.head(), history.branch()) == (None, "main")
        assert not (history.root / "mine").exists()
        assert history.read(second, "mine") == b"2\n"

    def test_a_branch_that_is_somewhere_else_does_not_move(self, history: History) -> None:
        first = commit(history, {"a": "1\n"})
        second = commit(history, {"a": "2\n"})
        with pytest.raises(ProtectedError, match="HEAD moved"):
            history.move_branch(None, expected=first, paths=["a"])
        with pytest.raises(NotFoundError):
            history.move_branch(ABSENT, expected=second, paths=["a"])
        assert history.head() == second
        assert (history.root / "a").read_bytes() == b"2\n"

    def test_restored_files_are_as_committed_and_others_stay(self, history: History) -> None:
        first = commit(history, {"a": "1\n", "b": "1\n"})
        write(history, {"a": "edited\n", "b": "edited\n", "c": "new\n"})
        history.restore(first, ["a", "c", "never"])
        assert (history.root / "a").read_bytes() == b"1\n"
        assert (history.root / "b").read_bytes() == b"edited\n"
        assert not (history.root / "c").exists()

    def test_a_folder_or_a_link_in_the_way_is_never_removed(self, history: History) -> None:
        first = commit(history, {"a": "1\n", "d/b": "1\n"})
        write(history, {"a": None, "d/b": None})
        write(history, {"a/precious": "1\n", "elsewhere/b": "mine\n"})
        (history.root / "d").rmdir() if (history.root / "d").exists() else None
        (history.root / "d").symlink_to("elsewhere")
        with pytest.raises(ProtectedError, match="folder"):
            history.restore(first, ["a"])
        with pytest.raises(ProtectedError, match="link"):
            history.restore(first, ["d/b"])
        assert (history.root / "a/precious").read_text() == "1\n"
        assert (history.root / "elsewhere/b").read_text() == "mine\n"

    # The work tree

    def test_a_file_is_changed_when_it_is_not_as_in_head(self, history: History) -> None:
        assert not history.changed_in_worktree("a")
        write(history, {"a": "1\n"})
        assert history.changed_in_worktree("a")
        commit(history, {"a": "1\n"})
        assert history.is_tracked("a")
        assert not history.changed_in_worktree("a")
        write(history, {"a": "2\n"})
        assert history.changed_in_worktree("a")
        (history.root / "a").unlink()
        assert history.changed_in_worktree("a")
        (history.root / "a").symlink_to("/etc/passwd")
        assert history.changed_in_worktree("a")
        assert history.is_tracked("a")
        assert not history.is_tracked("b")

    def test_unstaging_leaves_the_work_tree_alone(self, history: History) -> None:
        commit(history, {"a": "1\n"})
        write(history, {"a": "2\n", "b": "1\n"})
        history.unstage(["a", "b"])
        assert history.is_tracked("a")
        assert not history.is_tracked("b")
        assert (history.root / "a").read_bytes() == b"2\n"

    @pytest.mark.parametrize(
        ("folder", "rule", "ignored", "seen"),
        [
            (
                "data",
                "/medical.jsonl",
                ["data/medical.jsonl"],
                ["medical.jsonl", "data/x/medical.jsonl", "data/m.jsonl"],
            ),
            ("data", "/qa/*.jsonl", ["data/qa/train.jsonl"], ["data/qa/x.txt", "data/qa/a/b.jsonl", "qa/train.jsonl"]),
            (".", "*.jsonl", ["a.jsonl", "data/b.jsonl"], ["a.json", "data/b.jsonl.txt"]),
            (".", r"/glob\[1\]\*\?.jsonl", ["glob[1]*?.jsonl"], ["globx1xx.jsonl", "glob[1]ab.jsonl"]),
            (".", r"/\#a\!.jsonl", ["#a!.jsonl"], ["a.jsonl"]),
            (".", "/trailing\\ ", ["trailing "], ["trailing"]),
            (".", "/back\\\\slash", ["back\\slash"], ["backslash"]),
            (".", "store/", ["store/x", "a/store/x"], ["restore/x"]),
            ("data", "# no rule\n\n/a", ["data/a", "data/a/b"], ["data/ab"]),
        ],
    )
    def test_ignore_rules(self, history: History, folder: str, rule: str, ignored: list[str], seen: list[str]) -> None:
        write(history, {f"{folder}/.gitignore": f"{rule}\n"})
        assert [path for path in ignored if not history.is_ignored(path)] == []
        assert [path for path in seen if history.is_ignored(path)] == []

    def test_a_tracked_file_is_not_ignored(self, history: History) -> None:
        commit(history, {"a.jsonl": "1\n"})
        write(history, {".gitignore": "*.jsonl\n"})
        assert not history.is_ignored("a.jsonl")
        assert history.is_ignored("b.jsonl")

    def test_settings_and_attributes_that_nobody_set(self, history: History) -> None:
        assert history.config("dsvc.nothing") is None
        assert history.attribute("a.jsonl", "filter") is None
