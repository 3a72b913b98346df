"""Coefficients beside other people's programs: figures that these gave once, and the programs themselves if there.

The pinned figures are of scikit-learn 1.9.1, statsmodels 0.15.0, krippendorff 0.9.0 and nltk 3.10.4.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc.agreement.coefficients import by_label, cohen, confusion, fleiss, krippendorff, percent, specific
from dsvc.agreement.kinds import apart_of, as_answer, distance_of, is_same, masi, ranks_of

if TYPE_CHECKING:
    from dsvc.agreement.kinds import Kind

ANNA = "费费费贷贷贷贷卡卡卡卡卡费费贷贷卡卡费贷卡费贷卡"
BEN = "费费贷贷贷卡贷卡卡费卡卡费贷贷贷卡卡卡贷卡费费卡"
CHEN = "费费贷贷贷贷卡卡卡卡卡卡费费贷卡卡贷费贷卡费贷费"
PAIRS = [*zip(ANNA, BEN, strict=True)]
TRIPLES = [*zip(ANNA, BEN, CHEN, strict=True)]

# K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011, section C: four observers, twelve units.
OBSERVED: list[list[int | None]] = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


def alpha(rows: list[list[Any]], kind: Kind) -> float | None:
    """Of one row for each annotator."""
    units = Counter(
        tuple(None if value is None else as_answer(value, kind) for value in unit) for unit in zip(*rows, strict=True)
    )
    return krippendorff(ranks_of(units) if kind == "rank" else units, distance_of(kind), all_apart=apart_of(kind))


def test_cohens_kappa_and_its_interval() -> None:
    kappa = cohen(PAIRS)
    assert kappa is not None
    assert kappa.value == pytest.approx(0.6210526315789473)  # sklearn.metrics.cohen_kappa_score
    assert (kappa.low, kappa.high) == pytest.approx((0.36317747021576985, 0.878927792942125))  # statsmodels


def test_fleiss_kappa() -> None:
    assert fleiss(TRIPLES) == pytest.approx(0.5794392523364486)  # statsmodels, aggregate_raters


def test_the_example_of_fleiss_himself() -> None:
    table = [
        *([0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1]),
        *([7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]),
    ]
    units = [[label for label, times in enumerate(row) for _ in range(times)] for row in table]
    assert fleiss(units) == pytest.approx(0.20993070442195522)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("label", 0.743421052631579), ("rank", 0.8153875037548814), ("number", 0.8491071428571428)],
)
def test_krippendorffs_alpha_with_missing_answers(kind: Kind, expected: float) -> None:
    assert alpha(OBSERVED, kind) == pytest.approx(expected)


def test_alpha_of_three_annotators() -> None:
    assert krippendorff(TRIPLES) == pytest.approx(0.5852803738317758)


def test_sets_of_labels() -> None:
    one = [["a"], ["a", "b"], ["c"], ["a", "b", "c"], ["b"], ["a", "c"], ["c"]]
    other = [["a"], ["b"], ["c"], ["a", "b"], ["c"], ["a", "b"], ["c"]]
    distances = [masi(frozenset(x), frozenset(y)) for x, y in zip(one, other, strict=True)]
    assert distances == pytest.approx([0, 2 / 3, 0, 5 / 9, 1, 8 / 9, 0])  # nltk.metrics.masi_distance
    assert alpha([one, other], "set") == pytest.approx(0.38305084745762696)  # nltk AnnotationTask.alpha


def test_large_numbers_that_are_near_each_other() -> None:
    shifted = [[None if each is None else each + 1_700_000_000 for each in row] for row in OBSERVED]
    assert alpha(shifted, "number") == pytest.approx(0.8491071428571428)


def test_specific_agreement_by_hand() -> None:
    """Of 2 x 2 answers, positive agreement is 2a / (2a + b + c)."""
    units = [("y", "y")] * 40 + [("y", "n")] * 9 + [("n", "y")] * 6 + [("n", "n")] * 45
    assert specific(*by_label(units)["y"]) == pytest.approx(80 / 95)
    assert specific(*by_label(units)["n"]) == pytest.approx(90 / 105)
    assert confusion(units) == {("y", "y"): 40, ("y", "n"): 9, ("n", "y"): 6, ("n", "n"): 45}
    assert percent(units, is_same("label")) == (85, 100)


matrices = st.integers(2, 4).flatmap(
    lambda raters: st.lists(
        st.lists(st.sampled_from([None, 1, 2, 3, 5]), min_size=raters, max_size=raters), min_size=2, max_size=12
    )
)


@pytest.mark.parametrize(("kind", "level"), [("label", "nominal"), ("rank", "ordinal"), ("number", "interval")])
@given(units=matrices)
@settings(max_examples=60)
def test_alpha_is_that_of_the_package_krippendorff(kind: Kind, level: str, units: list[list[int | None]]) -> None:
    package = pytest.importorskip("krippendorff")
    rows = [list(row) for row in zip(*units, strict=True)]
    ours = alpha(rows, kind)
    if ours is None:
        return  # one value everywhere, or nothing to compare: the package divides by zero or refuses
    data = [[float("nan") if value is None else float(value) for value in row] for row in rows]
    assert ours == pytest.approx(package.alpha(reliability_data=data, level_of_measurement=level), abs=1e-9)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=30))
@settings(max_examples=60)
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    ours = cohen(pairs)
    if ours is not None:
        assert ours.value == pytest.approx(metrics.cohen_kappa_score(*map(list, zip(*pairs, strict=True))), abs=1e-9)
