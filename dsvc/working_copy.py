"""The user's files: which version they were written from, whether they were edited, and how they are replaced.

The *base* of each dataset lies in the git directory (one for each worktree). It is the only thing that tells an edit
from a stale file, so it is written durably and never guessed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import asdict

from dsvc.durable import (
    flush_folder,
    make_folders,
    replace_flushed,
    sealed,
    sweep,
    temporary_beside,
    unsealed,
    write_flushed,
)
from dsvc.errors import BadDataError, CorruptError, NotFoundError, ProtectedError, UsageError
from dsvc.origin import VersionId
from dsvc.own_files import is_baseline
from dsvc.safe_path import require_inside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dsvc.pipeline import Stage

_UNWRITABLE = "[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]"
_RACY_NS = 20_000_000
"""A file changed this shortly before we looked may change again without its time stamp moving."""


class Stamp(msgspec.Struct, frozen=True):
    """What the file system says of a file; equal stamps mean an untouched file."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @staticmethod
    def of(status: os.stat_result) -> Stamp:
        """The stamp in a stat result."""
        return Stamp(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


class BaseFile(msgspec.Struct, frozen=True):
    """One file as it was last known to be equal to its base version; ``stamp`` None: look at the content."""

    sha256: str
    stamp: Stamp | None


class Base(msgspec.Struct, frozen=True):
    """The version that a working file (or the files of a folder) was written from."""

    version: VersionId
    files: Mapping[str, BaseFile]

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        files = {p: {"sha256": f.sha256, "stamp": asdict(f.stamp) if f.stamp else None} for p, f in self.files.items()}
        return {"version": self.version, "files": files}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Base:
        """From what is stored."""
        files = {
            path: BaseFile(file["sha256"], Stamp(**file["stamp"]) if file["stamp"] else None)
            for path, file in data["files"].items()
        }
        return Base(VersionId(data["version"]), files)


def _linked(part: Path, called: str) -> ProtectedError:
    if part.is_dir():
        hint = f"put the folder itself there: cp -rL '{part}' '{part}.copy' && rm '{part}' && mv '{part}.copy' '{part}'"
    else:
        hint = f"put the file itself there: cp --remove-destination \"$(realpath '{part}')\" '{part}'"
    return ProtectedError(f"'{called}' is a symbolic link; dsvc reads and writes only real files", hint=hint)


class WorkingCopy:
    """The working files below ``root``; bases are kept in ``state`` (the git directory's ``dsvc`` folder)."""

    def __init__(self, root: Path, state: Path) -> None:
        self.root = root
        self._bases = state / "base"

    def path(self, name: str) -> Path:
        """The file with this repository path.

        Raises ProtectedError when it leads outside the repository, or when it, or a folder on the way, is a symbolic
        link: writing through it could touch what lies outside.
        """
        try:
            require_inside(name)
        except ValueError as error:
            raise ProtectedError(str(error)) from None
        path = self.root / name
        for part in [path, *path.parents]:
            if part == self.root:
                break
            if part.is_symlink():
                raise _linked(part, str(part.relative_to(self.root)))
        return path

    # Bases

    def base(self, dataset_path: str) -> Base | None:
        """The base of a dataset, None when it is not known. Raises CorruptError when it cannot be read."""
        file = self._base_file(dataset_path)
        try:
            return Base.from_json(unsealed(file.read_bytes()))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CorruptError(
                f"cannot read '{file}', which tells the version that '{dataset_path}' was written from: {error}",
                hint=f"rm '{file}' (it is found again by comparing the file with its versions)",
            ) from error

    def set_base(self, dataset_path: str, base: Base | None) -> None:
        """Remember (or forget) the base of a dataset."""
        make_folders(self._bases)
        with self._bases_locked(wait=True):
            self._write_base(dataset_path, base)

    def note_base(self, dataset_path: str, base: Base, *, instead_of: Base | None) -> None:
        """Remember more about a base, for a reader who holds no lock: only if nothing has changed since it looked.

        Nothing happens where the repository cannot be written to, or while somebody else writes.
        """
        with suppress(OSError), self._bases_locked(wait=False):
            if self.base(dataset_path) == instead_of:
                self._write_base(dataset_path, base)

    def _write_base(self, dataset_path: str, base: Base | None) -> None:
        sweep(self._bases)
        file = self._base_file(dataset_path)
        if base is not None:
            replace_flushed(file, sealed({"dataset": dataset_path, **base.to_json()}))
        elif file.exists():
            file.unlink()
            flush_folder(file.parent)

    @contextmanager
    def _bases_locked(self, *, wait: bool) -> Iterator[None]:
        """Held for the moment that a base is written in: a reader must not put back what a writer has replaced."""
        fd = os.open(self._bases, os.O_RDONLY)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            yield
        finally:
            os.close(fd)

    def _base_file(self, dataset_path: str) -> Path:
        _require_writable_down(dataset_path)
        return self._bases / (hashlib.sha256(dataset_path.encode()).hexdigest()[:32] + ".json")

    # Looking

    def stamp(self, name: str) -> Stamp:
        """The stamp of a working file.

        Raises NotFoundError when it is missing, BadDataError when it is no regular file or cannot be read.
        """
        path = self.path(name)
        try:
            status = path.stat()
        except FileNotFoundError:
            raise NotFoundError(f"there is no file '{name}'", hint="dsvc restore") from None
        except OSError as error:
            raise BadDataError(
                f"cannot read '{name}': {str(error.strerror).lower()}", hint=f"see what it is: ls -l '{name}'"
            ) from error
        if not stat.S_ISREG(status.st_mode):
            raise BadDataError(f"'{name}' is not a regular file", hint=f"put the data itself there: rm '{name}'")
        if not os.access(path, os.R_OK):
            raise BadDataError(f"cannot read '{name}': permission denied", hint=f"chmod u+r '{name}'")
        return Stamp.of(status)

    def hashed(self, name: str) -> tuple[str, Stamp | None]:
        """The sha256 of a file's bytes, and its stamp if the file was left alone for as long as it was read."""
        started = time.time_ns()
        digest = hashlib.sha256()
        with open(self.open(name), "rb", buffering=0) as file:
            before = Stamp.of(os.fstat(file.fileno()))
            while chunk := file.read(1 << 20):
                digest.update(chunk)
            after = Stamp.of(os.fstat(file.fileno()))
        same = before == after == self.stamp(name) and before.mtime_ns < started - _RACY_NS
        return digest.hexdigest(), before if same else None

    def unchanged(self, name: str, base: BaseFile) -> bool | None:
        """Whether a file is as its base has it, by stamp alone; None: its content must be looked at."""
        try:
            stamp = self.stamp(name)
        except NotFoundError:
            return False
        if base.stamp == stamp:
            return True
        if base.stamp is not None and base.stamp.size != stamp.size:
            return False
        return None

    def sha256(self, name: str) -> str:
        """The sha256 of a working file's bytes. Raises what :meth:`open` raises."""
        digest = hashlib.sha256()
        with open(self.open(name), "rb", buffering=0) as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        return digest.hexdigest()

    def open(self, name: str) -> int:
        """A working file opened for reading: its descriptor.

        Never waits (a FIFO) and never follows a link, whatever the file turned into since somebody looked. Raises
        what :meth:`stamp` raises.
        """
        self.stamp(name)
        try:
            fd = os.open(self.path(name), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
        except OSError as error:
            raise BadDataError(
                f"cannot read '{name}': {str(error.strerror).lower()}", hint=f"see what it is: ls -l '{name}'"
            ) from error
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise BadDataError(f"'{name}' is not a regular file", hint=f"see what it is: ls -l '{name}'")
        return fd

    def is_edited(self, name: str, base: BaseFile) -> bool:
        """Whether a file's content differs from its base (a missing file counts as edited)."""
        known = self.unchanged(name, base)
        return (self.sha256(name) != base.sha256) if known is None else not known

    def list_folder(self, folder: str) -> list[str]:
        """Repository paths of the JSONL files directly in a folder, sorted; without baselines, which are not data.

        Raises UsageError for a name that cannot be written down.
        """
        path = self.path(folder)
        files = [p for p in path.iterdir() if p.name.endswith(".jsonl") and not p.name.startswith(".")]
        names = [file.name for file in files if not is_baseline(file)]
        for name in names:
            _require_writable_down(str(PurePosixPath(folder) / name))
        return sorted(str(PurePosixPath(folder) / name) for name in names)

    def settled(self, stamp: Stamp) -> Stamp | None:
        """The stamp, unless the file was changed so recently that another change could hide behind it."""
        from time import time_ns

        return stamp if stamp.mtime_ns < time_ns() - _RACY_NS else None

    # Replacing

    def stage(self, name: str, chunks: Iterable[bytes], sha256: str | None) -> Path:
        """Write a file's new content beside it and flush it; nothing is replaced yet.

        Raises CorruptError when the bytes do not have the expected sha256 (None: any will do).
        """
        from dsvc.pipeline import Stage

        target = self.path(name)
        make_folders(target.parent)
        temporary = temporary_beside(target)
        digest = hashlib.sha256()
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
        hashing: Stage[bytes] = Stage(digest.update)
        with hashing:
            write_flushed(temporary, _handed_to(hashing, chunks), mode=mode)
        if sha256 is not None and digest.hexdigest() != sha256:
            temporary.unlink()
            raise CorruptError(f"what the store holds of '{name}' is not what was committed", hint="dsvc fsck")
        return temporary

    def put(self, temporary: Path, name: str) -> None:
        """Move a staged file to its place."""
        target = self.path(name)
        make_folders(target.parent)
        temporary.replace(target)
        flush_folder(target.parent)

    def remove(self, name: str) -> None:
        """Remove a working file."""
        path = self.path(name)
        path.unlink(missing_ok=True)
        if path.parent.exists():
            flush_folder(path.parent)


def _require_writable_down(name: str) -> None:
    """Raise UsageError for a name that is not UTF-8, or has line ends or other control characters in it.

    Manifests are UTF-8, and gitignore(5) has one rule on each line.
    """
    if not re.search(_UNWRITABLE, name):
        return
    from shlex import quote

    shown = re.sub(_UNWRITABLE, lambda match: match.group().encode("unicode_escape").decode(), name)
    pattern = re.sub(r"([^\w./?-])", r"\\\1", re.sub(_UNWRITABLE, "?", name))
    raise UsageError(
        f"'{shown}' cannot be the name of a file with data: it is not UTF-8, or has control characters in it",
        hint=f"rename it: mv {pattern} {quote(re.sub(_UNWRITABLE, '-', name))}",
    )


def _handed_to(hashing: Stage[bytes], chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        hashing.put(chunk)
        yield chunk


__all__ = ["Base", "BaseFile", "Stamp", "WorkingCopy"]
