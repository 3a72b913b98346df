"""Lists in columns: as wide as they need, and never at the price of a name."""

from __future__ import annotations

import pytest

from dsvc.render.columns import in_columns
from dsvc.render.safe_text import cell_width


def test_columns_stand_below_each_other_in_any_script() -> None:
    assert [*in_columns([("a", "1 record", "x"), ("领域样本", "20 records", "问")])] == [
        "a         1 record    x",
        "领域样本  20 records  问",
    ]


@pytest.mark.parametrize("long", ["r" * 41, "r" * 200, "领域样本" * 6, "领" * 100])
def test_a_long_name_is_told_whole_and_pushes_its_own_line_only(long: str) -> None:
    one, other, short, fits = in_columns([(f"{long}1", "x"), (f"{long}2", "x"), ("a", "x"), ("b" * 40, "x")])
    assert (one, other) == (f"{long}1  x", f"{long}2  x")
    assert short == f"a{' ' * 41}x"
    assert cell_width(fits) == cell_width(short) == 43


def test_names_are_made_safe_before_they_are_measured() -> None:
    assert [*in_columns([("a\x1bb", "x"), ("cde", "y")])] == ["a␛b  x", "cde  y"]
    assert [*in_columns([])] == []
