"""What must hold of every coefficient, whatever the answers are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsvc.agreement.coefficients import by_label, cohen, fleiss, krippendorff, percent, specific
from dsvc.agreement.kinds import is_same

LABELS = ("金融>银行", "生活", "cards", "")
answers = st.sampled_from(LABELS)
two = st.lists(st.tuples(answers, answers), max_size=30)
three = st.lists(st.tuples(answers, answers, answers), max_size=30)
gaps = st.lists(st.tuples(*[st.none() | answers] * 3), max_size=30)


@given(st.lists(answers, max_size=30))
def test_everybody_agrees_with_themselves(given_answers: list[str]) -> None:
    doubled = [(each, each) for each in given_answers]
    tripled = [(each, each, each) for each in given_answers]
    defined = len({*given_answers}) > 1
    assert percent(doubled, is_same("label")) == (len(doubled), len(doubled))
    kappa = cohen(doubled)
    assert (kappa is not None) == defined
    if kappa is not None:
        assert (kappa.value, kappa.low, kappa.high) == pytest.approx((1, 1, 1))
    assert fleiss(tripled) == (pytest.approx(1) if defined else None)
    assert krippendorff(doubled) == (pytest.approx(1) if defined else None)


@given(two)
def test_kappa_does_not_ask_who_is_first(units: list[tuple[str, str]]) -> None:
    there, back = cohen(units), cohen([(other, one) for one, other in units])
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert (back.value, back.low, back.high) == pytest.approx((there.value, there.low, there.high))
        assert -1 - 1e-9 <= there.low - 1e-9 <= there.value <= there.high + 1e-9 <= 1 + 2e-9


@given(gaps, st.permutations(range(3)))
def test_the_order_of_annotators_does_not_matter(units: list[tuple[str | None, ...]], order: list[int]) -> None:
    turned = [tuple(unit[at] for at in order) for unit in units]
    same = is_same("label")
    assert percent(units, same) == percent(turned, same)
    assert fleiss(units) == _near(fleiss(turned))
    assert krippendorff(units) == _near(krippendorff(turned))
    assert by_label(units) == by_label(turned)


@given(gaps, st.permutations(LABELS))
def test_what_labels_are_called_does_not_matter(units: list[tuple[str | None, ...]], names: list[str]) -> None:
    called = dict(zip(LABELS, names, strict=True))
    renamed = [tuple(None if each is None else called[each] for each in unit) for unit in units]
    assert krippendorff(units) == _near(krippendorff(renamed))
    assert fleiss(units) == _near(fleiss(renamed))


@given(three)
def test_no_coefficient_is_above_one(units: list[tuple[str, str, str]]) -> None:
    for figure in (fleiss(units), krippendorff(units)):
        assert figure is None or figure <= 1 + 1e-9
    assert all(0 <= specific(both, either) <= 1 for both, either in by_label(units).values())


@given(gaps)
def test_who_gave_no_answer_is_not_in_the_figures(units: list[tuple[str | None, ...]]) -> None:
    """Units with one answer or none change nothing, however many there are."""
    silent = [("cards", None, None), (None, None, None)] * 5
    same = is_same("label")
    assert percent([*units, *silent], same) == percent(units, same)
    assert krippendorff([*units, *silent]) == _near(krippendorff(units))


def test_nothing_to_compare_is_not_defined() -> None:
    assert cohen([]) is None
    assert fleiss([("a",)]) is None, "one annotator"
    assert krippendorff([("a", None), (None, "a")]) is None, "no overlap"
    assert cohen([("a", "a"), ("a", "a")]) is None, "no other answer was to be expected"


def test_texts_agree_when_each_is_like_each() -> None:
    """The first is like both others, which are not like each other: no order of annotators may hide it."""
    texts = ("abcdefgh", "abcdefghij", "zyabcdefgh")
    same = is_same("text", 0.85)
    assert percent([texts], same) == percent([texts[1:] + texts[:1]], same) == (0, 1)


def _near(value: float | None) -> object:
    return None if value is None else pytest.approx(value)
