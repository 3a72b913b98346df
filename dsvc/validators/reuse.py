"""Findings in stored lines, kept by pack: lines that a later version still has are not looked at again.

Derived data in the git directory's ``dsvc/cache/findings/``, safe to delete at any time. A file is named by the pack
and by what was looked for; it holds which ranges of the pack were looked at, and what was found, by offset in it.
"""

from __future__ import annotations

from bisect import bisect_right
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
import xxhash

from dsvc.durable import temporary_beside
from dsvc.validators.finding import Finding  # noqa: TC001 - msgspec needs it at run time

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MOST_FINDINGS = 200_000
"""Of one pack; more are faster found than read."""


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
        self._folder = folder
        self._name = xxhash.xxh3_128_hexdigest(looked_for.encode())
        self._known: dict[str, Known] = {}
        self._changed: set[str] = set()

    def known(self, pack: str) -> Known:
        """What is known of a pack; damaged files count as none."""
        if pack not in self._known:
            known = Known()
            with suppress(OSError, msgspec.DecodeError):
                known = msgspec.msgpack.decode(self._path(pack).read_bytes(), type=Known)
            self._known[pack] = known
        return self._known[pack]

    def add(self, pack: str, start: int, end: int, found: Iterable[tuple[int, Finding]]) -> None:
        """Note what was found in a range of a pack."""
        self.known(pack).add(start, end, found)
        self._changed.add(pack)

    def save(self) -> None:
        """Write what is new. A full disk is no reason to fail: then nothing is kept."""
        for pack in sorted(self._changed):
            known = self._known[pack]
            if len(known.findings) > _MOST_FINDINGS:
                continue
            target = self._path(pack)
            with suppress(OSError):
                target.parent.mkdir(parents=True, exist_ok=True)
                temporary = temporary_beside(target)
                try:
                    temporary.write_bytes(msgspec.msgpack.encode(known))
                    temporary.replace(target)
                finally:
                    temporary.unlink(missing_ok=True)
        self._changed.clear()

    def _path(self, pack: str) -> Path:
        return self._folder / f"{pack}-{self._name}.findings"
