"""Several things done to a stream of blocks at once: hashing, writing and flushing release the interpreter lock.

Blocks go through queues that are written in C. One of Python's own (``queue.Queue``, as all of ``threading``) takes its
lock in Python: Ctrl-C that comes between taking it and noting that leaves it taken, and both threads wait for ever.
"""

from __future__ import annotations

from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

QUEUED_BLOCKS = 8

T = TypeVar("T")


class Stage(Generic[T]):
    """One thread that does one thing to every block, in order. Leaving a ``with`` block waits for the last one."""

    def __init__(self, action: Callable[[T], object]) -> None:
        self._action = action
        self._queue: SimpleQueue[T | None] = SimpleQueue()
        self._room: SimpleQueue[None] = SimpleQueue()
        """As many as blocks may still be handed over before earlier ones are done."""
        for _ in range(QUEUED_BLOCKS):
            self._room.put(None)
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether everything handed over so far has been taken up."""
        return self._queue.empty()

    def put(self, block: T) -> None:
        """Hand a block over. Raises what went wrong with an earlier one."""
        if self._error is not None:
            raise self._error
        self._room.get()
        self._queue.put(block)

    def stop(self) -> None:
        """Say that no block follows."""
        self._queue.put(None)

    def join(self) -> BaseException | None:
        """Wait for the last block, after :meth:`stop`; return what went wrong in the thread."""
        self._thread.join()
        return self._error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        failed = self.join()
        if failed is not None and error is None:
            raise failed

    def _run(self) -> None:
        while (block := self._queue.get()) is not None:
            if self._error is None:
                try:
                    self._action(block)
                except BaseException as error:  # raised again in the thread that hands blocks over
                    self._error = error
            self._room.put(None)
