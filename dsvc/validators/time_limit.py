"""An end for what would look at one record for ever: a pattern with a repetition in a repetition may."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dsvc.errors import UsageError
from dsvc.validators.own_code import at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.checked import Checked
    from dsvc.validators.rule import Rule


class Watch:
    """Is told which record is looked at; looks itself now and then whether that is still the same one."""

    def __init__(self, rule: Rule) -> None:
        self.record: Checked | None = None
        self._rule = rule
        self._last: Checked | None = None

    def look(self, *_: object) -> None:
        """Raise UsageError where the record is that of the last look."""
        if self.record is not None and self.record is self._last:
            patterns = " or ".join(f"'{asked}'" for name, asked in self._rule.asks if "pattern" in name)
            raise UsageError(
                f"rule '{self._rule.id}' comes to no end {at(self.record.place)}",
                hint=f"say it without a repetition in a repetition: {patterns}",
            )
        self._last = self.record


@contextmanager
def watched(rule: Rule, seconds: float | None) -> Iterator[Watch]:
    """What is done inside ends with UsageError when it takes more than so many seconds, at most twice, with one record.

    Only where signals arrive and nobody else waits for this one: in the first thread of a process, which is where the
    command line and its processes look. None: it may take as long as it likes.
    """
    watch = Watch(rule)
    is_first = threading.current_thread() is threading.main_thread()
    if seconds is None or not is_first or signal.getsignal(signal.SIGALRM) != signal.SIG_DFL:
        yield watch
        return
    signal.signal(signal.SIGALRM, watch.look)
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield watch
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
