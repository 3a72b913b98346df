"""Which keywords a text speaks of: whole words, and anywhere in scripts that do not set words apart."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.statistics.keywords import Keywords


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("fee", "A late FEE."),
        ("fee", "the fee's due"),
        ("fee", "late-fee, late_fee"),
        ("fee", "年fee费"),
        ("Late Fee", "late\n  fee"),
        ("逾期", "客户逾期九十天"),
        ("A股", "买A股吗"),
        ("90天", "逾期90天以上"),
        ("手数料", "手数料はいくらですか"),
        ("ดอกเบี้ย", "อัตราดอกเบี้ยเท่าไร"),
        ("수수료", "수수료는 얼마인가요"),
        ("STRASSE", "die Straße"),
        ("café", unicodedata.normalize("NFD", "ein Café")),
        ("C++", "in C++ geschrieben"),
        (".net", "asp.net"),
        ("ставка", "какая СТАВКА?"),
        ("fee", "คำfee"),
    ],
)
def test_it_speaks_of_it(word: str, text: str) -> None:
    assert Keywords([word]).in_text(text) == [word]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("fee", "feed, coffee, fees, feelings"),
        ("fee", "fee2 x1fee"),
        ("90天", "190天"),
        ("A股", "AA股"),
        ("cafe", unicodedata.normalize("NFD", "cafés café")),
        ("ставка", "доставка"),
        ("late fee", "latefee"),
        ("क", "की"),
        ("逾期", "逾 期"),
    ],
)
def test_it_does_not(word: str, text: str) -> None:
    assert Keywords([word]).in_text(text) == []


def test_each_keyword_counts_once_and_empty_ones_not_at_all() -> None:
    sought = Keywords(["fee", "", " ", "逾期", "fee"])
    assert sought.words == ("fee", "逾期")
    assert sought.in_text("fee fee 逾期") == ["fee", "逾期"]


@given(st.text(max_size=20), st.text(max_size=40))
def test_any_text_can_be_searched_for_in_any_other(word: str, text: str) -> None:
    found = Keywords([word]).in_text(text)
    assert found in ([], [word])
    if word.strip():
        assert Keywords([word]).in_text(f" {word} ") == [word]
