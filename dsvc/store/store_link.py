"""Making a dataset's ``store/`` folder show a directory object, without a second copy of the bytes.

``store/`` is what DVC tracks; dsvc itself never reads it. Files are linked from the cache: a reflink
where the file system has them, else a hard link, else a copy (another file system), or in the order
that ``cache.type`` configures. A copy takes over the modification time of the object, which is how
the next run knows it as its own and does not copy again.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import sys
from typing import TYPE_CHECKING

from dsvc.errors import CorruptError, ProtectedError
from dsvc.store.objects import ObjectId, ObjectStore, missing_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from dsvc.store.object_cache import ObjectCache

_OURS = re.compile(r"[0-9a-f]{32}\.(?:jsonl|layout|idx)")
_PARTIAL = ".dsvc-link-"
_DEFAULT_TYPES = ("reflink", "hardlink")
_FICLONE = 0x40049409
"""Linux' ``ioctl`` that shares the blocks of one file with another (``linux/fs.h``)."""


def link_folder(
    folder: Path,
    entries: Mapping[str, ObjectId],
    cache: ObjectCache,
    *,
    types: Sequence[str] = (),
    previous: Iterable[str] = (),
) -> list[str]:
    """Make ``folder`` hold exactly ``entries``; return the names of foreign files left untouched.

    Files that do not belong are removed only if they are ours: packs and their sidecars, and names
    in ``previous``. Raises ``MissingObjectError`` before anything is changed.
    """
    check(folder, entries, cache)
    folder.mkdir(parents=True, exist_ok=True)
    for name, oid in entries.items():
        source, target = cache.path(oid), folder / name
        if not _is_current(source, target):
            _place(source, target, types or _DEFAULT_TYPES)
    return remove_ours(folder, keep=frozenset(entries), previous=frozenset(previous))


def check(folder: Path, entries: Mapping[str, ObjectId], objects: ObjectStore) -> None:
    """Raise before anything is written to a folder that is a link, under an unsafe name, or without all objects."""
    if folder.is_symlink():
        raise ProtectedError(f"'{folder}' is a symbolic link; dsvc writes only to a real folder")
    for name, oid in entries.items():
        if "/" in name or name in ("", ".", ".."):
            raise CorruptError(f"'{name}' cannot be a file in '{folder.name}'", hint="dsvc fsck")
        if not objects.has(oid):
            raise missing_object(oid)


def _is_current(source: Path, target: Path) -> bool:
    """Tell whether ``target`` is a link to the object, or a copy this module made of it."""
    try:
        ours, theirs = source.stat(), target.lstat()
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(theirs.st_mode):
        return target.resolve() == source.resolve()
    if os.path.samestat(ours, theirs):
        return True
    same_stamp = (ours.st_size, ours.st_mtime_ns) == (theirs.st_size, theirs.st_mtime_ns)
    return same_stamp and stat.S_ISREG(theirs.st_mode)


def _place(source: Path, target: Path, types: Sequence[str]) -> None:
    """Put a link to ``source`` at ``target`` by way of a temporary name."""
    partial = target.with_name(f"{_PARTIAL}{secrets.token_hex(8)}")
    try:
        _first_that_works(source, partial, types)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)  # also: renaming a hard link over another to the same file keeps both


def _first_that_works(source: Path, partial: Path, types: Sequence[str]) -> None:
    for kind in types:
        if kind in _LINKERS:
            try:
                _LINKERS[kind](source, partial)
            except OSError:
                partial.unlink(missing_ok=True)
            else:
                return
    _copy(source, partial)


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    _take_over_stamp(source, target)


def _reflink(source: Path, target: Path) -> None:
    if sys.platform != "linux":
        raise OSError("no reflinks here")
    import fcntl

    with source.open("rb") as original, target.open("xb") as clone:
        fcntl.ioctl(clone.fileno(), _FICLONE, original.fileno())
    _take_over_stamp(source, target)


def _take_over_stamp(source: Path, target: Path) -> None:
    status = source.stat()
    target.chmod(0o444)
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _hardlink(source: Path, target: Path) -> None:
    target.hardlink_to(source)


def _symlink(source: Path, target: Path) -> None:
    target.symlink_to(source)


_LINKERS: Mapping[str, Callable[[Path, Path], None]] = {
    "reflink": _reflink,
    "hardlink": _hardlink,
    "symlink": _symlink,
    "copy": _copy,
}


def remove_ours(folder: Path, *, keep: frozenset[str], previous: frozenset[str]) -> list[str]:
    """Remove packs, sidecars and the names in ``previous`` that are not to be kept; return the foreign names left."""
    foreign = []
    for path in sorted(folder.iterdir()):
        if path.name in keep:
            continue
        ours = _OURS.fullmatch(path.name) or path.name in previous or path.name.startswith(_PARTIAL)
        if ours and not path.is_dir():
            path.unlink()
        else:
            foreign.append(path.name)
    return foreign
