"""A queue that is dealt out: nobody looks at what another one looks at, but for what all are to look at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.errors import UsageError
from dsvc.origin import Annotator
from dsvc.reviewing.sharing import Shared, checked_shared, dealt

NAMES = st.lists(st.text("0123456789abcdef", min_size=32, max_size=32), min_size=2, max_size=60, unique=True)


def shared(count: int, overlap: float = 0.0) -> Shared:
    return Shared(reviewers=tuple(Annotator(f"审{at}") for at in range(count)), overlap=overlap)


@given(NAMES, st.integers(2, 5), st.floats(0, 1), st.randoms())
def test_the_shares_are_the_queue(records: list[str], count: int, overlap: float, shuffler: object) -> None:
    common, shares = dealt(records, "check-1", shared(count, overlap))
    assert frozenset().union(*shares) == {*records}
    assert abs(len(common) - overlap * len(records)) <= 1
    for at, share in enumerate(shares):
        for other in shares[at + 1 :]:
            assert share & other == common
            assert abs(len(share) - len(other)) <= 1
    again = records[:]
    shuffler.shuffle(again)  # type: ignore[attr-defined]
    assert dealt(again, "check-1", shared(count, overlap)) == (common, shares), (
        "the order of the queue is nothing to it"
    )


def test_the_rule_does_not_drift() -> None:
    _, shares = dealt([f"{at:032x}" for at in range(8)], "check-1", shared(2))
    assert [sorted(int(name, 16) for name in share) for share in shares] == [[0, 4, 5, 6], [1, 2, 3, 7]]


@pytest.mark.parametrize(
    ("wrong", "records", "told"),
    [
        (shared(3), 2, "3 reviewers cannot share 2 records"),
        (Shared(reviewers=(Annotator("Anna"), Annotator("anna"))), 9, "each reviewer has one share"),
        (Shared(reviewers=(Annotator("Anna"),)), 9, "has nobody to share with"),
        (shared(2, 1.5), 9, "an overlap of 1.5 is no share"),
        (shared(2, float("nan")), 9, "an overlap of nan is no share"),
    ],
)
def test_what_cannot_be_dealt_out(wrong: Shared, records: int, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        checked_shared(wrong, records)
