"""JSONL is taken as it is, byte for byte; whether each line is a record is checked when it is committed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BUFFER: Final = 1 << 20


def read(path: Path, _name: str) -> Iterator[bytes]:
    """The lines of the file, line ends included."""
    with path.open("rb", buffering=_BUFFER) as file:
        yield from file
