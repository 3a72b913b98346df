"""Files of what can be worked out again: kept so that it need not be, and worth nothing when in doubt.

They lie in folders of the git directory's ``dsvc/cache/``, safe to delete at any time. Each begins with a digest of its
body, so that a damaged one counts as none; it is written beside its name and renamed, but not flushed.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import xxhash

from dsvc.durable import TEMPORARY, temporary_beside

if TYPE_CHECKING:
    from pathlib import Path

_FORMAT: Final = b"dsvc.derived/1"
_ABANDONED: Final = 24 * 3600.0
"""Seconds after which a file that was never renamed is nobody's any more."""


class DerivedFiles:
    """Files of one kind in a folder; of more than ``most`` the ones written first go."""

    def __init__(self, folder: Path, suffix: str, most: int) -> None:
        self._folder = folder
        self._suffix = suffix
        self._most = most

    def read(self, name: str) -> bytes | None:
        """What was kept under a name; None where nothing was, or it is damaged."""
        try:
            data = (self._folder / f"{name}{self._suffix}").read_bytes()
        except OSError:
            return None
        check, _, body = data.partition(b"\n")
        return body if check == _check(body) else None

    def write(self, name: str, body: bytes) -> None:
        """Keep something under a name. A full disk is no reason to fail: then it is not kept."""
        target = self._folder / f"{name}{self._suffix}"
        with suppress(OSError):
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = temporary_beside(target)
            try:
                temporary.write_bytes(_check(body) + b"\n" + body)
                temporary.replace(target)
            finally:
                temporary.unlink(missing_ok=True)

    def prune(self) -> None:
        """Let the oldest go, and what a killed process left half written."""
        with suppress(OSError):
            kept = sorted(self._folder.glob(f"*{self._suffix}"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
            for old in kept[self._most :]:
                old.unlink(missing_ok=True)
            before = time.time() - _ABANDONED
            for left in self._folder.glob(f"{TEMPORARY}*"):
                if left.stat().st_mtime < before:
                    left.unlink(missing_ok=True)


def _check(body: bytes) -> bytes:
    return _FORMAT + b" " + xxhash.xxh3_64_hexdigest(body).encode()
