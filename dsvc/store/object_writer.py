"""Writing one object: bytes to the disk, md5 and sha256 at the same time, never one after the other.

Measured for 0.8 GB on two cores: hashing and writing one after the other takes the sum of both; with
each in its own thread (all release the interpreter lock) it takes what the slowest needs.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

from dsvc.pipeline import Stage
from dsvc.store.objects import ObjectId, StoredObject

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

    from dsvc.store.scratch import ScratchFile

_BLOCK = 4 << 20
"""Bytes handed on at once. A thread that is done with a block may wait 5 ms for the interpreter lock: with blocks of
1 MiB, hashing 0.9 GB took 1.3 s longer."""
_THREADS_FROM = 4 << 20
"""Objects below this size are hashed where they are written: starting threads would cost more."""


class CacheWriter:
    """Writes one object into a scratch file; ``keep`` moves that to its name in the cache.

    Raises ``OSError`` as the file system does (a full disk); nothing is left behind then.
    """

    def __init__(self, scratch: ScratchFile, keep: Callable[[ScratchFile, StoredObject], None]) -> None:
        self._scratch = scratch
        self._keep = keep
        self._pending = bytearray()
        self._size = 0
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self._stages: list[Stage[bytes | memoryview]] = []
        self._open = True

    def write(self, data: bytes | memoryview) -> None:
        """Append ``data``; the buffer may be reused as soon as this returns.

        After an error the writer is abandoned: an object with a hole must never get a name.
        """
        if not self._open:
            raise ValueError("write to a finished object")
        try:
            self._take(data)
        except BaseException:
            self.abandon()
            raise

    def finish(self) -> StoredObject:
        """Make the object durable under its name; an identical one that is already there is kept."""
        if not self._open:
            raise ValueError("object is already finished")
        try:
            self._emit_pending()
            self._stop_threads()
            oid = ObjectId(self._md5.hexdigest())
            stored = StoredObject(oid, self._sha256.hexdigest(), self._size)
            self._keep(self._scratch, stored)
        finally:
            self.abandon()
        return stored

    def abandon(self) -> None:
        """Stop, and leave nothing behind; does nothing after :meth:`finish`."""
        self._open = False
        with suppress(OSError):  # what failed was raised where it happened, or nobody wants it any more
            self._stop_threads()
        self._scratch.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()

    def _take(self, data: bytes | memoryview) -> None:
        if len(data) < _BLOCK // 4:
            self._pending += data
            if len(self._pending) >= _BLOCK:
                self._emit_pending()
            return
        self._emit_pending()
        view = memoryview(data)
        for start in range(0, len(view), _BLOCK):
            block = view[start : start + _BLOCK]
            self._emit(block if isinstance(data, bytes) else bytes(block))

    def _emit_pending(self) -> None:
        if self._pending:
            block = bytes(self._pending)
            self._pending.clear()
            self._emit(block)

    def _emit(self, block: bytes | memoryview) -> None:
        """Hash and write a block that nobody can change any more."""
        self._size += len(block)
        if not self._stages and self._size >= _THREADS_FROM:
            self._stages = [Stage(self._md5.update), Stage(self._sha256.update), Stage(self._scratch.write)]
        if self._stages:
            for stage in self._stages:
                stage.put(block)
        else:
            self._md5.update(block)
            self._sha256.update(block)
            self._scratch.write(block)

    def _stop_threads(self) -> None:
        stages, self._stages = self._stages, []
        for stage in stages:
            stage.stop()
        errors = [error for stage in stages if (error := stage.join())]
        if errors:
            raise errors[0]
