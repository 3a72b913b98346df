"""The exceptions that dsvc raises, each with its exit code and a way out.

A message says the fact first, in lower case, with the subject in single quotes and no final stop.
The way out goes into ``hint``: a command that works, or the one thing to do. The command line is
the only place that turns these into text and an exit status (``dsvc.cli.diagnostics``).
"""

from __future__ import annotations

import errno
import os
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """The published exit statuses of the ``dsvc`` command."""

    OK = 0
    """The command did what it was asked."""
    DIFFERENCES = 1
    """Differences or findings exist (``diff --exit-code``, ``validate``)."""
    USAGE = 2
    """Wrong usage: an unknown option, a value that makes no sense."""
    NOTHING = 3
    """Nothing to do it on: no repository, no such dataset, version or file."""
    BAD_DATA = 4
    """The input data cannot be accepted; it is named with file, line and column."""
    PROTECTED = 5
    """Refused, because going on would have destroyed or mixed up somebody's work."""
    CONFLICT = 6
    """A merge left conflicts to resolve."""
    CORRUPT = 7
    """Stored data is damaged, or two halves of different versions were put together."""
    REMOTE = 8
    """The remote storage could not be reached or lacks what was asked for."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C; nothing was left half done."""


class DsvcError(Exception):
    """Base of all errors that dsvc raises on purpose.

    ``message`` is one line; ``hint`` (optional) tells the way out, without the word "hint".
    """

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


class UsageError(DsvcError):
    """What was asked makes no sense, or is asked in the wrong way."""


class OwnRuleError(UsageError):
    """A rule of a team's own fails at a record. ``rule`` tells which one."""

    def __init__(self, message: str, *, hint: str = "", rule: str = "") -> None:  # another process may send it: pickle
        super().__init__(message, hint=f"{hint}, or leave it out: --skip {rule}")
        self.rule = rule


class SourceNeededError(UsageError):
    """Records were added, and nobody said where they come from. ``records`` tells how many, ``dataset`` to which,
    ``elsewhere`` the version that the others came from.
    """

    def __init__(self, records: int, dataset: str, elsewhere: str | None = None) -> None:
        added = "1 added record" if records == 1 else f"{records:,} added records"
        told = "" if elsewhere is None else f": {'it is' if records == 1 else 'they are'} not in {elsewhere}"
        super().__init__(
            f"{added} of '{dataset}' {'needs' if records == 1 else 'need'} a source{told}",
            hint="say where they come from: --source 'bank manual 2025' (or --source-field FIELD)",
        )
        self.records = records
        self.dataset = dataset


class NotFoundError(DsvcError):
    """There is no such repository, dataset, version or file."""

    exit_code = ExitCode.NOTHING


class NothingToCommitError(NotFoundError):
    """The working file is as in its version."""


class BadDataError(DsvcError):
    """The input data cannot be accepted as it is."""

    exit_code = ExitCode.BAD_DATA


class FoundErrorsError(BadDataError):
    """New lines have errors, and nobody said why they may stay. ``errors`` tells how many, ``places`` where the first
    are: file and line (from 1) of what was to be committed.
    """

    def __init__(self, message: str, *, hint: str, errors: int, places: tuple[tuple[str, int], ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.errors = errors
        self.places = places


class ProtectedError(DsvcError):
    """Refused, because somebody's work would have been lost."""

    exit_code = ExitCode.PROTECTED


class LockedError(ProtectedError):
    """Another process is writing to the repository."""


class HookError(ProtectedError):
    """A git hook, or git itself, refused the commit; nothing was changed.

    ``output``: all that it said, of which the message has the first line; ``who``: the message without that line.
    """

    output: str = ""
    who: str = ""


class StorageError(ProtectedError):
    """The disk, or the system in front of it, refused: it is full, read-only, or not ours to write to."""


def storage_error(error: OSError) -> StorageError:
    """An error of the file system as one that can be told to a user."""
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        hint = "make room there, then run the command again"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and error.filename:
        # What was to be made is not there, and the folder is whose rights count.
        there = error.filename if os.path.lexists(error.filename) else os.path.dirname(error.filename) or "."  # noqa: PTH120
        hint = f"see who may write there: ls -ld '{os.fsdecode(there)}'"
    else:
        hint = "look at what the system says of that place, then run the command again"
    return StorageError(f"{reason}: '{error.filename}'" if error.filename else reason, hint=hint)


class ConflictError(DsvcError):
    """Both sides changed the same record."""

    exit_code = ExitCode.CONFLICT


class CorruptError(DsvcError):
    """Stored data does not match its digest, or parts of different versions were mixed."""

    exit_code = ExitCode.CORRUPT


class RemoteError(DsvcError):
    """The remote storage failed or lacks an object."""

    exit_code = ExitCode.REMOTE


class MissingObjectError(RemoteError):
    """A stored object is neither in the local cache nor on a remote."""
