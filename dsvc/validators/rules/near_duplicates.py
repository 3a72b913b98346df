"""Records that are nearly the same.

MinHash (Broder, 1997) from rensa over shingles of three tokens finds candidates, rapidfuzz confirms them, and what is
alike is put into clusters. Two records are compared when one band of their signatures is the same; of a band that many
share, each is compared with a few of the others only, so that ten thousand records of one template cost no more than
others. Lines that many records have (the description of a tool, a fixed preamble) do not count: what stands between
them decides.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import xxhash

from dsvc.conditions.fields import value_of
from dsvc.record import record_id
from dsvc.validators.finding import Finding
from dsvc.validators.rule import DatasetCheck, Example, Rule
from dsvc.validators.shingles import shingles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place

_MINIMA: Final = 128
_BANDS: Final = 16
_SEED: Final = 42
_TRIED: Final = 3
"""So many clusters of a band a record is compared with."""
_COMPARED: Final = 4000
"""Characters of each text that rapidfuzz looks at."""
_LEAST_TOKENS: Final = 5
_COMMON_LINE: Final = 20
"""Characters of a line that may be a preamble; and so many records, or 1 % of them, must have it."""
_COMMON_SHARE: Final = 0.01


class NearDuplicate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``alike``: from which likeness on (0 to 1, the share of the text that need not be edited)."""

    alike: float = 0.9


def _near(options: NearDuplicate) -> DatasetCheck:
    return DatasetCheck(_signatures, lambda: _Clusters(options))


def text_of(value: object) -> str:
    """All texts of a record in one."""
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


def _signatures(records: Sequence[Checked]) -> tuple[bytes, bytes, dict[int, int]]:
    """The signatures of the records, which are too short to be compared, and which lines several of them have."""
    from rensa import RMinHash

    texts = [text_of(record.value) for record in records]
    hashes, begins, tokens = shingles(texts)
    if not len(records):
        return b"", b"", {}
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        hashes, begins.astype(np.uint64), num_perm=_MINIMA, seed=_SEED
    )
    rows = np.array(matrix.to_rows(), dtype=np.uint32)
    return rows.tobytes(), (tokens < _LEAST_TOKENS).tobytes(), _lines_of_several(texts)


def _lines_of_several(texts: Sequence[str]) -> dict[int, int]:
    """How many of the texts have a line, of lines that at least three have."""
    counts = Counter(key for text in texts for key in {_line_key(line) for line in _long_lines(text)})
    return {key: count for key, count in counts.items() if count > 2}


def _long_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if len(line) >= _COMMON_LINE]


def _line_key(line: str) -> int:
    return xxhash.xxh3_64_intdigest(line.encode("utf-8", "surrogatepass"))


class _Clusters:
    def __init__(self, options: NearDuplicate) -> None:
        self._alike = options.alike
        self._places: list[Place] = []
        self._parts: list[NDArray[np.uint32]] = []
        self._short: list[NDArray[np.bool_]] = []
        self._lines: Counter[int] = Counter()
        self.read_record: Callable[[Place], bytes] | None = None

    def take(self, places: Sequence[Place], summary: tuple[bytes, bytes, dict[int, int]]) -> None:
        self._places += places
        self._parts.append(np.frombuffer(summary[0], dtype=np.uint32).reshape(-1, _MINIMA))
        self._short.append(np.frombuffer(summary[1], dtype=bool))
        self._lines.update(summary[2])

    def finish(self) -> Iterator[Finding]:
        if not self._parts:
            return
        rows, short = np.concatenate(self._parts), np.concatenate(self._short)
        self._parts = []
        first = _Joined(len(rows))
        shares: dict[int, float] = {}
        texts: dict[int, tuple[str, str]] = {}
        for members in _bands(rows, short):
            leaders: list[int] = []
            for row in members:
                top = first.of(row)
                if top in leaders:
                    continue
                joined = False
                for leader in leaders[:_TRIED]:
                    share = self._likeness(rows, texts, leader, top)
                    if share >= self._alike:
                        low, high = min(leader, top), max(leader, top)
                        first.join(low, high)
                        shares[high] = share
                        leaders[leaders.index(leader)] = low
                        joined = True
                        break
                if not joined:
                    leaders.append(top)
        yield from self._told(first, shares, texts)

    def _likeness(self, rows: NDArray[np.uint32], texts: dict[int, tuple[str, str]], one: int, other: int) -> float:
        """The share of both texts that need not be edited; 0 where the signatures tell that it is small."""
        from rapidfuzz import fuzz

        if np.count_nonzero(rows[one] == rows[other]) < _MINIMA * (self._alike - 0.4):
            return 0.0
        left, right = self._text(texts, one)[0], self._text(texts, other)[0]
        return fuzz.ratio(left, right, score_cutoff=self._alike * 100) / 100

    def _text(self, texts: dict[int, tuple[str, str]], row: int) -> tuple[str, str]:
        if row not in texts:
            assert self.read_record is not None
            content = self.read_record(self._places[row])
            try:
                identity = str(record_id(content))
            except ValueError:
                identity = ""
            texts[row] = self._without_common_lines(text_of(value_of(content)))[:_COMPARED], identity
        return texts[row]

    def _without_common_lines(self, text: str) -> str:
        """The text without lines that many records have."""
        least = max(_COMMON_LINE, len(self._places) * _COMMON_SHARE)
        lines = text.split("\n")
        kept = [line for line in lines if len(line) < _COMMON_LINE or self._lines[_line_key(line)] < least]
        return "\n".join(kept) if len(kept) < len(lines) else text

    def _told(self, first: _Joined, shares: dict[int, float], texts: dict[int, tuple[str, str]]) -> Iterator[Finding]:
        for row in sorted(shares):
            top = first.of(row)
            if self._text(texts, row)[1] == self._text(texts, top)[1]:
                continue  # told by the rule ``exact-duplicate``
            place, leader = self._places[row], self._places[top]
            where = f"row {leader.row:,}" if leader.file == place.file else f"row {leader.row:,} of '{leader.file}'"
            told = f"{shares[row]:.0%} the same as {where}"
            yield Finding("", "warning", told, place, fix="keep one of them, or make them differ", related=(leader,))


class _Joined:
    """Numbers put together into sets; each set is called by its smallest number."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def of(self, number: int) -> int:
        above = self._above
        while above[number] != number:
            above[number] = above[above[number]]
            number = above[number]
        return number

    def join(self, low: int, high: int) -> None:
        self._above[self.of(high)] = self.of(low)


def _bands(rows: NDArray[np.uint32], short: NDArray[Any]) -> Iterator[list[int]]:
    """Records that have one band of their signatures in common, in their order."""
    width = _MINIMA // _BANDS
    random = np.random.default_rng(_SEED)
    factors = random.integers(1, 2**63, width, dtype=np.uint64) | np.uint64(1)
    usable = np.flatnonzero(~short)
    for band in range(_BANDS):
        part = rows[usable, band * width : (band + 1) * width].astype(np.uint64)
        keys = (part * factors).sum(axis=1, dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        begins = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
        ends = np.append(begins[1:], len(ordered))
        for begin, end in zip(begins[ends - begins > 1].tolist(), ends[ends - begins > 1].tolist(), strict=True):
            yield usable[order[begin:end]].tolist()


RULES: Final = (
    Rule(
        id="near-duplicate",
        topic="content",
        severity="warning",
        title="a record is nearly the same as another one",
        why="It weighs more than the others in training; with one of them in the test part the score says nothing. "
        "The first record of a cluster is not told, all others are.",
        example=Example(
            bad=(
                '{"q": "How many days after the statement date is my payment due, if I hold a gold card?"}',
                '{"q": "How many days after the statement date is my payment due, if I hold a gold card"}',
                '{"q": "账单日之后多少天必须还款，如果我持有的是贵行的金卡，可以延期吗？"}',
                '{"q": "账单日之后多少天必须还款，如果我持有的是贵行的白金卡，可以延期吗？"}',
            ),
            good=(
                '{"q": "How many days after the statement date is my payment due, if I hold a gold card?"}',
                '{"q": "What is the fee for cash from a machine abroad, if I hold a gold card?"}',
            ),
        ),
        make=_near,
        options=NearDuplicate,
        sources=("Broder, On the resemblance and containment of documents, 1997",),
    ),
)
