"""Names for records of which several are equal: the record id, from the second one on with its turn (``3f9a2c…#2``).

``docs/format.md`` section 10. Two passes, so that memory does not grow with the ids: the first one notes eight bytes of
each, the second one counts only those that occur again.
"""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dsvc.record import RecordId

NAMED: Final = re.compile(r"(?P<id>[0-9a-f]{32})(?:#(?P<turn>[1-9]\d{0,11}))?")


class FirstDigits:
    """The first pass: notes the ids of all records in order, eight bytes each."""

    def __init__(self) -> None:
        self._digits: array[int] = array("Q")

    def note(self, record: RecordId) -> None:
        """Take the next record."""
        self._digits.append(_first(record))

    def names(self) -> RecordNames:
        """What names the records in a second pass."""
        import numpy as np

        digits = np.sort(np.frombuffer(self._digits, dtype=np.uint64)) if self._digits else np.empty(0, np.uint64)
        return RecordNames(frozenset(digits[1:][digits[1:] == digits[:-1]].tolist()))


class RecordNames:
    """Names records in order. ``repeated``: the first digits of ids that may occur again; None: all may."""

    def __init__(self, repeated: frozenset[int] | None = None) -> None:
        self._repeated = repeated
        self._seen: dict[RecordId, int] = {}

    def name(self, record: RecordId) -> str:
        """The name of the next record."""
        if self._repeated is not None and _first(record) not in self._repeated:
            return record
        turn = self._seen[record] = self._seen.get(record, 0) + 1
        return record if turn == 1 else f"{record}#{turn}"


def _first(record: RecordId) -> int:
    return int(record[:16], 16)
