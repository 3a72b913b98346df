"""The journal of the edits of one file: a line for each, flushed before the edit counts as accepted.

    {"check": …, "content": {"format": "dsvc.edits/1", "path": …, "sha256": …}}    the file that the edits are made on
    {"check": …, "content": {"do": "edit", "kind": "replace", "row": 4, …}}
    {"check": …, "content": {"do": "undo"}}                                         or "redo"
    {"check": …, "content": {"do": "save", "sha256": …, "inode": …}}                about to be written into the file
    {"check": …, "content": {"do": "saved"}}                                        it was

A line that a crash tore is dropped and told; whoever has the journal open holds a lock on it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.durable import flush, flush_folder, make_folders, sealed, unsealed, write_flushed
from dsvc.errors import LockedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FORMAT: Final = "dsvc.edits/1"
VERBS: Final = ("edit", "undo", "redo", "save", "saved")


class JournalText(msgspec.Struct, frozen=True):
    """What a journal says: its head (None: it is empty), the entries after it, and what could not be read."""

    head: dict[str, Any] | None
    entries: tuple[dict[str, Any], ...]
    good_bytes: int
    """Up to here it can be read."""
    torn_bytes: int
    """Of the last line, which a crash cut off."""
    lost_lines: int
    """Whole lines from the first damaged one on."""


def journal_path(folder: Path, name: str) -> Path:
    """Where the journal of a file lies."""
    return folder / (hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:32] + ".edits")


class EditJournal:
    """An open and locked journal. Empty until something is begun."""

    def __init__(self, path: Path, *, name: str) -> None:
        """Open it. Raises LockedError when another process edits the file."""
        self.path = path
        self._name = name
        make_folders(path.parent)
        self._fd = _locked(path, name)
        self.text = read_text(self._all())
        self._end = self.text.good_bytes

    def _all(self) -> bytes:
        with open(self._fd, "rb", closefd=False) as file:
            file.seek(0)
            return file.read()

    def begin(self, sha256: str) -> None:
        """Start anew, for the file with this digest."""
        os.ftruncate(self._fd, 0)
        self._end = 0
        self.append({"format": FORMAT, "path": self._name, "sha256": sha256})
        flush_folder(self.path.parent)

    def append(self, entry: dict[str, Any]) -> None:
        """Write an entry durably; when that fails, the journal is what it was."""
        data = sealed(entry)
        try:
            os.ftruncate(self._fd, self._end)
            os.lseek(self._fd, self._end, os.SEEK_SET)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._fd, rest) :]
            flush(self._fd)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path)) from error
        self._end += len(data)

    def rewrite(self, sha256: str, entries: Iterable[dict[str, Any]]) -> None:
        """Say something else, in one step: after a crash it says the one or the other."""
        head = {"format": FORMAT, "path": self._name, "sha256": sha256}
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        write_flushed(fresh, (sealed(entry) for entry in (head, *entries)), mode=0o600)
        fd = _locked(fresh, self._name)
        try:
            fresh.replace(self.path)
            flush_folder(self.path.parent)
        except BaseException:
            os.close(fd)
            raise
        os.close(self._fd)
        self._fd, self._end = fd, os.fstat(fd).st_size

    @property
    def is_empty(self) -> bool:
        """Whether nothing was begun."""
        return self._end == 0

    def set_aside(self) -> Path:
        """Copy what it says into another file, which nothing of dsvc touches any more."""
        data = self._all()
        copy = self.path.with_suffix(f".{hashlib.sha256(data).hexdigest()[:8]}.aside")
        if not copy.exists():
            write_flushed(copy, [data])
            flush_folder(copy.parent)
        return copy

    def clear(self) -> None:
        """Forget everything."""
        os.ftruncate(self._fd, 0)
        flush(self._fd)
        self._end = 0

    def close(self) -> None:
        """Let others edit; an empty journal goes."""
        if self._fd < 0:
            return
        if self.is_empty and not os.fstat(self._fd).st_size:
            self.path.unlink(missing_ok=True)
        os.close(self._fd)
        self._fd = -1


def _locked(path: Path, name: str) -> int:
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            raise LockedError(
                f"'{name}' is being edited in another place", hint="save and leave there, then try again"
            ) from None
        try:
            same = path.stat().st_ino == os.fstat(fd).st_ino
        except FileNotFoundError:
            same = False
        if same:
            return fd
        os.close(fd)  # its last editor has just removed it


def read_text(data: bytes) -> JournalText:
    """What the bytes of a journal say. Raises UsageError for the format of a newer dsvc."""
    entries: list[dict[str, Any]] = []
    good = lost = 0
    whole, _, torn = data.rpartition(b"\n")
    lines = [line + b"\n" for line in whole.split(b"\n")] if b"\n" in data else []
    for at, line in enumerate(lines):
        try:
            entry = unsealed(line)
            if entries and entry.get("do") not in VERBS:
                raise ValueError("this is no entry")
            entries.append(entry)
        except ValueError:
            lost = len(lines) - at
            break
        good += len(line)
    if not entries:
        return JournalText(None, (), 0, len(torn) if not lost else 0, lost)
    if entries[0].get("format") != FORMAT:
        raise UsageError(
            f"edits are kept in the format '{entries[0].get('format')}', which this dsvc does not know",
            hint="use the newer dsvc that they were made with",
        )
    return JournalText(entries[0], tuple(entries[1:]), good, len(torn), lost)
