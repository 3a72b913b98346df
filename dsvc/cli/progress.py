"""Progress on stderr: only on a terminal, and only when something takes longer than a second."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from dsvc.render.numbers import size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DELAY: Final = 1.0
"""Seconds before anything is shown."""
_INTERVAL: Final = 0.1
"""Seconds between two updates."""
WIPE: Final = "\r\x1b[K"
"""Takes the line away again."""


class Progress:
    """A line that is written over; does nothing when stderr is no terminal."""

    def __init__(self, label: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._label = label
        self._clock = clock
        self._next = clock() + _DELAY
        self._bytes = 0
        self._shown = False
        self._terminal = sys.stderr.isatty()

    def __call__(self, count: int) -> None:
        """Tell that so many bytes more are done."""
        self._bytes += count
        if not self._terminal or self._clock() < self._next:
            return
        self._next = self._clock() + _INTERVAL
        self._shown = True
        sys.stderr.write(f"{WIPE}{self._label}  {size(self._bytes)}")
        sys.stderr.flush()

    def close(self) -> None:
        """Wipe the line."""
        if self._shown:
            sys.stderr.write(WIPE)
            sys.stderr.flush()


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """Progress that is wiped when the work ends, however it ends."""
    shown = Progress(label)
    try:
        yield shown
    finally:
        shown.close()
