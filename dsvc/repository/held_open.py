"""Content that is handed out and stays open as long as somebody reads it."""

from __future__ import annotations

import copy
import weakref
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from dsvc.layout import Column
    from dsvc.snapshot import PackReader, Snapshot

Opened = TypeVar("Opened")


def held_open(opening: AbstractContextManager[Opened]) -> Opened:
    """Enter, and leave when the value is not used any more: working files stay open as long as somebody reads.

    Only for what the one who opens it does not keep itself: it would be kept for good. Of snapshots that is said by
    :func:`snapshot_held_open`.
    """
    stack = ExitStack()
    opened = stack.enter_context(opening)
    weakref.finalize(opened, stack.close)
    return opened


def snapshot_held_open(opening: AbstractContextManager[Snapshot]) -> Snapshot:
    """The same for a snapshot, and for those that are made of it: all of them read through one reader, of which
    whoever opened it knows nothing."""
    stack = ExitStack()
    handed = copy.copy(stack.enter_context(opening))
    handed.packs = _Reader(handed.packs)
    weakref.finalize(handed.packs, stack.close)
    return handed


class _Reader:
    """Reads what another reader reads."""

    def __init__(self, reader: PackReader) -> None:
        self._reader = reader

    def read(self, pack: int, offset: int, size: int) -> bytes:
        return self._reader.read(pack, offset, size)

    def read_unverified(self, pack: int, offset: int, size: int) -> bytes:
        return self._reader.read_unverified(pack, offset, size)

    def lines_between(self, pack: int, offsets: Column) -> Column:
        return self._reader.lines_between(pack, offsets)
