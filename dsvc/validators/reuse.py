"""Findings in stored lines, kept by pack: lines that a later version still has are not looked at again.

They lie in the git directory's ``dsvc/cache/findings/`` (:mod:`dsvc.derived`). A file is named by the pack and by what
was looked for; it holds which ranges of the pack were looked at, and what was found, by offset in it.
"""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
import xxhash

from dsvc.derived import DerivedFiles
from dsvc.validators.finding import Finding  # noqa: TC001 - msgspec needs it at run time

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MOST_FINDINGS = 200_000
"""Of one pack; more are faster found than read."""
_KEPT_FILES = 4096
"""Several selections of rules over several datasets of 256 stored files."""


class Known(msgspec.Struct):
    """What is known of a pack: ranges (start, end) that were looked at, ascending and apart; findings by offset."""

    ranges: list[tuple[int, int]] = []
    offsets: list[int] = []
    findings: list[Finding] = []

    def missing(self, start: int, end: int) -> list[tuple[int, int]]:
        """The parts of a range that were not looked at."""
        parts, at = [], start
        for low, high in self.ranges[max(0, bisect_right(self.ranges, (start,)) - 1) :]:
            if low >= end:
                break
            if high <= at:
                continue
            if low > at:
                parts.append((at, low))
            at = max(at, high)
        return [*parts, (at, end)] if at < end else parts

    def add(self, start: int, end: int, found: Iterable[tuple[int, Finding]]) -> None:
        """Note what was found in a range that was not looked at before."""
        self.ranges = _joined([*self.ranges, (start, end)])
        pairs = sorted([*zip(self.offsets, self.findings, strict=True), *found], key=lambda pair: pair[0])
        self.offsets = [offset for offset, _ in pairs]
        self.findings = [finding for _, finding in pairs]


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


class FindingStore:
    """Reads and writes what is known; ``looked_for`` is all that decides what is found (the rules' fingerprints)."""

    def __init__(self, folder: Path, looked_for: str) -> None:
        self._files = DerivedFiles(folder, ".findings", _KEPT_FILES)
        self._name = xxhash.xxh3_128_hexdigest(looked_for.encode("utf-8", "surrogatepass"))
        self._known: dict[str, Known] = {}
        self._changed: set[str] = set()

    def known(self, pack: str) -> Known:
        """What is known of a pack; damaged files count as none."""
        if pack not in self._known:
            known = Known()
            with suppress(msgspec.DecodeError):
                known = msgspec.msgpack.decode(self._files.read(self._of(pack)) or b"", type=Known)
            self._known[pack] = known
        return self._known[pack]

    def add(self, pack: str, start: int, end: int, found: Iterable[tuple[int, Finding]]) -> None:
        """Note what was found in a range of a pack."""
        self.known(pack).add(start, end, found)
        self._changed.add(pack)

    def save(self) -> None:
        """Write what is new; findings in texts with half of a surrogate pair are looked for again each time."""
        for pack in sorted(self._changed):
            known = self._known[pack]
            if len(known.findings) <= _MOST_FINDINGS:
                with suppress(UnicodeEncodeError):
                    self._files.write(self._of(pack), msgspec.msgpack.encode(known))
        if self._changed:
            self._files.prune()
        self._changed.clear()

    def _of(self, pack: str) -> str:
        return f"{pack}-{self._name}"
