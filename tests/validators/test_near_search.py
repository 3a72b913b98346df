"""The search for near-duplicates gives the same clusters in whichever order the texts come."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from dsvc.validators.near_search import Search
from dsvc.validators.near_signing import signed
from dsvc.validators.rules import near_duplicates
from tests.splitting.made_up import text

if TYPE_CHECKING:
    import pytest


def clusters(texts: list[str], block: int) -> set[frozenset[str]]:
    """The texts that are put together."""
    search = Search(0.9, texts.__getitem__)
    for start in range(0, len(texts), block):
        search.add(signed(texts[start : start + block]))
    found = search.clusters()
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
