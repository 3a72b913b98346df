"""Reading commits, trees and references with pygit2: no process is started, nothing is written."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pygit2
from pygit2.enums import FileMode, SortMode

from dsvc.errors import NotFoundError, ProtectedError, UsageError
from dsvc.store.git_values import CommitId, CommitInfo, Identity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def open_repository(path: Path) -> pygit2.Repository:
    """The repository whose work tree holds ``path`` (which need not exist yet).

    Raises NotFoundError when there is none, UsageError for a bare one or one that libgit2 cannot
    read, ProtectedError for one that belongs to another user.
    """
    folder = path.absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    try:
        found = pygit2.discover_repository(str(folder))
        repository = pygit2.Repository(found) if found else None
    except (pygit2.GitError, KeyError, OSError) as error:
        raise _unreadable(folder, str(error)) from error
    if repository is None:
        raise NotFoundError(f"'{path}' is not in a git repository", hint="dsvc init")
    if repository.is_bare or repository.workdir is None:
        raise UsageError(
            f"'{path}' is a bare git repository: it has no files to work on",
            hint=f"git clone '{path}' work",
        )
    return repository


def _unreadable(folder: Path, reason: str) -> NotFoundError | ProtectedError | UsageError:
    if "not owned by current user" in reason:
        return ProtectedError(
            f"the git repository at '{folder}' belongs to another user",
            hint=f"git config --global --add safe.directory '{folder}'",
        )
    return UsageError(f"cannot read the git repository at '{folder}': {reason}", hint="git status")


def head(repository: pygit2.Repository) -> CommitId | None:
    """The commit that HEAD is at, or None before the first commit."""
    if repository.head_is_unborn:
        return None
    return CommitId(str(repository.head.target))


def branch(repository: pygit2.Repository) -> str | None:
    """The branch that HEAD is on (also when it has no commit yet), or None when HEAD is detached."""
    target = repository.lookup_reference("HEAD").target
    return target.removeprefix("refs/heads/") if isinstance(target, str) else None


def commit_object(repository: pygit2.Repository, commit: CommitId) -> pygit2.Commit:
    """The commit of that id. Raises NotFoundError when it is not here (never was, or is cut off)."""
    try:
        found = repository[commit].peel(pygit2.Commit)
    except (KeyError, ValueError, pygit2.GitError) as error:
        raise NotFoundError(f"there is no commit '{commit}' in this repository", hint="git fetch") from error
    if str(found.id) != commit:
        raise NotFoundError(f"'{commit}' is not the full id of a commit")
    return found


def peel(repository: pygit2.Repository, name: str) -> CommitId | None:
    """The commit that the object of that full id is or (being a tag) points to; None if there is none."""
    try:
        return CommitId(str(repository[name].peel(pygit2.Commit).id))
    except (KeyError, ValueError, pygit2.GitError):
        return None


def info(commit: pygit2.Commit) -> CommitInfo:
    """What a commit says about itself."""
    author = commit.author
    zone = timezone(timedelta(minutes=author.offset))
    return CommitInfo(
        id=CommitId(str(commit.id)),
        parents=tuple(CommitId(str(parent)) for parent in commit.parent_ids),
        author=Identity(author.name, author.email),
        authored_at=datetime.fromtimestamp(author.time, zone),
        message=commit.message,
    )


def file_at(commit: pygit2.Commit, path: str) -> pygit2.Blob | None:
    """The regular file at ``path`` in a commit; None for no entry, a folder, a link or a submodule.

    A symbolic link's "content" is the path it points to, never data.
    """
    try:
        entry = commit.tree[path]
    except KeyError:
        return None
    return entry if isinstance(entry, pygit2.Blob) and entry.filemode != FileMode.LINK else None


def files_named(commit: pygit2.Commit, folder: str, name: str) -> Iterator[str]:
    """The paths of all files called ``name`` at any depth below ``folder`` ("" is the top), in tree order."""
    try:
        top = commit.tree[folder] if folder else commit.tree
    except KeyError:
        return
    if isinstance(top, pygit2.Tree):
        yield from _files_named(top, f"{folder}/" if folder else "", name)


def _files_named(tree: pygit2.Tree, prefix: str, name: str) -> Iterator[str]:
    for entry in tree:
        if isinstance(entry, pygit2.Tree):
            yield from _files_named(entry, f"{prefix}{entry.name}/", name)
        elif entry.name == name and isinstance(entry, pygit2.Blob) and entry.filemode != FileMode.LINK:
            yield prefix + name


def walk(repository: pygit2.Repository, start: CommitId | None, path: str | None = None) -> Iterator[pygit2.Commit]:
    """The commits reachable from ``start``, newest first and never a parent before its child.

    With ``path``: only those that brought in what is at ``path``, that is, whose entry there is
    another than each parent's. Only ids of tree entries are compared; no content is read.
    """
    if start is None:
        return
    commit_object(repository, start)
    walker = repository.walk(pygit2.Oid(hex=start), SortMode.TOPOLOGICAL | SortMode.TIME)
    if path is None:
        yield from walker
        return
    seen: dict[pygit2.Oid, pygit2.Oid | None] = {}
    for commit in walker:
        here = _entry_id(commit, path, seen)
        before = [_entry_id(parent, path, seen) for parent in commit.parents] or [None]
        if here not in before:
            yield commit
        del seen[commit.id]


def _entry_id(commit: pygit2.Commit, path: str, seen: dict[pygit2.Oid, pygit2.Oid | None]) -> pygit2.Oid | None:
    if commit.id not in seen:
        try:
            seen[commit.id] = commit.tree[path].id
        except KeyError:
            seen[commit.id] = None
    return seen[commit.id]


def branches(repository: pygit2.Repository) -> dict[str, CommitId]:
    """Branches here, then remote-tracking ones, each kind by name; names that only point to others are left out."""
    found = {}
    for kind in ("refs/heads/", "refs/remotes/"):
        for reference in sorted(repository.references):
            target = repository.references[reference].target if reference.startswith(kind) else None
            if isinstance(target, pygit2.Oid):
                found[reference.removeprefix(kind)] = CommitId(str(target))
    return found


def tags(repository: pygit2.Repository, prefix: str) -> dict[str, CommitId]:
    """All tags whose name starts with ``prefix``, each with the commit it stands for.

    Tags on trees and blobs are left out: they name no version of anything.
    """
    found = {}
    for reference in repository.references:
        name = reference.removeprefix("refs/tags/")
        if name != reference and name.startswith(prefix):
            target = peel(repository, str(repository.references[reference].resolve().target))
            if target is not None:
                found[name] = target
    return found
