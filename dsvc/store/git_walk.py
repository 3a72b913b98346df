"""Walks through git's history, branches and tags: one process each; the objects answer what that leaves open."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from dsvc.store import git_objects
from dsvc.store.git_process import pathspecs
from dsvc.store.git_values import CommitId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.store.git_batch import GitBatch
    from dsvc.store.git_process import GitProcess

_TAG_FIELDS = "%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)"
_GLOB = frozenset("*?[\\")
_MEANS_MORE = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{")
"""What no reference's name can have in it, because it means something in a revision."""


def commits(git: GitProcess, start: CommitId, path: str | None) -> Iterator[CommitId]:
    """The commits reachable from ``start``, newest first and never a parent before its child.

    With ``path``: those whose entry there is another than one of their parents'. Only trees are read, no content.
    """
    which = ["--full-history", start, *pathspecs([path])] if path is not None else [start, "--"]
    for line in git.output("rev-list", "--date-order", *which).splitlines():
        yield CommitId(line.decode())


def renamed_from(git: GitProcess, parent: CommitId, commit: CommitId, path: str) -> str | None:
    """The old name of a file that a commit renamed, as git finds it."""
    options = ("-r", "-z", "-M", "--diff-filter=R", "--name-status", "--no-commit-id")
    names = git.output("diff-tree", *options, parent, commit).split(b"\0")
    renamed = zip(names[1::3], names[2::3], strict=False)
    return next((os.fsdecode(old) for old, new in renamed if os.fsdecode(new) == path), None)


def brought_in(objects: GitBatch, commit: CommitId, parents: tuple[CommitId, ...], path: str) -> bool:
    """Whether what a commit has at ``path`` came with it: it is another than in each of its parents.

    `commits` has decided that for all but merges, of which it also lists those that took one side's.
    """
    if len(parents) < 2:
        return True
    here = git_objects.entry_at(objects, commit, path)
    return all(here != git_objects.entry_at(objects, parent, path) for parent in parents)


def branches(git: GitProcess) -> dict[str, CommitId]:
    """All branches, local and remote-tracking, by full reference name (``refs/remotes/origin/HEAD`` too)."""
    form = "--format=%(objectname) %(refname)"
    lines = git.output("for-each-ref", form, "refs/heads", "refs/remotes").splitlines()
    pairs = (os.fsdecode(line).split(" ", 1) for line in lines)
    return {name: CommitId(commit) for commit, name in pairs}


def tags(git: GitProcess, objects: GitBatch, prefix: str) -> dict[str, CommitId]:
    """All tags whose name starts with ``prefix``, each with the commit it stands for.

    Tags on trees and blobs are left out: they name no version of anything.
    """
    top = f"refs/tags/{prefix}"
    # A pattern's star ends at a slash. Names with marks of their own in them are looked for among all.
    patterns = ["refs/tags"] if _GLOB.intersection(prefix) or not prefix else [f"{top}*", f"{top}*/**"]
    found = {}
    for line in git.output("for-each-ref", f"--format={_TAG_FIELDS}", *patterns).splitlines():
        kind, target, inner_kind, inner, name = os.fsdecode(line).split(" ", 4)
        commit = _commit_of(objects, (kind, target), (inner_kind, inner)) if name.startswith(top) else None
        if commit is not None:
            found[name.removeprefix("refs/tags/")] = commit
    return found


def tagged(objects: GitBatch, name: str) -> CommitId | None:
    """The commit that one tag stands for; None when there is no such tag, or when it is on a tree or blob."""
    return None if _MEANS_MORE.search(name) else git_objects.peel(objects, f"refs/tags/{name}")


def _commit_of(objects: GitBatch, tagged: tuple[str, str], inner: tuple[str, str]) -> CommitId | None:
    for kind, target in (tagged, inner):
        if kind == "commit":
            return CommitId(target)
    return git_objects.peel(objects, inner[1]) if inner[0] == "tag" else None
