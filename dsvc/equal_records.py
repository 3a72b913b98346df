"""Names for records of which several are equal: the record id, from the second one on with its turn (``3f9a2c…#2``).

``docs/format.md`` section 10. Ids are kept as 16 bytes each; turns are counted only for those that occur again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from dsvc.record import RecordId

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMED: Final = re.compile(r"(?P<id>[0-9a-f]{32})(?:#(?P<turn>[1-9]\d{0,11}))?")


class RecordIds:
    """The ids of all records, in order."""

    def __init__(self) -> None:
        self._ids = bytearray()

    @property
    def count(self) -> int:
        """So many were noted."""
        return len(self._ids) // 16

    def note(self, record: RecordId) -> None:
        """Take the next record."""
        self._ids += bytes.fromhex(record)

    def names(self) -> Iterator[str]:
        """The names of the records."""
        import numpy as np

        digits = np.sort(np.frombuffer(bytes(self._ids), dtype=">u8")[::2])
        counted = RecordNames(frozenset(digits[1:][digits[1:] == digits[:-1]].tolist()))
        for at in range(0, len(self._ids), 16):
            yield counted.name(RecordId(self._ids[at : at + 16].hex()))


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
