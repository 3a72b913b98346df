"""Other processes that work on blocks of records, and give what they find in the order of the blocks."""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
import time
from collections import deque
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from dsvc.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future, ProcessPoolExecutor

    from dsvc.block_files import BlockFiles, Handed

ALONE_BYTES: Final = 8 << 20
"""Up to this size starting other processes takes longer than the work."""
ALONE_SECONDS: Final = 1.0
"""What takes no longer is not done sooner with others, each of which takes a third of that to begin, and to end."""

LARGE_BYTES: Final = 256 << 20
"""From this size on everything takes longer than that: others are started at once."""

_AHEAD: Final = 3
"""Blocks that another process is given before it is done with the first."""
_OWN: Final = 16
"""Blocks that this process does at most before another one is done with an earlier one."""

T = TypeVar("T")
R = TypeVar("R")


class Mapping(Protocol):
    """Does one thing to every block."""

    def __call__(self, blocks: Iterator[T], work: Callable[[T], R]) -> Iterator[tuple[T, R]]:
        """Each block with what ``work`` made of it, in order."""
        ...


@contextmanager
def working(size: int, processes: int | None = None) -> Iterator[Mapping]:
    """What does the work on ``size`` bytes of blocks: so many processes, this one among them, or (``processes`` None)
    one for each processor where it is worth it.

    This process begins, and the others are started when it has worked for a second, or at once for very much. A thread
    leaves all work to others, for the terminal UI would stand still beside it; they are started at once unless there is
    little to do.

    ``work`` is a function of a module, or a partial of one, that other processes can import. A script that begins
    without ``if __name__ == "__main__"`` would run again in each of them: then this process does it all.
    """
    count = processes or (os.cpu_count() or 1)
    if count == 1 or (processes is None and (size < ALONE_BYTES or not _may_begin_again())):
        yield in_turn
        return
    helps = threading.current_thread() is threading.main_thread()
    alone = ALONE_SECONDS if helps and processes is None and size < LARGE_BYTES else 0.0
    others = _Others(count - 1 if helps else count, time.monotonic() + alone)

    def in_pool(blocks: Iterator[T], work: Callable[[T], R]) -> Iterator[tuple[T, R]]:
        return _in_order(others, blocks, work, helps=helps)

    try:
        yield in_pool
    finally:
        others.close()


class _Others:
    """Other processes, started when they are first given something to do; that may be from a time on."""

    def __init__(self, count: int, begin: float) -> None:
        self.ahead = count * _AHEAD
        """Blocks that they are given before they are done with earlier ones."""
        self._count = count
        self._begin = begin
        self._pool: ProcessPoolExecutor | None = None
        self._files: BlockFiles | None = None

    @property
    def may_begin(self) -> bool:
        """Whether it is time."""
        return time.monotonic() >= self._begin

    def submit(self, work: Callable[[T], R], block: T) -> Future[R]:
        """Let one of them do the work on a block."""
        if self._pool is None or self._files is None:
            from dsvc.block_files import BlockFiles

            self._files = BlockFiles(self.ahead)
            self._pool = _pool(self._count, self._files)
        files, handed = self._files, self._files.hand(block)
        future = self._pool.submit(_work_on, work, handed)
        future.add_done_callback(lambda _: files.free(handed))
        return future

    def close(self) -> None:
        """End them."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        if self._files is not None:
            self._files.close()


def _work_on(work: Callable[[Any], R], handed: Handed) -> R:
    return work(handed.block())


def _pool(count: int, files: BlockFiles) -> ProcessPoolExecutor:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    _start_tracker()
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, context, initializer=_begin, initargs=(files.inherited(),))


def _in_order(others: _Others, blocks: Iterator[T], work: Callable[[T], R], *, helps: bool) -> Iterator[tuple[T, R]]:
    """The work of other processes; where this one ``helps`` it does the blocks for which they have no time yet."""
    waiting: deque[tuple[T, Future[R]]] = deque()
    most = others.ahead + _OWN if helps else others.ahead
    for block in blocks:
        busy = sum(not future.done() for _, future in waiting) >= others.ahead
        if helps and (busy or not others.may_begin):
            waiting.append((block, _done(work(block))))
        else:
            waiting.append((block, others.submit(work, block)))
        while waiting and (len(waiting) > most or waiting[0][1].done()):
            done, future = waiting.popleft()
            yield done, _result(future)
    for done, future in waiting:
        yield done, _result(future)


def _result(future: Future[R]) -> R:
    from concurrent.futures.process import BrokenProcessPool

    try:
        return future.result()
    except BrokenProcessPool:
        raise StorageError(
            "another process that did a part of the work was ended from outside",
            hint="is there enough memory? nothing was changed; try it again",
        ) from None


def _done(result: R) -> Future[R]:
    from concurrent.futures import Future

    future: Future[R] = Future()
    future.set_result(result)
    return future


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


def _begin(descriptors: Sequence[Any]) -> None:
    """Ctrl-C reaches all processes of a terminal; the first one ends the others, which have nothing to say."""
    import signal

    from dsvc.block_files import inherit

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    inherit(descriptors)


def _start_tracker() -> None:
    """Start what multiprocessing keeps beside its processes, with the error output that there really is.

    It hands over the descriptor of ``sys.stderr``, and what a terminal UI puts in its place has none.
    """
    from multiprocessing import resource_tracker

    with redirect_stderr(sys.__stderr__ or sys.stderr):
        resource_tracker.ensure_running()
