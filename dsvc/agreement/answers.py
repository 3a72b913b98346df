"""Answers by record and annotator, kept small: equal answers once, and numbers of where each stands.

A million records with two labels each take about 200 MB.
"""

from __future__ import annotations

from array import array
from collections import Counter
from copy import copy
from typing import TYPE_CHECKING, Any

import msgspec
import orjson

from dsvc.conditions.fields import MISSING
from dsvc.record import Number, canonical_value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_NONE = -1


class Given(msgspec.Struct, frozen=True):
    """What one annotator answered to a record: the value of each field that is asked, MISSING where it is not there."""

    values: tuple[Any, ...]
    file: str
    line: int
    row: int

    @property
    def is_answer(self) -> bool:
        """Whether something was answered to any of the fields."""
        return any(map(is_answer, self.values))


def is_answer(value: Any) -> bool:
    """Whether a value answers anything: a field that is missing, null or blank does not, an empty list does (none)."""
    return value is not MISSING and value is not None and not (isinstance(value, str) and not value.strip())


def canonical_of(value: Any) -> bytes:
    """The canonical form of a parsed value, faster than :func:`dsvc.record.canonical_value` for nearly all."""
    try:
        return orjson.dumps(value, _as_written, orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS)
    except TypeError:  # lone surrogates, whole numbers of more than 64 bits, deep nesting
        return canonical_value(value)


def _as_written(value: object) -> orjson.Fragment:
    if isinstance(value, Number):
        return orjson.Fragment(str(value))
    raise TypeError


class _Column:
    """The answers of one annotator, by the number of the record: the number of the answer, and where it stands."""

    def __init__(self) -> None:
        self.answer = array("q")
        self.file = array("i")
        self.line = array("q")
        self.row = array("q")

    def keep(self, number: int, parts: tuple[int, int, int, int]) -> None:
        """Keep an answer and where it stands; of a new record behind all others, mostly."""
        self.fill(number)
        into = (self.answer, self.file, self.line, self.row)
        if number == len(self.answer):
            for column, part in zip(into, parts, strict=True):
                column.append(part)
        else:
            for column, part in zip(into, parts, strict=True):
                column[number] = part

    def only(self, numbers: Collection[int]) -> _Column:
        """The same, without the answers to other records."""
        found = copy(self)
        found.answer = array("q", (code if number in numbers else _NONE for number, code in enumerate(self.answer)))
        return found

    def fill(self, count: int) -> None:
        """Have room for so many records."""
        missing = count - len(self.answer)
        if missing > 0:
            for part, nothing in ((self.answer, _NONE), (self.file, 0), (self.line, 0), (self.row, 0)):
                part.extend(array(part.typecode, [nothing]) * missing)


class Answers:
    """For each record, by its number from 0, what each annotator answered; None where it is not there at all."""

    def __init__(self, annotators: Sequence[str]) -> None:
        self.annotators = tuple(annotators)
        self._columns = [_Column() for _ in self.annotators]
        self._count = 0
        self._values: list[tuple[Any, ...]] = []
        self._codes: dict[Any, int] = {}
        self._files: dict[str, int] = {}

    def __len__(self) -> int:
        return self._count

    def add_annotator(self, name: str) -> int:
        """Another annotator; its number."""
        self.annotators = (*self.annotators, name)
        self._columns.append(_Column())
        return len(self.annotators) - 1

    def has(self, number: int, annotator: int) -> bool:
        """Whether an annotator has a record (-1: none has)."""
        column = self._columns[annotator].answer
        return 0 <= number < len(column) and column[number] != _NONE

    def keep(self, number: int, annotator: int, given: Given) -> None:
        """Keep what an annotator answered to a record; a new record has the next number."""
        self._count = max(self._count, number + 1)
        file = self._files.setdefault(given.file, len(self._files))
        self._columns[annotator].keep(number, (self._code(given.values), file, given.line, given.row))

    def only(self, numbers: Collection[int]) -> Answers:
        """The answers to these records; they keep their numbers, and nobody has an answer to the others."""
        found = copy(self)
        found._columns = [column.only(numbers) for column in self._columns]
        return found

    def _code(self, values: tuple[Any, ...]) -> int:
        if all(type(value) is str or value is MISSING or value is None for value in values):
            key: Any = values
        else:  # 1, True and 1.0 are equal in Python, and lists cannot be looked up
            key = tuple([value if value is MISSING else canonical_of(value) for value in values])
        code = self._codes.setdefault(key, len(self._values))
        if code == len(self._values):
            self._values.append(values)
        return code

    def patterns(self) -> Counter[tuple[int, ...]]:
        """How often which answers (their numbers, -1: none) of the annotators meet in a record, in order."""
        self._fill()
        return Counter(zip(*(column.answer for column in self._columns), strict=True))

    def answered(self) -> Counter[tuple[int, ...]]:
        """How many records which annotators (by number) have answered anything to; ``()``: those that nobody has."""
        found: Counter[tuple[int, ...]] = Counter()
        says = [any(map(is_answer, values)) for values in self._values] + [False]
        for pattern, times in self.patterns().items():
            found[tuple([at for at, code in enumerate(pattern) if says[code]])] += times
        return found

    def has_field(self, field: int) -> bool:
        """Whether any record has the field, with an answer or without."""
        return any(values[field] is not MISSING for values in self._values)

    def values(self, code: int) -> tuple[Any, ...] | None:
        """The answer with a number; None for the one that is not there."""
        return self._values[code] if code != _NONE else None

    def rows_with(self, patterns: set[tuple[int, ...]]) -> array[int]:
        """The numbers of the records in which the annotators' answers are one of these patterns."""
        self._fill()
        rows = zip(*(column.answer for column in self._columns), strict=True)
        return array("q", (number for number, pattern in enumerate(rows) if pattern in patterns))

    def given(self, number: int) -> tuple[Given | None, ...]:
        """What each annotator answered to a record."""
        self._fill()
        files = [*self._files]
        return tuple(
            Given(
                self._values[column.answer[number]], files[column.file[number]], column.line[number], column.row[number]
            )
            if column.answer[number] != _NONE
            else None
            for column in self._columns
        )

    def sample(self, field: int, records: int) -> Iterator[Any]:
        """The answers to a field in the first records."""
        for number in range(min(records, self._count)):
            for column in self._columns:
                code = column.answer[number] if number < len(column.answer) else _NONE
                if code != _NONE and is_answer(value := self._values[code][field]):
                    yield value

    def _fill(self) -> None:
        for column in self._columns:
            column.fill(self._count)
