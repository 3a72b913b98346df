"""The index and the work tree, for exactly the paths that were asked for and no others.

git has no command that puts single paths of the index back to what they were, merge stages
included; its own plumbing format for index entries (``git update-index --index-info``) can.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from dsvc.errors import ProtectedError
from dsvc.store.git_process import pathspecs
from dsvc.store.repository_path import inside

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dsvc.store.git_process import GitProcess

NO_ENTRY = b"0 " + b"0" * 40
"""The entry that takes a path out of the index, with all its stages."""

Entries = dict[str, list[bytes]]
"""For each path its index entries as ``mode SP blob SP stage`` (several while it is in conflict)."""


def entries(git: GitProcess, paths: Sequence[str]) -> Entries:
    """What the index holds for these paths; a path that is not in it has an empty list."""
    found: Entries = {inside(path): [] for path in paths}
    if not found:
        return found
    for line in git.output("ls-files", "--stage", "-z", *pathspecs(found)).split(b"\0"):
        entry, _, name = line.partition(b"\t")
        path = os.fsdecode(name)
        if path in found:  # a path that became a folder also lists what lies in the folder
            found[path].append(entry)
    return found


def put_entries(git: GitProcess, wanted: Mapping[str, Iterable[bytes]], *, index_file: str = "") -> None:
    """Make the index hold exactly these entries for these paths (none at all: not in the index).

    ``index_file`` names another index than the repository's.
    """
    lines = []
    for path, of_path in wanted.items():
        name = os.fsencode(inside(path))
        lines += [entry + b"\t" + name + b"\0" for entry in (NO_ENTRY, *of_path)]
    env = {"GIT_INDEX_FILE": index_file} if index_file else {}
    if lines:
        git.output("update-index", "--replace", "-z", "--index-info", stdin=b"".join(lines), env=env)


def unmerged(git: GitProcess) -> set[str]:
    """The paths that are still in conflict."""
    lines = git.output("ls-files", "--unmerged", "-z").split(b"\0")
    return {os.fsdecode(line.partition(b"\t")[2]) for line in lines if line}


def check_places(git: GitProcess, paths: Iterable[str]) -> None:
    """Raise ProtectedError where something that is not a file stands in the way of one of these files.

    A folder would be deleted with all that it holds. Behind a symbolic link the path may mean a file
    outside of the repository, and git, writing it, would replace the link by a folder.
    """
    for path in paths:
        target = git.root / inside(path)
        if target.parent.resolve() != target.parent:
            raise ProtectedError(f"'{path}' lies behind a symbolic link", hint=f"ls -ld '{target.parent}'")
        if target.is_dir() and not target.is_symlink():
            raise ProtectedError(f"'{path}' is a folder now", hint=f"mv '{target}' '{target}.aside'")


def write_files(git: GitProcess, paths: Iterable[str]) -> None:
    """Overwrite these files of the work tree with what the index holds for them."""
    names = b"".join(os.fsencode(inside(path)) + b"\0" for path in paths)
    if names:
        git.output("checkout-index", "--force", "--index", "-z", "--stdin", stdin=names)


def remove_files(git: GitProcess, paths: Iterable[str]) -> None:
    """Remove these files from the work tree, and the folders that are empty then, as git does."""
    for path in paths:
        target = git.root / inside(path)
        target.unlink(missing_ok=True)
        with suppress(OSError):  # not empty, which is where it ends
            for folder in target.parents:
                if folder == git.root:
                    break
                folder.rmdir()
