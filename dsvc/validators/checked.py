"""One record as checks look at it: parsed once, whatever number of rules asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar, cast, overload

from dsvc.conditions.fields import MISSING, value_of
from dsvc.formats.detection import detect
from dsvc.validators.conversation import conversations_of
from dsvc.validators.exchange import exchange_of

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator

    from dsvc.textdiff.fields import Steps
    from dsvc.validators.conversation import Turn
    from dsvc.validators.exchange import Exchange
    from dsvc.validators.finding import Place
    from dsvc.validators.places import Places
    from dsvc.validators.rule import Signature


T = TypeVar("T")


class Checked:
    """A record's bytes (without line end) and, when first asked for, what they mean."""

    __slots__ = (
        "_conversations",
        "_exchange",
        "_made",
        "_shape",
        "_signature",
        "_texts",
        "_value",
        "content",
        "place",
    )

    def __init__(self, content: bytes, place: Place) -> None:
        self.content = content
        self.place = place
        self._made: dict[object, object]

    @property
    def value(self) -> object:
        """The JSON value; MISSING (:mod:`dsvc.conditions.fields`) when the line is not JSON."""
        try:
            return self._value
        except AttributeError:
            self._value: object = value_of(self.content)
            return self._value

    @property
    def fields(self) -> dict[str, object]:
        """The fields of the record; empty when it is no JSON object."""
        value = self.value
        return value if isinstance(value, dict) else {}

    @property
    def signature(self) -> Signature:
        """Its fields and the types of their values: what is alike in this is mostly looked at alike."""
        try:
            return self._signature
        except AttributeError:
            value = self.value
            if type(value) is dict:
                self._signature: Signature = (tuple(value), tuple(map(type, value.values())))
            else:
                self._signature = ((), (type(value),))
            return self._signature

    @property
    def shape(self) -> str | None:
        """The shape that the record looks most like (:func:`dsvc.formats.detection.detect`)."""
        try:
            return self._shape
        except AttributeError:
            value = self.value
            self._shape: str | None = None if value is MISSING else detect(value).shape  # type: ignore[arg-type]
            return self._shape

    @property
    def conversations(self) -> list[tuple[str, list[Turn]]]:
        """The record's lists of turns, each with its field."""
        try:
            return self._conversations
        except AttributeError:
            self._conversations: list[tuple[str, list[Turn]]] = conversations_of(self.fields)
            return self._conversations

    @property
    def exchange(self) -> Exchange | None:
        """What the record asks and answers (:func:`dsvc.validators.exchange.exchange_of`)."""
        try:
            return self._exchange
        except AttributeError:
            self._exchange: Exchange | None = exchange_of(self.fields, self.conversations)
            return self._exchange

    @property
    def texts(self) -> list[tuple[Steps, str]]:
        """All texts of the record with their paths, in their order; keys are no texts."""
        try:
            return self._texts
        except AttributeError:
            self._texts: list[tuple[Steps, str]] = list(_texts(self.value, ()))
            return self._texts

    def once(self, make: Callable[[Checked], T]) -> T:
        """What a function makes of the record: made when first asked for, shared by the rules that ask."""
        try:
            made = self._made
        except AttributeError:
            made = self._made = {}
        if make not in made:
            made[make] = make(self)
        return cast("T", made[make])


class Records(Sequence[Checked]):
    """The records of a block; what several rules want to know of all of them is found out once.

    ``data`` is the block, ``contents`` and ``values`` are the bytes and the values of its records, ``places`` where
    they stand. A :class:`Checked` is made when it is asked for: of most records the rules ask nothing more.
    """

    def __init__(self, data: bytes, contents: Sequence[bytes], values: Sequence[object], places: Places) -> None:
        self.data = data
        self.contents = contents
        self.values = values
        self.places = places
        self._checked: list[Checked | None] = [None] * len(contents)
        self._made: dict[object, object] = {}
        self._with: dict[re.Pattern[bytes], list[int]] = {}

    def __len__(self) -> int:
        return len(self.contents)

    @overload
    def __getitem__(self, at: int) -> Checked: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Checked]: ...
    def __getitem__(self, at: int | slice) -> Checked | Sequence[Checked]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        made = self._checked[at]
        if made is None:
            made = Checked(self.contents[at], self.places[at])
            made._value = self.values[at]
            self._checked[at] = made
        return made

    def __iter__(self) -> Iterator[Checked]:
        return iter(self.once(_all))

    def once(self, make: Callable[[Records], T]) -> T:
        """What a function makes of them: made when first asked for, shared by the rules that ask."""
        if make not in self._made:
            self._made[make] = make(self)
        return cast("T", self._made[make])

    @property
    def alike(self) -> dict[Signature, list[int]]:
        """The numbers (from 0) of the records by their signatures."""
        return self.once(_alike)

    def with_any(self, patterns: Iterable[re.Pattern[bytes]]) -> list[int]:
        """The numbers of the records in whose lines one of these patterns is found."""
        for pattern in patterns:
            if pattern not in self._with:  # several rules may look for the same
                self._with[pattern] = self._rows_with(pattern)
        return sorted({row for pattern in patterns for row in self._with[pattern]})

    def _rows_with(self, pattern: re.Pattern[bytes]) -> list[int]:
        numbers = lines_with(pattern, self.data)
        if isinstance(self.places.numbers, range):  # no blank lines
            return numbers
        rows = {number: row for row, number in enumerate(self.places.numbers)}
        return [rows[number] for number in numbers if number in rows]


def lines_with(pattern: re.Pattern[bytes], data: bytes) -> list[int]:
    """The numbers (from 0) of the lines in which a pattern is found; all are searched at once."""
    numbers: list[int] = []
    number, at = 0, 0  # the line at offset ``at``
    while (match := pattern.search(data, at)) is not None:
        number += data.count(b"\n", at, match.start())
        numbers.append(number)
        end = data.find(b"\n", match.start())
        if end < 0:
            break
        number, at = number + 1, end + 1
    return numbers


def _all(records: Records) -> list[Checked]:
    made = records._checked
    for row, (content, value, place) in enumerate(zip(records.contents, records.values, records.places, strict=True)):
        if made[row] is None:
            made[row] = one = Checked(content, place)
            one._value = value
    return cast("list[Checked]", made)


def _alike(records: Records) -> dict[Signature, list[int]]:
    return by_signature(records.values)


def by_signature(values: Iterable[object]) -> dict[Signature, list[int]]:
    """The numbers (from 0) of values by the signatures of records that have them."""
    found: dict[Signature, list[int]] = {}
    for number, value in enumerate(values):
        if type(value) is dict:
            signature: Signature = (tuple(value), tuple(map(type, value.values())))
        else:
            signature = ((), (type(value),))
        if signature in found:
            found[signature].append(number)
        else:
            found[signature] = [number]
    return found


def _texts(value: object, steps: Steps) -> Iterator[tuple[Steps, str]]:
    if isinstance(value, str):
        yield steps, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if type(inner) is str:  # most fields
                yield (*steps, key), inner
            elif isinstance(inner, (dict, list)):
                yield from _texts(inner, (*steps, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*steps, number))
