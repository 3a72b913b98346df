"""Text is broken and shortened by the columns it takes, not by its characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.render.safe_text import cell_width, safe
from dsvc.render.style import COLOURED
from dsvc.render.wrapping import head, shorten_middle, tail, wrap

TEXTS = st.text("ab cd春眠不覺曉é😀e\u0301 \n", max_size=60).map(safe)


def test_lines_break_at_spaces_and_between_wide_characters() -> None:
    assert wrap([(None, "one two three")], 8) == ["one two", "three"]
    assert wrap([(None, "春眠不覺曉")], 4) == ["春眠", "不覺", "曉"]
    assert wrap([(None, "abcdefghij")], 4) == ["abcd", "efgh", "ij"]


def test_a_limit_shows_that_something_is_left_out() -> None:
    assert wrap([(None, "one two three four")], 8, limit=2) == ["one two", "three …"]
    assert wrap([(None, "春眠不覺曉處處聞啼鳥")], 8, limit=1) == ["春眠不…"]
    assert wrap([(None, "春眠")], 8, limit=1) == ["春眠"]


def test_a_colour_goes_on_over_a_break() -> None:
    assert wrap([("added", "one two"), (None, " x")], 4, style=COLOURED) == [
        "\x1b[32mone\x1b[0m",
        "\x1b[32mtwo\x1b[0m",
        "x",
    ]


@given(parts=st.lists(st.tuples(st.sampled_from([None, "added"]), TEXTS), max_size=4), columns=st.integers(4, 30))
def test_no_line_is_too_wide_and_nothing_is_lost(parts: list[tuple[None, str]], columns: int) -> None:
    lines = wrap(parts, columns)
    assert all(cell_width(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(text for _, text in parts).replace(" ", "")


@given(text=TEXTS, columns=st.integers(1, 30))
def test_ends_fit_and_are_ends(text: str, columns: int) -> None:
    start, end = head(text, columns), tail(text, columns)
    assert text.startswith(start)
    assert text.endswith(end)
    assert cell_width(start) <= columns
    assert cell_width(end) <= columns
    assert cell_width(shorten_middle(text, columns + 3)) <= columns + 4


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("transfer the loan to the doubtful class", "transfer ", " class"),
        ("轉入可疑類貸款，停止計息", "轉入可疑類", "，停止計息"),
    ],
)
def test_words_stay_whole(text: str, start: str, end: str) -> None:
    assert head(text, 11).rstrip() == start.rstrip()
    assert tail(text, 10) == end
