"""Whether the files of a source stayed as they were while it was read: what is noted of them must be what was taken."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import msgspec

from dsvc.errors import BadDataError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dsvc.importers.source import RecordSource

Look = tuple[int, int, int]
"""Size, time of the last change, and number of a file."""


class Steadiness(msgspec.Struct, frozen=True):
    """The files of a source as they were at first; ``given`` is the source as the user wrote it."""

    given: str
    before: dict[Path, Look | None]

    @staticmethod
    def of(source: RecordSource, given: str) -> Steadiness:
        """As they are now, before anything is read."""
        return Steadiness(given, _looks(source.files))

    def require(self) -> None:
        """Raise BadDataError when a file is another one by now, as one that is still being written."""
        now = _looks(self.before)
        changed = next((path for path in self.before if self.before[path] != now[path]), None)
        if changed is not None:
            alone = changed.name == PurePath(self.given).name
            name = self.given if alone else f"{self.given.rstrip('/')}: {changed.name}"
            raise BadDataError(
                f"'{name}' changed while it was read", hint="wait until nothing writes to it, and import it again"
            )


def _looks(paths: Iterable[Path]) -> dict[Path, Look | None]:
    return {path: _look(path) for path in paths}


def _look(path: Path) -> Look | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino
