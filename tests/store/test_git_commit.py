"""Writing to a repository: what enters a commit, and what is left as it was when something fails."""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import ConflictError, HookError, LockedError, ProtectedError, UsageError
from dsvc.store.git_history import CommitId, GitHistory, GitRefusedError, Identity, Operation
from tests.git_repo import GitRepo
from tests.store.test_git_history import UNUSUAL_NAMES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repo(git_repo: GitRepo) -> GitRepo:
    """A repository with work of its owner in every state: committed, staged, half staged, untracked."""
    git_repo.commit("start", {"mine": "1\n", "staged": "1\n", "half": "1\n", "removed": "1\n", "open": "1\n"})
    git_repo.write("staged", "2\n")
    git_repo.write("half", "staged half\n")
    git_repo.write("added", "new\n")
    git_repo.git("add", "staged", "half", "added")
    git_repo.git("rm", "--quiet", "removed")
    git_repo.write("half", "unstaged half\n")
    git_repo.write("open", "unstaged\n")
    git_repo.write("untracked", "?\n")
    return git_repo


@pytest.fixture
def history(repo: GitRepo) -> GitHistory:
    return GitHistory.open(repo.root)


OTHER_WORK = ["A  added", "MM half", " M open", "D  removed", "M  staged", "?? untracked"]


def files(repo: GitRepo) -> dict[str, bytes]:
    paths = (path for path in repo.root.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(repo.root)): path.read_bytes() for path in paths}


def test_only_the_named_paths_enter_the_commit(repo: GitRepo, history: GitHistory) -> None:
    parent = history.head()
    repo.write("mine", "2\n")
    repo.write(".dsvc/数据/manifest.json", "{}\n")
    made = history.commit(["mine", ".dsvc/数据/manifest.json"], "原因\n\nmore", expected_parent=parent)
    assert history.head() == made
    assert history.info(made).parents == (parent,)
    assert history.info(made).message == "原因\n\nmore\n"
    assert history.info(made).author == Identity("Ann Otter", "ann@example.com")
    assert repo.changed() == [".dsvc/数据/manifest.json", "mine"]
    assert repo.status() == OTHER_WORK
    assert repo.git("show", ":half") == "staged half"


def test_of_a_half_staged_file_the_work_tree_is_committed(repo: GitRepo, history: GitHistory) -> None:
    made = history.commit(["half"], "x", expected_parent=history.head())
    assert history.read(made, "half") == b"unstaged half\n"
    assert [line for line in repo.status() if line.endswith("half")] == []


def test_a_missing_file_is_a_deletion(repo: GitRepo, history: GitHistory) -> None:
    (repo.root / "mine").unlink()
    made = history.commit(["mine", "removed", "never there"], "x", expected_parent=history.head())
    assert repo.changed() == ["mine", "removed"]
    assert history.read(made, "mine") is None


def test_ignored_files_are_committed_all_the_same(repo: GitRepo, history: GitHistory) -> None:
    repo.write(".git/info/exclude", "*\n")
    repo.write("a/b.json", "{}\n")
    history.commit(["a/b.json"], "x", expected_parent=history.head())
    assert repo.changed() == ["a/b.json"]


@pytest.mark.parametrize("name", UNUSUAL_NAMES)
def test_unusual_names_mean_themselves(git_repo: GitRepo, name: str) -> None:
    git_repo.write("other.txt", "not this one\n")
    git_repo.write(name, "1\n")
    history = GitHistory.open(git_repo.root)
    first = history.commit([name], "x", expected_parent=None)
    assert git_repo.changed() == [name]
    git_repo.write(name, "2\n")
    second = history.commit([name], "y", expected_parent=first)
    history.move_branch(first, expected=second, paths=[name])
    assert (git_repo.root / name).read_text() == "1\n"
    history.move_branch(None, expected=first, paths=[name])
    assert git_repo.status() == ["?? other.txt"]


def test_a_reason_may_start_with_a_hash(repo: GitRepo, history: GitHistory) -> None:
    repo.git("config", "commit.cleanup", "strip")
    repo.write("mine", "2\n")
    made = history.commit(["mine"], "#12 补充样本\n# all of it", expected_parent=history.head())
    assert history.info(made).message == "#12 补充样本\n# all of it\n"


def test_author_and_time_can_be_given(repo: GitRepo, history: GitHistory) -> None:
    repo.write("mine", "2\n")
    moment = datetime(2024, 2, 29, 23, 59, 58, tzinfo=timezone(timedelta(hours=8)))
    made = history.commit(
        ["mine"],
        "x",
        author=Identity("王 <小>\n明", "w@example.cn"),
        authored_at=moment,
        expected_parent=history.head(),
    )
    told = history.info(made)
    assert told.author == Identity("王 小 明", "w@example.cn")
    assert (told.authored_at, told.authored_at.utcoffset()) == (moment, timedelta(hours=8))
    assert repo.git("show", "-s", "--format=%cn") == "Ann Otter"


def test_a_moment_without_a_zone_is_a_mistake(repo: GitRepo, history: GitHistory) -> None:
    with pytest.raises(ValueError, match="time zone"):
        history.commit(["open"], "x", authored_at=datetime(2024, 1, 1), expected_parent=history.head())
    assert repo.status() == OTHER_WORK


def test_nothing_to_commit_is_said(repo: GitRepo, history: GitHistory) -> None:
    parent, index = history.head(), repo.staged()
    for paths in (["mine"], ["never there"], []):
        with pytest.raises(UsageError, match="nothing to commit"):
            history.commit(paths, "x", expected_parent=parent)
    repo.write("folder/untracked", "1\n")
    with pytest.raises(UsageError, match="is a folder"):
        history.commit(["folder"], "x", expected_parent=parent)
    with pytest.raises(UsageError, match="reason"):
        history.commit(["open"], " \n", expected_parent=parent)
    assert (history.head(), repo.staged()) == (parent, index)


@pytest.mark.parametrize(
    ("hook", "script"),
    [
        ("pre-commit", "echo 'bad words: 坏' >&2; echo 'line two'; exit 1"),
        ("commit-msg", "echo 'bad words: 坏' >&2; echo 'line two'; exit 1"),
        ("prepare-commit-msg", "echo 'bad words: 坏' >&2; echo 'line two'; exit 1"),
        ("reference-transaction", "test $1 = prepared || exit 0; echo 'bad words: 坏' >&2; echo 'line two'; exit 1"),
    ],
)  # fmt: skip
def test_a_refusing_hook_leaves_everything_as_it_was(
    repo: GitRepo, history: GitHistory, hook: str, script: str
) -> None:
    repo.hook(hook, script)
    repo.write("mine", "2\n")
    repo.write("new/one", "1\n")
    parent, index, before = history.head(), repo.staged(), files(repo)
    with pytest.raises(HookError, match="bad words: 坏") as caught:
        history.commit(["mine", "new/one", "half", "removed"], "x", expected_parent=parent)
    assert isinstance(caught.value, GitRefusedError)
    assert "line two" in caught.value.output
    if hook != "reference-transaction":
        assert caught.value.message.startswith(f"a git hook ({hook}) refused the commit: ")
    assert (history.head(), repo.staged(), files(repo)) == (parent, index, before)
    assert not list((repo.root / ".git").glob("*.lock"))


def test_a_silent_hook_is_told(repo: GitRepo, history: GitHistory) -> None:
    repo.hook("pre-commit", "exit 1")
    with pytest.raises(HookError, match=r"a git hook \(pre-commit\) refused the commit: .* not a word why$"):
        history.commit(["open"], "x", expected_parent=history.head())


def test_git_itself_is_told_from_a_hook(repo: GitRepo, history: GitHistory) -> None:
    repo.hook("pre-commit", "exit 0")
    repo.git("config", "commit.gpgSign", "true")
    repo.git("config", "gpg.program", "false")
    with pytest.raises(HookError, match="git commit failed: "):
        history.commit(["open"], "x", expected_parent=history.head())


def test_hooks_see_only_our_paths_as_staged_and_may_use_patterns(repo: GitRepo, history: GitHistory) -> None:
    repo.hook(
        "pre-commit",
        "git diff --cached --name-only -- 'm*' ':!x' > .git/seen; git diff --cached --name-only >> .git/seen",
    )
    repo.write("mine", "2\n")
    history.commit(["mine"], "x", expected_parent=history.head())
    assert (repo.root / ".git/seen").read_text() == "mine\nmine\n"


def test_a_failing_signature_leaves_nothing_behind(repo: GitRepo, history: GitHistory) -> None:
    repo.git("config", "commit.gpgSign", "true")
    repo.git("config", "tag.gpgSign", "true")
    repo.git("config", "gpg.program", "false")
    repo.write("new", "1\n")
    parent, index, before = history.head(), repo.staged(), files(repo)
    assert parent is not None
    with pytest.raises(HookError, match="gpg failed"):
        history.commit(["new"], "x", expected_parent=parent)
    with pytest.raises(HookError):
        history.tag("v1", parent, "x")
    assert (history.head(), repo.staged(), files(repo), history.tags()) == (parent, index, before, {})
    history.tag("dsvc-keep/1", parent, "", annotated=False)
    assert history.commit_detached({"a": b"1"}, "saved", parent=parent)


def test_without_an_identity_nothing_is_written(
    repo: GitRepo, history: GitHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    parent, index = history.head(), repo.staged()
    assert parent is not None
    for attempt in (
        history.identity,
        lambda: history.commit(["open"], "x", expected_parent=parent),
        lambda: history.commit(["open"], "x", author=Identity("a", "b@c"), expected_parent=parent),
        lambda: history.tag("v1", parent, "x"),
    ):
        with pytest.raises(ProtectedError, match="who you are") as caught:
            attempt()
        assert caught.value.hint is not None
        assert "user.name" in caught.value.hint
        assert "user.email" in caught.value.hint
    assert (history.head(), repo.staged()) == (parent, index)
    saved = history.commit_detached({"a": b"1"}, "saved", parent=parent)
    assert history.info(saved).author.name == "dsvc"


@pytest.mark.parametrize(("given", "missing"), [("user.name", "user.email"), ("user.email", "user.name")])
def test_half_an_identity(
    repo: GitRepo, history: GitHistory, monkeypatch: pytest.MonkeyPatch, given: str, missing: str
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    repo.git("config", given, "somebody@example.com")
    with pytest.raises(ProtectedError, match=f"{missing} is not configured") as caught:
        history.identity()
    assert given not in str(caught.value.hint)


def test_the_identity_may_come_from_the_environment(history: GitHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Env")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "env@example.com")
    assert history.identity() == Identity("Env", "env@example.com")
    assert history.info(history.commit(["open"], "x", expected_parent=history.head())).author.name == "Env"


def test_a_branch_that_moved_is_not_built_upon(repo: GitRepo, history: GitHistory) -> None:
    index = repo.staged()
    for expected in (None, CommitId("1" * 40)):
        with pytest.raises(ProtectedError, match="HEAD moved"):
            history.commit(["open"], "x", expected_parent=expected)
    assert repo.staged() == index


def test_a_branch_that_moves_while_hooks_run_is_not_built_upon(repo: GitRepo, history: GitHistory) -> None:
    repo.hook("pre-commit", "git update-ref HEAD $(git commit-tree -p HEAD -m theirs HEAD^{tree})")
    parent, index = history.head(), repo.staged()
    repo.write("new", "1\n")
    with pytest.raises(ProtectedError, match="HEAD moved"):
        history.commit(["new"], "x", expected_parent=parent)
    assert repo.git("log", "-1", "--format=%s") == "theirs"
    assert repo.staged() == index


def test_an_index_that_is_locked_is_said(repo: GitRepo, history: GitHistory) -> None:
    index = repo.staged()
    (repo.root / ".git/index.lock").touch()
    with pytest.raises(LockedError, match="another git process"):
        history.commit(["open"], "x", expected_parent=history.head())
    (repo.root / ".git/index.lock").unlink()
    assert repo.staged() == index


def test_the_first_commit_of_an_unborn_branch(git_repo: GitRepo) -> None:
    history = GitHistory.open(git_repo.root)
    git_repo.write("staged", "1\n")
    git_repo.git("add", "staged")
    git_repo.write("mine", "1\n")
    git_repo.hook("pre-commit", "exit 1")
    with pytest.raises(HookError):
        history.commit(["mine"], "x", expected_parent=None)
    assert git_repo.status() == ["A  staged", "?? mine"]
    (git_repo.root / ".git/hooks/pre-commit").unlink()
    made = history.commit(["mine"], "x", expected_parent=None)
    assert (history.head(), history.info(made).parents) == (made, ())
    assert git_repo.changed() == ["mine"]
    assert git_repo.status() == ["A  staged"]


def test_a_detached_head_moves_along(repo: GitRepo, history: GitHistory) -> None:
    start = CommitId(repo.head())
    repo.git("switch", "--quiet", "--detach")
    made = history.commit(["open"], "x", expected_parent=start)
    assert (history.head(), history.branch(), repo.git("rev-parse", "main")) == (made, None, start)
    with pytest.raises(ProtectedError, match="no branch"):
        history.move_branch(None, expected=made, paths=[])
    history.move_branch(start, expected=made, paths=["open"])
    assert (history.head(), history.branch()) == (start, None)


def test_a_linked_worktree_has_its_own_head_and_index(git_repo: GitRepo, tmp_path: Path) -> None:
    start = CommitId(git_repo.commit("start", {"mine": "1\n"}))
    git_repo.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "linked"))
    linked = GitRepo(tmp_path / "linked")
    linked.write("new", "1\n")
    git_repo.hook("pre-commit", "exit 1")
    history = GitHistory.open(linked.root)
    with pytest.raises(HookError):
        history.commit(["new"], "x", expected_parent=start)
    assert linked.status() == ["?? new"]
    (git_repo.root / ".git/hooks/pre-commit").unlink()
    made = history.commit(["new"], "x", expected_parent=start)
    assert (git_repo.head(), git_repo.status(), linked.status()) == (start, [], [])
    assert GitHistory.open(git_repo.root).resolve("side") == made


@pytest.fixture
def merging(git_repo: GitRepo) -> GitRepo:
    """A merge that stopped: ``a`` is in conflict, ``clean`` came in from the other side."""
    git_repo.commit("start", {"a": "1\n", "untouched": "1\n"})
    git_repo.git("switch", "--quiet", "-c", "side")
    git_repo.commit("side", {"a": "2\n", "clean": "side\n"})
    git_repo.git("switch", "--quiet", "main")
    git_repo.commit("main", {"a": "3\n"})
    subprocess.run(["git", "merge", "side"], cwd=git_repo.root, capture_output=True, check=False)
    assert GitHistory.open(git_repo.root).merging() is Operation.MERGE
    return git_repo


def test_a_merge_is_concluded_with_all_of_the_index(merging: GitRepo) -> None:
    history = GitHistory.open(merging.root)
    parents = (history.head(), history.resolve("side"))
    merging.write("a", "both\n")
    merging.write("b", "new\n")
    made = history.commit(["a", "b"], "merge", expected_parent=parents[0])
    assert history.info(made).parents == parents
    assert merging.changed() == ["a", "b", "clean"]
    assert (history.merging(), merging.status()) == (None, [])


def test_a_merge_that_a_hook_refuses_keeps_its_conflict(merging: GitRepo) -> None:
    history = GitHistory.open(merging.root)
    parent, index = history.head(), merging.staged()
    merging.hook("pre-commit", "echo no >&2; exit 1")
    merging.write("a", "both\n")
    merging.write("b", "new\n")
    with pytest.raises(HookError, match="no"):
        history.commit(["a", "b"], "merge", expected_parent=parent)
    assert (history.head(), merging.staged()) == (parent, index)
    assert history.merging() is Operation.MERGE


def test_a_conflict_elsewhere_is_told_before_anything_is_staged(merging: GitRepo) -> None:
    history = GitHistory.open(merging.root)
    index = merging.staged()
    merging.write("b", "new\n")
    with pytest.raises(ConflictError, match="'a' is still in conflict"):
        history.commit(["b"], "merge", expected_parent=history.head())
    assert merging.staged() == index


def test_a_cherry_pick_keeps_a_given_author(merging: GitRepo) -> None:
    merging.git("merge", "--abort")
    history = GitHistory.open(merging.root)
    subprocess.run(["git", "cherry-pick", "side"], cwd=merging.root, capture_output=True, check=False)
    merging.write("a", "picked\n")
    author = Identity("Bo", "bo@example.com")
    made = history.commit(["a"], "pick", author=author, expected_parent=history.head())
    assert history.info(made).author == author
    assert history.merging() is None


def test_a_rebase_that_stopped_goes_on_after_the_commit(merging: GitRepo) -> None:
    merging.git("merge", "--abort")
    history = GitHistory.open(merging.root)
    subprocess.run(["git", "rebase", "side"], cwd=merging.root, capture_output=True, check=False)
    merging.write("a", "rebased\n")
    made = history.commit(["a"], "again", expected_parent=history.resolve("side"))
    merging.git("rebase", "--continue")
    assert (history.merging(), history.branch(), history.head()) == (None, "main", made)


def test_a_detached_commit_keeps_bytes_alive_and_touches_nothing(repo: GitRepo, history: GitHistory) -> None:
    repo.git("config", "core.autocrlf", "input")
    repo.hook("pre-commit", "exit 1")
    parent = history.head()
    assert parent is not None
    index, before = repo.staged(), files(repo)
    saved = {"mine": b"\xff\r\n\x00", "a/数 据/-x": b"", "half/now a folder": b"1"}
    made = history.commit_detached(saved, "saved: 原因", parent=parent)
    assert {path: history.read(made, path) for path in saved} == saved
    assert history.read(made, "staged") == b"1\n"
    assert history.info(made).parents == (parent,)
    assert history.info(made).message.strip() == "saved: 原因"
    assert (history.head(), repo.staged(), files(repo)) == (parent, index, before)
    alone = history.commit_detached({"only": b"1"}, "x", parent=None)
    assert history.info(alone).parents == ()
    assert history.find(alone, "", "only") == ["only"]
    history.tag("dsvc-keep/1", alone, "", annotated=False)
    repo.git("gc", "--quiet", "--prune=now")
    assert history.read(alone, "only") == b"1"


def test_moving_back_touches_only_the_named_paths(repo: GitRepo, history: GitHistory) -> None:
    start = CommitId(repo.head())
    repo.write("mine", "2\n")
    repo.write("d/e/new", "1\n")
    made = history.commit(["mine", "d/e/new"], "x", expected_parent=start)
    history.move_branch(start, expected=made, paths=["mine", "d/e/new"])
    assert (history.head(), history.branch()) == (start, "main")
    assert repo.status() == OTHER_WORK
    assert (repo.root / "mine").read_text() == "1\n"
    assert not (repo.root / "d").exists()
    history.move_branch(made, expected=start, paths=["mine", "d/e/new"])
    assert repo.status() == OTHER_WORK
    assert (repo.root / "d/e/new").read_text() == "1\n"


def test_moving_back_to_before_the_first_commit_and_forth_again(git_repo: GitRepo) -> None:
    history = GitHistory.open(git_repo.root)
    git_repo.write("a", "1\n")
    git_repo.write("other", "1\n")
    git_repo.git("add", "other")
    made = history.commit(["a"], "x", expected_parent=None)
    history.move_branch(None, expected=made, paths=["a"])
    assert (history.head(), history.branch()) == (None, "main")
    assert git_repo.status() == ["A  other"]
    git_repo.write("a", "2\n")
    again = history.commit(["a"], "x", expected_parent=None)
    assert again != made
    assert git_repo.status() == ["A  other"]


def test_a_branch_is_moved_only_from_where_it_is_expected(repo: GitRepo, history: GitHistory) -> None:
    start = CommitId(repo.head())
    made = history.commit(["open"], "x", expected_parent=start)
    index, before = repo.staged(), files(repo)
    with pytest.raises(ProtectedError, match="HEAD moved"):
        history.move_branch(start, expected=start, paths=["open"])
    repo.hook("reference-transaction", "test $1 = prepared || exit 0; echo frozen >&2; exit 1")
    with pytest.raises(HookError, match="frozen"):
        history.move_branch(start, expected=made, paths=["open"])
    assert (history.head(), repo.staged(), files(repo)) == (made, index, before)


@pytest.mark.parametrize("to_first", [True, False])
def test_moving_touches_nothing_behind_a_link(git_repo: GitRepo, tmp_path: Path, to_first: bool) -> None:
    first = CommitId(git_repo.commit("start", {"a": "1\n"}))
    second = CommitId(git_repo.commit("more", {"d/precious": "1\n"}))
    third = CommitId(git_repo.commit("again", {"d/precious": "2\n"}))
    (git_repo.root / "d/precious").unlink()
    (git_repo.root / "d").rmdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/precious").write_text("keep me\n")
    (git_repo.root / "d").symlink_to(tmp_path / "outside")
    history, index = GitHistory.open(git_repo.root), git_repo.staged()
    with pytest.raises(ProtectedError, match="symbolic link"):
        history.move_branch(first if to_first else second, expected=third, paths=["d/precious"])
    assert (tmp_path / "outside/precious").read_text() == "keep me\n"
    assert (git_repo.root / "d").is_symlink()
    assert (history.head(), git_repo.staged()) == (third, index)


def test_moving_deletes_no_folder_that_took_a_files_place(git_repo: GitRepo) -> None:
    first = CommitId(git_repo.commit("start", {"a": "1\n"}))
    second = CommitId(git_repo.commit("more", {"a": "2\n"}))
    (git_repo.root / "a").unlink()
    git_repo.write("a/precious", "keep me\n")
    history = GitHistory.open(git_repo.root)
    with pytest.raises(ProtectedError, match="is a folder"):
        history.move_branch(first, expected=second, paths=["a"])
    assert (history.head(), (git_repo.root / "a/precious").read_text()) == (second, "keep me\n")


def test_what_a_killed_commit_left_in_the_index_can_be_cleared(repo: GitRepo, history: GitHistory) -> None:
    index = repo.staged()
    repo.write("new", "1\n")
    repo.write("mine", "2\n")
    repo.git("add", "--intent-to-add", "new")
    repo.git("add", "mine")
    history.unstage(["new", "mine"])
    assert repo.staged() == index
    assert (repo.root / "mine").read_text() == "2\n"


def test_an_interrupted_commit_leaves_everything_as_it_was(
    repo: GitRepo, history: GitHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_PID", str(os.getpid()))
    repo.hook("pre-commit", "kill -INT $TEST_PID; exec sleep 5")
    repo.write("new", "1\n")
    parent, index = history.head(), repo.staged()
    with pytest.raises(KeyboardInterrupt):
        history.commit(["new", "open"], "x", expected_parent=parent)
    assert (history.head(), repo.staged()) == (parent, index)
    assert not list((repo.root / ".git").glob("*.lock"))


def test_an_interrupt_after_the_commit_was_made_does_not_take_it_back(
    repo: GitRepo, history: GitHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_PID", str(os.getpid()))
    repo.hook("post-commit", "kill -INT $TEST_PID; exec sleep 5")
    repo.write("new", "1\n")
    parent = history.head()
    with pytest.raises(KeyboardInterrupt):
        history.commit(["new"], "x", expected_parent=parent)
    assert history.head() != parent
    assert repo.status() == OTHER_WORK


def test_a_git_that_is_killed_leaves_what_it_takes_to_go_on(repo: GitRepo, history: GitHistory) -> None:
    repo.hook("pre-commit", "kill -9 $PPID")
    repo.write("new", "1\n")
    parent, index = history.head(), repo.staged()
    with pytest.raises(HookError):
        history.commit(["new"], "x", expected_parent=parent)
    (repo.root / ".git/hooks/pre-commit").unlink()
    with pytest.raises(LockedError) as caught:
        history.commit(["new"], "x", expected_parent=parent)
    assert caught.value.hint is not None
    subprocess.run(caught.value.hint.partition(": ")[2], shell=True, check=True)
    history.unstage(["new"])
    assert (history.head(), repo.staged()) == (parent, index)
    assert history.commit(["new"], "x", expected_parent=parent) == history.head()


def test_a_hook_may_improve_what_is_committed(repo: GitRepo, history: GitHistory) -> None:
    repo.hook("pre-commit", "echo better > mine; git add mine")
    repo.write("mine", "good\n")
    made = history.commit(["mine"], "x", expected_parent=history.head())
    assert history.read(made, "mine") == b"better\n"
    assert (repo.root / "mine").read_text() == "better\n"


def test_settings_given_to_git_for_one_command_hold(
    repo: GitRepo, history: GitHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Just This Once")
    assert history.config("user.name") == "Just This Once"
    made = history.commit(["open"], "x", expected_parent=history.head())
    assert history.info(made).author.name == "Just This Once"


def test_every_write_is_flushed(
    repo: GitRepo, history: GitHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(trace))
    repo.write("new", "1\n")
    made = history.commit(["new"], "x", expected_parent=history.head())
    history.tag("v1", made, "x")
    history.commit_detached({"a": b"1"}, "x", parent=made)
    started = [line for line in trace.read_text().splitlines() if '"event":"start"' in line]
    ours = [line for line in started if '"-c","core.fsync=all"' in line]
    assert len(ours) >= 8
    assert all(
        '"-c","core.fsync=all"' in line for line in started if '"argv":["git"' in line and "maintenance" not in line
    )


def test_in_a_submodule_the_submodule_is_meant(repo: GitRepo, tmp_path: Path) -> None:
    inner = GitRepo.create(tmp_path / "inner")
    start = CommitId(inner.commit("start", {"mine": "1\n"}))
    repo.git("submodule", "--quiet", "add", str(inner.root), "sub")
    history = GitHistory.open(repo.root / "sub" / "mine")
    assert history.root == (repo.root / "sub").resolve()
    assert history.main_worktree is None
    repo.write("sub/new", "1\n")
    made = history.commit(["new"], "x", expected_parent=start)
    assert GitHistory.open(repo.root).head() != made == history.head()
