"""The share that is right, and its interval."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.reviewing.accuracy import Z95, Accuracy, accuracy_of, pooled, weighted


@pytest.mark.parametrize(
    ("right", "judged", "low", "high"),
    [
        # Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, 1998, table I
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_intervals_that_were_published(right: int, judged: int, low: float, high: float) -> None:
    assert Accuracy(right, judged).interval == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 5000), st.data())
def test_the_ends_are_where_the_score_test_just_holds(judged: int, data: st.DataObject) -> None:
    """The definition: at both ends p the share is as far from p as 97.5 % of samples are at most."""
    accuracy = Accuracy(data.draw(st.integers(0, judged)), judged)
    low, high = accuracy.interval
    assert accuracy.share is not None
    assert 0 <= low <= accuracy.share <= high <= 1
    for end in (low, high):
        if 1e-9 < end < 1 - 1e-9:
            assert abs(accuracy.share - end) == pytest.approx(Z95 * math.sqrt(end * (1 - end) / judged), rel=1e-6)


def test_nothing_judged_says_nothing() -> None:
    nothing = accuracy_of([])
    assert (nothing.share, nothing.interval) == (None, (0.0, 1.0))
    assert nothing.to_json() == {"right": 0, "judged": 0, "share": None, "low": 0.0, "high": 1.0}
    assert accuracy_of([True, False, True]) == Accuracy(2, 3)


GROUPS = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 40), st.floats(0, 1)), min_size=1, max_size=8)


@given(GROUPS)
def test_the_weighted_share_is_that_of_each_group_by_its_weight(groups: list[tuple[int, int, float]]) -> None:
    total = sum(size for size, _, _ in groups)
    told = [(size / total, Accuracy(round(share * judged), judged)) for size, judged, share in groups]
    found = weighted(told)
    assert found.share == pytest.approx(sum(weight * each.right / each.judged for weight, each in told), abs=1e-12)
    assert found.share is not None
    low, high = found.interval
    assert 0 <= low <= found.share + 1e-12
    assert found.share - 1e-12 <= high <= 1
    assert 1 - 1e-9 <= found.size <= found.judged


@given(st.integers(1, 6), st.integers(1, 30), st.data())
def test_where_each_group_has_its_share_it_is_wilsons_interval(groups: int, each: int, data: st.DataObject) -> None:
    rights = [data.draw(st.integers(0, each)) for _ in range(groups)]
    found = weighted((1 / groups, Accuracy(right, each)) for right in rights)
    assert found.interval == pytest.approx(Accuracy(sum(rights), groups * each).interval, abs=1e-9)


@pytest.mark.parametrize(
    ("weights", "shares", "drawn"),
    [
        ([0.9, 0.05, 0.05], [0.95, 0.9, 0.8], [33, 33, 33]),
        ([0.8, 0.1, 0.1], [0.7, 1.0, 1.0], [20, 40, 40]),
        ([0.8, 0.1, 0.1], [0.99, 0.5, 0.5], [34, 33, 33]),
        ([0.5, *[0.01] * 50], [0.95, *[0.9] * 50], [50, *[1] * 50]),
        ([0.9, 0.1], [0.98, 0.98], [50, 50]),
        ([0.7, 0.3], [0.8, 0.6], [5, 5]),
    ],
)
def test_the_interval_holds_the_true_share_as_often_as_it_says(
    weights: list[float], shares: list[float], drawn: list[int]
) -> None:
    """A simulation: 2,000 reviews of groups with known shares; 95 % less three standard errors of that count."""
    truth = sum(weight * share for weight, share in zip(weights, shares, strict=True))
    rng, held = np.random.default_rng(7), 0
    for rights in rng.binomial(drawn, shares, (2000, len(drawn))).tolist():
        low, high = weighted(
            (weight, Accuracy(right, count)) for weight, right, count in zip(weights, rights, drawn, strict=True)
        ).interval
        held += low <= truth <= high
    assert held / 2000 > 0.95 - 3 * math.sqrt(0.95 * 0.05 / 2000)


def test_a_group_without_a_verdict_has_no_estimate() -> None:
    with pytest.raises(ValueError, match="no accuracy"):
        weighted([(0.5, Accuracy(1, 1)), (0.5, Accuracy(0, 0))])


def test_samples_are_put_together_by_what_they_are_worth() -> None:
    assert pooled([Accuracy(1, 2), Accuracy(0, 0), Accuracy(3, 4)]) == Accuracy(4, 6)
    both = pooled([weighted([(0.9, Accuracy(9, 10)), (0.1, Accuracy(5, 10))]), Accuracy(20, 20)])
    first = weighted([(0.9, Accuracy(9, 10)), (0.1, Accuracy(5, 10))])
    assert (both.right, both.judged, both.size) == (34, 40, first.size + 20)
    assert both.share == pytest.approx((0.86 * first.size + 20) / (first.size + 20))
    assert pooled([]).share is None
