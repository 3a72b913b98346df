"""Threads give way to the event loop: a key is answered first, whatever is searched or read meanwhile.

Python runs one thread at a time, and hands over after a time that it takes in turns. While a record is searched for, a
screen that takes 15 ms to draw would so take 30. A thread that works long asks :func:`give_way` between two small
pieces of its work, and waits there as long as the loop has something to do.
"""

from __future__ import annotations

import asyncio
import sys
from selectors import DefaultSelector
from threading import Event
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from selectors import SelectorKey

Result = TypeVar("Result")

LONGEST: Final = 0.05
"""Seconds that a thread waits at most: it gets on, slowly, also while a key is held down."""
_waiting: Final = Event()
"""Set while the loop waits for something to do, and where there is none."""
_waiting.set()


def give_way() -> None:
    """Wait until the event loop has nothing to do, at most :data:`LONGEST`. For threads other than the loop's."""
    if not _waiting.is_set():
        _waiting.wait(LONGEST)


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """What :func:`asyncio.run` does, in a loop that threads give way to."""
    if sys.version_info >= (3, 11):
        with asyncio.Runner(loop_factory=_loop) as runner:
            return runner.run(work)
    return asyncio.run(work)  # takes no other loop: threads take turns with it


def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(_Selector())


class _Selector(DefaultSelector):
    """Tells when the loop waits. With a timeout of 0 it only looks, having something to do."""

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if timeout is None or timeout > 0:
            _waiting.set()
        try:
            return super().select(timeout)
        finally:
            _waiting.clear()

    def close(self) -> None:
        _waiting.set()
        super().close()
