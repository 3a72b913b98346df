"""Everything that is measured, over a snapshot."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from dsvc.conditions.fields import MISSING, value_of
from dsvc.statistics.features import language, texts_of, turns
from dsvc.statistics.keywords import Keywords
from dsvc.statistics.readability import grade, sentence_length
from dsvc.statistics.spread import Numbers, Shares
from dsvc.statistics.tokenizing import ESTIMATE, counter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dsvc.snapshot import Snapshot

_LABEL_CHARACTERS: Final = 60
_LABELS: Final = 50
"""A field with more different values is not shown as labels, unless it was asked for."""
_FIELDS: Final = 100
"""Fields of a name of their own; a dataset whose keys are data has no end of them."""
_TOLD: Final = 1 << 20
_GRADE: Final = "reading grade"
_SENTENCE: Final = "sentence (zh)"
_READABLE: Final = {"latin": (_GRADE, grade), "zh": (_SENTENCE, sentence_length)}
COVERAGE: Final = "keywords, percent"
KEYWORDS: Final = "keyword"


class Statistics:
    """What a snapshot is made of.

    ``numbers``: ``characters``, ``tokens`` (by ``tokenizer``), ``turns`` of conversations, how hard texts are to read
    (:mod:`dsvc.statistics.readability`), and the characters of each text field. ``shares``: ``language``, ``source``,
    and each field that has few, short values. Where keywords were given: how many percent of them each record speaks
    of, and how often each is spoken of. ``not_json`` counts lines that are no records.
    """

    def __init__(self, name: str, tokenizer: str = ESTIMATE) -> None:
        self.name = name
        self.tokenizer = tokenizer
        self.records = 0
        self.bytes = 0
        self.not_json = 0
        names = ("characters", "tokens", "turns", _GRADE, _SENTENCE)
        self.numbers: dict[str, Numbers] = {each: Numbers() for each in names}
        self.shares: dict[str, Shares] = {"language": Shares(), "source": Shares()}


def measure(
    snapshot: Snapshot,
    *,
    progress: Callable[[int], None] | None = None,
    tokenizer: str = ESTIMATE,
    keywords: Sequence[str] = (),
    like: Statistics | None = None,
) -> Statistics:
    """Measure all records of a snapshot. ``progress`` is told the bytes that were read.

    ``tokenizer``: one of :data:`dsvc.statistics.tokenizing.TOKENIZERS`; ``keywords``: what records may speak of.
    ``like``: with the features that these figures have, whatever the fields of the records look like (of a sample, in
    which a field may have few values that has many in the whole). Raises UsageError for a tokenizer that is not there.
    """
    found = Statistics(snapshot.name, tokenizer)
    tokens = counter(tokenizer)
    mentions = _Mentions(keywords)
    fields = _Fields(like)
    told = 0
    for record in snapshot:
        found.records += 1
        found.bytes += len(record.content) + 1
        if progress is not None and found.bytes - told >= _TOLD:
            progress(found.bytes - told)
            told = found.bytes
        value = value_of(record.content)
        if value is MISSING:
            found.not_json += 1
            continue
        text = "\n".join(texts_of(value))
        found.numbers["characters"].counts[len(text)] += 1
        found.numbers["tokens"].counts[tokens(text)] += 1
        count = turns(value)
        if count is not None:
            found.numbers["turns"].counts[count] += 1
        spoken = language(text)
        found.shares["language"].add(spoken)
        if spoken in _READABLE:
            name, score = _READABLE[spoken]
            if (hardness := score(text)) is not None:
                found.numbers[name].counts[hardness] += 1
        mentions.add(text)
        if isinstance(value, dict):
            fields.add(value)
    found.numbers.update({f"{name} characters": numbers for name, numbers in fields.lengths().items()})
    found.shares.update(fields.labels())
    if keywords:
        found.numbers[COVERAGE], found.shares[KEYWORDS] = mentions.coverage, mentions.words
    for source, count in sources_of(snapshot).items():
        found.shares["source"].add(source, count)
    return found


def sources_of(snapshot: Snapshot) -> Mapping[str, int]:
    """How many lines came in with which source, by what is stored beside them; ``none``: nobody said."""
    packs = snapshot.layout.packs
    counts: Counter[str] = Counter()
    for file in snapshot.layout.files:
        for piece in file.pieces:
            counts[packs[piece.pack].origin.source or "none"] += piece.lines
    return counts


class _Mentions:
    """Which keywords records speak of, and how many (in percent) each of them does."""

    def __init__(self, keywords: Sequence[str]) -> None:
        self._keywords = Keywords(keywords)
        self.coverage = Numbers()
        self.words = Shares()

    def add(self, text: str) -> None:
        if not self._keywords.words:
            return
        found = self._keywords.in_text(text)
        for word in found:
            self.words.add(word)
        self.coverage.counts[round(100 * len(found) / len(self._keywords.words))] += 1


class _Fields:
    """The top-level fields of records: labels as far as they are some, lengths of texts otherwise."""

    def __init__(self, like: Statistics | None = None) -> None:
        self._lengths: dict[str, Numbers] = {}
        self._values: dict[str, Shares | None] = {}
        self._like = like

    def add(self, value: Mapping[str, object]) -> None:
        for key, inner in value.items():
            if key not in self._values:
                if len(self._values) >= _FIELDS:
                    continue
                self._values[key] = Shares()
            if isinstance(inner, str):
                self._lengths.setdefault(key, Numbers()).counts[len(inner)] += 1
            shares = self._values[key]
            if shares is not None:
                self._values[key] = self._with(shares, inner)

    @staticmethod
    def _with(shares: Shares, value: object) -> Shares | None:
        """The field's values with one more; None once they are no labels."""
        if isinstance(value, str):
            label = value
        elif isinstance(value, bool):
            label = "true" if value else "false"
        elif value is None or isinstance(value, (int, float)):
            label = "null" if value is None else str(value)
        else:
            return None
        if len(label) > _LABEL_CHARACTERS or (label not in shares.counts and len(shares.counts) >= _LABELS):
            return None
        shares.add(label)
        return shares

    def labels(self) -> dict[str, Shares]:
        """Fields with few, short values, of which some are there several times."""
        if self._like is not None:
            known = self._like.shares
            return {name: shares for name, shares in self._values.items() if shares is not None and name in known}
        return {
            name: shares
            for name, shares in self._values.items()
            if shares is not None and shares.records > 2 * len(shares.counts)
        }

    def lengths(self) -> dict[str, Numbers]:
        """Fields that are texts and no labels."""
        if self._like is not None:
            known = self._like.numbers
            return {name: numbers for name, numbers in self._lengths.items() if f"{name} characters" in known}
        labels = self.labels()
        return {name: numbers for name, numbers in self._lengths.items() if name not in labels}
