"""Something at work in a thread: how far it is, and how it is stopped."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Final

from dsvc.errors import DsvcError
from dsvc.render.numbers import size

if TYPE_CHECKING:
    from dsvc_tui.drawing import Part

_CELLS: Final = 24


class StoppedError(DsvcError):
    """Somebody stopped it."""


class Work:
    """What is done, and how many bytes of how many; ``total`` is 0 where nobody knows."""

    def __init__(self, label: str, total: int = 0) -> None:
        self.label = label
        self.total = total
        self.done = 0
        self._stop = Event()

    def report(self, count: int) -> None:
        """So many bytes more are done. Raises StoppedError when it was stopped: the caller takes back what it did."""
        self.done += count
        if self._stop.is_set():
            raise StoppedError(f"{self.label}: stopped")

    def stop(self) -> None:
        """Let it end at its next report."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        """Whether it was stopped."""
        return self._stop.is_set()

    def parts(self) -> list[Part]:
        """A bar, where it is known how much there is to do."""
        if self.stopping:
            return [("warning", f"{self.label}: stopping …")]
        if not self.total:
            return [("strong", f"{self.label} … "), ("dim", size(self.done) if self.done else "")]
        share = min(self.done / self.total, 1.0)
        full = round(share * _CELLS)
        return [
            ("strong", f"{self.label} "),
            ("moved", "█" * full),
            ("dim", "░" * (_CELLS - full)),
            ("strong", f" {share:4.0%}"),
            ("dim", f"  {size(min(self.done, self.total))} of {size(self.total)}"),
        ]
