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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dsvc.errors import ConflictError, DsvcError, ProtectedError, UsageError
from dsvc.store import git_index
from dsvc.store.git_process import GitRefusedError, inside, pathspecs
from dsvc.store.git_values import CommitId, Identity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from dsvc.store.git_process import GitProcess

HEAD_ALREADY_MOVED = "the branch moved on while dsvc was working: HEAD is not '{expected}' any more"
SAVING = Identity("dsvc", "dsvc@localhost")
"""Who makes a commit that only keeps data alive, where git knows no name."""


@dataclass(frozen=True, slots=True)
class Draft:
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
            name, email = (_without_crud(part) for part in (self.author.name, self.author.email))
            options.append(f"--author={name} <{email}>")
        if self.authored_at is not None:
            options.append(f"--date={git_date(self.authored_at)}")
        return options


def git_date(moment: datetime) -> str:
    """git's own form ``@SECONDS ZONE``; seconds are whole. Raises ValueError for a naive ``moment``."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be recorded")
    return f"@{int(moment.timestamp())} {moment:%z}"


def _without_crud(text: str) -> str:
    return " ".join(text.translate({ord(mark): " " for mark in "<>\n\0"}).split())


def identity(git: GitProcess, role: str) -> Identity:
    """Who git takes for the ``AUTHOR`` or the ``COMMITTER``: environment, then configuration.

    Raises ProtectedError when nobody said; git's guess from account and host name counts as nobody.
    """
    done = git.run("-c", "user.useConfigOnly=true", "var", f"GIT_{role}_IDENT")
    if done.returncode != 0:
        raise ProtectedError(
            "git does not know who you are: neither name nor email is configured",
            hint="git config --global user.name 'Your Name' && git config --global user.email 'you@example.com'",
        )
    name, _, rest = done.stdout.decode("utf-8", "replace").rpartition(" <")
    return Identity(name, rest.partition(">")[0])


def commit_only(git: GitProcess, draft: Draft, *, parent: CommitId | None, head: Callable[[], CommitId | None]) -> None:
    """Commit exactly the draft's paths on top of ``parent``, as the work tree has them now.

    ``head`` says where HEAD is. Raises GitRefusedError, the index being as it was then.
    """
    before = git_index.entries(git, draft.paths)
    known = _known_to_head(git, draft.paths, parent) | {path for path, held in before.items() if held}
    new = [path for path in before if path not in known and os.path.lexists(git.root / path)]
    paths = sorted(known | set(new))
    if not paths:
        raise _nothing(draft)

    def make() -> None:
        if new:
            git.output("add", "--force", "--intent-to-add", *pathspecs(new))
        options = draft.arguments()
        git.output("commit", "--only", *options, *pathspecs(paths), stdin=draft.message.encode())

    _or_put_back(git, make, before, lambda: head() != parent)


def commit_index(
    git: GitProcess, draft: Draft, *, parent: CommitId | None, head: Callable[[], CommitId | None]
) -> None:
    """Stage the draft's paths and commit all of the index: the way to conclude a merge.

    Raises ConflictError while other paths are in conflict, GitRefusedError as `commit_only` does.
    """
    before = git_index.entries(git, draft.paths)
    if rest := sorted(git_index.unmerged(git) - set(before)):
        raise ConflictError(f"'{rest[0]}' is still in conflict", hint=f"git add -- '{rest[0]}'")
    there = [path for path, held in before.items() if held or os.path.lexists(git.root / path)]

    def make() -> None:
        if there:
            git.output("add", "--force", "--all", *pathspecs(there))
        git.output("commit", *draft.arguments(), stdin=draft.message.encode())

    _or_put_back(git, make, before, lambda: head() != parent)


def _or_put_back(
    git: GitProcess, make: Callable[[], None], before: git_index.Entries, moved: Callable[[], bool]
) -> None:
    try:
        make()
    except BaseException as error:
        if not moved():
            with suppress(DsvcError):  # the first error is the one to tell
                if git_index.entries(git, list(before)) != before:
                    git_index.put_entries(git, before)
            raise
        # The commit is made; git only failed to write the index after it (a full disk).
        if not isinstance(error, GitRefusedError):
            raise


def _known_to_head(git: GitProcess, paths: Sequence[str], parent: CommitId | None) -> set[str]:
    if parent is None:
        return set()
    names = git.output("ls-tree", "--name-only", "-z", "--full-tree", parent, *pathspecs(paths))
    return {os.fsdecode(name) for name in names.split(b"\0") if name}


def _nothing(draft: Draft) -> UsageError:
    return UsageError(f"there is nothing to commit at '{draft.paths[0] if draft.paths else ''}'")


def commit_detached(git: GitProcess, files: Mapping[str, bytes], message: str, *, parent: CommitId | None) -> CommitId:
    """Write a commit that no branch holds: the tree of ``parent`` with ``files`` put in, byte for byte.

    Index, work tree and HEAD are not touched, no hook runs and nothing is signed: this keeps data
    alive, it publishes nothing. It must work for somebody without a name, too (`SAVING`).
    """
    blobs = {path: [b"100644 " + _blob(git, content) + b" 0"] for path, content in files.items()}
    with tempfile.TemporaryDirectory(prefix="dsvc-index-") as folder:
        index_file = str(Path(folder) / "index")
        env = {"GIT_INDEX_FILE": index_file}
        git.output("read-tree", parent or "--empty", env=env)
        git_index.put_entries(git, blobs, index_file=index_file)
        tree = git.output("write-tree", env=env).decode().strip()
    parents = ["-p", parent] if parent else []
    made = git.output("commit-tree", tree, *parents, stdin=message.encode(), env=_someone(git))
    return CommitId(made.decode().strip())


def _blob(git: GitProcess, content: bytes) -> bytes:
    return git.output("hash-object", "-w", "--stdin", stdin=content).strip()


def _someone(git: GitProcess) -> dict[str, str]:
    env = {}
    for role in ("AUTHOR", "COMMITTER"):
        try:
            identity(git, role)
        except ProtectedError:
            env |= {f"GIT_{role}_NAME": SAVING.name, f"GIT_{role}_EMAIL": SAVING.email}
    return env


def checked(paths: Sequence[str], message: str) -> tuple[str, ...]:
    """The paths, each once and in its plain form. Raises UsageError for bad ones or a blank message."""
    if not message.strip():
        raise UsageError("a commit needs a reason: its message is empty")
    return tuple(dict.fromkeys(inside(path) for path in paths))
