"""Tallies by the digests of what was counted, so that a version is measured once.

Derived data in the git directory's ``dsvc/cache/tallies/``, safe to delete at any time; a damaged file counts as none.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec
import xxhash

from dsvc.durable import temporary_beside
from dsvc.statistics.tally import How, Tally

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.snapshot import Snapshot

_FORMAT: Final = "dsvc.tally/1"
"""Goes up whenever something is counted otherwise."""
_KEPT_FILES: Final = 200


class TallyStore:
    """Tallies in a folder, by what they were counted of and how."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, snapshot: Snapshot, how: How) -> Tally | None:
        """What was counted of this content in this way, if it was."""
        path = self._path(snapshot, how)
        try:
            data = path.read_bytes() if path is not None else b""
            check, _, body = data.partition(b"\n")
            return msgspec.convert(json.loads(body), Tally, str_keys=True) if check == _check(body) else None
        except (OSError, ValueError):
            return None

    def keep(self, snapshot: Snapshot, how: How, counted: Tally) -> None:
        """Keep a tally; the oldest ones go. A full disk is no reason to fail: then nothing is kept."""
        path = self._path(snapshot, how)
        if path is None:
            return
        body = _as_json(counted)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = temporary_beside(path)
            try:
                temporary.write_bytes(_check(body) + b"\n" + body)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
            kept = sorted(self._folder.glob("*.tally"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
            for old in kept[_KEPT_FILES:]:
                old.unlink(missing_ok=True)

    def _path(self, snapshot: Snapshot, how: How) -> Path | None:
        """None for content of which no digest is known, such as a sample."""
        files = [file.sha256 for file in snapshot.layout.files]
        if not all(files):
            return None
        digest = xxhash.xxh3_128_hexdigest(_as_json((_FORMAT, how, files)))
        return self._folder / f"{digest}.tally"


def _as_json(value: object) -> bytes:
    """As the standard library writes it: labels may hold half of a surrogate pair, which no other encoder takes."""
    return json.dumps(msgspec.to_builtins(value, str_keys=True)).encode()


def _check(body: bytes) -> bytes:
    return f"{_FORMAT} {xxhash.xxh3_64_hexdigest(body)}".encode()
