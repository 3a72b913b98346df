"""The search for near-duplicates gives the same clusters in whichever order the texts come."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from dsvc.validators.near_search import Search
from dsvc.validators.near_signing import signed
from dsvc.validators.rules import near_duplicates
from tests.splitting.made_up import text

if TYPE_CHECKING:
    from collections.abc import Sequence


def search_of(texts: Sequence[str], block: int = 64) -> Search:
    """A search among texts."""
    search = Search(0.9, texts.__getitem__)
    for start in range(0, len(texts), block):
        search.add(signed(texts[start : start + block]))
    return search


def clusters(texts: list[str], block: int) -> set[frozenset[str]]:
    """The texts that are put together."""
    found = search_of(texts, block).clusters()
    together: dict[int, set[str]] = {}
    for number, one in enumerate(texts):
        together.setdefault(found.first(number), set()).add(one)
    return {frozenset(one) for one in together.values()}


TEXTS = st.lists(st.builds(text, st.integers(0, 40), st.integers(0, 3)), min_size=1, max_size=60)


@given(TEXTS, st.integers(0, 9), st.integers(1, 70), st.integers(1, 70))
@settings(max_examples=60, deadline=None)
def test_neither_order_nor_blocks_decide(texts: list[str], seed: int, block: int, other: int) -> None:
    mixed = random.Random(seed).sample(texts, len(texts))
    assert clusters(texts, block) == clusters(mixed, other)


def test_nor_do_they_for_many_records_of_one_template() -> None:
    """A band that all of them share, in which each is compared with a few others only."""
    preamble = "\n".join(f"line {number} of a long description that every record begins with" for number in range(9))
    texts = [f"{preamble}\n{text(number % 90, number % 3)}" for number in range(270)]
    wanted = clusters(texts, 64)
    assert len(wanted) < 270
    for seed in range(4):
        assert clusters(random.Random(seed).sample(texts, len(texts)), 50) == wanted


def test_whoever_has_only_bytes_is_told_the_first_of_each_cluster() -> None:
    contents = [json.dumps({"q": text(number // 2, number % 2)}).encode() for number in range(20)]
    found = near_duplicates.clusters([contents[:7], contents[7:]], contents.__getitem__)
    assert found == [number // 2 * 2 for number in range(20)]


def test_signatures_of_many_texts_lie_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dsvc.validators.near_rows._IN_MEMORY", 1024)
    texts = [text(number // 2, number % 2) for number in range(60)]
    assert len(clusters(texts, 7)) == 30


def made_up(chance: random.Random, letters: str, size: int, gap: str) -> list[str]:
    """Words of some letters, or characters."""
    return ["".join(chance.choices(letters, k=chance.randint(2, 9) if gap else 1)) for _ in range(size)]


LATIN = "etaoinshrdlucmfwyp"
CHINESE = "".join(map(chr, range(0x4E00, 0x5000)))


@pytest.mark.parametrize(
    ("letters", "gap", "size", "changed"),
    [
        (LATIN, " ", 10, 1),
        (LATIN, " ", 18, 2),
        (LATIN, " ", 40, 4),
        (CHINESE, "", 16, 1),
        (CHINESE, "", 40, 3),
        (CHINESE, "", 120, 8),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_of_short_texts_that_are_alike_nearly_all_are_found(
    letters: str, gap: str, size: int, changed: int, seed: int
) -> None:
    """0.95 of them: which ones is chance, and the same each time."""
    chance = random.Random(f"{size} {seed}")
    first = [made_up(chance, letters, size, gap) for _ in range(150)]
    other = [list(one) for one in first]
    for one in other:
        for at in chance.sample(range(size), changed):
            one[at] = made_up(chance, letters, 1, gap)[0]
    texts = [gap.join(one) for one in (*first, *other)]
    pairs = [(at, at + 150) for at in range(150) if fuzz.ratio(texts[at], texts[at + 150]) >= 90]
    assert len(pairs) >= 20
    found = search_of(texts).clusters()
    assert sum(found.first(one) == found.first(two) for one, two in pairs) >= 0.95 * len(pairs)


def test_of_one_template_all_are_told_and_not_some() -> None:
    ask = "What is {} + {}? Please answer with the number only and explain every single step of the way.\n{}"
    texts = [ask.format(number, number + 1, 2 * number + 1) for number in range(400)]
    search = search_of(texts)
    told = search.told(search.clusters())
    assert sorted(told) == list(range(1, 400))
    for number, (near, share) in told.items():
        assert near < number
        assert share == pytest.approx(fuzz.ratio(texts[near], texts[number]) / 100)


def test_who_is_told_is_like_the_one_that_is_named() -> None:
    """Of a chain, each like the next, the last is unlike the first."""
    words = [f"{chr(ord('a') + at)}{at:03}" for at in range(15)]
    texts = [" ".join(["other" if at < step else word for at, word in enumerate(words)]) for step in range(9)]
    search = search_of(texts)
    found = search.clusters()
    assert {found.first(number) for number in range(9)} == {0}
    told = search.told(found)
    assert sorted(told) == list(range(1, 9))
    assert all(fuzz.ratio(texts[number], texts[near]) >= 90 for number, (near, _) in told.items())
    assert {near for near, _ in told.values()} != {0}


def test_below_a_preamble_short_tasks_are_told_as_without_it() -> None:
    preamble = "You are given a tool that works out numbers, and answer with what it says."
    chance = random.Random(5)
    tasks = [" ".join(made_up(chance, "etaoinshrdlu", 9, " ")) for _ in range(60)]
    tasks += [f"{task} x" for task in tasks]
    with_it = clusters([f"{preamble}\n{task}" for task in tasks], 50)
    assert {frozenset(one.split("\n")[1] for one in each) for each in with_it} == clusters(tasks, 50)
    assert len(with_it) == 60


def test_texts_of_either_side_of_what_counts_as_short_meet() -> None:
    """Signatures of short and of long texts are not compared with each other; those between have both."""
    chance = random.Random(7)
    long = [" ".join(made_up(chance, "etaoinshrdlu", size, " ")) for size in range(70, 100)]
    texts = [*long, *(f"{one} and a few words more" for one in long)]
    found = search_of(texts).clusters()
    assert [found.first(number + 30) for number in range(30)] == list(range(30))


def test_a_few_characters_are_alike_only_when_they_are_equal() -> None:
    texts = [f"费用\n客户{number // 2}" for number in range(60)]
    assert len(clusters(texts, 20)) == 30
