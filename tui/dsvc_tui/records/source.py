"""What a list of records is drawn from: rows by number, and all of them in batches for whoever reads through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class RecordSource(Protocol):
    """Records of a version or of files. Rows count from 0. May be read from several threads at once."""

    @property
    def name(self) -> str:
        """How messages call it: ``medical@v1.0``, or a path."""
        ...

    @property
    def identity(self) -> object:
        """Equal for sources of the same content, as far as can be told without reading it; None: nobody knows."""
        ...

    @property
    def complete(self) -> bool:
        """Whether all records are known; until then :meth:`__len__` grows."""
        ...

    def __len__(self) -> int:
        """How many records can be read now."""
        ...

    def head(self, row: int, limit: int) -> tuple[bytes, int]:
        """At most the first ``limit`` bytes of a record, and how many it has. Raises IndexError."""
        ...

    def content(self, row: int) -> bytes:
        """A record's bytes, without its line end. Raises IndexError."""
        ...

    def batches(self, first: int = 0) -> Iterator[tuple[int, list[bytes]]]:
        """The records known now, from row ``first`` on, some at a time: the row of the first one, and their bytes."""
        ...

    def close(self) -> None:
        """Give back what is open."""
        ...
