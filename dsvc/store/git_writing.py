"""Making commits with the git command, so that exactly the named paths enter them.

A commit of single paths is ``git commit --only``: git builds it in an index of its own, from HEAD
and these paths, and takes them over into the real index once the commit exists. Other staged work
stays staged. Only paths that git does not know yet have to be announced first (``git add
--intent-to-add``: no content, just the name); that is the one thing to take back on failure.

In the middle of a merge or a cherry-pick git refuses partial commits, since their result is the
whole index; then the paths are staged and all of the index is committed.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import ConflictError, DsvcError, UsageError
from dsvc.store import git_index
from dsvc.store.git_identity import git_date, line_of, somebody
from dsvc.store.git_process import GitRefusedError, pathspecs
from dsvc.store.git_values import CommitId, Identity
from dsvc.store.repository_path import inside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from dsvc.store.git_process import GitProcess


class Draft(msgspec.Struct, frozen=True):
    """A commit to be: its paths, all repository-relative, and what it says.

    ``author`` and ``authored_at`` are git's own choice (configuration, now) where they are None.
    """

    paths: tuple[str, ...]
    message: str
    author: Identity | None = None
    authored_at: datetime | None = None

    def arguments(self) -> list[str]:
        """The options of ``git commit``; the message itself goes to its standard input.

        ``--cleanup=whitespace`` keeps lines that start with ``#``, whatever ``commit.cleanup`` says:
        a reason may well begin with the number of an issue.
        """
        options = ["--quiet", "--cleanup=whitespace", "--file=-"]
        if self.author is not None:
            options.append(f"--author={line_of(self.author)}")
        if self.authored_at is not None:
            options.append(f"--date={git_date(self.authored_at)}")
        return options

    def environment(self) -> dict[str, str]:
        """The same for ``git commit-tree``, which has no such options."""
        told: dict[str, str] = {}
        if self.author is not None:
            told |= {"GIT_AUTHOR_NAME": self.author.name, "GIT_AUTHOR_EMAIL": self.author.email}
        if self.authored_at is not None:
            told["GIT_AUTHOR_DATE"] = git_date(self.authored_at)
        return told


def commit_only(git: GitProcess, draft: Draft, *, parent: CommitId | None, made: Callable[[], bool]) -> bool:
    """Commit exactly the draft's paths on top of ``parent``, as the work tree has them now.

    ``made`` says whether HEAD is at that commit now. False when git ended before it wrote its index. Raises UsageError
    when the paths are not known to anybody, GitRefusedError when git says no; the index is as it was then.
    """
    before = git_index.entries(git, draft.paths)
    known = _known_to_head(git, draft.paths, parent) | {path for path, held in before.items() if held}
    new = [path for path in before if path not in known and os.path.lexists(git.root / path)]
    paths = sorted(known | set(new))
    if not paths:
        raise nothing_to_commit(draft)

    def make() -> None:
        if new:
            git.output("add", "--force", "--intent-to-add", *pathspecs(new))
        options = draft.arguments()
        git.output("commit", "--only", *options, *pathspecs(paths), stdin=draft.message.encode())

    return _or_put_back(git, make, before, made)


def commit_index(git: GitProcess, draft: Draft, *, parent: CommitId | None, made: Callable[[], bool]) -> bool:
    """Stage the draft's paths and commit all of the index: the way to conclude a merge.

    False when git ended before it wrote its index. Raises ConflictError while other paths are in conflict,
    GitRefusedError as `commit_only` does.
    """
    before = git_index.entries(git, draft.paths)
    if rest := sorted(git_index.unmerged(git) - set(before)):
        raise ConflictError(f"'{rest[0]}' is still in conflict", hint=f"git add -- '{rest[0]}'")
    there = [path for path, held in before.items() if held or os.path.lexists(git.root / path)]

    def make() -> None:
        if there:
            git.output("add", "--force", "--all", *pathspecs(there))
        git.output("commit", *draft.arguments(), stdin=draft.message.encode())

    return _or_put_back(git, make, before, made)


def commit_untracking(git: GitProcess, draft: Draft, untracked: Sequence[str], *, parent: CommitId) -> None:
    """Commit the draft's paths as the work tree has them, and ``untracked`` as gone although their files stay.

    ``git commit --only`` would take the files that are still there back in, so the commit is made in an index of its
    own. The repository's index then has what the commit has at all of these paths. Raises what `commit_only` raises.
    """
    with tempfile.TemporaryDirectory(prefix="dsvc-index-") as folder:
        index_file = str(Path(folder) / "index")
        env = {"GIT_INDEX_FILE": index_file}
        git.output("read-tree", parent, env=env)
        there = [path for path in draft.paths if path not in untracked and os.path.lexists(git.root / path)]
        git.output("add", "--force", *pathspecs(there), env=env)
        git_index.put_entries(git, {path: [] for path in untracked}, index_file=index_file)
        git.output("commit", *draft.arguments(), stdin=draft.message.encode(), env=env)


def _or_put_back(
    git: GitProcess, make: Callable[[], None], before: git_index.Entries, made: Callable[[], bool]
) -> bool:
    try:
        make()
    except BaseException as error:
        if not made():
            with suppress(DsvcError):  # the first error is the one to tell
                if git_index.entries(git, list(before)) != before:
                    git_index.put_entries(git, before)
            raise
        if not isinstance(error, GitRefusedError):
            raise
        return False  # the commit is made, and git could not write the index after it
    return True


def _known_to_head(git: GitProcess, paths: Sequence[str], parent: CommitId | None) -> set[str]:
    if parent is None or not paths:
        return set()
    lines = git.output("ls-tree", "-z", "--full-tree", parent, *pathspecs(paths)).split(b"\0")
    found = (line.partition(b"\t") for line in lines if line)
    return {os.fsdecode(name) for entry, _, name in found if b" blob " in entry}


def nothing_to_commit(draft: Draft) -> UsageError:
    """The error for paths that are in the work tree as HEAD has them."""
    return UsageError(f"there is nothing to commit at '{draft.paths[0] if draft.paths else ''}'")


def commit_detached(git: GitProcess, files: Mapping[str, bytes], draft: Draft, *, parent: CommitId | None) -> CommitId:
    """Write a commit that no branch holds: the tree of ``parent`` with ``files`` put in, byte for byte.

    The draft's paths are taken out of it. Index, work tree and HEAD are not touched, no hook runs and nothing is
    signed: this keeps data alive, it publishes nothing. It must work for somebody without a name, too
    (`git_identity.SAVING`).
    """
    blobs: git_index.Entries = {path: [] for path in draft.paths}
    blobs |= {path: [b"100644 " + _blob(git, content) + b" 0"] for path, content in files.items()}
    with tempfile.TemporaryDirectory(prefix="dsvc-index-") as folder:
        index_file = str(Path(folder) / "index")
        env = {"GIT_INDEX_FILE": index_file}
        git.output("read-tree", parent or "--empty", env=env)
        git_index.put_entries(git, blobs, index_file=index_file)
        tree = git.output("write-tree", env=env).decode().strip()
    parents = ["-p", parent] if parent else []
    env = {**somebody(git), **draft.environment()}
    made = git.output("commit-tree", tree, *parents, stdin=draft.message.encode(), env=env)
    return CommitId(made.decode().strip())


def commit_again(git: GitProcess, commit: bytes, *, parent: CommitId) -> CommitId:
    """Write another commit like the one with this content, on top of ``parent``; signed where git is set to sign."""
    head, _, message = commit.partition(b"\n\n")
    lines = dict(line.partition(b" ")[::2] for line in head.split(b"\n"))
    env: dict[str, str] = {}
    for role in ("author", "committer"):
        name, _, rest = lines[role.encode()].partition(b" <")
        email, _, date = rest.partition(b"> ")
        parts = {"NAME": name, "EMAIL": email, "DATE": b"@" + date}
        env |= {f"GIT_{role.upper()}_{part}": os.fsdecode(value) for part, value in parts.items()}
    signs = git.run("config", "--type=bool", "--get", "commit.gpgSign").stdout.strip() == b"true"
    sign = ["--gpg-sign"] if signs else []
    made = git.output("commit-tree", *sign, lines[b"tree"].decode(), "-p", parent, stdin=message, env=env)
    return CommitId(made.decode().strip())


def _blob(git: GitProcess, content: bytes) -> bytes:
    return git.output("hash-object", "-w", "--stdin", stdin=content).strip()


def checked(root: Path, paths: Sequence[str], message: str) -> tuple[str, ...]:
    """The paths, each once and in its plain form.

    Raises UsageError for one that leaves the work tree at ``root`` or is a folder (git would take all
    that lies in it), and for a blank message.
    """
    if not message.strip():
        raise UsageError("a commit needs a reason: its message is empty")
    plain = tuple(dict.fromkeys(inside(path) for path in paths))
    for path in plain:
        if (root / path).is_dir() and not (root / path).is_symlink():
            raise UsageError(f"'{path}' is a folder, and a commit is made of files")
    return plain
