"""Regular expressions that users write mean what they mean in Python's ``re``."""

from __future__ import annotations

import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.errors import UsageError
from dsvc.regular_expression import Expression

BRACES = ("{", "}", "{s}", "{d}", "{i}", "{e<=2}", "{1i+1d<3}", "{2}", "{,1}", "{,}", "{1,}", "{ 2 }", "{2:x}")
OTHERS = (
    "x",
    "s",
    "1",
    "[{s}]",
    "[^]{2}s}]",
    "[\\]{e}",
    "]",
    "\\",
    "\\\\",
    "\\{",
    "\\d",
    "(?:x|s)",
    "(?#{s})",
    "|",
    "?",
)
PIECES = st.sampled_from(BRACES + OTHERS)
TEXTS = ["", "x", "fill in {s}", "fill in x", "x{e<=2}", "xx{2}", "{{d}", "1{i}", "\\{s}", "{ 2 }", "s]", "x{2:x}"]


@given(st.lists(PIECES, max_size=5).map("".join))
def test_what_python_reads_is_found_alike(pattern: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            own = re.compile(pattern)
    except re.error:
        return
    expression = Expression(pattern)
    for text in TEXTS:
        match = own.search(text)
        assert expression.first_in(text) == (match[0] if match is not None else None), (pattern, text)


@pytest.mark.parametrize("name", ["s", "d", "i", "e", "e<=2", "名字"])
def test_a_placeholder_in_braces_is_itself(name: str) -> None:
    expression = Expression(f"fill in {{{name}}}")
    assert expression.is_in(f"please fill in {{{name}}}")
    assert not expression.is_in("please fill in x")


def test_classes_by_name_are_left() -> None:
    assert Expression(r"^\p{Han}{2}\P{Han}\N{DIGIT ONE}[\p{Han}{]$").is_in("中文a1{")


@pytest.mark.parametrize(
    ("pattern", "told"),
    [("{s}{d}[", "position 7"), ("{2}{s}", "position 0"), ("{s}\n(", "position 5 .line 2, column 2")],
)
def test_a_fault_is_told_where_it_was_written(pattern: str, told: str) -> None:
    with pytest.raises(UsageError, match=f"^this is not a regular expression: .* at {told}"):
        Expression(pattern)
