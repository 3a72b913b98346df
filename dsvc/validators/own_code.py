"""Code of a user's own that runs in the middle of a check: its faults are told as its own, and what it prints goes to
the error output, where it spoils no report."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from dsvc.errors import DsvcError, OwnRuleError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.validators.finding import Place


@contextmanager
def own_code(fact: str | Callable[[], str], hint: str, *, rule: str | None = None) -> Iterator[None]:
    """Run somebody's code.

    Raises UsageError for whatever it raises, also where it wants to end the process: the ``fact`` (``the model
    'm:Case' fails at row 3 of 'x.jsonl'``; or what tells it then), what was raised, and the ``hint``. OwnRuleError
    where the code is that of a ``rule``.
    """
    try:
        with _output_to_errors:
            yield
    except (DsvcError, KeyboardInterrupt):
        raise
    except (Exception, SystemExit) as error:
        told = fact if isinstance(fact, str) else fact()
        message = f"{told}: {_told(error)}"
        if rule is not None:
            raise OwnRuleError(message, hint=hint, rule=rule) from error
        raise UsageError(message, hint=hint) from error


def at(place: Place) -> str:
    """Where a record stands, in words."""
    return f"at row {place.row} of '{place.file}'"


def _told(error: BaseException) -> str:
    first = str(error).strip().partition("\n")[0]
    name = type(error).__name__
    return f"{name}: {first}" if first else name


class _OutputToErrors:
    """The standard output is the error output while any thread is inside; only the last that leaves puts it back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._output: TextIO | None = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._output, sys.stdout = sys.stdout, sys.stderr
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._output is not None:
                sys.stdout, self._output = self._output, None


_output_to_errors = _OutputToErrors()
