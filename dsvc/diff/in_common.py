"""How many records one snapshot has in common with each of many others, of which only the differences are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dsvc.diff.layout_diff import Leftovers, subtract
from dsvc.diff.leftover_lines import scan_leftovers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dsvc.snapshot import PackReader, Snapshot


class InCommon:
    """Counts what versions, given one after the other, have in common with one snapshot.

    Records are the same when their values are, in any order and any way of writing; of a record that stands there n
    and here m times, the smaller number counts. Memory: 24 bytes a record of the one snapshot.
    """

    def __init__(self, wanted: Snapshot) -> None:
        digests = _digests(wanted.packs, _everything(wanted))
        self._values, self._wanted = np.unique(digests, return_counts=True)
        self._held = np.zeros(len(self._values), dtype=np.int64)
        self._last: Snapshot | None = None

    def records(self, version: Snapshot) -> int:
        """How many records the version has in common; what the version before it had too is not read again."""
        if self._last is None:
            self._count(_digests(version.packs, _everything(version)), 1)
        else:
            layout = subtract(self._last, version)
            self._count(_digests(self._last.packs, layout.old), -1)
            self._count(_digests(version.packs, layout.new), 1)
        self._last = version
        return int(np.minimum(self._held, self._wanted).sum())

    def _count(self, digests: NDArray[np.uint64], sign: int) -> None:
        if not len(self._values) or not len(digests):
            return
        places = np.minimum(np.searchsorted(self._values, digests), len(self._values) - 1)
        known = places[self._values[places] == digests]
        self._held += sign * np.bincount(known, minlength=len(self._values))


def _everything(snapshot: Snapshot) -> Leftovers:
    pieces = snapshot.layout.all_pieces()
    return Leftovers(np.cumsum(pieces.lines) - pieces.lines, pieces.lines, pieces)


def _digests(packs: PackReader, lines: Leftovers) -> NDArray[np.uint64]:
    """64 bits of the digest of each record's value: enough, as nothing but a count is made of them."""
    digests: NDArray[np.uint64] = scan_leftovers(packs, lines).value[:, 0]
    return digests
