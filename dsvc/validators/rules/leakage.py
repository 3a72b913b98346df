"""What a score would be worth nothing for: records of a test set among those for training, groups in several parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from dsvc.conditions.fields import MISSING, field, steps_of, text_of, value_of
from dsvc.record import record_id
from dsvc.splitting.naming import split_of
from dsvc.validators.finding import Finding
from dsvc.validators.near_search import ALIKE, Search
from dsvc.validators.near_signing import Signed, signed
from dsvc.validators.near_signing import text_of as texts_of
from dsvc.validators.rule import DatasetCheck, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dsvc.snapshot import Record, Snapshot
    from dsvc.validators.checked import Checked
    from dsvc.validators.finding import Place

_BLOCK: Final = 1024


class Leaked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``alike``: from which likeness on (0 to 1) a record counts as one of the test set."""

    alike: float = ALIKE


class GroupLeaked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``field``: the field whose values make groups; that of the last ``dsvc split --group-by`` unless said."""

    field: str = ""


def _summarised(records: Sequence[Checked]) -> tuple[list[str], Signed]:
    return [_identity(record.content) for record in records], signed([texts_of(record.value) for record in records])


def _identity(content: bytes) -> str:
    try:
        return record_id(content)
    except ValueError:  # told by the rule ``syntax``
        return ""


class _Leaks:
    """Records that are (nearly) those of ``against``, which the runner gives; without it nothing is found."""

    def __init__(self, options: Leaked) -> None:
        self._places: list[Place] = []
        self._ids: list[str] = []
        self._others: list[tuple[str, int, int]] = []
        self._other_ids: dict[str, int] = {}
        self._search = Search(options.alike, self._text)
        self.read_record: Callable[[Place], bytes] | None = None
        self.against: Snapshot | None = None

    def take(self, places: Sequence[Place], summary: tuple[list[str], Signed]) -> None:
        if self.against is not None:
            self._places += places
            self._ids += summary[0]
            self._search.add(summary[1])

    def finish(self) -> Iterator[Finding]:
        if self.against is None:
            return
        self._read_others(self.against)
        yield from self._equal(self.against.name)
        yield from self._near(self.against.name)

    def _read_others(self, against: Snapshot) -> None:
        waiting: list[Record] = []
        for record in against:
            waiting.append(record)
            self._other_ids.setdefault(_identity(record.content), len(self._others))
            self._others.append((record.file, record.line, record.row))
            if len(waiting) == _BLOCK:
                self._sign(waiting)
                waiting = []
        self._sign(waiting)

    def _sign(self, records: Sequence[Record]) -> None:
        self._search.add(signed([texts_of(value_of(record.content)) for record in records]))

    def _equal(self, name: str) -> Iterator[Finding]:
        for place, identity in zip(self._places, self._ids, strict=True):
            if identity and identity in self._other_ids:
                row = self._others[self._other_ids[identity]][2]
                yield _leaked(f"the same record as row {row:,} of '{name}'", place)

    def _near(self, name: str) -> Iterator[Finding]:
        found = self._search.clusters()
        own = len(self._places)
        others: dict[int, int] = {}
        for number in range(own, len(self._search)):
            others.setdefault(found.first(number), number - own)
        for number in range(own):
            other = others.get(found.first(number))
            if other is not None and self._ids[number] not in self._other_ids:
                yield _leaked(f"nearly the same as row {self._others[other][2]:,} of '{name}'", self._places[number])

    def _text(self, number: int) -> str:
        own = len(self._places)
        if number < own:
            assert self.read_record is not None
            return texts_of(value_of(self.read_record(self._places[number])))
        assert self.against is not None
        path, line, _ = self._others[number - own]
        return texts_of(value_of(self.against.line(self.against.layout.file(path), line - 1)))


def _leaked(told: str, place: Place) -> Finding:
    return Finding("", "error", told, place, fix="leave it out of what is trained on")


class _Groups:
    """Groups with records in several parts: one finding for each further part."""

    def __init__(self, options: GroupLeaked) -> None:
        self._options = options
        self._parts: dict[str, dict[str, tuple[Place, int]]] = {}

    def take(self, places: Sequence[Place], summary: Sequence[str | None]) -> None:
        for place, group in zip(places, summary, strict=False):
            if group is not None:
                parts = self._parts.setdefault(group, {})
                part = split_of(place.file)
                first, count = parts.get(part, (place, 0))
                parts[part] = first, count + 1

    def finish(self) -> Iterator[Finding]:
        for group, parts in self._parts.items():
            (home, (first, count)), *others = parts.items()
            for part, (place, more) in others:
                told = f"the group '{group}' is in '{home}' and '{part}' ({count:,} and {more:,} records)"
                fix = "put all its records into one part"
                yield Finding("", "error", told, place, path=self._options.field, fix=fix, related=(first,))


def _groups(options: GroupLeaked) -> DatasetCheck:
    steps = steps_of(options.field) if options.field else None

    def summarised(records: Sequence[Checked]) -> list[str | None]:
        return [_group(field(record.value, steps)) for record in records] if steps is not None else []

    return DatasetCheck(summarised, lambda: _Groups(options))


def _group(value: object) -> str | None:
    return None if value is MISSING or value is None or value == "" else text_of(value)


RULES: Final = (
    Rule(
        id="leakage",
        topic="content",
        severity="error",
        title="a record is (nearly) the same as one of a given test set",
        why="A model that was trained on the test has learned its answers, and the score says nothing. It runs when a "
        "test set is given: dsvc validate --against FILE|REV. How likeness is measured: see near-duplicate.",
        example=Example(
            bad=('{"q": "How many days do I have to pay the bill of my gold card after the statement?"}',),
            good=('{"q": "What does cash from a machine abroad cost me if I hold a gold card?"}',),
            against=(
                '{"q": "How many days do I have to pay the bill of my gold card after the statement"}',
                '{"q": "账单日之后多少天必须还款？"}',
            ),
        ),
        make=lambda options: DatasetCheck(_summarised, lambda: _Leaks(options)),
        options=Leaked,
        by_default=False,
        sources=("Broder, On the resemblance and containment of documents, 1997",),
    ),
    Rule(
        id="group-leakage",
        topic="content",
        severity="error",
        title="records of one group are in several parts",
        why="Records of one patient, conversation or document know each other: with some in the training part the test "
        "is too easy. Looked at where the split was made with --group-by, or the rule's option names a field.",
        example=Example(
            bad=('{"who": "p1", "q": "a"}', '{"who": "p2", "q": "b"}'),
            good=('{"who": "p2", "q": "a"}', '{"who": "p2", "q": "b"}'),
            options={"field": "who"},
            beside={"test.jsonl": ('{"who": "p1", "q": "c"}',)},
        ),
        make=_groups,
        options=GroupLeaked,
    ),
)
