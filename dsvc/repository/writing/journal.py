"""The journal: what a writing verb is about to do, written down before it does it.

Each operation is one file in ``<git dir>/dsvc/operations/``. An *open* one belongs to a process that runs or has
died; the next writer rolls it back or completes it. A *done* one is what ``undo`` needs. Numbers grow, so the last
one is the newest.
"""

from __future__ import annotations

from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec.structs import replace

from dsvc.durable import flush_folder, replace_flushed, sealed, sweep, unsealed
from dsvc.errors import CorruptError
from dsvc.working_copy import Base, Stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

State = Literal["open", "done", "undone"]
KEPT_OPERATIONS = 200


class FileMove(msgspec.Struct, frozen=True, kw_only=True):
    """A staged file and where it goes; ``temporary`` None: the file is removed.

    ``sha256_before`` and ``stamp_before`` tell what lay there when it was decided (None: no file), so that nobody's
    later edit is overwritten.
    """

    path: str
    temporary: str | None
    sha256_before: str | None
    sha256_after: str | None
    stamp_before: Stamp | None = None

    @staticmethod
    def from_json(raw: dict[str, Any]) -> FileMove:
        """From what is stored."""
        stamp = raw["stamp_before"]
        return FileMove(**{**raw, "stamp_before": Stamp(**stamp) if stamp is not None else None})


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One operation on one dataset.

    ``parent`` and ``commit`` are HEAD before and after (equal when the history is not touched); ``paths`` are dsvc's
    files that entered the commit; ``extra`` maps shared files (ignore files) to their text before and after; ``saved``
    is the tag that holds overwritten edits; ``undoes`` the number of the operation that this one took back;
    ``brought_in`` that of the import which put the committed file in its place. Of an adoption: ``untracked`` are the
    paths that git keeps no more although their files stay, ``retired`` the files that go, with their text; ``earlier``
    the commits of older versions (oldest first) with the tags they get; the new commit is put on top of the last one.
    ``facts`` of an operation that makes no version (a pilot, a result): the sha256 of each file that it wrote, None for
    one that it removed. ``untagged`` are a tag that it takes away, and the commit that it was on.
    ``remembers`` is what the next commit is to know of it. ``replaced``: files that are no dataset's, each with the
    sha256 of what it was and of what it became (None: there was none); both are kept beside the journal.
    """

    number: int
    verb: str
    state: State
    at: str
    dataset: dict[str, str]
    summary: str
    parent: str | None
    version: str | None = None
    commit: str | None = None
    tag: str | None = None
    paths: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str | None, str]] = msgspec.field(default_factory=dict)
    base_before: dict[str, Any] | None = None
    base_after: dict[str, Any] | None = None
    moves: tuple[FileMove, ...] = ()
    saved: str | None = None
    undoes: int | None = None
    brought_in: int | None = None
    untracked: tuple[str, ...] = ()
    retired: Mapping[str, str] = msgspec.field(default_factory=dict)
    earlier: tuple[tuple[str, str | None], ...] = ()
    facts: Mapping[str, str | None] = msgspec.field(default_factory=dict)
    untagged: tuple[str, str] | None = None
    remembers: Mapping[str, Any] = msgspec.field(default_factory=dict)
    replaced: Mapping[str, tuple[str | None, str | None]] = msgspec.field(default_factory=dict)

    @property
    def time(self) -> datetime:
        """When it was started."""
        return datetime.fromisoformat(self.at)

    def before(self) -> Base | None:
        """The base before the operation."""
        return None if self.base_before is None else Base.from_json(self.base_before)

    def after(self) -> Base | None:
        """The base after the operation."""
        return None if self.base_after is None else Base.from_json(self.base_after)

    def encode(self) -> bytes:
        """The journal file's bytes."""
        return sealed(msgspec.to_builtins(self))

    @staticmethod
    def decode(data: bytes) -> Entry:
        """From a journal file's bytes."""
        raw = unsealed(data)
        raw["moves"] = tuple(FileMove.from_json(move) for move in raw["moves"])
        raw["paths"] = tuple(raw["paths"])
        raw["untracked"] = tuple(raw.get("untracked", ()))
        raw["untagged"] = tuple(raw["untagged"]) if raw.get("untagged") else None
        raw["earlier"] = tuple((commit, tag) for commit, tag in raw.get("earlier", ()))
        raw["extra"] = {path: (old, new) for path, (old, new) in raw["extra"].items()}
        raw["replaced"] = {path: (old, new) for path, (old, new) in raw.get("replaced", {}).items()}
        return Entry(**raw)


class Journal:
    """The operations of one worktree, in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def entries(self) -> Iterator[Entry]:
        """All operations, newest first. Raises CorruptError when one cannot be read."""
        for file in sorted(self._files(), reverse=True):
            yield self._read(file)

    def open_entries(self) -> list[Entry]:
        """Operations that were begun and not closed, oldest first.

        Each writer closes them all before it begins one of its own, so they are the newest.
        """
        return list(takewhile(lambda entry: entry.state == "open", self.entries()))[::-1]

    def next_number(self) -> int:
        """The number for a new operation."""
        files = sorted(self._files())
        return int(files[-1].stem) + 1 if files else 1

    def write(self, entry: Entry) -> Entry:
        """Write an operation durably (a new one, or a new state of one)."""
        replace_flushed(self._file(entry.number), entry.encode())
        return entry

    def close(self, entry: Entry, **changes: Any) -> Entry:
        """Mark an operation as done, with what is known of it now."""
        closed = self.write(replace(entry, state="done", **changes))
        for old in sorted(self._files())[:-KEPT_OPERATIONS]:
            old.unlink(missing_ok=True)
        return closed

    def forget(self, entry: Entry) -> None:
        """Take an operation out that was rolled back."""
        self._file(entry.number).unlink(missing_ok=True)
        flush_folder(self._folder)

    def sweep(self) -> None:
        """Remove what dead writers left half written."""
        sweep(self._folder)

    def _files(self) -> list[Path]:
        return list(self._folder.glob("[0-9]*.json")) if self._folder.is_dir() else []

    def _file(self, number: int) -> Path:
        return self._folder / f"{number:08d}.json"

    def _read(self, file: Path) -> Entry:
        try:
            return Entry.decode(file.read_bytes())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CorruptError(
                f"cannot read the journal entry '{file}': {error}",
                hint=f"rm '{file}' (that operation can then not be undone), then: dsvc status",
            ) from error
