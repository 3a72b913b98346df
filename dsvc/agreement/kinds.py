"""What kind of answers there are, when two count as the same, and how far they are apart."""

from __future__ import annotations

import math
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from dsvc.agreement.coefficients import apart, nominal, nominal_apart
from dsvc.conditions.fields import number_text
from dsvc.errors import UsageError
from dsvc.record import Number

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from dsvc.agreement.coefficients import Answers, Distance, Unit

Kind = Literal["label", "levels", "set", "number", "rank", "text"]

KINDS: Final[dict[Kind, str]] = {
    "label": "one of a few labels",
    "levels": "a label of a hierarchy, its levels with > between them (a>b>c)",
    "set": "several labels at once, in any order",
    "number": "a number, near ones being nearly the same",
    "rank": "a number that only orders (1 to 5): how far two are apart is told by how many lie between",
    "text": "free text, alike from a similarity on",
}
"""Every kind of answers, in words."""

LEVELS: Final = ">"
SIMILAR: Final = 0.9
"""From this similarity on two texts count as the same (rapidfuzz, normalised Indel)."""
_LONG: Final = 60
_MANY: Final = 0.5
_MOST_DIFFERENT: Final = 500
"""Every two of so many different answers are looked at, which takes about a second for texts."""
_LARGEST: Final = 1e100
"""Squares of larger numbers, added up, are more than a float holds."""


def kind_of(values: Iterable[Any]) -> Kind:
    """The kind of some answers, by what they are."""
    found = [value for value in values if value is not None]
    if not found:
        return "label"
    if all(isinstance(value, list) for value in found):
        return "set"
    if all(map(_is_number, found)):
        return "number"
    texts = [value for value in found if isinstance(value, str)]
    if len(texts) < len(found):
        return "label"
    is_long = sum(map(len, texts)) / len(texts) > _LONG
    if not is_long and sum(LEVELS in text for text in texts) > len(texts) * _MANY:
        return "levels"
    return "text" if is_long or (len(texts) > 20 and len({*texts}) > len(texts) * _MANY) else "label"


def _is_number(value: Any) -> bool:
    """Numbers that are not whole arrive as they are written."""
    return isinstance(value, (int, float, Number)) and not isinstance(value, bool)


def has_number(value: Any) -> bool:
    """Whether an answer is a number, or a set with one."""
    return any(map(_is_number, value)) if isinstance(value, list) else _is_number(value)


def as_answer(value: Any, kind: Kind, *, numbers: bool = False) -> Hashable:
    """An answer as a value that can be compared. Raises UsageError for one that is not of the kind.

    ``numbers``: some answers are numbers, so that labels which are equal numbers are the same, also in quotes. Where
    all are texts, they are what they say: ``1.1`` and ``1.10`` are two sections.
    """
    if kind == "set":
        written = (_written(each) for each in (value if isinstance(value, list) else [value]))
        return frozenset(map(number_text, written) if numbers else written)
    if kind in ("number", "rank"):
        if not _is_number(value):
            raise UsageError(f"'{_written(value)}' is no number", hint="compare them as they are written: --kind label")
        return _as_float(value)
    if kind == "levels":
        return tuple(part.strip() for part in _written(value).split(LEVELS))
    text = _written(value).strip()
    return number_text(text) if numbers and kind == "label" else text


def _as_float(value: Any) -> float:
    try:
        number = float(value)
    except OverflowError:  # a whole number of more than 308 digits
        number = math.inf
    if not abs(number) <= _LARGEST:
        text = _written(value)
        told = text if len(text) <= 20 else f"{text[:20]}…"
        raise UsageError(f"'{told}' is too large a number to be compared", hint="compare them as text: --kind label")
    return number


def _written(value: Any) -> str:
    import json

    return str(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def told(answer: Hashable) -> str:
    """An answer in words."""
    if isinstance(answer, frozenset):
        return ", ".join(sorted(map(str, answer))) or "(none)"
    if isinstance(answer, tuple):
        return LEVELS.join(map(str, answer))
    return f"{answer:g}" if isinstance(answer, float) else str(answer)


def is_same(kind: Kind, similar: float = SIMILAR) -> Any:
    """A function that tells whether two answers count as the same."""
    if kind != "text":
        return lambda one, other: one == other
    return lambda one, other: one == other or similarity(one, other) >= similar


def similarity(one: Hashable, other: Hashable) -> float:
    """How alike two texts are, from 0 to 1."""
    from rapidfuzz.distance import Indel

    return Indel.normalized_similarity(str(one), str(other))


def distance_of(kind: Kind) -> Distance:
    """How far two answers are apart, for Krippendorff's alpha."""
    distances: dict[Kind, Distance] = {
        "label": nominal,
        "levels": nominal,
        "set": masi,
        "number": squared,
        "rank": squared,
        "text": lambda one, other: 1 - similarity(one, other),
    }
    return distances[kind]


def apart_of(kind: Kind) -> Callable[[Answers], float]:
    """The distances of all ordered pairs of answers of a kind, added up."""
    if kind in ("label", "levels"):
        return nominal_apart
    return _numbers_apart if kind in ("number", "rank") else partial(_few_apart, distance=distance_of(kind))


def _numbers_apart(values: Answers) -> float:
    """The sum of (x - y)^2 over all pairs: 2 n times the sum of the squared distances from the mean."""
    numbers = [(number, times) for number, times in values.items() if isinstance(number, float)]
    count = values.total()
    mean = math.fsum(number * times for number, times in numbers) / count
    return 2 * count * math.fsum(times * (number - mean) ** 2 for number, times in numbers)


def ranks_of(units: Counter[Unit]) -> Counter[Unit]:
    """Units of numbers with each number replaced by how many answers lie below it (and half of those that are equal).

    The squared difference of two of these is Krippendorff's ordinal metric (Content Analysis, 2004, section 11.3.4):
    the number of answers between two, with half of each.
    """
    said: Answers = Counter()
    for unit, times in units.items():
        given = [answer for answer in unit if answer is not None]
        if len(given) > 1:
            for answer in given:
                said[answer] += times
    below = 0.0
    rank: dict[Hashable | None, float | None] = {None: None}
    for answer, times in sorted(said.items()):
        rank[answer] = below + times / 2
        below += times
    found: Counter[Unit] = Counter()
    for unit, times in units.items():
        found[tuple(rank.get(answer) for answer in unit)] += times
    return found


def _few_apart(values: Answers, distance: Distance) -> float:
    """Every pair is looked at: with very many different answers the sum is not known (NaN)."""
    return apart(values, distance) if len(values) <= _MOST_DIFFERENT else float("nan")


def masi(one: Hashable, other: Hashable) -> float:
    """How far two sets are apart: 1 - J M, with the Jaccard index J and M by how one holds the other.

    R. Passonneau, Measuring agreement on set-valued items, LREC 2006: M is 1 for equal sets, 2/3 where one holds the
    other, 1/3 where they overlap, 0 where they share nothing.
    """
    assert isinstance(one, frozenset)
    assert isinstance(other, frozenset)
    if one == other:
        return 0.0
    common = len(one & other)
    if not common:
        return 1.0
    holds = 2 / 3 if one <= other or other <= one else 1 / 3
    return 1 - common / len(one | other) * holds


def squared(one: Hashable, other: Hashable) -> float:
    """The square of the difference of two numbers."""
    assert isinstance(one, float)
    assert isinstance(other, float)
    return (one - other) ** 2
