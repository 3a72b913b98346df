"""Coefficients of agreement. Units are records; each has one answer of every annotator, None where there is none.

Equal units count together: each function takes a Counter of them, or any series, and looks at each kind of unit once.

A coefficient is None where it is not defined: nothing to compare, or one and the same answer everywhere, so that no
other outcome was to be expected.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

Unit: TypeAlias = "tuple[Hashable | None, ...]"
Units: TypeAlias = "Counter[Unit] | Iterable[Sequence[Hashable | None]]"
Answers: TypeAlias = "Counter[Hashable]"
Distance: TypeAlias = "Callable[[Hashable, Hashable], float]"
"""How far two answers are apart, from 0 (the same); the square of what some authors call the difference."""

_Z95 = 1.959963984540054


class Kappa(msgspec.Struct, frozen=True):
    """A coefficient with the interval that holds the true one in 95 of 100 cases (asymptotic)."""

    value: float
    low: float
    high: float


def nominal(one: Hashable, other: Hashable) -> float:
    """0 where two answers are the same, else 1."""
    return 0.0 if one == other else 1.0


def counted(units: Units) -> Counter[Unit]:
    """How often each unit is there."""
    return units if isinstance(units, Counter) else Counter(map(tuple, units))


def pairs_of(unit: Sequence[Hashable | None]) -> Iterator[tuple[Hashable, Hashable]]:
    """Each two answers of a unit, in the order of the annotators."""
    return combinations([answer for answer in unit if answer is not None], 2)


def are_the_same(unit: Sequence[Hashable | None], is_same: Callable[[Hashable, Hashable], bool]) -> bool | None:
    """Whether all answers to a unit are the same, each with each; None where fewer than two are there."""
    told = [is_same(one, other) for one, other in pairs_of(unit)]
    return all(told) if told else None


def percent(units: Units, is_same: Callable[[Hashable, Hashable], bool]) -> tuple[int, int]:
    """How many units, of those with two answers and more, have answers that are all the same; and of how many."""
    agreed = compared = 0
    for unit, times in counted(units).items():
        same = are_the_same(unit, is_same)
        compared += times * (same is not None)
        agreed += times * (same is True)
    return agreed, compared


def cohen(units: Units) -> Kappa | None:
    """Kappa of two annotators (J. Cohen, Educ. Psychol. Meas. 20, 1960, p. 37), on units that both answered.

    Its standard error is that of J. Fleiss, J. Cohen and B. Everitt (Psychol. Bull. 72, 1969, p. 323).
    """
    pairs = Counter({unit: times for unit, times in counted(units).items() if None not in unit})
    count = pairs.total()
    if not count:
        return None
    left: Counter[Hashable] = Counter()
    right: Counter[Hashable] = Counter()
    for (one, other), times in pairs.items():
        left[one] += times
        right[other] += times
    observed = sum(times for (one, other), times in pairs.items() if one == other) / count
    expected = sum(left[label] * right[label] for label in left) / count**2
    if math.isclose(expected, 1.0):
        return None
    kappa = (observed - expected) / (1 - expected)
    same = cross = 0.0
    for (one, other), times in pairs.items():
        share = times / count
        if one == other:
            same += share * (1 - (left[one] + right[one]) / count * (1 - kappa)) ** 2
        else:
            cross += share * ((right[one] + left[other]) / count) ** 2
    variance = same + (1 - kappa) ** 2 * cross - (kappa - expected * (1 - kappa)) ** 2
    half = _Z95 * math.sqrt(max(0.0, variance) / count) / (1 - expected)
    return Kappa(kappa, max(-1.0, kappa - half), min(1.0, kappa + half))


def fleiss(units: Units) -> float | None:
    """Kappa of several annotators (J. Fleiss, Psychol. Bull. 76, 1971, p. 378), on units that all of them answered."""
    labels: Counter[Hashable] = Counter()
    agreement = 0.0
    count = annotators = 0
    for unit, units_like_it in counted(units).items():
        if None in unit or len(unit) < 2:
            continue
        annotators = len(unit)
        count += units_like_it
        given = Counter(unit)
        labels.update({label: times * units_like_it for label, times in given.items()})
        same = sum(times * (times - 1) for times in given.values())
        agreement += units_like_it * same / (annotators * (annotators - 1))
    if not count:
        return None
    observed = agreement / count
    expected = sum((times / (count * annotators)) ** 2 for times in labels.values())
    return None if math.isclose(expected, 1.0) else (observed - expected) / (1 - expected)


def krippendorff(
    units: Units, distance: Distance = nominal, *, all_apart: Callable[[Answers], float] | None = None
) -> float | None:
    """Alpha of any number of annotators, with missing answers (K. Krippendorff, Content Analysis, 2004, chapter 11).

    One minus the observed over the expected disagreement, each told by ``distance``. ``all_apart`` adds up the
    distances of all ordered pairs of answers, where there is a faster way than to look at each; it may not know (NaN).
    """
    values: Answers = Counter()
    observed = 0.0
    for unit, times in counted(units).items():
        given = Counter(answer for answer in unit if answer is not None)
        size = given.total()
        if size < 2:
            continue
        values.update({answer: said * times for answer, said in given.items()})
        if len(given) > 1:
            observed += times * apart(given, distance) / (size - 1)
    total = values.total()
    if total < 2 or len(values) < 2:
        return None
    expected = all_apart(values) if all_apart is not None else apart(values, distance)
    return None if expected == 0 or math.isnan(expected) else 1 - (total - 1) * observed / expected


def nominal_apart(values: Answers) -> float:
    """How many ordered pairs of answers are not the same."""
    return float(values.total() ** 2 - sum(times**2 for times in values.values()))


def apart(values: Answers, distance: Distance) -> float:
    """The distances of all ordered pairs of answers, added."""
    several = [*values.items()]
    return 2 * sum(
        times * others * distance(one, other)
        for at, (one, times) in enumerate(several)
        for other, others in several[at + 1 :]
    )


def by_label(units: Units) -> dict[Hashable, tuple[int, int]]:
    """For each label: in how many pairs of answers both say it, and in how many at least one does.

    Specific agreement (R. Spitzer and J. Fleiss, Br. J. Psychiatry 125, 1974, p. 341) is 2b / (b + a) of these.
    """
    both: Counter[Hashable] = Counter()
    either: Counter[Hashable] = Counter()
    for unit, times in counted(units).items():
        for one, other in pairs_of(unit):
            either.update(dict.fromkeys((one, other), times))
            if one == other:
                both[one] += times
    return {label: (both[label], count) for label, count in either.most_common()}


def specific(both: int, either: int) -> float:
    """The chance that one annotator says a label, given that another one says it."""
    return 2 * both / (both + either) if either else 0.0


def confusion(units: Units) -> Counter[tuple[Hashable, Hashable]]:
    """How often which two answers meet; of two annotators the first one's stands first, of more each pair counts."""
    found: Counter[tuple[Hashable, Hashable]] = Counter()
    for unit, times in counted(units).items():
        for pair in pairs_of(unit):
            found[pair] += times
    return found
