"""What is read of records to put them on sides; kept, so that another rule reads only what it asks besides.

A rule that is changed while somebody looks at its parts asks for the same records again: other shares or another seed
read nothing, another field reads that field, and near-duplicates are looked for once.
"""

from __future__ import annotations

from array import array
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
import xxhash

from dsvc.conditions.fields import MISSING, field, field_names, steps_of, value_of
from dsvc.record import canonical_value, check_record, is_blank, record_id
from dsvc.sampling.identities import key_values, named_fields
from dsvc.splitting.questions import question_digest
from dsvc.validators.near_search import Search
from dsvc.validators.near_signing import signed, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from dsvc.splitting.rule import Rule
    from dsvc.splitting.table import Input

    Column = NDArray[Any]
    Progress = Callable[[int], None] | None

_BLOCK: Final = 1024
"""So many records have their signatures made at once."""


class Records(msgspec.Struct, frozen=True, eq=False):
    """What is asked of every record: ``line`` (from 0) of the input number ``file``; what it is (``identities``, which
    end at ``ends``), and a digest of what it asks, 0 where that cannot be told. ``fields`` are those of the first.
    """

    file: Column
    line: Column
    identities: bytes
    ends: Column
    question: Column
    fields: tuple[str, ...]

    def each_identity(self) -> Iterator[bytes]:
        """What each record is, as bytes."""
        start = 0
        for end in self.ends.tolist():
            yield self.identities[start:end]
            start = end


class Strata(msgspec.Struct, frozen=True, eq=False):
    """The values of a field, as JSON reads: for each record its place in ``values``, and how many records have it."""

    of: Column
    values: tuple[str, ...]
    seen: int


class Groups(msgspec.Struct, frozen=True, eq=False):
    """A digest of a field's value for each record, 0 where there is none, with the values that they stand for."""

    of: Column
    names: dict[int, str]
    seen: int


class Known(msgspec.Struct, frozen=True, eq=False):
    """What is known of the records of one content: all columns are of the same ``records``.

    ``alike`` has pairs of records that are nearly the same, by likeness: a record, and the first one of its cluster.
    """

    records: Records
    strata: Mapping[str, Strata] = {}
    groups: Mapping[str, Groups] = {}
    alike: Mapping[float, tuple[tuple[int, int], ...]] = {}


class Reading:
    """The records of some inputs, as far as rules have asked for them; one thread reads at a time.

    What a thread was given stays what it is when another one reads other content.

    ``mark``: what tells the content of a file from any other. Without it nothing is kept from one call to the next.
    """

    def __init__(self, mark: Callable[[Any], object] | None = None) -> None:
        self._mark = mark
        self._lock = Lock()
        self._content: object = None
        self._known: Known | None = None

    def read(self, inputs: Sequence[Input], rule: Rule, key: Sequence[str], progress: Progress = None) -> Known:
        """Read what the rule asks, as far as it is not known; all that is known of this content.

        Raises BadDataError for a line that is no record.
        """
        with self._lock:
            self._require(inputs, tuple(key))
            made = _Pass(self._known, inputs, rule, key, progress)
            if made.asks:
                made.run()
            self._known = made.known()
            return self._known

    def _require(self, inputs: Sequence[Input], key: tuple[str, ...]) -> None:
        """Forget what is of other content."""
        mark = self._mark
        content = (
            (key, [(each.file.name, each.side, each.only_remembered, mark(each.file)) for each in inputs])
            if mark is not None
            else None
        )
        if content is None or content != self._content:
            self._content, self._known = content, None


class _Pass:
    """Once through all records, for what is not known of them."""

    def __init__(
        self, known: Known | None, inputs: Sequence[Input], rule: Rule, key: Sequence[str], progress: Progress
    ) -> None:
        self._inputs, self._progress = inputs, progress
        self._key = named_fields(key)
        self._base = _Base() if known is None else None
        self._known = known if known is not None else Known(_Base().found())
        self._strata = [_StrataOf(name) for name in dict.fromkeys(rule.stratify) if name not in self._known.strata]
        self._groups = [_GroupsOf(name) for name in dict.fromkeys(rule.group_fields) if name not in self._known.groups]
        looks = rule.near_duplicates == "together" and rule.alike not in self._known.alike
        self._alike = _Alike(rule.alike, inputs) if looks else None

    @property
    def asks(self) -> bool:
        """Whether there is anything to read."""
        return bool(self._base or self._strata or self._groups or self._alike)

    def run(self) -> None:
        """Read all records."""
        for number, one in enumerate(self._inputs):
            for line, content in enumerate(one.file.lines()):
                if self._progress is not None:
                    self._progress(len(content) + 1)
                if not is_blank(content):
                    self._take(number, line, content, one)
            if self._alike is not None:
                self._alike.sign()

    def _take(self, number: int, line: int, content: bytes, one: Input) -> None:
        value = value_of(content)
        if not isinstance(value, dict):
            check_record(content, name=one.file.name, line_number=line + 1)
        if self._base is not None or self._alike is not None:
            identity = self._identity(content, one.file.name, line)
            if self._base is not None:
                self._base.take(number, line, identity, value, asks=not one.only_remembered)
            if self._alike is not None:
                self._alike.take(number, line, identity, value, only_remembered=one.only_remembered)
        for stratum in self._strata:
            stratum.take(value)
        for group in self._groups:
            group.take(value)

    def _identity(self, content: bytes, name: str, line: int) -> bytes:
        """What a record is: its key's value where it has one, else its record id."""
        try:
            found = key_values(content, self._key) if self._key else None
            return canonical_value(found) if found is not None else record_id(content).encode()
        except ValueError:
            check_record(content, name=name, line_number=line + 1)
            raise

    def known(self) -> Known:
        """What was known, and what was found besides."""
        known, alike = self._known, self._alike
        return Known(
            records=self._base.found() if self._base is not None else known.records,
            strata={**known.strata, **{each.name: each.found() for each in self._strata}},
            groups={**known.groups, **{each.name: each.found() for each in self._groups}},
            alike={**known.alike, alike.alike: tuple(alike.pairs())} if alike is not None else known.alike,
        )


class _Base:
    """Where records stand, what they are, and what they ask."""

    def __init__(self) -> None:
        self._file, self._line, self._ends, self._questions = array("q"), array("q"), array("q"), array("Q")
        self._identities = bytearray()
        self._fields: tuple[str, ...] = ()

    def take(self, number: int, line: int, identity: bytes, value: object, *, asks: bool) -> None:
        self._file.append(number)
        self._line.append(line)
        self._identities += identity
        self._ends.append(len(self._identities))
        self._questions.append(question_digest(value) if asks else 0)
        if not self._fields:
            self._fields = tuple(field_names([value]))

    def found(self) -> Records:
        file, line, ends = (np.array(each, dtype=np.int64) for each in (self._file, self._line, self._ends))
        question = np.array(self._questions, dtype=np.uint64)
        return Records(file, line, bytes(self._identities), ends, question, self._fields)


class _StrataOf:
    """The values of a field while they are read."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._steps = steps_of(name)
        self._of = array("q")
        self._values: dict[str, int] = {}
        self._seen = 0

    def take(self, value: object) -> None:
        found = field(value, self._steps)
        self._seen += found is not MISSING
        told = "(missing)" if found is MISSING else _told(found)
        self._of.append(self._values.setdefault(told, len(self._values)))

    def found(self) -> Strata:
        return Strata(np.array(self._of, dtype=np.int64), tuple(self._values), self._seen)


class _GroupsOf:
    """The groups of a field while they are read; null and the empty text are none."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._steps = steps_of(name)
        self._of = array("Q")
        self._names: dict[int, str] = {}
        self._seen = 0

    def take(self, value: object) -> None:
        found = field(value, self._steps)
        self._seen += found is not MISSING
        if found is MISSING or found is None or found == "":
            self._of.append(0)
            return
        text = _told(found)
        digest = xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass")) or 1
        self._names.setdefault(digest, text)
        self._of.append(digest)

    def found(self) -> Groups:
        return Groups(np.array(self._of, dtype=np.uint64), self._names, self._seen)


class _Alike:
    """The search for near-duplicates while texts are read.

    A record that is only remembered, and is one that will be written, too, is looked at once.
    """

    def __init__(self, alike: float, inputs: Sequence[Input]) -> None:
        self.alike = alike
        self._inputs = inputs
        self._search = Search(alike, self._text)
        self._waiting: list[str] = []
        self._places: tuple[array[int], array[int], array[int]] = (array("q"), array("q"), array("q"))
        self._rows = 0
        self._remembers = any(each.only_remembered for each in inputs)
        self._written: set[int] = set()

    def take(self, number: int, line: int, identity: bytes, value: object, *, only_remembered: bool) -> None:
        row, self._rows = self._rows, self._rows + 1
        if self._remembers:
            what = xxhash.xxh3_64_intdigest(identity)
            if only_remembered and what in self._written:
                return
            if not only_remembered:
                self._written.add(what)
        for column, at in zip(self._places, (row, number, line), strict=True):
            column.append(at)
        self._waiting.append(text_of(value))
        if len(self._waiting) == _BLOCK:
            self.sign()

    def sign(self) -> None:
        """Make the signatures of the texts that wait."""
        if self._waiting:
            self._search.add(signed(self._waiting))
            self._waiting = []

    def _text(self, searched: int) -> str:
        _, numbers, lines = self._places
        return text_of(value_of(self._inputs[numbers[searched]].file.line(lines[searched])))

    def pairs(self) -> Iterator[tuple[int, int]]:
        """A record, and the first one of its cluster."""
        rows = self._places[0]
        for first, *others in self._search.clusters().sets():
            yield from ((rows[row], rows[first]) for row in others)


def _told(value: object) -> str:
    """A value as it is compared and told: as JSON reads, so that ``"1"`` and ``1`` are two."""
    return canonical_value(value).decode("utf-8", "replace")  # type: ignore[arg-type]


__all__ = ["Groups", "Known", "Reading", "Records", "Strata"]
