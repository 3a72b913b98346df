"""What of a value was there before, and the paths that people write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.errors import UsageError
from dsvc.record import canonical_value
from dsvc.textdiff.fields import field_changes, json_path, kept_parts, place_before
from dsvc.textdiff.paths import steps_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.record import Json

texts = st.sampled_from(["逾期", "利率", "a", "", "b c"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def at(value: Any, steps: Sequence[str | int]) -> Json:
    for step in steps:
        value = value[step]
    return value  # type: ignore[no-any-return]


@given(values, values)
def test_kept_parts_are_the_same_and_the_others_are_what_changed(old: Json, new: Json) -> None:
    parts = kept_parts(old, new)
    for steps, place in parts:
        if place is not None:
            assert canonical_value(at(old, place)) == canonical_value(at(new, steps))
            assert place_before(old, new, steps) == (place, True)
        else:
            assert not place_before(old, new, steps)[1]
    fresh = {steps for steps, place in parts if place is None}
    changed = {change.steps for change in field_changes(old, new) if change.kind != "removed"}
    assert changed <= fresh
    assert all(at(new, steps) in ([], {}) for steps in fresh - changed)  # emptied: what it held was removed


@given(values)
def test_the_same_value_is_one_part(value: Json) -> None:
    assert kept_parts(value, value) == [((), ())]


def test_a_part_is_found_where_it_stood() -> None:
    old = {"messages": ["你好", "再见"], "n": 1}
    new = {"messages": ["系统", "你好", "再见！"], "n": 1.0, "label": "x"}
    assert kept_parts(old, new) == [  # type: ignore[arg-type]
        (("messages", 0), None),
        (("messages", 1), ("messages", 0)),
        (("messages", 2), None),
        (("n",), None),
        (("label",), None),
    ]


@given(st.lists(st.text(max_size=4) | st.integers(0, 20), min_size=1, max_size=4))
def test_a_path_is_read_as_it_is_written(steps: list[str | int]) -> None:
    assert steps_of(json_path(steps)) == tuple(steps)


@pytest.mark.parametrize("path", ["", "a[", "a[x]", 'a["b', "a]"])
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(UsageError):
        steps_of(path)
