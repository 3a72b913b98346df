"""Record text on a terminal: nothing hidden, nothing executed, nothing cut in half."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import iter_graphemes, wcswidth

from dsvc.render.safe_text import cell, cell_width, fit, safe, stands_alone

any_text = st.text(
    st.one_of(
        st.sampled_from("a 中é\x1b\n\r\t\x00\x9b\u202e\u200b\u200c\u200d\ufe0f👨👩❤🇨🏽می\u0301क्\ud800\ue000\U000e0067"),
        st.characters(),
        st.characters(categories=("Cs", "Cf", "Cc", "Co", "Mn")),
    )
)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("clear \x1b[2J screen", "clear ␛[2J screen"),
        ("\x1b]52;c;cm0gLXJm\x07", "␛]52;c;cm0gLXJm␇"),
        ("a\x00b\tc\x7f", "a␀b␉c␡"),
        ("第一行\r\n第二行", "第一行␍⏎第二行"),
        ("c1 \x9b31m", "c1 ⟨009B⟩31m"),
        ("invoice\u202efdp.exe", "invoice⟨202E⟩fdp.exe"),
        ("\u2067a\u2069\u200e\u200f\u061c", "⟨2067⟩a⟨2069⟩⟨200E⟩⟨200F⟩⟨061C⟩"),
        ("pass\u200bword\ufeff\u2060", "pass⟨200B⟩word⟨FEFF⟩⟨2060⟩"),
        ("银\u200d行", "银⟨200D⟩行"),
        ("hi\U000e0068\U000e0069", "hi⟨E0068⟩⟨E0069⟩"),
        ("a\u2028b\u2029c\x85", "a⟨2028⟩b⟨2029⟩c⟨0085⟩"),
        ("half \ud83d emoji", "half ⟨D83D⟩ emoji"),
        ("private \ue000, unassigned \u0378, fill \u3164", "private ⟨E000⟩, unassigned ⟨0378⟩, fill ⟨3164⟩"),
        ("smuggled A\ufe01\ufe02\ufe03", "smuggled A\ufe01⟨FE02⟩⟨FE03⟩"),
    ],
)
def test_what_could_mislead_is_shown(raw: str, shown: str) -> None:
    assert safe(raw) == shown


@pytest.mark.parametrize(
    "text",
    [
        "银行　回复：“您好”，请在 3 天内还款。①②③ → ←",
        "👨‍👩‍👧 ❤️ 👍🏽 🏳️‍🌈 1️⃣ 🇨🇳 🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "می‌خواهم क्‍ष ന്‍ ไทย Tiếng Việt Ελληνικά",
        "葛\U000e0100城 𠮷野家 e\u0301",
        "[/INST] [bold]markup[/bold] \\ ␛ ⟨202E⟩",
    ],
)
def test_what_people_write_stays(text: str) -> None:
    assert safe(text) == text


def test_line_feeds_may_stay() -> None:
    assert safe("a\r\n\x1bb\n", newline="keep") == "a␍\n␛b\n"


@given(any_text, st.sampled_from(["⏎", "keep"]))
def test_safe_text_is_safe_and_stays_as_it_is(text: str, newline: str) -> None:
    shown = safe(text, newline=newline)  # type: ignore[arg-type]
    assert safe(shown, newline=newline) == shown  # type: ignore[arg-type]
    allowed = "\u200c\u200d" + ("\n" if newline == "keep" else "")
    rest = [char for char in shown if char not in allowed and not "\U000e0061" <= char <= "\U000e007f"]
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for char in rest)
    shown.encode("utf-8")


def test_wide_characters_take_two_columns() -> None:
    assert [cell_width(text) for text in ("abc", "银行", "e\u0301", "👨‍👩‍👧", "❤️", "")] == [3, 4, 1, 2, 2, 0]


def test_what_is_known_to_stand_alone_does_and_is_as_wide_as_the_tables_say() -> None:
    alone = [char for char in map(chr, range(0x20, sys.maxunicode)) if char != "\x7f" and stands_alone(char)]
    assert len(alone) > 30_000
    assert [safe(char) for char in alone] == alone
    assert [cell_width(char) for char in alone] == [wcswidth(char) for char in alone]
    for step in (1, 997):  # beside those like it, and beside others
        mixed = "".join("".join(alone[start::step]) for start in range(step))
        assert list(iter_graphemes(mixed)) == list(mixed)


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("中文字符", 8, "中文字符"),
        ("中文字符", 7, "中文字…"),
        ("中文字符", 6, "中文…"),
        ("中文", 1, "…"),
        ("中文", 0, ""),
        ("👨‍👩‍👧👨‍👩‍👧", 3, "👨‍👩‍👧…"),
        ("cafe\u0301s", 4, "caf…"),
        ("cafe\u0301", 4, "cafe\u0301"),
    ],
)
def test_text_is_cut_to_the_width(text: str, columns: int, expected: str) -> None:
    assert fit(text, columns) == expected


@given(any_text, st.integers(0, 30))
def test_cut_text_fits_and_no_cluster_is_split(text: str, columns: int) -> None:
    text = safe(text)
    cut = fit(text, columns)
    assert cell_width(cut) <= columns
    if cut == text:
        return
    kept = list(iter_graphemes(cut.removesuffix("…")))
    assert kept == list(iter_graphemes(text))[: len(kept)]


def test_a_megabyte_line_is_cut_at_once() -> None:
    assert fit("银" * 1_000_000, 10) == "银银银银…"


@pytest.mark.parametrize(
    ("name", "filled"), [("名", "名    "), ("ab", "ab    "), ("abcd", "abcd  "), ("领域样本", "领域样本  ")]
)
def test_what_names_a_thing_is_filled_up_and_never_cut(name: str, filled: str) -> None:
    assert cell(name, 6) == filled
    assert cell("a\x1b", 4) == "a␛  "
