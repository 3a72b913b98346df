"""`GitReader`: everything that can be asked about one git repository, and nothing that changes it.

All of it is asked of the ``git`` command, which alone knows every form of a repository and all of the user's
configuration. Commits and files come through one process that stays (`git_batch`).
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, TypeVar

from dsvc.errors import CorruptError
from dsvc.store import git_index, git_objects, git_walk
from dsvc.store.git_batch import GitBatch
from dsvc.store.git_discovery import discover, work_tree_of
from dsvc.store.git_identity import identity
from dsvc.store.git_process import GitProcess, GitRefusedError
from dsvc.store.git_values import CommitId, CommitInfo, Identity, Operation
from dsvc.store.repository_path import inside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Reader = TypeVar("Reader", bound="GitReader")

STATE_FILES = {
    "rebase-merge": Operation.REBASE,
    "rebase-apply": Operation.REBASE,
    "MERGE_HEAD": Operation.MERGE,
    "CHERRY_PICK_HEAD": Operation.CHERRY_PICK,
    "REVERT_HEAD": Operation.REVERT,
}
"""What lies in the git directory while git is in the middle of something; the first one counts."""


class GitReader:
    """One work tree of a git repository and the history behind it, to look at.

    Nothing is cached that git could change: after a command of the user (or of this class) every
    method answers anew. All paths are relative to `root`, with ``/``, as ``str``; they mean
    themselves, never a pattern. Methods that are given a path outside of the work tree raise
    UsageError; those that are given a commit which is not here raise NotFoundError.
    """

    def __init__(self, root: Path, git_dir: Path) -> None:
        """Take over what was found; callers use `open`."""
        self.root = root
        """The top of the work tree."""
        self.git_dir = git_dir
        """The git directory of this work tree; a linked worktree has one of its own."""
        self._git = GitProcess(root, git_dir)
        self._objects = GitBatch(self._git)

    @classmethod
    def open(cls: type[Reader], path: Path) -> Reader:
        """The history of the work tree that holds ``path``.

        Raises NotFoundError outside of any, UsageError for a bare repository and for one that
        cannot be read, ProtectedError when git distrusts the owner of the repository.
        """
        return cls(*discover(path))

    # Where things lie

    @property
    def common_dir(self) -> Path:
        """The git directory that all worktrees share (objects, branches, configuration)."""
        pointer = self.git_dir / "commondir"
        if not pointer.exists():
            return self.git_dir
        return (self.git_dir / pointer.read_text().strip()).resolve()

    @property
    def main_worktree(self) -> Path | None:
        """For a linked worktree the top of the main one, if it still exists; otherwise None."""
        if self.common_dir == self.git_dir:
            return None
        main = work_tree_of(self.common_dir)
        return main if main is not None and main.is_dir() else None

    @property
    def hooks_dir(self) -> Path:
        """Where git looks for hooks (``core.hooksPath`` counts); it need not exist."""
        shown = self._git.output("rev-parse", "--git-path", "hooks")
        return (self.root / os.fsdecode(shown).removesuffix("\n")).absolute()

    # Where HEAD is

    def head(self) -> CommitId | None:
        """The commit that HEAD is at, on a branch or detached; None before the first commit."""
        return git_objects.head(self._objects)

    def branch(self) -> str | None:
        """The branch that HEAD is on, also before its first commit; None when HEAD is detached."""
        done = self._git.run("symbolic-ref", "--quiet", "HEAD")
        return os.fsdecode(done.stdout).removesuffix("\n").removeprefix("refs/heads/") or None

    def merging(self) -> Operation | None:
        """What git was left in the middle of (a merge, rebase, cherry-pick or revert), if anything."""
        for name, operation in STATE_FILES.items():
            if (self.git_dir / name).exists():
                return operation
        return None

    def conflicts(self) -> list[str]:
        """Paths that a merge, rebase or cherry-pick left for somebody to put together."""
        done = self._git.output("diff", "--name-only", "--diff-filter=U", "-z")
        return [os.fsdecode(path) for path in done.split(b"\0") if path]

    # Reading commits

    def resolve(self, revision: str) -> CommitId | None:
        """The commit that a git revision names (anything git understands, tags peeled), or None."""
        if "\0" in revision:
            return None
        done = self._git.run("rev-parse", "--verify", "--quiet", "--end-of-options", revision)
        # `A..B` and `^A` are understood too, but print other than one plain id.
        name = done.stdout.decode("ascii", "replace").removesuffix("\n")
        if done.returncode != 0 or not git_objects.FULL_ID.fullmatch(name):
            return None
        return git_objects.peel(self._objects, name)

    def info(self, commit: CommitId) -> CommitInfo:
        """What a commit says about itself."""
        return git_objects.info(git_objects.commit_object(self._objects, commit), cut_off=commit in self._edge())

    def read(self, commit: CommitId, path: str) -> bytes | None:
        """The file at ``path`` as that commit has it; None for no such file (or a link, or a folder).

        In a partial clone it is fetched. Raises CorruptError when git's copy of it is damaged or lost.
        """
        try:
            entry = git_objects.file_at(self._objects, commit, path)
            if entry is None:
                return None
            found = self._objects.get(entry.id.encode())
            return found.data if found is not None else self._git.output("cat-file", "blob", entry.id)
        except GitRefusedError as error:
            raise CorruptError(f"cannot read '{path}' from git: {error}", hint="git fsck --full") from error

    def blob(self, commit: CommitId, path: str) -> str | None:
        """The id of the file at ``path`` as that commit has it, without reading it; None for no such file."""
        entry = git_objects.file_at(self._objects, commit, path)
        return entry.id if entry is not None else None

    def find(self, commit: CommitId, folder: str, name: str) -> list[str]:
        """The paths of all files in that commit that are called ``name``, at any depth below ``folder``.

        ``folder`` may be "" for the top.
        """
        return list(git_objects.files_named(self._objects, commit, folder, name))

    def files_in(self, commit: CommitId, folder: str) -> list[str]:
        """The names of the files that lie directly in a folder of that commit; none where it has no such folder."""
        return [os.fsdecode(e.name) for e in git_objects.folder(self._objects, commit, folder) if e.is_file]

    def walk(self, start: CommitId | None = None, path: str | None = None) -> Iterator[CommitInfo]:
        """The commits reachable from ``start`` (default: HEAD), newest first, children before parents.

        With ``path`` only those whose file there is another one than in each of their parents:
        commits that changed, added or removed it, and not the merges that took one side's.
        """
        start = start or self.head()
        if start is None:
            return
        self.info(start)
        for commit in git_walk.commits(self._git, start, path):
            told = self.info(commit)
            if path is None or git_walk.brought_in(self._objects, commit, told.parents, path):
                yield told

    def renamed_from(self, commit: CommitId, path: str) -> str | None:
        """What a file that a commit brought in was called in its first parent; None where it was no renaming.

        As ``git log --follow`` tells it: the old file is gone, and half of its content or more is the same.
        """
        told = self.info(commit)
        if not told.parents or self.blob(told.parents[0], path) is not None:
            return None
        return git_walk.renamed_from(self._git, told.parents[0], commit, path)

    def published(self, commit: CommitId) -> list[str]:
        """The remote-tracking branches (``origin/main``) that contain a commit, sorted.

        As of the last fetch or push: nobody is asked.
        """
        git_objects.commit_object(self._objects, commit)
        form = "--format=%(symref)%09%(refname:strip=2)"
        shown = self._git.output("for-each-ref", f"--contains={commit}", form, "refs/remotes")
        lines = (line.partition("\t") for line in shown.decode("utf-8", "surrogateescape").splitlines())
        return sorted(name for symref, _, name in lines if not symref)

    def is_ancestor(self, older: CommitId, newer: CommitId) -> bool:
        """Whether ``newer`` builds on ``older``, or is the same commit."""
        return self._git.run("merge-base", "--is-ancestor", older, newer).returncode == 0

    def branches(self) -> dict[str, CommitId]:
        """All branches with their commits, by full name: ``refs/heads/main``, ``refs/remotes/origin/main``.

        ``refs/remotes/origin/HEAD`` is the remote's default branch, where it is known. Nobody is asked.
        """
        return git_walk.branches(self._git)

    # Tags

    def tags(self, prefix: str = "") -> dict[str, CommitId]:
        """All tags whose name starts with ``prefix``, with the commits they stand for."""
        return git_walk.tags(self._git, self._objects, prefix)

    def tagged(self, name: str) -> CommitId | None:
        """The commit that the tag of that name stands for, None when there is no such tag; needs no process."""
        return git_walk.tagged(self._objects, name)

    def valid_tag_name(self, name: str) -> bool:
        """Whether git would take ``name`` for a tag."""
        reference = f"refs/tags/{name}"
        fine = not name.startswith("-") and name != "HEAD" and "\0" not in name
        return fine and self._git.run("check-ref-format", reference).returncode == 0

    # Asking about the work tree

    def is_tracked(self, path: str) -> bool:
        """Whether the index knows the file at ``path`` (a folder is never tracked)."""
        return bool(git_index.entries(self._git, [path])[inside(path)])

    def is_shallow(self) -> bool:
        """Whether the clone left older commits behind."""
        return bool(self._edge())

    def is_staged(self, path: str, *, since: CommitId | None = None) -> bool:
        """Whether the index holds something else for the file at ``path`` than HEAD, or the commit ``since``, has."""
        commit = since or self.head()
        blob = None if commit is None else git_objects.file_at(self._objects, commit, path)
        committed = [] if blob is None else [f"{blob.mode:06o} {blob.id} 0".encode()]
        return git_index.entries(self._git, [path])[inside(path)] != committed

    def is_ignored(self, path: str) -> bool:
        """Whether an ignore rule keeps ``path`` out; a tracked file is not ignored."""
        done = self._git.run("check-ignore", "--quiet", "--", f"./{inside(path)}")
        return done.returncode == 0

    def attribute(self, path: str, name: str) -> str | None:
        """The value of a git attribute of ``path`` (``filter`` → ``lfs``), None where unspecified.

        ``set`` and ``unset`` are the values of plain attributes such as ``text`` and ``-text``.
        """
        shown = self._git.output("check-attr", "-z", name, "--", inside(path))
        value = os.fsdecode(shown).split("\0")[2]
        return None if value == "unspecified" else value

    def changed_in_worktree(self, path: str) -> bool:
        """Whether the file at ``path`` is another one than HEAD's, after git's own conversions.

        A missing file counts as changed if HEAD has it; what is no regular file always does.
        """
        head, file = self.head(), self.root / inside(path)
        blob = None if head is None else git_objects.file_at(self._objects, head, path)
        if not os.path.lexists(file):
            return blob is not None
        if blob is None or file.is_symlink() or not file.is_file():
            return True
        content = file.read_bytes()
        if hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest() == blob.id:
            return False
        # Line ends and filters may differ between file and blob; only git knows all their rules.
        return self._git.output("hash-object", "--", f"./{inside(path)}").decode().strip() != blob.id

    def config(self, key: str) -> str | None:
        """The value of a setting as git sees it here, or None where it is not set."""
        done = self._git.run("config", "--null", "--get", key)
        return os.fsdecode(done.stdout).removesuffix("\0") if done.returncode == 0 else None

    def identity(self) -> Identity:
        """Whom git takes for the author of a commit made now.

        Raises ProtectedError, with the way out, when neither configuration nor environment says.
        """
        return identity(self._git, "AUTHOR")

    # Inside

    def _edge(self) -> set[str]:
        """The commits whose parents a shallow clone left behind."""
        try:
            return set((self.common_dir / "shallow").read_text("ascii").split())
        except FileNotFoundError:
            return set()
