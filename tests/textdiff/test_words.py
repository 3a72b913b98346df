"""Word changes: what a person reads when one text became another."""

from __future__ import annotations

import random
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from dsvc.textdiff import words
from dsvc.textdiff.words import Span, tokens, word_diff


def told(old: str, new: str) -> str:
    """The diff as a reader sees it: [-removed-]{+added+}; checks that both texts are in it."""
    spans = word_diff(old, new)
    assert both_sides(spans) == (old, new)
    marks = {"equal": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(marks[span.kind].format(span.text) for span in spans)


def both_sides(spans: tuple[Span, ...]) -> tuple[str, str]:
    old = "".join(span.text for span in spans if span.kind != "added")
    return old, "".join(span.text for span in spans if span.kind != "removed")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("same", "same", "same"),
        ("", "", ""),
        ("", "abc", "{+abc+}"),
        ("abc", "", "[-abc-]"),
        ("床前明月光，疑是地上霜。", "床前看月光，疑是地上霜。", "床前[-明-]{+看+}月光，疑是地上霜。"),
        ("美人相併立瓊軒。含情慾說", "美人相並立瓊軒。含情欲說", "美人相[-併-]{+並+}立瓊軒。含情[-慾-]{+欲+}說"),
        (
            "您的信用卡逾期 30 天，请尽快还款，以免影响征信。",
            "您的信用卡已逾期超过 90 天，请尽快通过 App 还款，以免影响个人征信。",
            "您的信用卡{+已+}逾期[- 30-]{+超过 90+} 天，请尽快{+通过 App +}还款，以免影响{+个人+}征信。",
        ),
        (
            "请致电 95588 联系 customer service 团队。",
            "请致电 95566 联系 Customer Service 团队。",
            "请致电 [-95588-]{+95566+} 联系 [-customer service-]{+Customer Service+} 团队。",
        ),
        (
            "The quick brown fox jumps over the lazy dog.",
            "The quick red fox leaps over the dog.",
            "The quick [-brown-]{+red+} fox [-jumps-]{+leaps+} over the [-lazy -]dog.",
        ),
        ("don't pay $1,200.50 now", "don't pay $1,300.50 now", "don't pay $[-1,200.50-]{+1,300.50+} now"),
        ("ﾃﾞｰﾀ 東京タワー", "ﾃﾞｰﾀ 東京ホテル", "ﾃﾞｰﾀ 東京[-タワー-]{+ホテル+}"),
    ],
)
def test_reads_well(old: str, new: str, expected: str) -> None:
    assert told(old, new) == expected


def test_a_new_sentence_is_shown_whole() -> None:
    assert told("你好。再见。", "你好。谢谢。再见。") == "你好。{+谢谢。+}再见。"
    assert told("A。", "A。B。") == "A。{+B。+}"
    assert told("one\ntwo", "one\nmore\ntwo") == "one\n{+more\n+}two"


def test_single_spaces_and_commas_between_changes_are_no_confetti() -> None:
    assert told("a b", "x y") == "[-a b-]{+x y+}"
    assert (
        told("床前明月光，疑是地上霜", "白日依山盡，黃河入海流")
        == "[-床前明月光，疑是地上霜-]{+白日依山盡，黃河入海流+}"
    )


def test_insertions_around_a_small_word_stay_apart() -> None:
    assert told("I went to the bank", "I quickly went slowly to the bank") == (
        "I {+quickly +}went {+slowly +}to the bank"
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("一家 👨‍👩‍👧 人", "一家 👨‍👩‍👦 人", "一家 [-👨‍👩‍👧-]{+👨‍👩‍👦+} 人"),
        ("来自 🇨🇳 的", "来自 🇨🇭 的", "来自 [-🇨🇳-]{+🇨🇭+} 的"),
        ("très cafe\u0301 noir", "très cafe\u0300 noir", "très [-cafe\u0301-]{+cafe\u0300+} noir"),
        ("葛\U000e0100城", "葛\U000e0101城", "[-葛\U000e0100-]{+葛\U000e0101+}城"),
        ("a\r\nb", "a\nb", "a[-\r\n-]{+\n+}b"),
        ("क्षि है", "क्ष है", "[-क्षि-]{+क्ष+} है"),
    ],
)
def test_a_cluster_is_never_split(old: str, new: str, expected: str) -> None:
    assert told(old, new) == expected


def test_tokens_are_words_numbers_and_single_characters() -> None:
    assert tokens("GPT4 的 3.14, don't!") == ["GPT4", " ", "的", " ", "3.14", ",", " ", "don't", "!"]
    assert tokens("มาก") == ["ม", "า", "ก"]


hard_text = st.text(
    st.one_of(
        st.sampled_from("ab 1,.'’_\n\r。，明月光타なナ\u0301\u200d\ufe0f👨👩🇨🇳🏽\u0600\u0e33ᄀ\ud800\U000e0100"),
        st.characters(),
    ),
    max_size=60,
)


@given(hard_text, hard_text)
def test_both_texts_can_be_read_back(old: str, new: str) -> None:
    spans = word_diff(old, new)
    assert both_sides(spans) == (old, new)
    assert all(span.text for span in spans)


@given(hard_text)
def test_tokens_join_to_the_text_and_split_no_cluster(text: str) -> None:
    cut = tokens(text)
    assert "".join(cut) == text
    assert set(accumulate(map(len, cut))) <= set(accumulate(map(len, iter_graphemes(text))))


@given(hard_text, hard_text)
def test_spans_split_no_cluster(old: str, new: str) -> None:
    ends = set(accumulate(len(span.text) for span in word_diff(old, new) if span.kind != "added"))
    assert ends <= set(accumulate(map(len, iter_graphemes(old))))


@given(st.lists(st.sampled_from(["银行。", "逾期", "pay ", "now. ", "\n", "a", "，"]), max_size=40), st.data())
def test_edited_texts_can_be_read_back(parts: list[str], data: st.DataObject) -> None:
    edited = list(parts)
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(edited)))
        edited[at : at + data.draw(st.integers(0, 2))] = data.draw(
            st.lists(st.sampled_from(["新", "word ", "。"]), max_size=2)
        )
    old, new = "".join(parts), "".join(edited)
    assert both_sides(word_diff(old, new)) == (old, new)


@given(
    st.lists(
        st.sampled_from(["ab", " ", "。", ". ", "\n", "银", "的", "\u0301", "\r", "👨\u200d👩", "\ufe0f", "c"]),
        max_size=40,
    ),
    st.data(),
)
def test_the_ways_for_large_texts_keep_both_texts_and_split_no_cluster(parts: list[str], data: st.DataObject) -> None:
    """The limits are set so low that every short text takes the ways made for a megabyte."""
    at = data.draw(st.integers(0, len(parts)))
    insert = data.draw(st.lists(st.sampled_from(["x", "\n", "\u0301", "银", " "]), max_size=4))
    old, new = "".join(parts), "".join([*parts[:at], *insert, *parts[at + data.draw(st.integers(0, 3)) :]])
    limits = {"_DIRECT_CELLS": 0, "_STRIP_FROM": 0, "_STRIP_MARGIN": 0, "_LONG_SENTENCE": 2}
    with pytest.MonkeyPatch.context() as patch:
        for name, limit in {**limits, "_MAX_CELLS": data.draw(st.sampled_from([0, 9, 10_000]))}.items():
            patch.setattr(words, name, limit)
        spans = word_diff(old, new)
    assert both_sides(spans) == (old, new)
    ends = set(accumulate(len(span.text) for span in spans if span.kind != "added"))
    assert ends <= set(accumulate(map(len, iter_graphemes(old))))


def _chinese(length: int, seed: int) -> str:
    chosen = random.Random(seed)
    return "".join(chosen.choices([chr(code) for code in range(0x4E00, 0x5A00)], k=length))


def test_a_megabyte_with_a_few_edits_shows_only_these() -> None:
    chosen = random.Random(1)
    row = [f"{chosen.randrange(10**7)}w" for _ in range(110_000)]
    edited = list(row)
    for at in (10, 50_000, 50_001, 109_000):
        edited[at] = "EDITED"
    spans = word_diff(" ".join(row), " ".join(edited))
    assert both_sides(spans) == (" ".join(row), " ".join(edited))
    assert [span.text for span in spans if span.kind == "added"] == ["EDITED", "EDITED EDITED", "EDITED"]


def test_a_megabyte_of_lines_shows_the_changed_word_of_each_line() -> None:
    lines = [f"第 {number} 条：逾期 {number % 97} 天的客户应在账单日前还款。" for number in range(20_000)]
    edited = [line.replace("条", "款") if number % 1_000 == 7 else line for number, line in enumerate(lines)]
    spans = word_diff("\n".join(lines), "\n".join(edited))
    assert both_sides(spans) == ("\n".join(lines), "\n".join(edited))
    assert [span.text for span in spans if span.kind == "removed"] == ["条"] * 20


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (_chinese(17_000, 1), _chinese(17_000, 2)),
        ("a b " * 250_000, "b a " * 250_000),
        ("x" * 1_000_000, "x" * 500_000 + "y" + "x" * 400_000),
        ("\n" * 300_000, "\n \n" * 100_000),
    ],
    ids=["50 kB of other Chinese", "repeated words", "one endless word", "blank lines"],
)
def test_hard_large_texts_are_answered(old: str, new: str) -> None:
    assert both_sides(word_diff(old, new)) == (old, new)
