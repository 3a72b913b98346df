"""Signatures of many texts, in memory or in a file."""

from __future__ import annotations

import mmap
import tempfile
import weakref
from typing import IO, TYPE_CHECKING, Final

import numpy as np

from dsvc.validators.near_bands import MINIMA

if TYPE_CHECKING:
    from numpy.typing import NDArray

_IN_MEMORY: Final = 64 << 20
"""Bytes of signatures."""


class Rows:
    """Signatures, half a kilobyte each: beyond some they lie in a file that the system takes back on its own."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._size = 0

    @property
    def count(self) -> int:
        """How many there are."""
        return self._size // (4 * MINIMA)

    def add(self, rows: bytes) -> None:
        """Take further ones."""
        self._parts.append(rows)
        self._size += len(rows)
        if self._size > _IN_MEMORY:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when nobody knows it any more
                weakref.finalize(self, self._file.close)
            self._file.writelines(self._parts)
            self._parts = []

    def all(self) -> NDArray[np.uint32]:
        """All signatures, one in each row."""
        if self._file is None:
            data: bytes | mmap.mmap = b"".join(self._parts)
        else:
            self._file.flush()
            data = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return np.frombuffer(data, dtype=np.uint32).reshape(self.count, MINIMA)
