"""What of each record decides on its side, column by column: little of each, so that a million records fit.

Records are read once, in the order in which they will be written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
import numpy as np
import xxhash

from dsvc.conditions.fields import MISSING, field, field_names, steps_of, value_of
from dsvc.errors import UsageError
from dsvc.record import canonical_value, check_record, is_blank, record_id
from dsvc.sampling.identities import key_values, named_fields
from dsvc.sampling.ranking import ranker
from dsvc.splitting.questions import question_digest
from dsvc.validators.near_search import Search
from dsvc.validators.near_signing import signed, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from dsvc.splitting.rule import Rule

    Column = NDArray[Any]

NO_SIDE: Final = -1
_BLOCK: Final = 1024
"""So many records have their signatures made at once."""


class Lines(Protocol):
    """A file of records, of which any line can be read again."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    def lines(self) -> Iterator[bytes]:
        """All lines, without their ends."""
        ...

    def line(self, number: int) -> bytes:
        """Line ``number`` (from 0), without its end."""
        ...


class Input(msgspec.Struct, frozen=True):
    """A file of records, and the side that they are on (``NO_SIDE``: none yet).

    ``only_remembered``: its records tell which side they are on, and will not be written.
    """

    file: Lines
    side: int = NO_SIDE
    only_remembered: bool = False


class Table(msgspec.Struct, frozen=True):
    """The records of all inputs, in order; each column has one element for each record.

    ``line`` counts from 0 in its ``file`` (an index into ``files``). ``identity`` is a rank: the same for records
    that are the same. ``groups`` has for each field of the groups a digest of its value, 0 for a record of none;
    ``question`` a digest of what is asked, 0 where that cannot be told; ``stratum`` is an index into ``strata``,
    whose values are as JSON reads.
    """

    files: tuple[Lines, ...]
    file: Column
    line: Column
    identity: Column
    groups: tuple[Column, ...]
    question: Column
    stratum: Column
    side: Column
    written: Column
    strata: tuple[tuple[str, ...], ...]
    group_names: dict[int, str]
    without_group: int
    alike: tuple[tuple[int, int], ...]
    """Pairs of records that are nearly the same: a record, and the first one of its cluster."""

    def __len__(self) -> int:
        return len(self.identity)

    @property
    def gone(self) -> int:
        """How many of the records that are remembered will not be written."""
        return int(np.count_nonzero(~np.isin(self.identity[~self.written], self.identity[self.written])))


def read_table(
    inputs: Sequence[Input], rule: Rule, key: Sequence[str] = (), progress: Callable[[int], None] | None = None
) -> Table:
    """Read all records. ``key``: the dataset's key fields, which say what a record is where it has them all.

    Raises BadDataError for a line that is no record, UsageError for a field that no record has.
    """
    reading = _Reading(inputs, rule, key, progress)
    for number, one in enumerate(inputs):
        reading.take(number, one)
    return reading.table()


class _Reading:
    """The columns while they are filled."""

    def __init__(
        self, inputs: Sequence[Input], rule: Rule, key: Sequence[str], progress: Callable[[int], None] | None
    ) -> None:
        self._inputs, self._rule, self._progress = inputs, rule, progress
        self._identify = _Identity(key, rule.seed)
        self._stratify = [steps_of(name) for name in rule.stratify]
        self._group_by = [steps_of(name) for name in rule.group_fields]
        self._places: list[list[int]] = [[], []]
        self._identities: list[int] = []
        self._groups: list[list[int]] = [[] for _ in rule.group_fields]
        self._questions: list[int] = []
        self._strata: dict[tuple[str, ...], int] = {}
        self._stratum: list[int] = []
        self._group_names: dict[int, str] = {}
        self._seen = [0] * (len(rule.stratify) + len(rule.group_fields))
        self._fields: list[str] = []
        self._search = Search(rule.alike, self._text) if rule.near_duplicates == "together" else None
        self._waiting: list[str] = []
        self._searched: list[int] = []
        self._known: frozenset[int] | None = None

    def take(self, number: int, one: Input) -> None:
        if one.only_remembered and self._known is None:
            self._known = frozenset(self._identities)
        for line, content in enumerate(one.file.lines()):
            if self._progress is not None:
                self._progress(len(content) + 1)
            if not is_blank(content):
                self._record(number, line, content, one)
        self._sign()

    def _record(self, number: int, line: int, content: bytes, one: Input) -> None:
        value = value_of(content)
        if not isinstance(value, dict):
            check_record(content, name=one.file.name, line_number=line + 1)
        self._places[0].append(number)
        self._places[1].append(line)
        self._identities.append(self._identity(content, one.file.name, line))
        self._questions.append(0 if one.only_remembered else question_digest(value))
        self._put_in_groups(value)
        stratum = self._values(value)
        self._stratum.append(self._strata.setdefault(stratum, len(self._strata)))
        if not self._fields:
            self._fields = field_names([value])
        if self._search is not None and not (one.only_remembered and self._is_known()):
            self._searched.append(len(self._identities) - 1)
            self._waiting.append(text_of(value))
            if len(self._waiting) == _BLOCK:
                self._sign()

    def _identity(self, content: bytes, name: str, line: int) -> int:
        try:
            return self._identify(content)
        except ValueError:
            check_record(content, name=name, line_number=line + 1)
            raise

    def _is_known(self) -> bool:
        """Whether the last record is remembered only, and is one that will be written: that one is looked at."""
        return self._known is not None and self._identities[-1] in self._known

    def _sign(self) -> None:
        if self._search is not None and self._waiting:
            self._search.add(signed(self._waiting))
            self._waiting = []

    def _values(self, value: object) -> tuple[str, ...]:
        values = []
        for number, steps in enumerate(self._stratify):
            found = field(value, steps)
            self._seen[number] += found is not MISSING
            values.append("(missing)" if found is MISSING else _told(found))
        return tuple(values)

    def _put_in_groups(self, value: object) -> None:
        for number, steps in enumerate(self._group_by):
            found = field(value, steps)
            self._seen[len(self._stratify) + number] += found is not MISSING
            self._groups[number].append(self._group(found))

    def _group(self, found: object) -> int:
        """A digest of a group's value; 0 where there is none. null and the empty text are no groups."""
        if found is MISSING or found is None or found == "":
            return 0
        text = _told(found)
        digest = xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass")) or 1
        self._group_names.setdefault(digest, text)
        return digest

    def _text(self, searched: int) -> str:
        row = self._searched[searched]
        number, line = self._places[0][row], self._places[1][row]
        return text_of(value_of(self._inputs[number].file.line(line)))

    def table(self) -> Table:
        self._require_fields()
        places = np.array(self._places, dtype=np.int64)
        sides = np.array([one.side for one in self._inputs], dtype=np.int8)
        written = np.array([not one.only_remembered for one in self._inputs], dtype=bool)
        groups = tuple(np.array(each, dtype=np.uint64) for each in self._groups)
        identity = np.array(self._identities, dtype=np.uint64)
        side = sides[places[0]] if len(sides) else np.zeros(0, dtype=np.int8)
        is_written = written[places[0]] if len(written) else np.zeros(0, dtype=bool)
        return Table(
            files=tuple(one.file for one in self._inputs),
            file=places[0],
            line=places[1],
            identity=identity,
            groups=groups,
            question=np.array(self._questions, dtype=np.uint64),
            stratum=np.array(self._stratum, dtype=np.int64),
            side=_remembered(identity, side, is_written),
            written=is_written,
            strata=tuple(self._strata),
            group_names=self._group_names,
            without_group=_in_none(groups),
            alike=tuple(self._alike()),
        )

    def _alike(self) -> Iterator[tuple[int, int]]:
        if self._search is not None:
            found = self._search.clusters()
            for first, *others in found.sets():
                yield from ((self._searched[row], self._searched[first]) for row in others)

    def _require_fields(self) -> None:
        asked = [*self._rule.stratify, *self._rule.group_fields]
        options = ["--stratify"] * len(self._rule.stratify) + ["--group-by"] * len(self._group_by)
        for name, option, count in zip(asked, options, self._seen, strict=True):
            if not count and self._identities:
                raise UsageError(
                    f"no record has the field '{name}' (the first one has: {', '.join(self._fields) or 'none'})",
                    hint=f"{option} {next(iter(self._fields), 'FIELD')}",
                )


def _in_none(groups: Sequence[Column]) -> int:
    """How many records are in no group, where there are groups."""
    return int(np.count_nonzero(np.logical_and.reduce([group == 0 for group in groups]))) if groups else 0


def _remembered(identity: Column, side: Column, written: Column) -> Column:
    """The side of each record, also of those whose side is only remembered; of equal ones that of the first."""
    known, first = np.unique(identity[~written], return_index=True)
    if not len(known):
        return side
    at = np.searchsorted(known, identity).clip(0, len(known) - 1)
    found = (known[at] == identity) & (side == NO_SIDE)
    return np.where(found, side[~written][first][at], side)


class _Identity:
    """What a record is, as its rank: its key's value where it has one, else its record id."""

    def __init__(self, key: Sequence[str], seed: str) -> None:
        self._key = named_fields(key)
        self._rank = ranker("split", seed)

    def __call__(self, content: bytes) -> int:
        return self._rank(self._of(content))

    def _of(self, content: bytes) -> bytes:
        found = key_values(content, self._key) if self._key else None
        return canonical_value(found) if found is not None else record_id(content).encode()


def _told(value: object) -> str:
    """A value as it is compared and told: as JSON reads, so that ``"1"`` and ``1`` are two."""
    return canonical_value(value).decode("utf-8", "replace")  # type: ignore[arg-type]


__all__ = ["NO_SIDE", "Input", "Lines", "Table", "read_table"]
