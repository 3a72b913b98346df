"""What a score would be worth nothing for: records of a test set among those for training, groups in several parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec
import xxhash

from dsvc.conditions.fields import MISSING, field, steps_of, text_of, value_of
from dsvc.record import record_id
from dsvc.splitting.naming import split_of
from dsvc.validators.checked import Checked
from dsvc.validators.exchange import squeezed
from dsvc.validators.finding import Finding, Place
from dsvc.validators.near_search import ALIKE, Search
from dsvc.validators.near_signing import Signed, signed
from dsvc.validators.near_signing import text_of as texts_of
from dsvc.validators.other_numbers import other_numbers
from dsvc.validators.rule import DatasetCheck, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dsvc.conditions.fields import Steps
    from dsvc.snapshot import Record, Snapshot
    from dsvc.validators.finding import Severity

_BLOCK: Final = 1024
_SEEN: Final = ("images", "image", "videos", "video", "audios", "audio")
"""Media, which a question is about."""
_MOST_ASKED: Final = 3
"""What more records of a test have as their question is a template, and what is asked stands elsewhere."""


class Leaked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``alike``: from which likeness on (0 to 1) a record counts as one of the test set."""

    alike: float = ALIKE


class GroupLeaked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``field``: the field whose values make groups, or several; as the last ``dsvc split --group-by`` unless said."""

    field: str | tuple[str, ...] = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are named."""
        named = (self.field,) if isinstance(self.field, str) else self.field
        return tuple(name for name in named if name)


Summary: TypeAlias = "tuple[list[str], list[int], Signed]"
"""Of each record its id, its question as a digest (0: none), and what it is like."""


def _summarised(records: Sequence[Checked]) -> Summary:
    ids = [_identity(record.content) for record in records]
    questions = [_question(record) for record in records]
    return ids, questions, signed([texts_of(record.value) for record in records])


def _identity(content: bytes) -> str:
    try:
        return record_id(content)
    except ValueError:  # told by the rule ``syntax``
        return ""


def _question(record: Checked) -> int:
    """What a record asks, as a digest that is the same in any shape, case and spacing; 0 where it has no answer."""
    found = record.exchange
    if found is None or found.answer is None:
        return 0
    text = found.prompt
    for _, turns in record.conversations[:1]:
        text = "\n".join(turn.text for turn in turns if turn.role == "user" and turn.text is not None)
    text = squeezed(text).casefold()
    seen = [value for name in _SEEN if (value := record.fields.get(name))]
    asked = f"{text}\0{seen!r}" if seen else text
    return xxhash.xxh3_64_intdigest(asked.encode("utf-8", "surrogatepass")) if text else 0


class _Leaks:
    """Records that are (nearly) those of ``against``, which the runner gives; without it nothing is found."""

    def __init__(self, options: Leaked) -> None:
        self._places: list[Place] = []
        self._ids: list[str] = []
        self._questions: list[int] = []
        self._others: list[tuple[str, int, int]] = []
        self._other_ids: dict[str, int] = {}
        self._other_questions: dict[int, list[int]] = {}
        self._search = Search(options.alike, self._text)
        self.read_record: Callable[[Place], bytes] | None = None
        self.against: Snapshot | None = None

    def take(self, places: Sequence[Place], summary: Summary) -> None:
        if self.against is not None:
            self._places += places
            self._ids += summary[0]
            self._questions += summary[1]
            self._search.add(summary[2])

    def finish(self) -> Iterator[Finding]:
        if self.against is None:
            return
        self._read_others(self.against)
        yield from self._equal(self.against.name)
        yield from self._asked(self.against.name)
        yield from self._near(self.against.name)

    def _read_others(self, against: Snapshot) -> None:
        waiting: list[Record] = []
        for record in against:
            waiting.append(record)
            self._other_ids.setdefault(_identity(record.content), len(self._others))
            question = _question(Checked(record.content, Place(record.file, record.line, record.row)))
            self._other_questions.setdefault(question, []).append(len(self._others))
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

    def _asked(self, name: str) -> Iterator[Finding]:
        """Questions of the test, whatever is answered."""
        for number, place in enumerate(self._places):
            others = self._same_question(number)
            if others and self._ids[number] not in self._other_ids:
                row = self._others[others[0]][2]
                yield _leaked(f"the same question as row {row:,} of '{name}'", place)

    def _same_question(self, number: int) -> list[int]:
        """The records of the test with the question of a record; none where so many have it that it is a template."""
        question = self._questions[number]
        others = self._other_questions.get(question, []) if question else []
        return others if len(others) <= _MOST_ASKED else []

    def _near(self, name: str) -> Iterator[Finding]:
        found = self._search.clusters()
        own = len(self._places)
        others: dict[int, int] = {}
        for number in range(own, len(self._search)):
            others.setdefault(found.first(number), number - own)
        for number in range(own):
            other = others.get(found.first(number))
            told = self._ids[number] in self._other_ids or self._same_question(number)
            if other is None or told:
                continue
            row = f"row {self._others[other][2]:,} of '{name}'"
            if other_numbers(self._value(number), self._value(own + other)):
                yield _leaked(f"the same as {row} but for numbers", self._places[number], "warning")
            else:
                yield _leaked(f"nearly the same as {row}", self._places[number])

    def _text(self, number: int) -> str:
        return texts_of(self._value(number))

    def _value(self, number: int) -> object:
        own = len(self._places)
        if number < own:
            assert self.read_record is not None
            return value_of(self.read_record(self._places[number]))
        assert self.against is not None
        path, line, _ = self._others[number - own]
        return value_of(self.against.line(self.against.layout.file(path), line - 1))


def _leaked(told: str, place: Place, severity: Severity = "error") -> Finding:
    return Finding("", severity, told, place, fix="leave it out of what is trained on")


class _Groups:
    """Groups with records in several parts: one finding for each further part."""

    def __init__(self) -> None:
        self._parts: dict[tuple[str, str], dict[str, tuple[Place, int]]] = {}

    def take(self, places: Sequence[Place], summary: Sequence[Sequence[tuple[str, str]]]) -> None:
        for place, groups in zip(places, summary, strict=False):
            for group in groups:
                parts = self._parts.setdefault(group, {})
                part = split_of(place.file)
                first, count = parts.get(part, (place, 0))
                parts[part] = first, count + 1

    def finish(self) -> Iterator[Finding]:
        for (name, group), parts in self._parts.items():
            (home, (first, count)), *others = parts.items()
            for part, (place, more) in others:
                told = f"the group '{group}' is in '{home}' and '{part}' ({count:,} and {more:,} records)"
                fix = "put all its records into one part"
                yield Finding("", "error", told, place, path=name, fix=fix, related=(first,))


def _groups(options: GroupLeaked) -> DatasetCheck:
    fields = [(name, steps_of(name)) for name in options.fields]

    def summarised(records: Sequence[Checked]) -> list[list[tuple[str, str]]]:
        return [_groups_of(record.value, fields) for record in records] if fields else []

    return DatasetCheck(summarised, _Groups)


def _groups_of(value: object, fields: Sequence[tuple[str, Steps]]) -> list[tuple[str, str]]:
    found = ((name, _group(field(value, steps))) for name, steps in fields)
    return [(name, group) for name, group in found if group is not None]


def _group(value: object) -> str | None:
    return None if value is MISSING or value is None or value == "" else text_of(value)


RULES: Final = (
    Rule(
        id="leakage",
        topic="content",
        severity="error",
        title="a record is (nearly) the same as one of a given test set, or asks the same",
        why="A model that was trained on the test has learned its answers, and the score says nothing. It runs when a "
        "test set is given: dsvc validate --against FILE|REV. A question of the test is told with any answer, in any "
        "shape, and in capitals; one that differs in numbers of a running text only is a warning. How likeness is "
        "measured: see near-duplicate.",
        example=Example(
            bad=(
                '{"q": "How many days do I have to pay the bill of my gold card after the statement?"}',
                '{"instruction": "WHAT IS 7 TIMES 8?", "input": "", "output": "Seven times eight is fifty-six."}',
            ),
            good=(
                '{"q": "What does cash from a machine abroad cost me if I hold a gold card?"}',
                '{"instruction": "what is 7 times 9?", "input": "", "output": "56"}',
            ),
            against=(
                '{"q": "How many days do I have to pay the bill of my gold card after the statement"}',
                '{"q": "账单日之后多少天必须还款？"}',
                '{"question": "What is 7 times 8?", "answer": "56"}',
            ),
        ),
        make=lambda options: DatasetCheck(_summarised, lambda: _Leaks(options)),
        options=Leaked,
        by_default=False,
        version=4,
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
