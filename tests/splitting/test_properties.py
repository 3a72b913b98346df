"""What holds for every split: what has a part never leaves it, nothing is lost, shares hold."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from dsvc.errors import UsageError
from dsvc.splitting.rule import Rule
from tests.splitting.made_up import THREE, parts, record_lists, rules, split

if TYPE_CHECKING:
    from dsvc.splitting.plan import SplitPlan

Records = list[dict[str, Any]]


def tried(records: Records, rule: Rule, before: list[Records] | None = None) -> tuple[SplitPlan, list[str]]:
    """The split; records too few, or too much held together, for one are no example."""
    try:
        return split(records, rule, before or [])
    except UsageError:
        assume(False)
        raise


@given(record_lists(), rules)
@settings(max_examples=60, deadline=None)
def test_a_group_and_equal_records_are_on_one_side(records: Records, rule: Rule) -> None:
    _, sides = tried(records, rule)
    found = defaultdict(set)
    for record, side in zip(records, sides, strict=True):
        found[repr(sorted(record.items()))].add(side)
        if rule.group_by and "who" in record:
            found[record["who"]].add(side)
    assert all(len(on) == 1 for on in found.values())


@given(record_lists(), rules)
@settings(max_examples=60, deadline=None)
def test_no_two_near_duplicates_are_on_two_sides(records: Records, rule: Rule) -> None:
    assume(rule.near_duplicates == "together")
    _, sides = tried(records, rule)
    texts = [("\n".join(map(str, record.values())), side) for record, side in zip(records, sides, strict=True)]
    for one, side in texts:
        for other, where in texts:
            assert side == where or fuzz.ratio(one, other) < 90


@given(record_lists(), record_lists(least=1), rules)
@settings(max_examples=60, deadline=None)
def test_records_that_have_a_side_keep_it_when_others_come(first: Records, more: Records, rule: Rule) -> None:
    _, sides = tried(first, rule)
    _, again = tried(first + more, rule, parts(first, sides, rule))
    assert again[: len(first)] == sides


@given(record_lists(), rules, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_records_decides_nothing(records: Records, rule: Rule, random: Any) -> None:
    _, sides = tried(records, rule)
    mixed = list(enumerate(records))
    random.shuffle(mixed)
    _, again = tried([record for _, record in mixed], rule)
    assert [sides[place] for place, _ in mixed] == again


@given(record_lists(), rules)
@settings(max_examples=60, deadline=None)
def test_every_record_is_counted_once(records: Records, rule: Rule) -> None:
    made, sides = tried(records, rule)
    assert {part.name: part.records for part in made.parts} == {**dict.fromkeys(rule.parts, 0), **Counter(sides)}
    assert made.records == len(records)
    if rule.stratify:
        assert sum(count for part in made.parts for count in part.strata) == len(records)


@given(st.lists(st.sampled_from("abcde"), min_size=30, max_size=300), st.sampled_from(["", "s"]))
@settings(max_examples=60, deadline=None)
def test_each_stratum_is_within_one_record_of_its_shares(labels: list[str], seed: str) -> None:
    records = [{"id": number, "label": label} for number, label in enumerate(labels)]
    rule = Rule(shares=THREE, seed=seed, stratify=("label",), near_duplicates="ignore")
    made, _ = tried(records, rule)
    for number, values in enumerate(made.strata):
        size = sum(part.strata[number] for part in made.parts)
        assert values == (f'"{"abcde"[number]}"',) or len(made.strata) < 5
        for part in made.parts:
            assert abs(part.strata[number] - part.wanted * size) <= 1 + 1e-6
    assert not [problem for problem in made.problems if problem.kind == "apart"]


@given(st.lists(st.sampled_from("abcde"), min_size=60, max_size=120), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_strata_stay_within_one_record_of_their_shares_as_they_grow(labels: list[str], grown: int) -> None:
    records = [{"id": number, "label": label} for number, label in enumerate(labels)]
    rule = Rule(shares=THREE, stratify=("label",), near_duplicates="ignore")
    first = records[:-grown] if len(records) - grown >= 30 else records[:30]
    _, sides = tried(first, rule)
    made, _ = tried(records, rule, parts(first, sides, rule))
    for number in range(len(made.strata)):
        size = sum(part.strata[number] for part in made.parts)
        for part in made.parts:
            assert abs(part.strata[number] - part.wanted * size) <= 2


@given(st.integers(300, 900), st.integers(2, 9))
@settings(max_examples=15, deadline=None)
def test_shares_hold_although_groups_stay_whole(count: int, members: int) -> None:
    records = [{"id": number, "who": number // members} for number in range(count)]
    rule = Rule(shares=THREE, group_by="who", near_duplicates="ignore")
    made, _ = tried(records, rule)
    for part in made.parts:
        assert abs(part.records - part.wanted * count) <= members + 1
