"""The share that is right, and its interval."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.reviewing.accuracy import Z95, Accuracy, accuracy_of


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
