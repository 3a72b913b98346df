"""How far annotators agree on one field."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dsvc.agreement import coefficients
from dsvc.agreement.kinds import SIMILAR, apart_of, as_answer, distance_of, is_same, kind_of, similarity
from dsvc.conditions.fields import MISSING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from dsvc.agreement.coefficients import Kappa
    from dsvc.agreement.joining import Given, Joined
    from dsvc.agreement.kinds import Kind

_SAMPLED: Final = 2000
"""So many answers tell what kind they are of."""


class Disagreement(msgspec.Struct, frozen=True):
    """A record that people disagree on: what each annotator answered, in their order (None: nothing)."""

    given: tuple[Given | None, ...]
    values: tuple[Any, ...]


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
    disagreements: tuple[Disagreement, ...]

    @property
    def agreement(self) -> float | None:
        """The share of the compared records on which all answers are the same."""
        return self.agreed / self.compared if self.compared else None

    @property
    def disagreement(self) -> float | None:
        """The share on which they are not."""
        return 1 - self.agreed / self.compared if self.compared else None


def field_agreement(
    joined: Joined, number: int, name: str, *, kind: Kind | None = None, similar: float = SIMILAR
) -> FieldAgreement:
    """How far annotators agree on the field ``number`` of those that were asked."""
    rows = [*_values(joined, number)]
    sample = [value for _, values in rows[:_SAMPLED] for value in values]
    kind = kind or kind_of(sample)
    units = [[None if value is None else as_answer(value, kind) for value in values] for _, values in rows]
    same = is_same(kind, similar)
    agreed, compared = coefficients.percent(units, same)
    nominal = kind in ("label", "levels", "set")
    return FieldAgreement(
        field=name,
        kind=kind,
        annotators=joined.annotators,
        answers=tuple(sum(unit[at] is not None for unit in units) for at in range(len(joined.annotators))),
        records=len(units),
        compared=compared,
        agreed=agreed,
        cohen=coefficients.cohen(units) if nominal and len(joined.annotators) == 2 else None,
        fleiss=coefficients.fleiss(units) if nominal and len(joined.annotators) > 2 else None,
        alpha=coefficients.krippendorff(units, distance_of(kind), all_apart=apart_of(kind)),
        labels=coefficients.by_label(units) if kind in ("label", "levels") else {},
        confusion=coefficients.confusion(units) if kind in ("label", "levels") else Counter(),
        levels=_levels(units) if kind == "levels" else (),
        similarity=_mean_similarity(units) if kind == "text" else None,
        disagreements=tuple(_disagreements(rows, units, same)),
    )


def _values(joined: Joined, number: int) -> Iterator[tuple[list[Given | None], list[Any]]]:
    for unit in joined.units.values():
        yield unit, [_answer(given, number) for given in unit]


def _answer(given: Given | None, number: int) -> Any:
    value = given.values[number] if given is not None else None
    return None if value is MISSING else value


def _disagreements(
    rows: Sequence[tuple[list[Given | None], list[Any]]], units: Sequence[Sequence[Hashable | None]], same: Any
) -> Iterator[Disagreement]:
    for (given, values), unit in zip(rows, units, strict=True):
        answers = [answer for answer in unit if answer is not None]
        if len(answers) > 1 and not all(same(answers[0], each) for each in answers[1:]):
            yield Disagreement(tuple(given), tuple(values))


def _levels(units: Sequence[Sequence[Hashable | None]]) -> tuple[Level, ...]:
    """Agreement at each level: on the first, on the first two …"""
    deepest = max((len(answer) for unit in units for answer in unit if isinstance(answer, tuple)), default=0)
    found = []
    for depth in range(1, deepest + 1):
        cut = [[answer[:depth] if isinstance(answer, tuple) else None for answer in unit] for unit in units]
        agreed, compared = coefficients.percent(cut, is_same("levels"))
        found.append(Level(depth, agreed, compared, coefficients.krippendorff(cut, all_apart=apart_of("levels"))))
    return tuple(found)


def _mean_similarity(units: Sequence[Sequence[Hashable | None]]) -> float | None:
    figures = []
    for unit in units:
        given = [answer for answer in unit if answer is not None]
        figures += [similarity(one, other) for at, one in enumerate(given) for other in given[at + 1 :]]
    return sum(figures) / len(figures) if figures else None
