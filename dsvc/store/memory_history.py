"""A history in memory over a real work tree, with the behaviour of the one in git: for tests, without a process.

Commits, branches, tags and the index are values; only working files are on disk. What it does not know: merges,
attributes, signing, links, and file modes.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import NotFoundError, ProtectedError, UsageError
from dsvc.store.git_values import CommitId, CommitInfo, Identity, Operation
from dsvc.store.ignore_rules import is_ignored
from dsvc.store.repository_path import inside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

Tree = dict[str, bytes]
"""All files of a commit, by path."""

_STEPS = re.compile(r"(?P<start>.+?)(?P<steps>(?:\^|~\d*)*)")
_ID_PREFIX = re.compile(r"[0-9a-f]{4,40}")
_BAD_IN_NAMES = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|\.$|/$")


class _Commit(msgspec.Struct, frozen=True):
    info: CommitInfo
    tree: Tree
    number: int


_SAVING = Identity("dsvc", "dsvc@localhost")


class MemoryHistory:
    """Commits of files below ``root``; dsvc's own state goes to ``git_dir``.

    Fulfils :class:`dsvc.repository.stores.History`; each method promises what
    :class:`dsvc.store.git_history.GitHistory` does. Besides, tests may set: ``in_the_middle_of``, ``settings`` (what
    `config` knows), ``attributes`` (by path and name), ``remote_branches``, and ``before_commit`` (a hook that may
    raise).
    """

    def __init__(self, root: Path, git_dir: Path | None = None, *, identity: Identity | None = None) -> None:
        self.root: Path = root.resolve()
        """The top of the work tree."""
        self.git_dir: Path = git_dir or self.root / ".git"
        """Where dsvc's own state goes."""
        self.in_the_middle_of: Operation | None = None
        self.settings: dict[str, str] = {}
        self.attributes: dict[tuple[str, str], str] = {}
        self.remote_branches: dict[str, CommitId] = {}
        self.before_commit: Callable[[], None] | None = None
        self._identity = identity
        self._commits: dict[CommitId, _Commit] = {}
        self._branches: dict[str, CommitId] = {}
        self._branch: str | None = "main"
        self._detached: CommitId | None = None
        self._tags: dict[str, CommitId] = {}
        self._index: Tree = {}
        self.root.mkdir(parents=True, exist_ok=True)
        self.git_dir.mkdir(parents=True, exist_ok=True)

    # Where HEAD is

    def head(self) -> CommitId | None:
        """The commit that HEAD is at, on a branch or detached; None before the first commit."""
        return self._detached if self._branch is None else self._branches.get(self._branch)

    def branch(self) -> str | None:
        """The branch that HEAD is on, also before its first commit; None when HEAD is detached."""
        return self._branch

    def merging(self) -> Operation | None:
        """What ``in_the_middle_of`` says."""
        return self.in_the_middle_of

    def conflicts(self) -> list[str]:
        """None: nothing is ever merged here."""
        return []

    def switch(self, branch: str | None, to: CommitId | None = None) -> None:
        """Put HEAD on a branch (made at ``to`` where it is new; None: detached), and tracked files as that has them."""
        before = self.head()
        self._branch = branch
        if branch is None:
            self._detached = to
        elif to is not None:
            self._branches[branch] = to
        after = self.head()
        self.restore(after, sorted({*self._tree(before), *self._tree(after)}))

    # Reading commits

    def resolve(self, revision: str) -> CommitId | None:
        """The commit that a branch, a tag, an id or its first digits, or HEAD names, also with ``~n`` and ``^``."""
        match = _STEPS.fullmatch(revision)
        found = self._named(match["start"]) if match else None
        for step in re.findall(r"\^|~\d*", match["steps"] if match else ""):
            for _ in range(1 if step == "^" else int(step[1:] or 1)):
                parents = self._commits[found].info.parents if found is not None else ()
                found = parents[0] if parents else None
        return found

    def info(self, commit: CommitId) -> CommitInfo:
        """What a commit says about itself."""
        return self._commit(commit).info

    def read(self, commit: CommitId, path: str) -> bytes | None:
        """The file at ``path`` as that commit has it; None for no such file."""
        return self._commit(commit).tree.get(path)

    def blob(self, commit: CommitId, path: str) -> str | None:
        """What names the content of the file at ``path``; None for no such file."""
        content = self.read(commit, path)
        return hashlib.sha1(content, usedforsecurity=False).hexdigest() if content is not None else None

    def find(self, commit: CommitId, folder: str, name: str) -> list[str]:
        """The paths of all files in that commit that are called ``name``, at any depth below ``folder``."""
        prefix = f"{folder}/" if folder else ""
        return sorted(p for p in self._commit(commit).tree if f"/{p}".endswith(f"/{name}") and p.startswith(prefix))

    def files_in(self, commit: CommitId, folder: str) -> list[str]:
        """The names of the files that lie directly in a folder of that commit."""
        names = [path.removeprefix(f"{folder}/") for path in self._commit(commit).tree if path.startswith(f"{folder}/")]
        return sorted(name for name in names if "/" not in name)

    def walk(self, start: CommitId | None = None, path: str | None = None) -> Iterator[CommitInfo]:
        """The commits reachable from ``start`` (default: HEAD), newest first, children before parents.

        With ``path`` only those whose file there is another one than in each of their parents.
        """
        first = start or self.head()
        if first is None:
            return
        for commit in sorted(self._reachable(first), key=lambda commit: -commit.number):
            before = [self._commits[parent].tree for parent in commit.info.parents] or [{}]
            if path is None or all(commit.tree.get(path) != tree.get(path) for tree in before):
                yield commit.info

    def renamed_from(self, commit: CommitId, path: str) -> str | None:
        """What a file that a commit brought in was called in its first parent, with the very same content."""
        made = self._commit(commit)
        if not made.info.parents or path in self._commits[made.info.parents[0]].tree:
            return None
        before = self._commits[made.info.parents[0]].tree
        gone = sorted(name for name in before if name not in made.tree)
        return next((name for name in gone if before[name] == made.tree.get(path)), None)

    def is_ancestor(self, older: CommitId, newer: CommitId) -> bool:
        """Whether ``newer`` builds on ``older``, or is the same commit."""
        return self._commit(older) in self._reachable(newer)

    def published(self, commit: CommitId) -> list[str]:
        """Those of ``remote_branches`` that contain a commit, sorted."""
        wanted = self._commit(commit)
        return sorted(name for name, at in self.remote_branches.items() if wanted in self._reachable(at))

    def branches(self) -> dict[str, CommitId]:
        """All branches with their commits, those of ``remote_branches`` too, by full name."""
        local = {f"refs/heads/{name}": commit for name, commit in self._branches.items()}
        return local | {f"refs/remotes/{name}": commit for name, commit in self.remote_branches.items()}

    # Tags

    def tags(self, prefix: str = "") -> dict[str, CommitId]:
        """All tags whose name starts with ``prefix``, with the commits they stand for."""
        return {name: self._tags[name] for name in sorted(self._tags) if name.startswith(prefix)}

    def tagged(self, name: str) -> CommitId | None:
        """The commit that the tag of that name stands for."""
        return self._tags.get(name)

    def valid_tag_name(self, name: str) -> bool:
        """Whether git would take ``name`` for a tag (git-check-ref-format(1))."""
        bad_edges = not name or name in ("@", "HEAD") or name.startswith(("-", ".", "/"))
        return not bad_edges and _BAD_IN_NAMES.search(name) is None

    def tag(self, name: str, commit: CommitId, message: str, *, annotated: bool = True) -> None:
        """Give a commit a name. Raises ProtectedError when it is taken, UsageError when git would not take it."""
        if not self.valid_tag_name(name):
            raise UsageError(f"'{name}' cannot be the name of a tag", hint="git check-ref-format --help")
        self._commit(commit)
        if name in self._tags:
            raise ProtectedError(f"there is a tag '{name}' already", hint=f"git show '{name}'")
        if annotated:
            self.identity()
        self._tags[name] = commit

    def delete_tag(self, name: str) -> None:
        """Take a name away again. Raises NotFoundError when there is no such tag."""
        if name not in self._tags:
            raise NotFoundError(f"there is no tag '{name}'", hint="git tag --list")
        del self._tags[name]

    # Asking about the work tree

    @property
    def common_dir(self) -> Path:
        """What all worktrees share: there is one only."""
        return self.git_dir

    @property
    def hooks_dir(self) -> Path:
        """Where hooks would be."""
        return self.git_dir / "hooks"

    def is_shallow(self) -> bool:
        """Whether older commits were left behind: never here."""
        return False

    def is_tracked(self, path: str) -> bool:
        """Whether the index knows the file at ``path``."""
        return inside(path) in self._index

    def is_staged(self, path: str, *, since: CommitId | None = None) -> bool:
        """Whether the index holds something else for the file at ``path`` than HEAD, or the commit ``since``, has."""
        return self._index.get(inside(path)) != self._tree(since or self.head()).get(inside(path))

    def is_ignored(self, path: str) -> bool:
        """Whether an ignore rule keeps ``path`` out (read plainly); a tracked file is not ignored."""
        return not self.is_tracked(path) and is_ignored(self.root, inside(path))

    def attribute(self, path: str, name: str) -> str | None:
        """What ``attributes`` says."""
        return self.attributes.get((inside(path), name))

    def changed_in_worktree(self, path: str) -> bool:
        """Whether the file at ``path`` is another one than HEAD's; what is no regular file always is."""
        file, held = self.root / inside(path), self._tree(self.head()).get(path)
        if not file.is_symlink() and not file.exists():
            return held is not None
        return held is None or file.is_symlink() or not file.is_file() or file.read_bytes() != held

    def config(self, key: str) -> str | None:
        """What ``settings`` says."""
        return self.settings.get(key)

    def identity(self) -> Identity:
        """Who commits. Raises ProtectedError when nobody was named."""
        if self._identity is None:
            raise ProtectedError("git does not know who you are: neither name nor email is configured")
        return self._identity

    # Writing

    def stage(self, path: str) -> None:
        """Put the file at ``path`` into the index, as a user's ``git add`` does."""
        self._index[inside(path)] = (self.root / path).read_bytes()

    def commit(
        self,
        paths: Sequence[str],
        message: str,
        *,
        author: Identity | None = None,
        authored_at: datetime | None = None,
        expected_parent: CommitId | None,
        untracked: Sequence[str] = (),
    ) -> CommitId:
        """Commit exactly ``paths`` as the work tree has them (a missing file is a deletion).

        Raises ProtectedError when HEAD is not at ``expected_parent`` or nobody was named, UsageError when there is
        nothing to commit, and what ``before_commit`` raises. Nothing has changed then.
        """
        if not message.strip():
            raise UsageError("a commit needs a reason: its message is empty")
        for path in map(inside, paths):
            if (self.root / path).is_dir():
                raise UsageError(f"'{path}' is a folder, and a commit is made of files")
        self._expect(expected_parent)
        identity = self.identity()
        tree = dict(self._tree(expected_parent))
        for path in map(inside, paths):
            _put(tree, path, (self.root / path).read_bytes() if (self.root / path).is_file() else None)
        for path in map(inside, untracked):
            tree.pop(path, None)
        if tree == self._tree(expected_parent):
            raise UsageError(f"there is nothing to commit at '{paths[0] if paths else ''}'")
        if self.before_commit is not None:
            self.before_commit()
            self._expect(expected_parent)
        made = self._make(tree, message, expected_parent, author or identity, authored_at)
        self._move_head(made)
        self.unstage([*paths, *untracked])
        return made

    def commit_detached(
        self,
        files: Mapping[str, bytes],
        message: str,
        *,
        parent: CommitId | None,
        without: Sequence[str] = (),
        author: Identity | None = None,
        authored_at: datetime | None = None,
    ) -> CommitId:
        """Write a commit that is on no branch: the tree of ``parent`` with these files put in, ``without`` others."""
        kept = {path: data for path, data in self._tree(parent).items() if path not in without}
        tree = {**kept, **{inside(path): data for path, data in files.items()}}
        return self._make(tree, message, parent, author or self._identity or _SAVING, authored_at)

    def commit_again(self, commit: CommitId, *, parent: CommitId) -> CommitId:
        """Write a commit with the tree, message and author of another one on top of ``parent``; no branch has it."""
        known = self._commit(commit)
        return self._make(dict(known.tree), known.info.message, parent, known.info.author, known.info.authored_at)

    def move_branch(self, to: CommitId | None, *, expected: CommitId, paths: Sequence[str]) -> None:
        """Put HEAD's branch (or a detached HEAD) at ``to``, then `restore` exactly ``paths`` from there.

        Raises ProtectedError when HEAD is not at ``expected``, when a detached HEAD is to go back to before the first
        commit, and where `restore` would raise it. Nothing has changed then.
        """
        self._check_places(paths)
        self._expect(expected)
        if to is None and self._branch is None:
            raise ProtectedError("HEAD is on no branch that could become empty", hint="git switch -c NAME")
        self._move_head(self._commit(to).info.id if to is not None else None)
        self.restore(to, paths)

    def restore(self, commit: CommitId | None, paths: Sequence[str]) -> None:
        """Put the index and the work tree of exactly these paths to what ``commit`` has.

        Raises ProtectedError, before anything is written, when a path is a folder in the work tree or lies behind a
        symbolic link.
        """
        self._check_places(paths)
        tree = self._tree(commit)
        for path in map(inside, paths):
            file, held = self.root / path, tree.get(path)
            _put(self._index, path, held)
            file.unlink(missing_ok=True)
            if held is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(held)
            else:
                self._drop_empty_folders(file)

    def unstage(self, paths: Sequence[str]) -> None:
        """Make the index hold for these paths what HEAD has; the work tree stays as it is."""
        tree = self._tree(self.head())
        for path in map(inside, paths):
            _put(self._index, path, tree.get(path))

    # Inside

    def _named(self, name: str) -> CommitId | None:
        if name in ("HEAD", "@"):
            return self.head()
        for names in (self._tags, self._branches):
            short = name.removeprefix("refs/tags/" if names is self._tags else "refs/heads/")
            if short in names:
                return names[short]
        found = [commit for commit in self._commits if _ID_PREFIX.fullmatch(name) and commit.startswith(name)]
        return found[0] if len(found) == 1 else None

    def _commit(self, commit: CommitId) -> _Commit:
        if commit not in self._commits:
            raise NotFoundError(f"there is no commit '{commit}' in this repository", hint="git fetch")
        return self._commits[commit]

    def _tree(self, commit: CommitId | None) -> Tree:
        return self._commit(commit).tree if commit is not None else {}

    def _reachable(self, start: CommitId) -> list[_Commit]:
        found: dict[CommitId, _Commit] = {}
        waiting = [start]
        while waiting:
            commit = self._commit(waiting.pop())
            if commit.info.id not in found:
                found[commit.info.id] = commit
                waiting += commit.info.parents
        return list(found.values())

    def _make(
        self, tree: Tree, message: str, parent: CommitId | None, author: Identity, authored_at: datetime | None
    ) -> CommitId:
        number = len(self._commits)
        made = CommitId(hashlib.sha1(f"{number} {parent} {message}".encode(), usedforsecurity=False).hexdigest())
        at = (authored_at or datetime.now(timezone.utc)).replace(microsecond=0)
        text = message.strip("\n") + "\n"
        self._commits[made] = _Commit(CommitInfo(made, (parent,) if parent else (), author, at, text), tree, number)
        return made

    def _expect(self, expected: CommitId | None) -> None:
        head = self.head()
        if head != expected:
            there, wanted = (commit or "the beginning" for commit in (head, expected))
            raise ProtectedError(f"HEAD moved in the meantime: it is at '{there}', not at '{wanted}'")

    def _move_head(self, to: CommitId | None) -> None:
        if self._branch is None:
            self._detached = to
        elif to is not None:
            self._branches[self._branch] = to
        else:
            del self._branches[self._branch]

    def _check_places(self, paths: Sequence[str]) -> None:
        for path in paths:
            target = self.root / inside(path)
            if target.parent.resolve() != target.parent:
                raise ProtectedError(f"'{path}' lies behind a symbolic link", hint=f"ls -ld '{target.parent}'")
            if target.is_dir() and not target.is_symlink():
                raise ProtectedError(f"'{path}' is a folder now", hint=f"mv '{target}' '{target}.aside'")

    def _drop_empty_folders(self, file: Path) -> None:
        with suppress(OSError):  # not empty, which is where it ends
            for folder in file.parents:
                if folder == self.root:
                    break
                folder.rmdir()


def _put(tree: Tree, path: str, data: bytes | None) -> None:
    if data is None:
        tree.pop(path, None)
    else:
        tree[path] = data
