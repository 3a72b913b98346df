"""What a block of records is made of, counted; tallies of blocks are put together, in any number of processes."""

from __future__ import annotations

from collections import Counter
from itertools import compress
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from dsvc.conditions.fields import MISSING, value_of
from dsvc.record import is_blank
from dsvc.statistics.features import language, texts_of, turns
from dsvc.statistics.keywords import Keywords
from dsvc.statistics.readability import grade, sentence_length
from dsvc.statistics.tokenizing import ESTIMATE, counter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_LABEL_CHARACTERS: Final = 60
_LABELS: Final = 50
"""A field with more different values, or a longer one, is not one of labels."""
_FIELDS: Final = 100
"""Fields of a name of their own; a dataset whose keys are data has no end of them."""
GRADE: Final = "reading grade"
SENTENCE: Final = "sentence (zh)"
_READABLE: Final = {"latin": (GRADE, grade), "zh": (SENTENCE, sentence_length)}

KINDS: Final[dict[type, str]] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "true or false",
    type(None): "null",
    list: "list",
    dict: "object",
}
_Key = TypeVar("_Key", int, str)

Count = dict[int, int]
Labels = dict[str, int]


class How(msgspec.Struct, frozen=True):
    """``tokenizer``: one of :data:`dsvc.statistics.tokenizing.TOKENIZERS`; ``keywords``: what records may speak of."""

    tokenizer: str = ESTIMATE
    keywords: tuple[str, ...] = ()


class Tally(msgspec.Struct):
    """Counts over records: how many have which number of characters, tokens, turns …, which language, which labels.

    ``lengths`` and ``labels`` are by field at the top of records; ``labels`` is None for a field that has none.
    ``fields`` counts the types of values by field, as :data:`KINDS` names them. ``coverage`` counts records by the
    percent of the keywords that they speak of. ``not_json``: lines that are no JSON.
    """

    records: int = 0
    bytes: int = 0
    not_json: int = 0
    numbers: dict[str, Count] = msgspec.field(default_factory=dict)
    languages: Labels = msgspec.field(default_factory=dict)
    lengths: dict[str, Count] = msgspec.field(default_factory=dict)
    labels: dict[str, Labels | None] = msgspec.field(default_factory=dict)
    fields: dict[str, Labels] = msgspec.field(default_factory=dict)
    keywords: Labels = msgspec.field(default_factory=dict)
    coverage: Count = msgspec.field(default_factory=dict)

    def add(self, other: Tally) -> None:
        """Count the records of another tally too, which come behind these."""
        self.records += other.records
        self.bytes += other.bytes
        self.not_json += other.not_json
        for name, counts in other.numbers.items():
            _add(self.numbers.setdefault(name, {}), counts)
        for mine, more in ((self.languages, other.languages), (self.keywords, other.keywords)):
            _add(mine, more)
        _add(self.coverage, other.coverage)
        for field, labels in other.labels.items():
            if field not in self.labels:
                if len(self.labels) >= _FIELDS:
                    continue
                self.labels[field] = {}
            self.labels[field] = _joined(self.labels[field], labels)
            _add(self.fields.setdefault(field, {}), other.fields[field])
            if field in other.lengths:
                _add(self.lengths.setdefault(field, {}), other.lengths[field])


def tally(block: bytes, how: How) -> Tally:
    """Count what the records of a block of whole lines are made of; blank lines are none.

    Raises UsageError for a tokenizer that is not there.
    """
    found = Tally()
    lines = [line for line in block.removesuffix(b"\n").split(b"\n") if not is_blank(line)]
    values = [value_of(line) for line in lines]
    found.records, found.bytes = len(lines), sum(map(len, lines)) + len(lines)
    found.not_json = sum(value is MISSING for value in values)
    values = [value for value in values if value is not MISSING]
    texts = ["\n".join(texts_of(value)) for value in values]
    languages = [language(text) for text in texts]
    found.languages = Counter(languages)
    found.numbers = {
        "characters": Counter(map(len, texts)),
        "tokens": Counter(map(counter(how.tokenizer), texts)),
        "turns": Counter(count for count in map(turns, values) if count is not None),
    }
    for spoken, (name, score) in _READABLE.items():
        those = map(score, compress(texts, [each == spoken for each in languages]))
        found.numbers[name] = Counter(each for each in those if each is not None)
    _count_fields(found, [value for value in values if isinstance(value, dict)])
    if how.keywords:
        _count_keywords(found, texts, how.keywords)
    return found


def _count_fields(found: Tally, records: Iterable[Mapping[str, object]]) -> None:
    columns: dict[str, list[object]] = {}
    for record in records:
        for key, value in record.items():
            if key in columns:
                columns[key].append(value)
            else:
                columns[key] = [value]
    for key, column in columns.items():
        found.labels[key] = _labels_of(column)
        kinds = found.fields.setdefault(key, {})
        for kind, count in Counter(map(type, column)).items():
            _add(kinds, {KINDS.get(kind, "number"): count})
        texts = [len(value) for value in column if isinstance(value, str)]
        if texts:
            found.lengths[key] = Counter(texts)


def _labels_of(column: Iterable[object]) -> Labels | None:
    """How often a field has each value; None where some are no labels, or they are too many."""
    counts: Labels = {}
    for value in column:
        if isinstance(value, str):
            label = value
        elif isinstance(value, bool):
            label = "true" if value else "false"
        elif value is None or isinstance(value, (int, float)):
            label = "null" if value is None else str(value)
        else:
            return None
        if len(label) > _LABEL_CHARACTERS or (label not in counts and len(counts) >= _LABELS):
            return None
        counts[label] = counts.get(label, 0) + 1
    return counts


def _count_keywords(found: Tally, texts: Iterable[str], keywords: Sequence[str]) -> None:
    wanted = Keywords(keywords)
    for text in texts if wanted.words else ():
        spoken = wanted.in_text(text)
        _add(found.keywords, dict.fromkeys(spoken, 1))
        _add(found.coverage, {round(100 * len(spoken) / len(wanted.words)): 1})


def _joined(mine: Labels | None, more: Labels | None) -> Labels | None:
    if mine is None or more is None:
        return None
    _add(mine, more)
    return mine if len(mine) <= _LABELS else None


def _add(mine: dict[_Key, int], more: Mapping[_Key, int]) -> None:
    for value, count in more.items():
        mine[value] = mine.get(value, 0) + count
