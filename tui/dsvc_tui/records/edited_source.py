"""The records of a working file as somebody edits them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.editing.session import EditSession
    from dsvc.editing.view import View


class EditedSource:
    """A session as a source of records."""

    complete = True

    def __init__(self, session: EditSession, *, name: str) -> None:
        self.session = session
        self.name = name

    def __len__(self) -> int:
        return len(self.session)

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self.session.view.original.stamp.size

    @property
    def identity(self) -> object:
        """It is no content that lies in a file."""
        return None

    def changed(self) -> bool:
        """Whether something else changed the file."""
        return self.session.file_has_changed()

    def head(self, row: int, limit: int) -> tuple[bytes, int]:
        """At most the first ``limit`` bytes of a record, and how many it has."""
        return self.session.view.head(row, limit)

    def content(self, row: int) -> bytes:
        """A record's bytes."""
        return self.session.view.content(row)

    def batches(self, first: int = 0) -> Iterator[tuple[int, list[bytes]]]:
        """The records from a row on, as they are now."""
        return self.session.view.batches(first)

    def close(self) -> None:
        """End the session; what was not saved stays in its journal."""
        self.session.close()


class EditMarks(Sequence[int]):
    """For each row the sign of what was done to it here, else the one that it has in the file."""

    def __init__(self, view: View, in_file: Sequence[int]) -> None:
        self._view, self._in_file = view, in_file

    def __len__(self) -> int:
        return len(self._view)

    @overload
    def __getitem__(self, row: int) -> int: ...
    @overload
    def __getitem__(self, row: slice) -> Sequence[int]: ...
    def __getitem__(self, row: int | slice) -> int | Sequence[int]:
        if isinstance(row, slice):
            return [self[at] for at in range(*row.indices(len(self)))]
        mark = ord(self._view.mark(row))
        if mark != 0x20:
            return mark
        at = self._view.row_in_file(row)
        return self._in_file[at] if at is not None and at < len(self._in_file) else 0
