"""How far annotators agree on one field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, overload

import msgspec

from dsvc.agreement import coefficients
from dsvc.agreement.answers import is_answer
from dsvc.agreement.kinds import (
    SIMILAR,
    apart_of,
    as_answer,
    distance_of,
    has_number,
    is_same,
    kind_of,
    ranks_of,
    similarity,
)

if TYPE_CHECKING:
    from array import array
    from collections.abc import Hashable

    from dsvc.agreement.answers import Answers, Given
    from dsvc.agreement.coefficients import Kappa, Unit
    from dsvc.agreement.kinds import Kind

_SAMPLED: Final = 1000
"""The answers to so many records tell what kind they are of."""


class Disagreement(msgspec.Struct, frozen=True):
    """A record that people disagree on: what each annotator answered, in their order (None: nothing)."""

    given: tuple[Given | None, ...]
    values: tuple[Any, ...]


class Disagreements(Sequence[Disagreement]):
    """The records that people disagree on, each put together when it is asked for."""

    def __init__(self, answers: Answers, field: int, rows: array[int]) -> None:
        self._answers = answers
        self._field = field
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of these records among all that were compared."""
        return tuple(self._rows)

    @overload
    def __getitem__(self, at: int) -> Disagreement: ...
    @overload
    def __getitem__(self, at: slice) -> Disagreements: ...
    def __getitem__(self, at: int | slice) -> Disagreement | Disagreements:
        if isinstance(at, slice):
            return Disagreements(self._answers, self._field, self._rows[at])
        given = self._answers.given(self._rows[at])
        values = (each.values[self._field] if each is not None else None for each in given)
        return Disagreement(given, tuple(value if is_answer(value) else None for value in values))


class Level(msgspec.Struct, frozen=True):
    """Agreement on the first ``depth`` levels of hierarchical labels."""

    depth: int
    agreed: int
    compared: int
    alpha: float | None


class FieldAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """How far annotators agree on a field.

    ``compared`` records have two answers and more, and on ``agreed`` of them all are the same. ``answers`` counts those
    of each annotator. ``cohen`` is of two, ``fleiss`` of more; ``alpha`` of any number; None: not defined. ``labels``
    are pairs in which both, and in which at least one, said it. ``similarity`` is the mean of texts.
    """

    field: str
    kind: Kind
    annotators: tuple[str, ...]
    answers: tuple[int, ...]
    records: int
    compared: int
    agreed: int
    cohen: Kappa | None
    fleiss: float | None
    alpha: float | None
    labels: dict[Any, tuple[int, int]]
    confusion: Counter[tuple[Any, Any]]
    levels: tuple[Level, ...]
    similarity: float | None
    disagreements: Disagreements

    @property
    def agreement(self) -> float | None:
        """The share of the compared records on which all answers are the same."""
        return self.agreed / self.compared if self.compared else None

    @property
    def disagreement(self) -> float | None:
        """The share on which they are not."""
        return (self.compared - self.agreed) / self.compared if self.compared else None


def field_agreement(
    answers: Answers, number: int, name: str, *, kind: Kind | None = None, similar: float = SIMILAR
) -> FieldAgreement:
    """How far annotators agree on the field ``number`` of those that were asked."""
    kind = kind or kind_of(answers.sample(number, _SAMPLED))
    patterns = answers.patterns()
    read = _read(answers, number, kind, patterns)
    units: Counter[Unit] = Counter()
    for pattern, times in patterns.items():
        units[tuple(read[code] for code in pattern)] += times
    same = is_same(kind, similar)
    agreed, compared = coefficients.percent(units, same)
    different = {
        pattern for pattern in patterns if coefficients.are_the_same([read[code] for code in pattern], same) is False
    }
    count = len(answers.annotators)
    nominal = kind in ("label", "levels", "set")
    ranked = ranks_of(units) if kind == "rank" else units
    return FieldAgreement(
        field=name,
        kind=kind,
        annotators=answers.annotators,
        answers=tuple(sum(times for unit, times in units.items() if unit[at] is not None) for at in range(count)),
        records=len(answers),
        compared=compared,
        agreed=agreed,
        cohen=coefficients.cohen(units) if nominal and count == 2 else None,
        fleiss=coefficients.fleiss(units) if nominal and count > 2 else None,
        alpha=coefficients.krippendorff(ranked, distance_of(kind), all_apart=apart_of(kind)),
        labels=coefficients.by_label(units) if kind in ("label", "levels") else {},
        confusion=coefficients.confusion(units) if kind in ("label", "levels") else Counter(),
        levels=_levels(units) if kind == "levels" else (),
        similarity=_mean_similarity(units) if kind == "text" else None,
        disagreements=Disagreements(answers, number, answers.rows_with(different)),
    )


def _read(answers: Answers, number: int, kind: Kind, patterns: Counter[tuple[int, ...]]) -> dict[int, Hashable | None]:
    """Each answer, by its number, as a value that can be compared; None for those that say nothing."""
    codes = {code: answers.values(code) for pattern in patterns for code in pattern}
    given = {code: values[number] if values is not None else None for code, values in codes.items()}
    numbers = any(map(has_number, given.values()))
    return {
        code: as_answer(value, kind, numbers=numbers) if is_answer(value) else None for code, value in given.items()
    }


def _levels(units: Counter[Unit]) -> tuple[Level, ...]:
    """Agreement at each level: on the first, on the first two …"""
    deepest = max((len(answer) for unit in units for answer in unit if isinstance(answer, tuple)), default=0)
    found = []
    for depth in range(1, deepest + 1):
        cut: Counter[Unit] = Counter()
        for unit, times in units.items():
            cut[tuple(answer[:depth] if isinstance(answer, tuple) else None for answer in unit)] += times
        agreed, compared = coefficients.percent(cut, is_same("levels"))
        found.append(Level(depth, agreed, compared, coefficients.krippendorff(cut, all_apart=apart_of("levels"))))
    return tuple(found)


def _mean_similarity(units: Counter[Unit]) -> float | None:
    total = 0.0
    pairs = 0
    for unit, times in units.items():
        for one, other in coefficients.pairs_of(unit):
            total += times * similarity(one, other)
            pairs += times
    return total / pairs if pairs else None
