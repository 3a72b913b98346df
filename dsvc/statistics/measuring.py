"""Everything that is measured, over a snapshot."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

from dsvc.processes import working
from dsvc.statistics.spread import Numbers, Shares
from dsvc.statistics.tally import GRADE, SENTENCE, How, Tally, tally
from dsvc.statistics.tokenizing import ESTIMATE, counter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dsvc.snapshot import Snapshot
    from dsvc.statistics.kept import TallyStore

COVERAGE: Final = "keywords, percent"
KEYWORDS: Final = "keyword"
_NUMBERS: Final = ("characters", "tokens", "turns", GRADE, SENTENCE)


class Statistics:
    """What a snapshot is made of.

    ``numbers``: ``characters``, ``tokens`` (by ``tokenizer``), ``turns`` of conversations, how hard texts are to read
    (:mod:`dsvc.statistics.readability`), and the characters of each text field. ``shares``: ``language``, ``source``,
    and each field that has few, short values. Where keywords were given: how many percent of them each record speaks
    of, and how often each is spoken of. ``fields`` tells of each field how many records have a text there, a number, a
    list … (``not_json`` counts lines that are no records).
    """

    def __init__(self, name: str, tokenizer: str = ESTIMATE) -> None:
        self.name = name
        self.tokenizer = tokenizer
        self.records = 0
        self.bytes = 0
        self.not_json = 0
        self.numbers: dict[str, Numbers] = {each: Numbers() for each in _NUMBERS}
        self.shares: dict[str, Shares] = {"language": Shares(), "source": Shares()}
        self.fields: dict[str, dict[str, int]] = {}
        self._lengths: dict[str, Numbers] = {}

    @property
    def measured(self) -> int:
        """How many records are measured: all that are JSON."""
        return self.records - self.not_json

    def numbers_of(self, feature: str) -> Numbers:
        """The numbers of a feature; of ``FIELD characters`` also where the field is one of labels here."""
        return self.numbers.get(feature) or self._lengths.get(feature) or Numbers()

    def shares_of(self, feature: str, other: Statistics) -> Shares:
        """The shares of a feature; the types of a field's values where it is one of labels on one side only."""
        own, its = self.shares.get(feature), other.shares.get(feature)
        if (own is None) is (its is None) or feature not in self.fields or feature not in other.fields:
            return own or Shares()
        return _shares(self.fields[feature])


def characters_of(field: str) -> str:
    """What the feature is called that is the length of a field's texts."""
    return f"{field} characters"


def measure(
    snapshot: Snapshot,
    *,
    progress: Callable[[int], None] | None = None,
    tokenizer: str = ESTIMATE,
    keywords: Sequence[str] = (),
    like: Statistics | None = None,
    store: TallyStore | None = None,
) -> Statistics:
    """Measure all records of a snapshot, in several processes where they are many. ``progress`` is told bytes.

    ``tokenizer``: one of :data:`dsvc.statistics.tokenizing.TOKENIZERS`; ``keywords``: what records may speak of.
    ``like``: with the features that these figures have, whatever the fields of the records look like (of a sample, in
    which a field may have few values that has many in the whole). ``store``: where it is kept for the next time.
    Raises UsageError for a tokenizer that is not there.
    """
    how = How(tokenizer, tuple(keywords))
    counter(tokenizer)  # refused before anything is read
    counted = store.find(snapshot, how) if store is not None else None
    if counted is None:
        counted = _counted(snapshot, how, progress)
        if store is not None:
            store.keep(snapshot, how, counted)
    return _statistics(snapshot, how, counted, like)


def _counted(snapshot: Snapshot, how: How, progress: Callable[[int], None] | None) -> Tally:
    counted = Tally()
    with working(sum(file.bytes for file in snapshot.layout.files)) as mapping:
        for block, found in mapping(_blocks(snapshot), partial(tally, how=how)):
            counted.add(found)
            if progress is not None:
                progress(len(block))
    return counted


def _blocks(snapshot: Snapshot) -> Iterator[bytes]:
    for file in snapshot.layout.files:
        yield from snapshot.whole_lines(file)


def _statistics(snapshot: Snapshot, how: How, counted: Tally, like: Statistics | None) -> Statistics:
    found = Statistics(snapshot.name, how.tokenizer)
    found.records, found.bytes, found.not_json = counted.records, counted.bytes, counted.not_json
    found.numbers |= {name: _numbers(counts) for name, counts in counted.numbers.items()}
    found.fields = counted.fields
    found.shares["language"] = _shares(counted.languages)
    labels = _labels(counted, like)
    lengths = {name: counts for name, counts in counted.lengths.items() if _is_text(name, labels, like)}
    found.numbers |= {characters_of(name): _numbers(counts) for name, counts in lengths.items()}
    found._lengths = {characters_of(name): _numbers(counts) for name, counts in counted.lengths.items()}
    found.shares |= labels
    if how.keywords:
        found.numbers[COVERAGE], found.shares[KEYWORDS] = _numbers(counted.coverage), _shares(counted.keywords)
    found.shares["source"] = _shares(sources_of(snapshot))
    return found


def _labels(counted: Tally, like: Statistics | None) -> dict[str, Shares]:
    """Fields with few, short values, of which some are there several times."""
    all_labels = {name: counts for name, counts in counted.labels.items() if counts is not None}
    if like is not None:
        return {name: _shares(counts) for name, counts in all_labels.items() if name in like.shares}
    return {name: _shares(counts) for name, counts in all_labels.items() if sum(counts.values()) > 2 * len(counts)}


def _is_text(name: str, labels: Mapping[str, Shares], like: Statistics | None) -> bool:
    return name not in labels if like is None else characters_of(name) in like.numbers


def _numbers(counts: Mapping[int, int]) -> Numbers:
    found = Numbers()
    found.counts = Counter(dict(counts))
    return found


def _shares(counts: Mapping[str, int]) -> Shares:
    found = Shares()
    for value, count in counts.items():
        found.add(value, count)
    return found


def sources_of(snapshot: Snapshot) -> Mapping[str, int]:
    """How many lines came in with which source, by what is stored beside them; ``none``: nobody said."""
    packs = snapshot.layout.packs
    counts: Counter[str] = Counter()
    for file in snapshot.layout.files:
        for piece in file.pieces:
            counts[packs[piece.pack].origin.source or "none"] += piece.lines
    return counts
