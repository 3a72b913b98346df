"""Reading a repository: what HEAD, commits, files, tags and settings look like through `GitHistory`."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from dsvc.errors import CorruptError, NotFoundError, ProtectedError, UsageError
from dsvc.store.git_history import CommitId, GitHistory, Identity, Operation
from tests.git_repo import GitRepo

if TYPE_CHECKING:
    from pathlib import Path

UNUSUAL_NAMES = [
    "with space.txt",
    'it\'s "quoted".txt',
    "-rf.txt",
    "数据/医疗.jsonl",
    "😀 emoji.json",
    "*.txt",
    "[a]?.txt",
    ":(glob)x",
    ":!no",
    "back\\slash",
    "tab\there",
    "#hash",
    "deep/er/-x/y z",
    "two\nlines",
]


@pytest.fixture
def history(git_repo: GitRepo) -> GitHistory:
    return GitHistory.open(git_repo.root)


def test_outside_of_git_the_way_out_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="is not in a git repository") as caught:
        GitHistory.open(tmp_path)
    assert caught.value.hint == "dsvc init"


def test_a_bare_repository_is_refused(git_repo: GitRepo, tmp_path: Path) -> None:
    git_repo.git("init", "--quiet", "--bare", str(tmp_path / "bare.git"))
    with pytest.raises(UsageError, match="bare"):
        GitHistory.open(tmp_path / "bare.git")


def test_it_opens_from_any_folder_or_file_inside(git_repo: GitRepo) -> None:
    file = git_repo.write("a/b/c.txt", "c\n")
    for inside in (git_repo.root, file.parent, file, git_repo.root / "not" / "there"):
        assert GitHistory.open(inside).root == git_repo.root.resolve()


def test_init_makes_a_repository_only_where_there_is_none(tmp_path: Path) -> None:
    made = GitHistory.init(tmp_path / "new" / "place")
    assert made.root == (tmp_path / "new" / "place").resolve()
    assert GitHistory.init(tmp_path / "new" / "place" / "sub").root == made.root
    assert not (tmp_path / "new" / "place" / "sub").exists()


def test_a_damaged_repository_is_one_clear_error(git_repo: GitRepo) -> None:
    (git_repo.root / ".git" / "config").write_text("[core\n")
    with pytest.raises(UsageError, match="cannot read the git repository"):
        GitHistory.open(git_repo.root)


def test_a_pruned_worktree_is_one_clear_error(git_repo: GitRepo, tmp_path: Path) -> None:
    git_repo.commit("start")
    git_repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    subprocess.run(["rm", "-r", str(git_repo.root / ".git" / "worktrees")], check=True)
    with pytest.raises((UsageError, NotFoundError)):
        GitHistory.open(tmp_path / "linked")


def test_a_repository_of_sha256_is_one_clear_error(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "--object-format=sha256", str(tmp_path / "new")], check=True)
    with pytest.raises(UsageError, match="sha256"):
        GitHistory.open(tmp_path / "new")


def test_it_opens_from_inside_the_git_directory(git_repo: GitRepo) -> None:
    for inside in (git_repo.root / ".git", git_repo.root / ".git" / "refs"):
        history = GitHistory.open(inside)
        assert (history.root, history.git_dir) == (git_repo.root.resolve(), (git_repo.root / ".git").resolve())


def test_before_the_first_commit_there_is_a_branch_and_no_head(history: GitHistory) -> None:
    assert history.head() is None
    assert history.branch() == "main"
    assert list(history.walk()) == []
    assert history.tags() == {}
    assert history.resolve("HEAD") is None


def test_head_follows_what_git_does_behind_our_back(git_repo: GitRepo, history: GitHistory) -> None:
    first = git_repo.commit("one")
    assert history.head() == first
    git_repo.git("switch", "--quiet", "-c", "功能/x")
    second = git_repo.commit("two")
    assert (history.head(), history.branch()) == (second, "功能/x")
    git_repo.git("gc", "--quiet")
    assert history.resolve("HEAD~1") == first
    git_repo.git("switch", "--quiet", "--detach", first)
    assert (history.head(), history.branch()) == (first, None)


def test_what_git_is_in_the_middle_of(git_repo: GitRepo, history: GitHistory) -> None:
    git_repo.commit("start", {"a": "1\n"})
    git_repo.git("switch", "--quiet", "-c", "side")
    side = git_repo.commit("side", {"a": "2\n"})
    git_repo.git("switch", "--quiet", "main")
    git_repo.commit("main", {"a": "3\n"})
    assert history.merging() is None
    for command, operation in (
        (["merge", "side"], Operation.MERGE),
        (["cherry-pick", side], Operation.CHERRY_PICK),
        (["rebase", "side"], Operation.REBASE),
        (["revert", "--no-edit", "HEAD~1"], Operation.REVERT),
    ):
        subprocess.run(["git", *command], cwd=git_repo.root, capture_output=True, check=False)
        assert history.merging() is operation
        git_repo.git(operation.value, "--abort")
        assert history.merging() is None


def test_any_revision_resolves_to_its_commit(git_repo: GitRepo, history: GitHistory) -> None:
    first = git_repo.commit("first: 开始", {"a": "1\n"})
    second = git_repo.commit("second", {"a": "2\n"})
    git_repo.git("tag", "-a", "-m", "x", "v1", first)
    git_repo.git("tag", "-a", "-m", "tag of a tag", "v1-again", "v1")
    for revision in ("v1", "v1-again", first, first[:8], "HEAD~1", "main^", ":/first", "HEAD@{1}", "v1^{}"):
        assert history.resolve(revision) == first, revision
    assert history.resolve("@") == second


@pytest.mark.parametrize(
    "nonsense",
    ["", "nope", "-", "--all", "--show-toplevel", "^HEAD", "HEAD..HEAD~1", "HEAD:a", "HEAD^{tree}", "a\0b", "0" * 40,
     "HEAD~99", "\n", "医疗", "deadbeef", "@{", "HEAD@{99 years ago}x", "\udcff"],
)  # fmt: skip
def test_nonsense_resolves_to_nothing(git_repo: GitRepo, history: GitHistory, nonsense: str) -> None:
    git_repo.commit("first", {"a": "1\n"})
    git_repo.commit("second", {"a": "2\n"})
    assert history.resolve(nonsense) is None


def test_a_commit_tells_who_when_and_why(git_repo: GitRepo, history: GitHistory) -> None:
    first = git_repo.commit("start")
    env = {"GIT_AUTHOR_NAME": "王 小明", "GIT_AUTHOR_EMAIL": "w@例子.cn", "GIT_AUTHOR_DATE": "@1700000000 +0530"}
    git_repo.git("commit", "--allow-empty", "--quiet", "-m", "原因\n\nmore", env=env)
    told = history.info(CommitId(git_repo.head()))
    assert told.author == Identity("王 小明", "w@例子.cn")
    assert told.authored_at == datetime.fromtimestamp(1_700_000_000, timezone(timedelta(hours=5, minutes=30)))
    assert told.authored_at.utcoffset() == timedelta(hours=5, minutes=30)
    assert told.message == "原因\n\nmore\n"
    assert told.parents == (first,)


def test_a_commit_that_is_not_here_is_named(git_repo: GitRepo, history: GitHistory) -> None:
    git_repo.commit("start", {"a": "1\n"})
    blob = git_repo.git("rev-parse", "HEAD:a")
    for unknown in ("1" * 40, blob, "nonsense"):
        with pytest.raises(NotFoundError):
            history.info(CommitId(unknown))


@pytest.mark.parametrize("name", UNUSUAL_NAMES)
def test_files_are_read_byte_for_byte_whatever_their_name(git_repo: GitRepo, history: GitHistory, name: str) -> None:
    content = b"\xff\x00 not utf-8\r\n"
    commit = CommitId(git_repo.commit("start", {name: content}))
    assert history.read(commit, name) == content
    assert history.is_tracked(name)
    assert not history.changed_in_worktree(name)
    assert [told.id for told in history.walk(path=name)] == [commit]
    folder, _, last = name.rpartition("/")
    assert history.find(commit, folder, last) == [name]


def test_what_is_no_file_reads_as_nothing(git_repo: GitRepo, history: GitHistory) -> None:
    (git_repo.root / "link").symlink_to("/etc/passwd")
    commit = CommitId(git_repo.commit("start", {"folder/a": "1\n"}))
    for path in ("missing", "folder", "link", "folder/missing", "folder/a/deeper", ""):
        assert history.read(commit, path) is None


def test_a_folder_whose_name_has_two_lines_is_refused(git_repo: GitRepo, history: GitHistory) -> None:
    commit = CommitId(git_repo.commit("start", {"two\nlines": "1\n", "x\ny/a": "1\n"}))
    assert history.read(commit, "two\nlines") == b"1\n"
    assert history.find(commit, "", "a") == ["x\ny/a"]
    with pytest.raises(UsageError, match="line feed"):
        history.read(commit, "x\ny/a")


def test_files_of_one_name_are_found_at_any_depth(git_repo: GitRepo, history: GitHistory) -> None:
    files = [".dsvc/manifest.json", ".dsvc/data/医疗/manifest.json", ".dsvc/data/a b/manifest.json"]
    others = ["manifest.json", ".dsvc/manifest.json.bak", ".dsvc/data/manifest.jsonx"]
    commit = CommitId(git_repo.commit("start", dict.fromkeys(files + others, "{}\n")))
    assert sorted(history.find(commit, ".dsvc", "manifest.json")) == sorted(files)
    assert sorted(history.find(commit, "", "manifest.json")) == sorted([*files, "manifest.json"])
    assert history.find(commit, "nowhere", "manifest.json") == []
    assert history.find(commit, "manifest.json", "manifest.json") == []


def test_the_walk_is_newest_first_and_keeps_children_before_parents(git_repo: GitRepo, history: GitHistory) -> None:
    first = git_repo.commit("one")
    early = {"GIT_COMMITTER_DATE": "@1000000000 +0000", "GIT_AUTHOR_DATE": "@1000000000 +0000"}
    git_repo.git("commit", "--allow-empty", "--quiet", "-m", "a clock that was wrong", env=early)
    second = git_repo.head()
    third = git_repo.commit("three")
    assert [told.id for told in history.walk()] == [third, second, first]
    assert [told.id for told in history.walk(CommitId(second))] == [second, first]


def test_the_walk_of_a_path_names_only_the_commits_that_changed_it(git_repo: GitRepo, history: GitHistory) -> None:
    git_repo.commit("before", {"other": "1\n"})
    added = git_repo.commit("add", {"d/a": "1\n"})
    git_repo.commit("other", {"other": "2\n"})
    git_repo.git("switch", "--quiet", "-c", "side")
    changed = git_repo.commit("change", {"d/a": "2\n"})
    git_repo.git("switch", "--quiet", "main")
    git_repo.commit("main goes on", {"other": "3\n"})
    git_repo.git("merge", "--quiet", "--no-edit", "side")
    assert history.info(CommitId(git_repo.head())).parents[1] == changed
    (git_repo.root / "d/a").unlink()
    removed = git_repo.commit("remove")
    assert [told.id for told in history.walk(path="d/a")] == [removed, changed, added]
    assert list(history.walk(path="never/there")) == []


def test_a_shallow_clone_knows_what_it_has(git_repo: GitRepo, tmp_path: Path) -> None:
    commits = [git_repo.commit(str(number), {"a": f"{number}\n"}) for number in range(4)]
    history = GitHistory.open(git_repo.clone(tmp_path / "shallow", "--depth", "2").root)
    assert [told.id for told in history.walk()] == commits[:1:-1]
    assert [told.id for told in history.walk(path="a")] == commits[:1:-1]
    assert history.info(CommitId(commits[2])).parents == ()
    with pytest.raises(NotFoundError):
        history.info(CommitId(commits[0]))


def test_a_clone_without_blobs_fetches_only_what_is_read(git_repo: GitRepo, tmp_path: Path) -> None:
    git_repo.git("config", "uploadpack.allowFilter", "true")
    git_repo.git("config", "uploadpack.allowAnySHA1InWant", "true")
    commits = [CommitId(git_repo.commit(str(n), {"d/a": f"{n}\n", "b": f"{n}\n"})) for n in range(3)]
    clone = git_repo.clone(tmp_path / "partial", "--filter=blob:none", "--no-checkout")
    history = GitHistory.open(clone.root)
    assert [told.id for told in history.walk(path="d/a")] == commits[::-1]
    assert history.find(commits[0], "", "a") == ["d/a"]
    assert "?" in clone.git("rev-list", "--objects", "--all", "--missing=print")
    assert history.read(commits[0], "d/a") == b"0\n"
    assert history.read(commits[0], "nowhere") is None


def test_objects_are_found_where_another_repository_keeps_them(git_repo: GitRepo, tmp_path: Path) -> None:
    first = CommitId(git_repo.commit("one", {"d/a": "1\n"}))
    git_repo.git("gc", "--quiet")
    sharing = GitHistory.open(git_repo.clone(tmp_path / "sharing", "--shared").root)
    assert sharing.read(first, "d/a") == b"1\n"
    assert [told.id for told in sharing.walk(path="d/a")] == [first]


def test_git_may_repack_while_it_is_read(git_repo: GitRepo, history: GitHistory) -> None:
    commits = [CommitId(git_repo.commit("one", {"a": "1\n"}))]
    assert history.read(commits[0], "a") == b"1\n"
    git_repo.git("repack", "-adq")
    commits.append(CommitId(git_repo.commit("two", {"a": "2\n"})))
    git_repo.git("repack", "-adq")
    git_repo.git("prune-packed", "--quiet")
    assert [history.read(commit, "a") for commit in commits] == [b"1\n", b"2\n"]


@pytest.mark.parametrize("keep", [0, 10])
def test_a_damaged_file_is_one_clear_error_and_the_next_one_is_read(
    git_repo: GitRepo, history: GitHistory, keep: int
) -> None:
    commit = CommitId(git_repo.commit("one", {"a": "1\n" * 99, "b": "2\n"}))
    blob = git_repo.git("rev-parse", "HEAD:a")
    stored = git_repo.root / ".git" / "objects" / blob[:2] / blob[2:]
    stored.chmod(0o644)
    stored.write_bytes(stored.read_bytes()[:keep])
    with pytest.raises(CorruptError, match="cannot read 'a' from git"):
        history.read(commit, "a")
    assert history.read(commit, "b") == b"2\n"


def test_reading_goes_on_when_the_process_behind_it_was_killed(git_repo: GitRepo, history: GitHistory) -> None:
    commit = CommitId(git_repo.commit("one", {"a": "1\n"}))
    for _ in range(2):
        assert history.read(commit, "a") == b"1\n"
        reader = history._objects._child
        assert reader is not None
        reader.kill()
        reader.wait()


def test_threads_may_read_at_the_same_time(git_repo: GitRepo, history: GitHistory) -> None:
    content = {f"f{number}": f"{number}\n" * number for number in range(40)}
    commit = CommitId(git_repo.commit("one", content))
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda name: history.read(commit, name), content))
    assert read == [text.encode() for text in content.values()]


def test_names_that_are_not_unicode_do_no_harm(git_repo: GitRepo, history: GitHistory) -> None:
    with open(os.fsencode(git_repo.root) + b"/caf\xe9", "wb") as file:
        file.write(b"1\n")
    (git_repo.root / "caf\udce9-folder").mkdir()
    commit = CommitId(git_repo.commit("start", {"caf\udce9-folder/a": "1\n"}))
    assert history.find(commit, "", "a") == ["caf\udce9-folder/a"]
    for name in ("caf\udce9", "caf\udce9-folder/a"):
        assert history.is_tracked(name)
        assert history.read(commit, name) == b"1\n"


def test_tags_are_peeled_to_commits(git_repo: GitRepo, history: GitHistory) -> None:
    first = git_repo.commit("one", {"a": "1\n"})
    second = git_repo.commit("two")
    git_repo.git("tag", "医疗_v1.0", first)
    git_repo.git("tag", "-a", "-m", "x", "医疗_v1.1", second)
    git_repo.git("tag", "on-a-blob", "HEAD:a")
    git_repo.git("tag", "keep/x", first)
    git_repo.git("tag", "-a", "-m", "tag of a tag", "again", "医疗_v1.1")
    git_repo.git("tag", "-a", "-m", "x", "a-tag-on-a-blob", "on-a-blob")
    assert history.tags("医疗_") == {"医疗_v1.0": first, "医疗_v1.1": second}
    git_repo.git("pack-refs", "--all")
    assert history.tags() == {"医疗_v1.0": first, "医疗_v1.1": second, "keep/x": first, "again": second}
    assert history.tags("keep/") == history.tags("k") == {"keep/x": first}
    assert history.tags("*") == {}


def test_tags_are_made_and_taken_away(git_repo: GitRepo, history: GitHistory) -> None:
    commit = CommitId(git_repo.commit("one"))
    history.tag("医疗_v1.0", commit, "#12 加入逾期")
    history.tag("dsvc-keep/1", commit, "", annotated=False)
    assert git_repo.git("cat-file", "-t", "医疗_v1.0") == "tag"
    assert git_repo.git("tag", "-l", "--format=%(contents:subject)", "医疗_v1.0") == "#12 加入逾期"
    assert git_repo.git("cat-file", "-t", "dsvc-keep/1") == "commit"
    with pytest.raises(ProtectedError, match="already"):
        history.tag("医疗_v1.0", commit, "again")
    history.delete_tag("医疗_v1.0")
    assert history.tags() == {"dsvc-keep/1": commit}
    with pytest.raises(NotFoundError):
        history.delete_tag("医疗_v1.0")


@pytest.mark.parametrize("name", ["", "-d", "a b", "a..b", "a~1", "x.lock", "a\0", "HEAD", "/a", "a//b", "@{"])
def test_names_that_git_does_not_take_are_refused(git_repo: GitRepo, history: GitHistory, name: str) -> None:
    commit = CommitId(git_repo.commit("one"))
    assert not history.valid_tag_name(name)
    with pytest.raises(UsageError):
        history.tag(name, commit, "x")


def test_published_is_what_the_remote_had_at_the_last_push(git_repo: GitRepo, tmp_path: Path) -> None:
    first = git_repo.commit("one")
    clone = git_repo.clone(tmp_path / "clone")
    history = GitHistory.open(clone.root)
    second = clone.commit("two")
    assert history.published(CommitId(first)) == ["origin/main"]
    assert history.published(CommitId(second)) == []
    clone.git("push", "--quiet", "origin", "HEAD:refs/heads/特性")
    assert history.published(CommitId(first)) == ["origin/main", "origin/特性"]
    assert history.published(CommitId(second)) == ["origin/特性"]


def test_a_linked_worktree_knows_its_own_and_the_shared_folders(git_repo: GitRepo, tmp_path: Path) -> None:
    git_repo.commit("one")
    git_repo.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "linked"))
    main, linked = GitHistory.open(git_repo.root), GitHistory.open(tmp_path / "linked")
    assert main.git_dir == main.common_dir == (git_repo.root / ".git").resolve()
    assert main.main_worktree is None
    assert linked.git_dir == main.git_dir / "worktrees" / "linked"
    assert linked.common_dir == main.common_dir
    assert linked.main_worktree == main.root
    assert linked.branch() == "side"
    assert linked.hooks_dir == main.hooks_dir == main.git_dir / "hooks"


def test_inside_the_git_directory_of_a_linked_worktree(git_repo: GitRepo, tmp_path: Path) -> None:
    git_repo.commit("first", {"a": "1\n"})
    git_repo.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "linked"))
    inside = GitHistory.open(git_repo.root / ".git" / "worktrees" / "linked")
    assert inside.root == (tmp_path / "linked").resolve()
    assert GitHistory.open(git_repo.root / ".git" / "hooks").root == git_repo.root


def test_a_worktree_of_a_bare_repository_has_no_main_one(git_repo: GitRepo, tmp_path: Path) -> None:
    git_repo.commit("one")
    git_repo.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    GitRepo(tmp_path / "bare.git").git("worktree", "add", "--quiet", str(tmp_path / "work"))
    linked = GitHistory.open(tmp_path / "work")
    assert linked.main_worktree is None
    assert linked.common_dir == (tmp_path / "bare.git").resolve()


def test_hooks_lie_where_the_configuration_says(git_repo: GitRepo, history: GitHistory) -> None:
    git_repo.git("config", "core.hooksPath", "my hooks")
    assert history.hooks_dir == git_repo.root.resolve() / "my hooks"


def test_settings_are_those_that_git_sees(git_repo: GitRepo, history: GitHistory) -> None:
    git_repo.git("config", "dsvc.annotator", "张三 ")
    assert history.config("dsvc.annotator") == "张三 "
    assert history.config("user.email") == "ann@example.com"
    assert history.config("dsvc.nothing") is None
    assert history.config("not a key") is None


def test_tracked_ignored_and_attributes(git_repo: GitRepo, history: GitHistory) -> None:
    git_repo.write(".gitignore", "*.jsonl\n")
    git_repo.write(".gitattributes", "*.bin filter=lfs -text\n*.txt text\n")
    git_repo.commit("start", {"d/a.txt": "a\n"})
    assert history.is_tracked("d/a.txt")
    assert not history.is_tracked("d")
    assert not history.is_tracked("d/b.txt")
    assert history.is_ignored("数据/x.jsonl")
    assert history.is_ignored(":(glob)x.jsonl")
    assert history.is_ignored("-x.jsonl")
    assert not history.is_ignored("d/a.txt")
    assert history.attribute("x.bin", "filter") == "lfs"
    assert history.attribute("x.bin", "text") == "unset"
    assert history.attribute("-x.txt", "text") == "set"
    assert history.attribute("x.jsonl", "filter") is None


def test_a_file_is_changed_when_its_content_is(git_repo: GitRepo, history: GitHistory) -> None:
    git_repo.write("a", "1\n")
    assert history.changed_in_worktree("a")
    git_repo.commit("start")
    os.utime(git_repo.root / "a", (1, 1))
    assert not history.changed_in_worktree("a")
    git_repo.write("a", "2\n")
    git_repo.git("add", "a")
    assert history.changed_in_worktree("a")
    (git_repo.root / "a").unlink()
    assert history.changed_in_worktree("a")
    assert not history.changed_in_worktree("never")
    (git_repo.root / "a").symlink_to("/etc/passwd")
    assert history.changed_in_worktree("a")


def test_line_ends_that_git_converts_are_no_change(git_repo: GitRepo, history: GitHistory) -> None:
    git_repo.commit("start", {".gitattributes": "* text eol=lf\n", "a": "1\n2\n"})
    git_repo.write("a", "1\r\n2\r\n")
    assert not history.changed_in_worktree("a")


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../../x", ".git/config", ".GIT/x", "a\0b"])
def test_paths_outside_of_the_work_tree_are_refused(history: GitHistory, path: str) -> None:
    for ask in (history.is_tracked, history.is_ignored, history.changed_in_worktree):
        with pytest.raises(UsageError, match="not a path inside"):
            ask(path)
    with pytest.raises(UsageError):
        history.commit([path], "x", expected_parent=None)


def test_inside_a_hook_the_opened_repository_counts(
    git_repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git_repo.commit("one", {"a": "1\n"})
    other = GitRepo.create(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_PREFIX", "sub/")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    history = GitHistory.open(git_repo.root)
    assert history.is_tracked("a")
    (git_repo.root / "b").write_text("2\n")
    made = history.commit(["b"], "from a hook", expected_parent=history.head())
    assert next(told.id for told in history.walk()) == made
    assert GitHistory.open(other.root).head() is None


def test_a_work_tree_away_from_its_git_directory(git_repo: GitRepo, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    git_repo.git("config", "core.worktree", str(tmp_path / "elsewhere"))
    history = GitHistory.open(git_repo.root)
    assert history.root == (tmp_path / "elsewhere").resolve()
    (history.root / "a").write_text("1\n")
    assert history.commit(["a"], "x", expected_parent=None) == history.head()
