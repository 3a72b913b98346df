"""The search for texts that are nearly the same, for the rule that tells them and for others that keep them together.

MinHash (Broder, 1997) from rensa over shingles of three tokens finds candidates, rapidfuzz confirms them, and what is
alike is put into clusters. Two texts are compared when one band of their signatures is the same; of a band that many
share, each is compared with a few of the others only, so that ten thousand records of one template cost no more than
others. Lines that many records have (the description of a tool, a fixed preamble) do not count: what stands between
them decides.

What is found depends on the texts, not on their order: who moves records between files finds the same clusters again.
"""

from __future__ import annotations

import mmap
import struct
import tempfile
import weakref
from typing import IO, TYPE_CHECKING, Final

import msgspec
import numpy as np
import xxhash

from dsvc.validators.near_bands import MINIMA, SEED, TRIED, bands, promising
from dsvc.validators.shingles import shingles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

ALIKE: Final = 0.9
"""From which likeness on (0 to 1, the share of the text that need not be edited) two records are nearly the same."""

_ROW: Final = struct.Struct(f"={MINIMA}I")
_AT_ONCE: Final = 200
"""Texts that are cut into shingles at once: what numpy makes of them fits into the processor's cache."""
_NESTED: Final = frozenset((dict, list))
_COMPARED: Final = 4000
"""Characters of each text that rapidfuzz looks at."""
_KEPT: Final = 20_000
"""So many texts are kept to be compared again."""
_LEAST_TOKENS: Final = 5
_COMMON_LINE: Final = 20
"""Characters of a line that may be a preamble; and so many records, or 1 % of them, must have it."""
_COMMON_SHARE: Final = 0.01
_IN_MEMORY: Final = 64 << 20
"""Bytes of signatures."""
_SLOTS: Final = 1 << 20
"""Lines are counted by the last bits of their hashes."""


def text_of(value: object) -> str:
    """All texts of a record in one."""
    if type(value) is dict and _NESTED.isdisjoint(map(type, value.values())):
        return "\n".join([inner for inner in value.values() if isinstance(inner, str)])
    parts: list[str] = []
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, str):
            parts.append(inner)
        elif isinstance(inner, dict):
            waiting += reversed(list(inner.values()))
        elif isinstance(inner, list):
            waiting += reversed(inner)
    return "\n".join(parts)


class Signed(msgspec.Struct, frozen=True):
    """The signatures of some texts, digests of them, which are too short to be compared, and hashes of their lines."""

    rows: bytes
    digests: bytes
    short: bytes
    lines: bytes


def signed(texts: Sequence[str]) -> Signed:
    """The signatures of texts."""
    parts = [_rows_of(texts[begin : begin + _AT_ONCE]) for begin in range(0, len(texts), _AT_ONCE)]
    digests = np.array([xxhash.xxh3_64_intdigest(_encoded(text)) for text in texts], dtype=np.uint64)
    lines = [slot for text in texts for slot in {_slot(line) for line in _long_lines(text)}]
    return Signed(
        b"".join([rows for rows, _ in parts]),
        digests.tobytes(),
        b"".join([short for _, short in parts]),
        np.array(lines, dtype=np.uint32).tobytes(),
    )


def _rows_of(texts: Sequence[str]) -> tuple[bytes, bytes]:
    """The signatures of some texts, and which are too short."""
    from rensa import RMinHash

    hashes, begins, tokens = shingles(texts)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, begins.astype(np.uint64), num_perm=MINIMA, seed=SEED)
    short = tokens < _LEAST_TOKENS
    return b"".join([_ROW.pack(*row) for row in matrix.to_rows()]), short.tobytes()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _long_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if len(line) >= _COMMON_LINE]


def _slot(line: str) -> int:
    return xxhash.xxh3_64_intdigest(_encoded(line)) % _SLOTS


class Search:
    """Finds what is alike among the texts that were signed; ``read`` gives a text again, by its number."""

    def __init__(self, alike: float, read: Callable[[int], str]) -> None:
        from rapidfuzz import fuzz

        self._ratio = fuzz.ratio
        self._alike = alike
        self._least_equal = MINIMA * (alike - 0.4)
        self._read = read
        self._rows = _Rows()
        self._digests: list[NDArray[np.uint64]] = []
        self._short: list[NDArray[np.bool_]] = []
        self._lines = np.zeros(_SLOTS, dtype=np.uint32)
        self._texts: dict[int, str] = {}
        self._order = np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return self._rows.count

    def add(self, texts: Signed) -> None:
        """Take the next texts."""
        self._rows.add(texts.rows)
        self._digests.append(np.frombuffer(texts.digests, dtype=np.uint64))
        self._short.append(np.frombuffer(texts.short, dtype=bool))
        np.add.at(self._lines, np.frombuffer(texts.lines, dtype=np.uint32), 1)

    def clusters(self) -> Clusters:
        """What is alike. Called once, after the last text.

        Texts are gone through in the order of their digests, and called by their places in it, so that it does not
        matter which of them came first.
        """
        found = Clusters(len(self))
        if not len(self):
            return found
        rows = self._rows.all()
        order = np.argsort(np.concatenate(self._digests), kind="stable")
        self._order = order
        long = np.flatnonzero(~np.concatenate(self._short)[order])
        for band in bands(rows, order, long):
            worth_it = promising(rows, order, band, self._least_equal).tolist()
            for members, may_be_alike in zip(band.groups(), worth_it, strict=True):
                if may_be_alike or any(found.first(row) != row for row in members):
                    self._join(rows, members, found)
        return found.renamed(order.tolist())

    def _join(self, rows: NDArray[np.uint32], members: Sequence[int], found: Clusters) -> None:
        """Put together what is alike among the texts of a band."""
        leaders: list[int] = []
        for row in members:
            top = found.first(row)
            if top in leaders:
                continue
            for place, leader in enumerate(leaders[:TRIED]):
                share = self._likeness(rows, leader, top)
                if share >= self._alike:
                    leaders[place] = found.join(leader, top, share)
                    break
            else:
                leaders.append(top)

    def _likeness(self, rows: NDArray[np.uint32], one: int, other: int) -> float:
        """The share of both texts that need not be edited; 0 where the signatures tell that it is small."""
        left, right = self._order[one], self._order[other]
        if np.count_nonzero(rows[left] == rows[right]) < self._least_equal:
            return 0.0
        return self._ratio(self._text(int(left)), self._text(int(right)), score_cutoff=self._alike * 100) / 100

    def _text(self, row: int) -> str:
        text = self._texts.get(row)
        if text is None:
            if len(self._texts) >= _KEPT:
                self._texts.clear()
            text = self._texts[row] = self._without_common_lines(self._read(row))[:_COMPARED]
        return text

    def _without_common_lines(self, text: str) -> str:
        """The text without lines that many records have."""
        least = max(_COMMON_LINE, len(self) * _COMMON_SHARE)
        lines = text.split("\n")
        kept = [line for line in lines if len(line) < _COMMON_LINE or self._lines[_slot(line)] < least]
        return "\n".join(kept) if len(kept) < len(lines) else text


class Clusters:
    """Numbers put together into sets; each set is called by its smallest number.

    ``shares``: of each number that was not the smallest when it was put to others, how much alike they were.
    """

    def __init__(self, count: int) -> None:
        self._above = list(range(count))
        self.shares: dict[int, float] = {}

    def __len__(self) -> int:
        return len(self._above)

    def first(self, number: int) -> int:
        """The smallest number of the set that a number is in."""
        above = self._above
        while above[number] != number:
            above[number] = above[above[number]]
            number = above[number]
        return number

    def join(self, one: int, other: int, share: float = 1.0) -> int:
        """Put two sets together, called by their smallest numbers; the smaller of the two."""
        low, high = min(one, other), max(one, other)
        if low != high:
            self._above[high] = low
            self.shares[high] = share
        return low

    def renamed(self, names: Sequence[int]) -> Clusters:
        """The same sets of the numbers that ``names`` has in place of these."""
        made = Clusters(len(self))
        together: dict[int, list[int]] = {}
        for number in self.shares:
            together.setdefault(self.first(number), []).append(number)
        for top, others in together.items():
            first = min([top, *others], key=names.__getitem__)
            for number in (top, *others):
                if number != first:
                    share = self.shares[first if number == top else number]
                    made.join(names[first], names[number], share)
        return made


class _Rows:
    """Signatures, half a kilobyte each: beyond some they lie in a file that the system takes back on its own."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._size = 0

    @property
    def count(self) -> int:
        return self._size // (4 * MINIMA)

    def add(self, rows: bytes) -> None:
        self._parts.append(rows)
        self._size += len(rows)
        if self._size > _IN_MEMORY:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when nobody knows it any more
                weakref.finalize(self, self._file.close)
            self._file.writelines(self._parts)
            self._parts = []

    def all(self) -> NDArray[np.uint32]:
        """All signatures, one in each row."""
        if self._file is None:
            data: bytes | mmap.mmap = b"".join(self._parts)
        else:
            self._file.flush()
            data = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return np.frombuffer(data, dtype=np.uint32).reshape(self.count, MINIMA)


__all__ = ["ALIKE", "Clusters", "Search", "Signed", "signed", "text_of"]
