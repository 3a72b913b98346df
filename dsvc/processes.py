"""Other processes that work on blocks of records, and give what they find in the order of the blocks."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

ALONE_BYTES: Final = 8 << 20
"""Up to this size starting other processes takes longer than the work."""

T = TypeVar("T")
R = TypeVar("R")


class Mapping(Protocol):
    """Does one thing to every block."""

    def __call__(self, blocks: Iterator[T], work: Callable[[T], R]) -> Iterator[tuple[T, R]]:
        """Each block with what ``work`` made of it, in order."""
        ...


@contextmanager
def working(size: int, processes: int | None = None) -> Iterator[Mapping]:
    """What does the work on ``size`` bytes of blocks: this process, or (``processes`` None) one for each processor.

    ``work`` is a function of a module, or a partial of one, that other processes can import. A script that begins
    without ``if __name__ == "__main__"`` would run again in each of them: then this process does it all.
    """
    count = processes or (os.cpu_count() or 1)
    if count == 1 or (processes is None and (size < ALONE_BYTES or not _may_begin_again())):
        yield in_turn
        return
    import multiprocessing

    _start_tracker()
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, context, initializer=_ignore_interrupts)

    def in_pool(blocks: Iterator[T], work: Callable[[T], R]) -> Iterator[tuple[T, R]]:
        waiting: deque[tuple[T, Future[R]]] = deque()
        for block in blocks:
            waiting.append((block, pool.submit(work, block)))
            if len(waiting) > 2 * count:
                done, future = waiting.popleft()
                yield done, future.result()
        for done, future in waiting:
            yield done, future.result()

    try:
        yield in_pool
    finally:
        pool.shutdown(cancel_futures=True)


def _may_begin_again() -> bool:
    """Whether nothing of a user's is done when another process begins as this one did.

    An installed command, a module (``python -m``) or a prompt may; of a script nobody knows.
    """
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)
    if file is None or getattr(main, "__spec__", None) is not None:
        return True
    return Path(file).resolve().parent in (Path(sys.executable).parent.resolve(), Path(sysconfig.get_path("scripts")))


def in_turn(blocks: Iterator[T], work: Callable[[T], R]) -> Iterator[tuple[T, R]]:
    """The work done by this process."""
    for block in blocks:
        yield block, work(block)


def _ignore_interrupts() -> None:
    """Ctrl-C reaches all processes of a terminal; the first one ends the others, which have nothing to say."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _start_tracker() -> None:
    """Start what multiprocessing keeps beside its processes, with the error output that there really is.

    It hands over the descriptor of ``sys.stderr``, and what a terminal UI puts in its place has none.
    """
    from multiprocessing import resource_tracker

    with redirect_stderr(sys.__stderr__ or sys.stderr):
        resource_tracker.ensure_running()
