"""A share set aside: what is known of records stays, what belongs together goes together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from dsvc.splitting.aside import set_aside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Numbers:
    """Records that are as different from each other as their numbers."""

    name = "numbers"

    def __init__(self, numbers: Sequence[int]) -> None:
        self._lines = [f'{{"n": {number}}}'.encode() for number in numbers]

    def lines(self) -> Iterator[bytes]:
        return iter(self._lines)

    def line(self, number: int) -> bytes:
        return self._lines[number]


NUMBERS = st.lists(st.integers(0, 12), min_size=1, max_size=30)


@given(NUMBERS, st.floats(0.05, 0.9), st.dictionaries(st.integers(0, 29), st.booleans()))
def test_what_was_trained_on_is_never_set_aside(numbers: list[int], share: float, said: dict[int, bool]) -> None:
    known = {number: aside for number, aside in said.items() if number < len(numbers)}
    aside = {*set_aside(Numbers(numbers), share, "seed", known=known).tolist()}
    trained = {numbers[number] for number, before in known.items() if not before}
    validated = {numbers[number] for number, before in known.items() if before} - trained
    assert trained.isdisjoint(numbers[number] for number in aside)
    assert validated <= {numbers[number] for number in aside}
    assert {numbers[number] for number in aside}.isdisjoint(
        number for place, number in enumerate(numbers) if place not in aside
    )


@given(NUMBERS, st.floats(0.05, 0.9))
def test_who_knows_what_came_out_gets_it_again(numbers: list[int], share: float) -> None:
    first = set_aside(Numbers(numbers), share, "seed").tolist()
    known = {number: number in first for number in range(len(numbers))}
    assert set_aside(Numbers(numbers), share, "seed", known=known).tolist() == first
