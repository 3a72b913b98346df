"""What lies in git's commits and trees: who made a commit, and which files it has."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

from dsvc.errors import CorruptError, NotFoundError, UsageError
from dsvc.store.git_values import CommitId, CommitInfo, Identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dsvc.store.git_batch import GitBatch, GitObject

FULL_ID = re.compile(r"[0-9a-f]{40}")
_ID_BYTES = 20
_PERSON = re.compile(rb"(?P<name>.*?) ?<(?P<email>.*)> (?P<time>-?\d+) (?P<sign>[+-])(?P<hours>\d\d)(?P<minutes>\d\d)")


class TreeEntry(NamedTuple):
    """What a folder holds under one name."""

    mode: int
    name: bytes
    id: str

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file. A symbolic link's "content" is the path it points to, never data."""
        return self.mode & 0o170000 == 0o100000

    @property
    def is_folder(self) -> bool:
        """Whether it is another tree."""
        return self.mode == 0o040000


def head(objects: GitBatch) -> CommitId | None:
    """The commit that HEAD is at, or None before the first commit."""
    return peel(objects, "HEAD")


def peel(objects: GitBatch, name: str) -> CommitId | None:
    """The commit that the object of that name is or (being a tag) points to; None if there is none."""
    found = objects.get(os.fsencode(f"{name}^{{commit}}"))
    return CommitId(found.id) if found is not None else None


def commit_object(objects: GitBatch, commit: CommitId) -> GitObject:
    """The commit of that id. Raises NotFoundError when it is not here (never was, or is cut off)."""
    found = objects.get(commit.encode()) if FULL_ID.fullmatch(commit) else None
    if found is None or found.kind != "commit":
        raise NotFoundError(f"there is no commit '{commit}' in this repository", hint="git fetch")
    return found


def info(commit: GitObject, *, cut_off: bool = False) -> CommitInfo:
    """What a commit says about itself; ``cut_off``: it is at the edge of a shallow clone, its parents are not here."""
    head, _, message = commit.data.partition(b"\n\n")
    fields: dict[bytes, list[bytes]] = {}
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        fields.setdefault(key, []).append(value)
    parents = () if cut_off else fields.get(b"parent", ())
    encoding = fields.get(b"encoding", [b"utf-8"])[0].decode("ascii", "replace")
    author, authored_at = _person(fields.get(b"author", [b""])[0], encoding)
    return CommitInfo(
        id=CommitId(commit.id),
        parents=tuple(CommitId(parent.decode()) for parent in parents),
        author=author,
        authored_at=authored_at,
        message=_text(message.lstrip(b"\n"), encoding),
    )


def _person(line: bytes, encoding: str) -> tuple[Identity, datetime]:
    match = _PERSON.fullmatch(line)
    if match is None:  # made by something else than git
        return Identity(_text(line, encoding), ""), datetime.fromtimestamp(0, timezone.utc)
    minutes = int(match["hours"]) * 60 + int(match["minutes"])
    offset = timedelta(minutes=-minutes if match["sign"] == b"-" else minutes)
    zone = timezone(offset) if abs(offset) < timedelta(days=1) else timezone.utc
    person = Identity(_text(match["name"], encoding), _text(match["email"], encoding))
    return person, datetime.fromtimestamp(int(match["time"]), zone)


def _text(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding, "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def folder(objects: GitBatch, commit: CommitId, path: str) -> list[TreeEntry]:
    """What lies in a folder of a commit ("" is the top); nothing where there is no such folder.

    Raises NotFoundError when there is no such commit, CorruptError when git has lost the folder, UsageError for a path
    that is not one line.
    """
    if "\n" in path:
        raise UsageError(f"cannot look for '{path}' in git: there is a line feed in it")
    found = objects.get(os.fsencode(f"{commit}:{path}")) if FULL_ID.fullmatch(commit) else None
    if found is None:  # not there, or lost: git's answer is the same
        found = _tree_at(objects, commit_object(objects, commit), path)
    return list(_entries(found)) if found is not None and found.kind == "tree" else []


def _tree_at(objects: GitBatch, commit: GitObject, path: str) -> GitObject | None:
    """The folder at ``path``, looked up step by step; None where there is none."""
    found = _tree(objects, commit.data.partition(b"\n")[0].removeprefix(b"tree ").decode())
    for name in os.fsencode(path).split(b"/") if path else ():
        entry = next((entry for entry in _entries(found) if entry.name == name), None)
        if entry is None or not entry.is_folder:
            return None
        found = _tree(objects, entry.id)
    return found


def _tree(objects: GitBatch, name: str) -> GitObject:
    found = objects.get(name.encode())
    if found is None or found.kind != "tree":
        raise CorruptError(f"git lacks the folder '{name}' of a commit", hint="git fsck --full")
    return found


def entry_at(objects: GitBatch, commit: CommitId, path: str) -> TreeEntry | None:
    """What a commit has at ``path``; None for nothing, and for the top itself."""
    parent, _, name = path.rpartition("/")
    wanted = os.fsencode(name)
    return next((entry for entry in folder(objects, commit, parent) if entry.name == wanted), None)


def file_at(objects: GitBatch, commit: CommitId, path: str) -> TreeEntry | None:
    """The regular file at ``path`` in a commit; None for no entry, a folder, a link or a submodule."""
    entry = entry_at(objects, commit, path)
    return entry if entry is not None and entry.is_file else None


def files_named(objects: GitBatch, commit: CommitId, top: str, name: str) -> Iterator[str]:
    """The paths of all files called ``name`` at any depth below ``top`` ("" is all), in tree order."""
    for found in _files_named(objects, folder(objects, commit, top), os.fsencode(name)):
        yield f"{top}/{os.fsdecode(found)}" if top else os.fsdecode(found)


def _files_named(objects: GitBatch, entries: Iterable[TreeEntry], name: bytes) -> Iterator[bytes]:
    for entry in entries:
        if entry.is_file and entry.name == name:
            yield name
        elif entry.is_folder:
            for found in _files_named(objects, _entries(_tree(objects, entry.id)), name):
                yield entry.name + b"/" + found


def _entries(tree: GitObject) -> Iterator[TreeEntry]:
    data, start = tree.data, 0
    while start < len(data):
        end = data.index(b"\0", start)
        mode, _, name = data[start:end].partition(b" ")
        start = end + 1 + _ID_BYTES
        yield TreeEntry(int(mode, 8), name, data[end + 1 : start].hex())
