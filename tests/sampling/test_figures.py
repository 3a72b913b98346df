"""The measures that strategies go by: how rare words are, how unlike records are, how records are told apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dsvc.errors import UsageError
from dsvc.sampling.farthest import farthest_first, signatures_of
from dsvc.sampling.identities import IdentityStore, identified, lines_of
from dsvc.sampling.rule import Rule, checked
from dsvc.sampling.surprise import surprise
from dsvc.sampling.table import Names, turns

if TYPE_CHECKING:
    from pathlib import Path


def test_surprise_is_the_mean_information_of_the_tokens() -> None:
    texts = ["a a b b c", "a a a a a", "short"]
    found = surprise(lambda: [texts])
    bits = {token: -math.log2(count / 11) for token, count in {"a": 7, "b": 2, "c": 1}.items()}
    assert found[0] == pytest.approx((2 * bits["a"] + 2 * bits["b"] + bits["c"]) / 5, abs=1e-5)
    assert found[1] == pytest.approx(bits["a"], abs=1e-5)
    assert found[2] == 0, "too short to be told"


def test_surprise_does_not_depend_on_blocks() -> None:
    texts = [f"逾期 {number} 天 the account number {number % 7} was closed" for number in range(50)]
    whole = surprise(lambda: [texts])
    parts = surprise(lambda: [texts[:7], texts[7:8], texts[8:]])
    assert np.array_equal(whole, parts)


def test_the_farthest_comes_next() -> None:
    texts = [
        "how many days until the payment is due please",
        "how many days until the payment is due, please?",
        "what is the fee for cash at a machine abroad in winter",
    ]
    assert farthest_first(signatures_of(texts), 2).tolist() == [0, 2]
    assert sorted(farthest_first(signatures_of(texts * 2), 6).tolist()) == [*range(6)]


def test_equal_records_are_told_apart_by_their_turn() -> None:
    _, ids = identified((0, b'{"a": 1}\n{"b": 1}\n{ "a":1}\n'))
    table = lines_of([identified((0, b'{"a": 1}\n{"b": 1}\n{ "a":1}\n'))]).ids
    assert turns(table).tolist() == [1, 1, 2]
    names = Names(table)
    called = names.of(np.array([0, 1, 2]))
    assert called[2] == f"{called[0]}#2"
    assert names.rows([called[2], called[1], "0" * 32]) == {called[2]: 2, called[1]: 1}
    assert len(ids) == 48


def test_records_without_their_key_count_as_what_they_are() -> None:
    keyed = identified((0, b'{"id": 1, "q": "a"}\n{"id": 1, "q": "b"}\n{"q": "a"}\n'), ("id",))[1]
    plain = identified((0, b'{"q": "a"}\n'))[1]
    assert keyed[:16] == keyed[16:32] != keyed[32:]
    assert keyed[32:] == plain


def test_what_is_known_of_lines_is_kept_and_a_damaged_file_is_none(tmp_path: Path) -> None:
    data = b"".join(b'{"n": %d}\n' % number for number in range(1200))
    lines = lines_of([identified((0, data))])
    store = IdentityStore(tmp_path)
    store.add("p", lines)
    store.save()
    again = IdentityStore(tmp_path).known("p")
    assert np.array_equal(again.offsets, lines.offsets)
    assert np.array_equal(again.ids, lines.ids)
    assert len(IdentityStore(tmp_path, ("id",)).known("p").offsets) == 0, "by a key they are something else"
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert len(IdentityStore(tmp_path).known("p").offsets) == 0


@pytest.mark.parametrize(
    ("size", "candidates", "count"),
    [("1000", 1000, 1000), ("10%", 413, 41), ("0.1%", 413, 1), ("12.5 %", 8, 1), ("100%", 7, 7)],
)
def test_a_size_is_a_number_or_a_share(size: str, candidates: int, count: int) -> None:
    assert Rule(size=size).count(candidates) == count


@pytest.mark.parametrize("size", ["", "0", "-3", "x", "0%", "101%", "1e3", "10 records", "NaN%"])
def test_what_is_no_size_is_refused(size: str) -> None:
    with pytest.raises(UsageError):
        checked(Rule(size=size))
