"""Tallies by the digests of what was counted, so that a version is measured once.

They lie in the git directory's ``dsvc/cache/tallies/`` (:mod:`dsvc.derived`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import msgspec
import xxhash

from dsvc.derived import DerivedFiles
from dsvc.statistics.tally import How, Tally

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.snapshot import Snapshot

_FORMAT: Final = "dsvc.tally/2"
"""Goes up whenever something is counted otherwise."""
_KEPT_FILES: Final = 200


class TallyStore:
    """Tallies in a folder, by what they were counted of and how."""

    def __init__(self, folder: Path) -> None:
        self._files = DerivedFiles(folder, ".tally", _KEPT_FILES)

    def find(self, snapshot: Snapshot, how: How) -> Tally | None:
        """What was counted of this content in this way, if it was."""
        name = _name(snapshot, how)
        body = self._files.read(name) if name is not None else None
        try:
            return msgspec.convert(json.loads(body), Tally, str_keys=True) if body is not None else None
        except ValueError:
            return None

    def keep(self, snapshot: Snapshot, how: How, counted: Tally) -> None:
        """Keep a tally."""
        name = _name(snapshot, how)
        if name is not None:
            self._files.write(name, _as_json(counted))
            self._files.prune()


def _name(snapshot: Snapshot, how: How) -> str | None:
    """None for content of which no digest is known, such as a sample."""
    files = [file.sha256 for file in snapshot.layout.files]
    return xxhash.xxh3_128_hexdigest(_as_json((_FORMAT, how, files))) if all(files) else None


def _as_json(value: object) -> bytes:
    """As the standard library writes it: labels may hold half of a surrogate pair, which no other encoder takes."""
    return json.dumps(msgspec.to_builtins(value, str_keys=True)).encode()
