"""How many records each group gives: all of the sample, no more than there are, and within one of a group's share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dsvc.sampling.strata import balanced, proportional

COUNTS = st.lists(st.integers(1, 60), min_size=1, max_size=12)


@st.composite
def samples(draw: st.DrawFn) -> tuple[list[int], int, list[int]]:
    counts = draw(COUNTS)
    size = draw(st.integers(1, sum(counts)))
    return counts, size, draw(st.permutations(range(len(counts))))


@given(samples())
def test_all_of_a_sample_is_shared_out(sample: tuple[list[int], int, list[int]]) -> None:
    counts, size, order = sample
    for share in (proportional, balanced):
        given_ = share(counts, size, order)
        assert sum(given_) == size
        assert all(0 <= got <= count for got, count in zip(given_, counts, strict=True))
        if size >= len(counts):
            assert all(given_)


@given(samples())
def test_each_group_is_within_one_record_of_its_share(sample: tuple[list[int], int, list[int]]) -> None:
    counts, size, order = sample
    given_ = proportional(counts, size, order)
    total = sum(counts)
    if all(count * size >= total for count in counts):
        assert all(abs(got * total - count * size) < total for got, count in zip(given_, counts, strict=True))


@given(samples())
def test_groups_that_are_owed_less_than_one_get_one_and_the_others_share_the_rest(
    sample: tuple[list[int], int, list[int]],
) -> None:
    counts, size, order = sample
    if size < len(counts):
        return
    given_ = proportional(counts, size, order)
    large = [at for at, got in enumerate(given_) if got > 1]
    left = size - sum(got for got in given_ if got == 1)
    total = sum(counts[at] for at in large)
    assert all(abs(given_[at] * total - counts[at] * left) < 2 * total for at in large)
    assert sorted(given_) == [got for _, got in sorted(zip(counts, given_, strict=True))]


@given(samples())
def test_balanced_groups_differ_by_one_unless_one_is_used_up(sample: tuple[list[int], int, list[int]]) -> None:
    counts, size, order = sample
    given_ = balanced(counts, size, order)
    most = max(given_)
    assert all(got >= most - 1 or got == count for got, count in zip(given_, counts, strict=True))


@given(samples(), st.randoms())
def test_the_order_of_the_groups_does_not_matter(sample: tuple[list[int], int, list[int]], random: object) -> None:
    counts, size, order = sample
    places = [*range(len(counts))]
    random.shuffle(places)  # type: ignore[attr-defined]
    for share in (proportional, balanced):
        expected = share(counts, size, order)
        shuffled = share([counts[at] for at in places], size, [order[at] for at in places])
        assert [expected[at] for at in places] == shuffled


def test_a_share_that_is_no_whole_number_goes_to_the_largest_remainders() -> None:
    assert proportional([50, 30, 20], 7, [0, 1, 2]) == [4, 2, 1]
    assert proportional([9_900, *[2] * 50], 100, [*range(51)]) == [50, *[1] * 50]
    assert balanced([100, 3, 50], 30, [0, 1, 2]) == [14, 3, 13] or balanced([100, 3, 50], 30, [0, 1, 2]) == [13, 3, 14]
