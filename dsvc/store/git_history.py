"""`GitHistory`: the history of one git repository. The only place where dsvc meets git.

It knows commits, tags, repository-relative POSIX paths and bytes, and nothing of datasets. It
reads through libgit2 (`git_reading`), without starting a process, and asks or changes everything
that depends on the user's configuration through the ``git`` command (`git_process`, which also
says which environment variables count).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pygit2

from dsvc.errors import NotFoundError, ProtectedError, UsageError
from dsvc.store import git_index, git_reading, git_writing
from dsvc.store.git_process import GitProcess, GitRefusedError, inside, refusal, run_git
from dsvc.store.git_values import CommitId, CommitInfo, Identity, Operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

__all__ = ["CommitId", "CommitInfo", "GitHistory", "GitRefusedError", "Identity", "Operation"]

NO_COMMIT = "0" * 40
"""How git writes "this reference must not exist yet"."""

STATE_FILES = {
    "rebase-merge": Operation.REBASE,
    "rebase-apply": Operation.REBASE,
    "MERGE_HEAD": Operation.MERGE,
    "CHERRY_PICK_HEAD": Operation.CHERRY_PICK,
    "REVERT_HEAD": Operation.REVERT,
}
"""What lies in the git directory while git is in the middle of something; the first one counts."""


class GitHistory:
    """One work tree of a git repository, and the history behind it.

    Nothing is cached that git could change: after a command of the user (or of this class) every
    method answers anew. All paths are relative to `root`, with ``/``, as ``str``; they mean
    themselves, never a pattern. Methods that are given a path outside of the work tree raise
    UsageError; those that are given a commit which is not here raise NotFoundError.
    """

    def __init__(self, repository: pygit2.Repository) -> None:
        """Take over an opened repository; callers use `open` or `init`."""
        self._repository = repository
        self.root: Path = Path(repository.workdir).resolve()
        """The top of the work tree."""
        self.git_dir: Path = Path(repository.path).resolve()
        """The git directory of this work tree; a linked worktree has one of its own."""
        self._git = GitProcess(self.root, self.git_dir)

    @classmethod
    def open(cls, path: Path) -> GitHistory:
        """The history of the work tree that holds ``path``.

        Raises NotFoundError outside of any, UsageError for a bare repository and for a format that
        libgit2 cannot read, ProtectedError when git distrusts the owner of the repository.
        """
        return cls(git_reading.open_repository(path))

    @classmethod
    def init(cls, path: Path) -> GitHistory:
        """Like `open`, with a ``git init`` at ``path`` before where there is no repository."""
        try:
            return cls.open(path)
        except NotFoundError:
            path.mkdir(parents=True, exist_ok=True)
            done = run_git(path, "init", "--quiet")
            if done.returncode != 0:
                raise refusal("init", done) from None
            return cls.open(path)

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
        try:
            workdir = pygit2.Repository(str(self.common_dir)).workdir
        except pygit2.GitError:
            return None
        return Path(workdir).resolve() if workdir and Path(workdir).is_dir() else None

    @property
    def hooks_dir(self) -> Path:
        """Where git looks for hooks (``core.hooksPath`` counts); it need not exist."""
        shown = self._git.output("rev-parse", "--git-path", "hooks")
        return (self.root / os.fsdecode(shown).removesuffix("\n")).absolute()

    @property
    def is_shallow(self) -> bool:
        """Whether history was cut off when cloning; then the oldest commits here are not the first."""
        return self._repository.is_shallow

    # Where HEAD is

    def head(self) -> CommitId | None:
        """The commit that HEAD is at, on a branch or detached; None before the first commit."""
        return git_reading.head(self._repository)

    def branch(self) -> str | None:
        """The branch that HEAD is on, also before its first commit; None when HEAD is detached."""
        return git_reading.branch(self._repository)

    def merging(self) -> Operation | None:
        """What git was left in the middle of (a merge, rebase, cherry-pick or revert), if anything."""
        for name, operation in STATE_FILES.items():
            if (self.git_dir / name).exists():
                return operation
        return None

    # Reading commits

    def resolve(self, revision: str) -> CommitId | None:
        """The commit that a git revision names (anything git understands, tags peeled), or None."""
        if "\0" in revision:
            return None
        done = self._git.run("rev-parse", "--verify", "--quiet", "--end-of-options", revision)
        # `A..B` and `^A` are understood too, but print other than one plain id.
        name = done.stdout.decode("ascii", "replace").removesuffix("\n")
        if done.returncode != 0 or len(name) != len(NO_COMMIT):
            return None
        return git_reading.peel(self._repository, name)

    def info(self, commit: CommitId) -> CommitInfo:
        """What a commit says about itself."""
        return git_reading.info(self._commit(commit))

    def read(self, commit: CommitId, path: str) -> bytes | None:
        """The file at ``path`` as that commit has it; None for no such file (or a link, or a folder)."""
        blob = git_reading.file_at(self._commit(commit), path)
        return None if blob is None else blob.data

    def find(self, commit: CommitId, folder: str, name: str) -> list[str]:
        """The paths of all files in that commit that are called ``name``, at any depth below ``folder``.

        ``folder`` may be "" for the top.
        """
        return list(git_reading.files_named(self._commit(commit), folder, name))

    def walk(self, start: CommitId | None = None, path: str | None = None) -> Iterator[CommitInfo]:
        """The commits reachable from ``start`` (default: HEAD), newest first, children before parents.

        With ``path`` only those whose file there is another one than in each of their parents:
        commits that changed, added or removed it, and not the merges that took one side's.
        """
        for commit in git_reading.walk(self._repository, start or self.head(), path):
            yield git_reading.info(commit)

    def is_ancestor(self, older: CommitId, newer: CommitId) -> bool:
        """Whether ``newer`` builds on ``older``, or is the same commit."""
        ids = self._commit(older).id, self._commit(newer).id
        return ids[0] == ids[1] or self._repository.descendant_of(ids[1], ids[0])

    def ahead(self, older: CommitId, newer: CommitId) -> int:
        """How many commits ``newer`` has that ``older`` has not."""
        return self._repository.ahead_behind(self._commit(newer).id, self._commit(older).id)[0]

    def published(self, commit: CommitId) -> list[str]:
        """The remote-tracking branches (``origin/main``) that contain a commit, sorted.

        As of the last fetch or push: nobody is asked.
        """
        self._commit(commit)
        form = "--format=%(symref)%09%(refname:strip=2)"
        shown = self._git.output("for-each-ref", f"--contains={commit}", form, "refs/remotes")
        lines = (line.partition("\t") for line in shown.decode("utf-8", "surrogateescape").splitlines())
        return sorted(name for symref, _, name in lines if not symref)

    # Tags

    def tags(self, prefix: str = "") -> dict[str, CommitId]:
        """All tags whose name starts with ``prefix``, with the commits they stand for."""
        return git_reading.tags(self._repository, prefix)

    def valid_tag_name(self, name: str) -> bool:
        """Whether git would take ``name`` for a tag."""
        reference = f"refs/tags/{name}"
        fine = not name.startswith("-") and name != "HEAD" and "\0" not in name
        return fine and pygit2.reference_is_valid_name(reference)

    def tag(self, name: str, commit: CommitId, message: str, *, annotated: bool = True) -> None:
        """Give a commit a name. An annotated tag carries ``message`` and is signed if git is set to.

        A plain one (``annotated=False``) is only a name, never signed; ``message`` goes to nobody.
        Raises ProtectedError when there is such a tag already or (annotated) git does not know who
        you are, UsageError for a name that git does not take, GitRefusedError when signing fails.
        """
        if not self.valid_tag_name(name):
            raise UsageError(f"'{name}' cannot be the name of a tag", hint="git check-ref-format --help")
        self._commit(commit)
        reference = f"refs/tags/{name}"
        if reference in self._repository.references:
            raise ProtectedError(f"there is a tag '{name}' already", hint=f"git show '{name}'")
        if not annotated:
            self._git.output("update-ref", reference, commit, NO_COMMIT)
            return
        git_writing.identity(self._git, "COMMITTER")
        options = ("--annotate", "--cleanup=whitespace", "--file=-")
        self._git.output("tag", *options, "--", name, commit, stdin=message.encode())

    def delete_tag(self, name: str) -> None:
        """Take a name away again. Raises NotFoundError when there is no such tag."""
        reference = f"refs/tags/{name}"
        if not self.valid_tag_name(name) or reference not in self._repository.references:
            raise NotFoundError(f"there is no tag '{name}'", hint="git tag --list")
        self._git.output("update-ref", "-d", reference)

    # Writing

    def identity(self) -> Identity:
        """Whom git takes for the author of a commit made now.

        Raises ProtectedError, with the way out, when neither configuration nor environment says.
        """
        return git_writing.identity(self._git, "AUTHOR")

    def commit(
        self,
        paths: Sequence[str],
        message: str,
        *,
        author: Identity | None = None,
        authored_at: datetime | None = None,
        expected_parent: CommitId | None,
    ) -> CommitId:
        """Commit exactly ``paths`` as the work tree has them (a missing file is a deletion).

        Other staged and unstaged work stays as it is, ignore rules do not matter. In the middle of
        a merge or cherry-pick all of the index is committed, with ``paths`` staged first. Hooks
        run and the user's configuration holds; ``authored_at`` must carry a time zone.

        Raises ProtectedError when HEAD is not at ``expected_parent`` (None: before the first
        commit) or git does not know who you are, ConflictError while other paths are in conflict,
        GitRefusedError when a hook, signing or git says no. In all these cases nothing has
        changed: neither HEAD, nor the index, nor the work tree (but for what hooks do to it).
        """
        draft = git_writing.Draft(git_writing.checked(paths, message), message, author, authored_at)
        self._expect(expected_parent)
        git_writing.identity(self._git, "COMMITTER")
        if author is None:
            self.identity()
        whole = self.merging() in (Operation.MERGE, Operation.CHERRY_PICK)
        make = git_writing.commit_index if whole else git_writing.commit_only
        try:
            make(self._git, draft, parent=expected_parent, head=self.head)
        except GitRefusedError:
            self._expect(expected_parent)
            raise
        made = self.head()
        assert made is not None
        return made

    def commit_detached(self, files: Mapping[str, bytes], message: str, *, parent: CommitId | None) -> CommitId:
        """Write a commit that is on no branch: the tree of ``parent`` with these files put in.

        It keeps bytes alive that would otherwise be lost; tag it, or git will collect it one day.
        Nothing else is touched, no hook runs, nothing is signed, and no name need be configured.
        """
        return git_writing.commit_detached(self._git, files, message, parent=parent)

    def move_branch(self, to: CommitId | None, *, expected: CommitId, paths: Sequence[str]) -> None:
        """Put HEAD's branch (or a detached HEAD) at ``to``, then `restore` exactly ``paths`` from there.

        None takes the branch back to before its first commit. Everything else in the index and the
        work tree stays as it is. If the process dies in between, `restore` is what remains to do.

        Raises ProtectedError when HEAD is not at ``expected`` (nothing has changed then), or when
        a detached HEAD is to go back to before the first commit, which git cannot express.
        """
        for path in paths:
            inside(path)
        self._expect(expected)
        if to is None and self.branch() is None:
            raise ProtectedError("HEAD is on no branch that could become empty", hint="git switch -c NAME")
        if to is not None:
            self._commit(to)
        change = ("HEAD", to, expected) if to is not None else ("-d", "HEAD", expected)
        try:
            self._git.output("update-ref", "-m", "dsvc: move back", *change)
        except GitRefusedError:
            self._expect(expected)
            raise
        self.restore(to, paths)

    def restore(self, commit: CommitId | None, paths: Sequence[str]) -> None:
        """Put the index and the work tree of exactly these paths to what ``commit`` has.

        Files that it lacks (all of them, for None) are removed from both. Uncommitted changes to
        these paths are overwritten; other paths are not looked at.
        """
        wanted = self._entries_at(commit, paths)
        git_index.put_entries(self._git, wanted)
        git_index.remove_files(self._git, [path for path, entry in wanted.items() if not entry])
        git_index.write_files(self._git, [path for path, entry in wanted.items() if entry])

    def unstage(self, paths: Sequence[str]) -> None:
        """Make the index hold for these paths what HEAD has; the work tree stays as it is.

        This is what is left to do for a commit whose process was killed half way.
        """
        git_index.put_entries(self._git, self._entries_at(self.head(), paths))

    # Asking about the work tree

    def is_tracked(self, path: str) -> bool:
        """Whether the index knows the file at ``path`` (a folder is never tracked)."""
        return bool(git_index.entries(self._git, [path])[inside(path)])

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
        blob = None if head is None else git_reading.file_at(self._commit(head), path)
        if not os.path.lexists(file):
            return blob is not None
        if blob is None or file.is_symlink() or not file.is_file():
            return True
        if pygit2.hashfile(str(file)) == blob.id:
            return False
        # Line ends and filters may differ between file and blob; only git knows all their rules.
        return self._git.output("hash-object", "--", f"./{inside(path)}").decode().strip() != str(blob.id)

    def config(self, key: str) -> str | None:
        """The value of a setting as git sees it here, or None where it is not set."""
        done = self._git.run("config", "--null", "--get", key)
        return os.fsdecode(done.stdout).removesuffix("\0") if done.returncode == 0 else None

    # Inside

    def _commit(self, commit: CommitId) -> pygit2.Commit:
        return git_reading.commit_object(self._repository, commit)

    def _expect(self, expected: CommitId | None) -> None:
        head = self.head()
        if head != expected:
            there, wanted = (commit or "the beginning" for commit in (head, expected))
            raise ProtectedError(f"HEAD moved in the meantime: it is at '{there}', not at '{wanted}'")

    def _entries_at(self, commit: CommitId | None, paths: Sequence[str]) -> git_index.Entries:
        wanted: git_index.Entries = {inside(path): [] for path in paths}
        if commit is not None:
            found = self._commit(commit)
            for path, held in wanted.items():
                if (blob := git_reading.file_at(found, path)) is not None:
                    held.append(f"{blob.filemode:06o} {blob.id} 0".encode())
        return wanted
