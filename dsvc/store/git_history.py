"""`GitHistory`: the history of one git repository. The only place where dsvc meets git.

It knows commits, tags, repository-relative POSIX paths and bytes, and nothing of datasets. What
only looks is inherited from `GitReader`; what changes something is here and goes through the
``git`` command (`git_process`, which also says which environment variables count).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import NotFoundError, ProtectedError, UsageError
from dsvc.store import git_index, git_objects
from dsvc.store.git_identity import identity
from dsvc.store.git_process import GitRefusedError, refusal, run_git
from dsvc.store.git_reader import GitReader
from dsvc.store.git_values import CommitId, CommitInfo, Identity, Operation
from dsvc.store.repository_path import inside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from dsvc.store.git_writing import Draft

__all__ = ["CommitId", "CommitInfo", "GitHistory", "GitReader", "GitRefusedError", "Identity", "Operation"]

NO_COMMIT = "0" * 40
"""How git writes "this reference must not exist yet"."""

WHOLE_INDEX = ("MERGE_HEAD", "CHERRY_PICK_HEAD")
"""While one of these lies in the git directory, git commits all of the index or nothing; a rebase
that stopped at a conflict leaves the second one."""


class GitHistory(GitReader):
    """One work tree of a git repository, to look at and to write to."""

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

    # Tags

    def tag(self, name: str, commit: CommitId, message: str, *, annotated: bool = True) -> None:
        """Give a commit a name. An annotated tag carries ``message`` and is signed if git is set to.

        A plain one (``annotated=False``) is only a name, never signed; ``message`` goes to nobody.
        Raises ProtectedError when there is such a tag already or (annotated) git does not know who
        you are, UsageError for a name that git does not take, GitRefusedError when signing fails.
        """
        if not self.valid_tag_name(name):
            raise UsageError(f"'{name}' cannot be the name of a tag", hint="git check-ref-format --help")
        git_objects.commit_object(self._objects, commit)
        reference = f"refs/tags/{name}"
        if self._has(reference):
            raise ProtectedError(f"there is a tag '{name}' already", hint=f"git show '{name}'")
        if not annotated:
            self._git.output("update-ref", reference, commit, NO_COMMIT)
            return
        identity(self._git, "COMMITTER")
        options = ("--annotate", "--cleanup=whitespace", "--file=-")
        self._git.output("tag", *options, "--", name, commit, stdin=message.encode())

    def delete_tag(self, name: str) -> None:
        """Take a name away again. Raises NotFoundError when there is no such tag."""
        reference = f"refs/tags/{name}"
        if not self.valid_tag_name(name) or not self._has(reference):
            raise NotFoundError(f"there is no tag '{name}'", hint="git tag --list")
        self._git.output("update-ref", "-d", reference)

    # Commits and branches

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

        ``untracked``: paths that the commit does not have any more, although their files stay; not during a merge.

        Other staged and unstaged work stays as it is, ignore rules do not matter. At a merge,
        cherry-pick or rebase that stopped for a conflict, all of the index is committed, with
        ``paths`` staged first. Hooks run and the user's configuration holds; ``authored_at`` must
        carry a time zone.

        Raises ProtectedError when HEAD is not at ``expected_parent`` (None: before the first
        commit) or git does not know who you are, ConflictError while other paths are in conflict,
        GitRefusedError when a hook, signing or git says no. In all these cases nothing has
        changed: neither HEAD, nor the index, nor the work tree (but for what hooks do to it).
        Raises LockedError when git died between making the commit and writing its index: `unstage`
        is what remains to do.
        """
        from dsvc.store import git_writing

        draft = git_writing.Draft(git_writing.checked(self.root, paths, message), message, author, authored_at)
        self._expect(expected_parent)
        identity(self._git, "COMMITTER")
        if author is None:
            self.identity()
        if untracked and expected_parent is not None:
            git_writing.commit_untracking(self._git, draft, untracked, parent=expected_parent)
            self.unstage([*draft.paths, *untracked])
            made = self.head()
            assert made is not None
            return made
        whole = any((self.git_dir / name).exists() for name in WHOLE_INDEX)
        make = git_writing.commit_index if whole else git_writing.commit_only
        try:
            is_index_written = make(
                self._git, draft, parent=expected_parent, made=lambda: self._is_made(draft, expected_parent)
            )
        except GitRefusedError as error:
            self._expect(expected_parent)
            if not whole and not self._any_changed(draft.paths):
                raise git_writing.nothing_to_commit(draft) from error
            raise
        if not is_index_written:
            self.unstage(draft.paths)
        made = self.head()
        assert made is not None
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
        """Write a commit that is on no branch: the tree of ``parent`` with these files put in, ``without`` others.

        It keeps bytes alive that would otherwise be lost; tag it, or git will collect it one day.
        Nothing else is touched, no hook runs, nothing is signed, and no name need be configured.
        """
        from dsvc.store import git_writing

        draft = git_writing.Draft(tuple(without), message, author, authored_at)
        return git_writing.commit_detached(self._git, files, draft, parent=parent)

    def commit_again(self, commit: CommitId, *, parent: CommitId) -> CommitId:
        """Write a commit like another one on top of ``parent``: its tree, message, people and dates; no branch has it.

        It is signed where git is set to sign commits; no hook runs, for they ran for the other one.
        """
        from dsvc.store import git_writing

        return git_writing.commit_again(self._git, git_objects.commit_object(self._objects, commit).data, parent=parent)

    def move_branch(self, to: CommitId | None, *, expected: CommitId, paths: Sequence[str]) -> None:
        """Put HEAD's branch (or a detached HEAD) at ``to``, then `restore` exactly ``paths`` from there.

        None takes the branch back to before its first commit. Everything else in the index and the
        work tree stays as it is. If the process dies in between, or somebody
        holds the index (LockedError), `restore` is what remains to do.

        Raises ProtectedError when HEAD is not at ``expected``, when a detached HEAD is to go back to
        before the first commit (which git cannot express), and where `restore` would raise it; also
        GitRefusedError when a hook says no. Nothing has changed then.
        """
        git_index.check_places(self._git, paths)
        self._expect(expected)
        if to is None and self.branch() is None:
            raise ProtectedError("HEAD is on no branch that could become empty", hint="git switch -c NAME")
        if to is not None:
            git_objects.commit_object(self._objects, to)
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
        these paths are overwritten; other paths are not looked at. The files are not flushed.

        Raises ProtectedError, before anything is written, when a path is a folder in the work tree
        or lies behind a symbolic link.
        """
        git_index.check_places(self._git, paths)
        wanted = self._entries_at(commit, paths)
        git_index.put_entries(self._git, wanted)
        git_index.remove_files(self._git, [path for path, entry in wanted.items() if not entry])
        git_index.write_files(self._git, [path for path, entry in wanted.items() if entry])

    def unstage(self, paths: Sequence[str]) -> None:
        """Make the index hold for these paths what HEAD has; the work tree stays as it is.

        This is what is left to do for a commit whose process was killed half way.
        """
        git_index.put_entries(self._git, self._entries_at(self.head(), paths))

    def _is_made(self, draft: Draft, parent: CommitId | None) -> bool:
        head = self.head()
        if head is None or head == parent:
            return False
        first_parent = next(iter(self.info(head).parents), None)
        return first_parent == parent and not self._any_changed(draft.paths)

    def _any_changed(self, paths: Sequence[str]) -> bool:
        return any(self.changed_in_worktree(path) for path in paths)

    def _has(self, reference: str) -> bool:
        return self._git.run("show-ref", "--verify", "--quiet", reference).returncode == 0

    def _expect(self, expected: CommitId | None) -> None:
        head = self.head()
        if head != expected:
            there, wanted = (commit or "the beginning" for commit in (head, expected))
            raise ProtectedError(f"HEAD moved in the meantime: it is at '{there}', not at '{wanted}'")

    def _entries_at(self, commit: CommitId | None, paths: Sequence[str]) -> git_index.Entries:
        wanted: git_index.Entries = {inside(path): [] for path in paths}
        if commit is not None:
            for path, held in wanted.items():
                if (blob := git_objects.file_at(self._objects, commit, path)) is not None:
                    held.append(f"{blob.mode:06o} {blob.id} 0".encode())
        return wanted
