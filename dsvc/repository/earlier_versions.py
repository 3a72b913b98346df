"""What the versions before one said of texts; each distinct line of the history is looked at once, and remembered.

Versions share the lines that they have in common, by where these are stored. So from the newest to the oldest only
lines are read that no newer one had, and none that both versions which are compared still have.
"""

from __future__ import annotations

from functools import cached_property
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from dsvc.errors import MissingObjectError, RemoteError
from dsvc.manifest import told_apart
from dsvc.processes import working
from dsvc.repository.versions import Kept
from dsvc.validators.checked import Checked
from dsvc.validators.earlier import Stood
from dsvc.validators.finding import Place
from dsvc.validators.said import said_of
from dsvc.validators.said_facts import SaidFacts, no_rows, said_in
from dsvc.validators.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from dsvc.layout import Column, Layout
    from dsvc.manifest import LedgerEntry
    from dsvc.repository.context import Context
    from dsvc.repository.datasets import Dataset
    from dsvc.snapshot import Snapshot
    from dsvc.validators.earlier import Reach
    from dsvc.validators.said_facts import Rows

_PACK_BITS: Final = 40
"""A pack's number and an offset in it in one integer, as in a layout."""
_BLOCK_BYTES: Final = 1 << 20


def ancestors(ctx: Context, dataset: Dataset, start: Iterable[str]) -> list[LedgerEntry]:
    """The versions with these ids and all that they come from, the newest first.

    HEAD's ledger mostly has them all; tags, each of which costs a manifest, are asked where it has not.
    """
    head = ctx.git.head()
    wanted, found = set(start), []
    ledger: Sequence[LedgerEntry] = ctx.versions.ledger(dataset, head) if head is not None else ()
    if not wanted <= {entry.id for entry in ledger}:
        ledger = ctx.versions.all_known(dataset, head)
    for entry in reversed(ledger):
        if entry.id in wanted:
            found.append(entry)
            wanted |= set(entry.parents)
    return found


class EarlierVersions:
    """Versions of a dataset, the newest first, as :class:`dsvc.validators.earlier.Earlier`.

    ``kept``: two contents; what both have is left out.
    """

    def __init__(
        self, ctx: Context, dataset: Dataset, versions: Sequence[LedgerEntry], kept: tuple[Layout, Layout]
    ) -> None:
        self._ctx, self._dataset, self._versions = ctx, dataset, versions
        self.progress = ctx.progress
        self._numbers: dict[str, int] = {}
        self._kept = self._spans(kept[0]).shared(self._spans(kept[1]))
        self.not_here: list[str] = []
        self.too_much: list[str] = []

    @cached_property
    def names(self) -> list[str]:
        """What the versions are called."""
        head = self._ctx.git.head()
        ledger = self._ctx.versions.ledger(self._dataset, head) if head is not None else ()
        return [f"{self._dataset.name}@{told_apart(entry, ledger)}" for entry in self._versions]

    def said(self, texts: Collection[int], labels: Collection[int], reach: Reach) -> dict[int, list[Stood]]:
        """What the newest versions said of texts."""
        wanted = np.unique(np.array([*texts], dtype=np.uint64))
        matches = _Matches({*labels})
        if len(wanted):
            facts = SaidFacts(self._ctx.state / "cache" / "said")
            try:
                self._look(wanted, matches, facts, reach)
            finally:
                facts.save()
        return matches.by_text()

    def _look(self, wanted: Rows, matches: _Matches, facts: SaidFacts, reach: Reach) -> None:
        versions = self._ctx.versions.read_piecemeal(fetch=reach.fetch)
        covered, layouts, left, most = self._kept, Kept(), reach.bytes, reach.versions
        for age, entry in enumerate(self._versions[:most]):
            try:
                snapshot = versions.snapshot(self._dataset, entry, layouts)
                held = self._spans(snapshot.layout).without(self._kept)
                fresh = held.without(covered)
                if fresh.size > left:
                    self.too_much += self.names[age:most]
                    return
                for rows in self._rows(snapshot, fresh, facts):
                    chosen = rows[np.isin(rows[:, 2], wanted)]
                    matches.add(snapshot, chosen, self._indexes(snapshot.layout))
            except (MissingObjectError, RemoteError) as error:
                if isinstance(error, RemoteError) and self._ctx.packs.has_remote:  # the next one would wait in vain
                    self.not_here += self.names[age:most]
                    return
                self.not_here.append(self.names[age])
                continue
            covered, left = covered.joined(fresh), left - fresh.size
            matches.stand_in(held, age)

    # Where lines are

    def _spans(self, layout: Layout) -> Spans:
        """The stored lines of a version as ranges of places."""
        bases = np.array([self._base(pack.id) if pack.origin.version else -1 for pack in layout.packs], dtype=np.int64)
        pieces = layout.all_pieces().coalesced()
        if not len(pieces):
            return Spans.none()
        stored = bases[pieces.pack] >= 0
        start = bases[pieces.pack][stored] + pieces.offset[stored]
        return Spans.of(start, start + pieces.bytes[stored])

    def _base(self, pack: str) -> int:
        return self._numbers.setdefault(pack, len(self._numbers)) << _PACK_BITS

    def _indexes(self, layout: Layout) -> dict[int, int]:
        """The index of each pack in a version, by the number that it has here."""
        return {self._numbers[pack.id]: index for index, pack in enumerate(layout.packs) if pack.id in self._numbers}

    # What they say

    def _rows(self, snapshot: Snapshot, spans: Spans, facts: SaidFacts) -> Iterator[Rows]:
        """What is said in ranges of places, with places for offsets, pack by pack; remembered, or read now."""
        ids = {number: pack for pack, number in self._numbers.items()}
        by_pack = _by_pack(spans)
        missing = {number: part.without(facts.of(ids[number]).looked) for number, part in by_pack.items()}
        with working(sum(part.size for part in missing.values())) as looked:
            blocks = looked(_blocks(snapshot, missing, self._indexes(snapshot.layout)), said_in_block)
            read = groupby(blocks, lambda done: done[0].pack)
            for number, part in by_pack.items():
                if len(missing[number]):
                    facts.add(ids[number], missing[number], self._joined(next(read)[1]))
                rows = facts.of(ids[number]).rows
                rows = rows[part.holds(rows[:, 0].astype(np.int64))].copy()
                rows[:, 0] += np.uint64(number << _PACK_BITS)
                yield rows

    def _joined(self, read: Iterable[tuple[_Block, Rows]]) -> Rows:
        found = [no_rows()]
        for block, rows in read:
            found.append(rows)
            self._tell(len(block.data))
        return np.concatenate(found)

    def _tell(self, count: int) -> None:
        if self.progress is not None:
            self.progress(count)


class _Block(msgspec.Struct, frozen=True):
    """Lines of a pack that need not follow each other there: where each run of them starts, in the block and there."""

    pack: int
    data: bytes
    starts: list[int]
    offsets: list[int]


def said_in_block(block: _Block) -> Rows:
    """What the lines of a block say, by their offset in the pack; a function for any process."""
    rows = said_in(block.data)
    run = np.searchsorted(np.array(block.starts), rows[:, 0].astype(np.int64), side="right") - 1
    moved = np.array(block.offsets, dtype=np.int64) - np.array(block.starts, dtype=np.int64)
    rows[:, 0] = (rows[:, 0].astype(np.int64) + moved[run]).astype(np.uint64)
    return rows


def _by_pack(spans: Spans) -> dict[int, Spans]:
    """Ranges of places as ranges of offsets, pack by pack."""
    numbers = spans.start >> _PACK_BITS
    bounds = [*np.flatnonzero(np.concatenate(([True], np.diff(numbers) != 0))).tolist(), len(spans)]
    found = {}
    for first, last in pairwise(bounds if len(spans) else []):
        number = int(numbers[first])
        base = number << _PACK_BITS
        found[number] = Spans(spans.start[first:last] - base, spans.end[first:last] - base)
    return found


def _blocks(snapshot: Snapshot, wanted: dict[int, Spans], indexes: dict[int, int]) -> Iterator[_Block]:
    for number, part in wanted.items():
        parts: list[bytes] = []
        starts: list[int] = []
        offsets: list[int] = []
        size = 0
        for offset, data in _runs(snapshot, indexes[number], part):
            starts.append(size)
            offsets.append(offset)
            parts.append(data if data.endswith(b"\n") else data + b"\n")
            size += len(parts[-1])
            if size >= _BLOCK_BYTES:
                yield _Block(number, b"".join(parts), starts, offsets)
                parts, starts, offsets, size = [], [], [], 0
        if parts:
            yield _Block(number, b"".join(parts), starts, offsets)


def _runs(snapshot: Snapshot, pack: int, spans: Spans) -> Iterator[tuple[int, bytes]]:
    """Whole lines in ranges of a pack, and the offset that they begin at; no more than a block at once, or one line."""
    for start, end in spans:
        at, rest = start, b""
        for begin in range(start, end, _BLOCK_BYTES):
            data = rest + snapshot.packs.read(pack, begin, min(_BLOCK_BYTES, end - begin))
            cut = data.rfind(b"\n") + 1 if begin + _BLOCK_BYTES < end else len(data)
            if cut:
                yield at, data[:cut]
            at, rest = at + cut, data[cut:]


class _Matches:
    """Lines that say something of what was asked for, and the versions that they stand in."""

    def __init__(self, labels: set[int]) -> None:
        self._labels = labels
        self._places: list[Column] = []
        self._said: list[tuple[int, int]] = []
        self._ages: list[list[int]] = []
        self._shown: dict[tuple[int, int], str] = {}

    def add(self, snapshot: Snapshot, rows: Rows, indexes: dict[int, int]) -> None:
        """Take in lines that no newer version has."""
        if len(rows):
            self._places.append(rows[:, 0].astype(np.int64))
        for place, size, text, value in rows.tolist():
            self._said.append((text, value))
            self._ages.append([])
            if text in self._labels and (text, value) not in self._shown:
                pack, offset = indexes[place >> _PACK_BITS], place & ((1 << _PACK_BITS) - 1)
                record = Checked(snapshot.packs.read(pack, offset, size), Place("", 1, 1))
                self._shown |= {(said.text, said.value): said.shown for said in said_of(record)}

    def stand_in(self, held: Spans, age: int) -> None:
        """Note which of them stand in a version."""
        if self._places:
            self._places = [np.concatenate(self._places)]
            for number in np.flatnonzero(held.holds(self._places[0])).tolist():
                self._ages[number].append(age)

    def by_text(self) -> dict[int, list[Stood]]:
        """The values of each text, the one that stood last first."""
        ages: dict[tuple[int, int], set[int]] = {}
        for said, stood in zip(self._said, self._ages, strict=True):
            ages.setdefault(said, set()).update(stood)
        found: dict[int, list[Stood]] = {}
        for (text, value), stood_in in ages.items():
            if stood_in:
                shown = self._shown.get((text, value), "")
                found.setdefault(text, []).append(Stood(value, shown, tuple(sorted(stood_in))))
        for values in found.values():
            values.sort(key=lambda one: (one.ages, one.shown))
        return found
