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
    assert 1 - 1e-9 <= found.size <= found.judged + 1e-9


@given(st.integers(1, 6), st.integers(1, 30), st.data())
def test_where_each_group_has_its_share_the_ends_are_those_of_the_corrected_score_test(
    groups: int, each: int, data: st.DataObject
) -> None:
    """Groups that are drawn alike are a sample by chance; the published interval is R. G. Newcombe's fourth, 1998."""
    rights = [data.draw(st.integers(0, each)) for _ in range(groups)]
    found, judged = weighted((1 / groups, Accuracy(right, each)) for right in rights), groups * each
    assert found.size == pytest.approx(judged)
    for end in found.interval:
        if 1e-9 < end < 1 - 1e-9:
            far = abs(sum(rights) / judged - end) - 1 / (2 * judged)
            assert far == pytest.approx(Z95 * math.sqrt(end * (1 - end) / judged), rel=1e-6, abs=1e-9)


@given(GROUPS, st.data())
def test_no_shares_of_the_groups_have_a_greater_variance(
    groups: list[tuple[int, int, float]], data: st.DataObject
) -> None:
    """At the end of the interval any shares of the groups with that sum are within the bounds of the test."""
    total = sum(size for size, _, _ in groups)
    told = [(size / total, Accuracy(round(share * judged), judged)) for size, judged, share in groups]
    found = weighted(told)
    low, _ = found.interval
    if found.share is None or low < 1e-9:
        return
    shares = [data.draw(st.floats(0, 1)) for _ in told]
    sum_of = math.fsum(weight * share for (weight, _), share in zip(told, shares, strict=True))
    scale = min(1.0, low / sum_of) if sum_of else 0.0
    shares = [share * scale for share in shares]
    if math.fsum(weight * share for (weight, _), share in zip(told, shares, strict=True)) != pytest.approx(low):
        return
    variance = math.fsum(w * w * p * (1 - p) / each.judged for (w, each), p in zip(told, shares, strict=True))
    assert Z95 * math.sqrt(variance) <= found.share - low - 1 / (2 * found.size) + 1e-6


TIMES = 600
REVIEWS = [
    # share of each group of all records, how many of it are right, how many are looked at
    ([0.9, 0.05, 0.05], [0.95, 0.9, 0.8], [33, 33, 33]),
    ([0.8, 0.1, 0.1], [0.7, 1.0, 1.0], [20, 40, 40]),
    ([0.8, 0.1, 0.1], [0.99, 0.5, 0.5], [34, 33, 33]),
    ([0.5, *[0.01] * 50], [0.95, *[0.9] * 50], [50, *[1] * 50]),
    ([0.9, 0.1], [0.98, 0.98], [50, 50]),
    ([0.7, 0.3], [0.8, 0.6], [5, 5]),
    # most records in a group of which few are looked at
    ([0.8, *[0.2 / 95] * 95], [0.9, *[0.95] * 95], [5, *[1] * 95]),
    ([0.8, 0.2], [0.9, 0.95], [5, 95]),
    ([0.5, 0.5], [0.8, 0.95], [5, 45]),
    ([0.5, 0.5], [0.9, 0.5], [3, 60]),
    ([0.95, *[0.05 / 40] * 40], [0.95, *[0.3] * 40], [20, *[1] * 40]),
]


@pytest.mark.parametrize("reviews", [1, 4])
@pytest.mark.parametrize(("weights", "shares", "drawn"), REVIEWS)
def test_the_interval_holds_the_true_share_as_often_as_it_says(
    weights: list[float], shares: list[float], drawn: list[int], reviews: int
) -> None:
    """A simulation: 600 times one review, or four, of groups with known shares; 95 % less two standard errors."""
    truth = sum(weight * share for weight, share in zip(weights, shares, strict=True))
    assert _held(weights, shares, drawn, reviews, truth) > 0.95 - 2 * math.sqrt(0.95 * 0.05 / TIMES)


def _held(weights: list[float], shares: list[float], drawn: list[int], reviews: int, truth: float) -> float:
    """In which share of simulated reviews the interval holds the truth."""
    rng, held = np.random.default_rng(7), 0
    for times in rng.binomial(drawn, shares, (TIMES, reviews, len(drawn))).tolist():
        groups = [
            [(weight, Accuracy(right, count)) for weight, right, count in zip(weights, rights, drawn, strict=True)]
            for rights in times
        ]
        low, high = pooled(map(weighted, groups)).interval
        held += low <= truth <= high
    return held / TIMES


def test_what_was_found_does_not_change_what_a_sample_is_worth() -> None:
    """Samples with only right records counted more, and the share of several was told as too great."""
    faultless = weighted([(0.5, Accuracy(5, 5)), (0.5, Accuracy(45, 45))])
    faulty = weighted([(0.5, Accuracy(3, 5)), (0.5, Accuracy(40, 45))])
    assert faultless.share == 1
    assert faulty.share is not None
    assert pooled([faultless, faulty]).share == pytest.approx((1 + faulty.share) / 2)


def test_a_group_without_a_verdict_has_no_estimate() -> None:
    with pytest.raises(ValueError, match="no accuracy"):
        weighted([(0.5, Accuracy(1, 1)), (0.5, Accuracy(0, 0))])


def test_samples_are_put_together_by_what_they_are_worth() -> None:
    assert pooled([Accuracy(1, 2), Accuracy(0, 0), Accuracy(3, 4)]) == Accuracy(4, 6)
    both = pooled([weighted([(0.9, Accuracy(9, 10)), (0.1, Accuracy(5, 10))]), Accuracy(20, 20)])
    first = weighted([(0.9, Accuracy(9, 10)), (0.1, Accuracy(5, 10))])
    assert (both.right, both.judged) == (34, 40)
    assert both.size == pytest.approx(first.size + 20)
    assert both.share == pytest.approx((0.86 * first.size + 20) / (first.size + 20))
    assert pooled([]).share is None
