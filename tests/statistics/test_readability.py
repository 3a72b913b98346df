"""How hard texts are to read, beside what the formula says of syllables counted by hand; and what counts tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dsvc
from dsvc.errors import UsageError
from dsvc.statistics import measure
from dsvc.statistics.features import tokens
from dsvc.statistics.readability import grade, sentence_length
from dsvc.statistics.tokenizing import TOKENIZERS, counter
from tests.repository.lab import Lab, lines

if TYPE_CHECKING:
    from pathlib import Path

BY_HAND = [
    # a sentence, its words, its syllables
    ("The whole table was made of stone and we like the place. ", 12, 13),
    ("He pays the late fee before the due date, or the bank will charge interest. ", 15, 18),
    ("Particularly complicated regulations necessitate considerable organizational preparation. ", 7, 32),
]


@pytest.mark.parametrize(("sentence", "words", "syllables"), BY_HAND)
def test_the_grade_is_that_of_flesch_and_kincaid(sentence: str, words: int, syllables: int) -> None:
    expected = max(0, 0.39 * words + 11.8 * syllables / words - 15.59)
    assert grade(sentence * 5) == pytest.approx(expected, abs=0.6)


def test_too_few_words_have_no_grade() -> None:
    assert grade("The fee is due.") is None
    assert grade("逾期怎么办？" * 50) is None
    assert grade("word " * 19) is None
    assert grade("word " * 20) is not None


def test_chinese_is_measured_in_characters_a_sentence() -> None:
    assert sentence_length("逾期九十天以上怎么办？请联系银行。") == 8
    assert sentence_length("请联系银行，并说明您的情况。") == 12
    assert sentence_length("好。") is None
    assert sentence_length("The fee is due on the third day.") is None


@given(st.text(max_size=300))
def test_any_text_can_be_measured(text: str) -> None:
    assert (grade(text) or 0) >= 0
    assert (sentence_length(text) or 1) >= 1


def test_statistics_tell_scores_and_keywords(tmp_path: Path) -> None:
    lab = Lab.over("memory", tmp_path)
    english = (
        "The late fee is due on the third day of each month, and the bank will charge it to the card of the client."
    )
    lab.save(lines({"q": english}, {"q": "逾期九十天以上怎么办？请联系银行。"}, {"q": "ok"}), source="hand")
    found = lab.repo.statistics("medical@v1.0", keywords=["逾期", "Late Fee", "mortgage"])
    assert found.numbers["reading grade"].records == 1
    assert found.numbers["sentence (zh)"].counts == {8: 1}
    assert found.numbers["keywords, percent"].counts == {33: 2, 0: 1}
    assert found.shares["keyword"].counts == {"逾期": 1, "Late Fee": 1}
    assert "keyword" not in lab.repo.statistics("medical@v1.0").shares


@pytest.mark.parametrize("name", TOKENIZERS[1:])
def test_a_tokenizer_counts_what_it_counts(name: str) -> None:
    pytest.importorskip("rs_bpe")
    count = counter(name)
    assert (count(""), count("hello world"), count("hello world " * 2)) == (0, 2, 5)
    assert count("<|endoftext|>") > 1
    assert count("逾期\ud800") > 0


def test_the_estimate_needs_no_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rs_bpe", None)
    assert counter("estimate") is tokens
    with pytest.raises(UsageError, match="not installed"):
        counter("o200k")
    file = tmp_path / "a.jsonl"
    file.write_text("{}\n")
    with pytest.raises(UsageError, match="no tokenizer 'gpt'"):
        measure(dsvc.open_file(file), tokenizer="gpt")
