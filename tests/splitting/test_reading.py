"""What is read for one rule serves the next one: the parts are the same as when all is read anew, with fewer reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from dsvc.errors import UsageError
from dsvc.splitting.plan import plan
from dsvc.splitting.reading import Reading
from dsvc.splitting.rule import Rule, Share
from dsvc.splitting.table import Input, read_table
from tests.splitting.made_up import THREE, Made, record_lists, rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dsvc.splitting.reading import Known


class Counted(Made):
    """A file that counts how often it is read."""

    reads = 0

    def lines(self) -> Iterator[bytes]:
        self.reads += 1
        return super().lines()


def sides(inputs: list[Input], rule: Rule, reading: Reading | None) -> object:
    try:
        made = plan(read_table(inputs, rule, (), None, reading), rule)
    except UsageError as error:
        return error.message
    return [made.sides(one.file)[1].tolist() for one in inputs if not one.only_remembered], made.parts, made.held


@given(record_lists(), record_lists(0, 6), st.lists(rules, min_size=2, max_size=5))
@settings(max_examples=40, deadline=None)
def test_a_kept_reading_gives_what_a_new_one_gives(
    records: list[dict[str, Any]], before: list[dict[str, Any]], asked: list[Rule]
) -> None:
    inputs = [Input(Made(records)), Input(Made(before), 0, only_remembered=True)]
    kept = Reading(lambda file: id(file))
    for rule in [*asked, *asked]:
        assert sides(inputs, rule, kept) == sides(inputs, rule, None)


RECORDS: list[dict[str, Any]] = [
    {"text": f"{number} 第{number}个问题 {number * 7919}", "label": f"l{number % 3}", "group": number // 4}
    for number in range(40)
]


def test_only_what_a_rule_asks_besides_is_read() -> None:
    file = Counted(RECORDS)
    inputs, kept = [Input(file)], Reading(lambda file: id(file))
    first = Rule(shares=THREE)
    read = []
    for rule in (
        first,
        replace(first, seed="another"),
        replace(first, shares=(Share("train", 0.5), Share("test", 0.5))),
        replace(first, near_duplicates="ignore"),
        replace(first, stratify=("label",)),
        replace(first, stratify=("label",), group_by="group"),
        replace(first, stratify=("group", "label")),
        first,
    ):
        sides(inputs, rule, kept)
        read.append(file.reads)
    assert read == [1, 1, 1, 1, 2, 3, 4, 4]


def test_other_content_is_read_anew() -> None:
    kept, rule = Reading(lambda file: file.name), Rule(shares=THREE, stratify=("label",))
    for count in (40, 20):
        inputs = [Input(Made(RECORDS[:count], f"{count}.jsonl"))]
        assert sides(inputs, rule, kept) == sides(inputs, rule, None)
    once = Reading()
    for count in (40, 20):
        assert sides([Input(Made(RECORDS[:count]))], rule, once) == sides([Input(Made(RECORDS[:count]))], rule, None)


class Overtaken(Reading):
    """Between what is read for a table and the table itself, somebody else reads for a file that was edited."""

    then: Callable[[], object] | None = None

    def read(self, *given: Any) -> Known:
        found, then, self.then = super().read(*given), self.then, None
        if then is not None:
            then()
        return found


@pytest.mark.parametrize("edited", [RECORDS[:25], [{**record, "label": "same", "group": 7} for record in RECORDS]])
@pytest.mark.parametrize("asks_the_same", [True, False])
def test_an_edit_meanwhile_mixes_no_contents(edited: list[dict[str, Any]], asks_the_same: bool) -> None:
    rule = Rule(shares=THREE, stratify=("label",), group_by="group", near_duplicates="together")
    kept = Overtaken(lambda file: file.name)
    before, after = [Input(Made(RECORDS, "before"))], [Input(Made(edited, "after"))]
    successor = rule if asks_the_same else Rule(shares=THREE)
    kept.then = lambda: read_table(after, successor, (), None, kept)
    assert sides(before, rule, kept) == sides(before, rule, None)
    assert sides(after, successor, kept) == sides(after, successor, None)


def test_a_field_that_no_record_has_stays_refused() -> None:
    kept = Reading(lambda file: id(file))
    inputs = [Input(Made(RECORDS))]
    for _ in range(2):
        with pytest.raises(UsageError, match="no record has the field 'nothing'"):
            read_table(inputs, Rule(shares=THREE, group_by="nothing"), (), None, kept)
    read_table(inputs, Rule(shares=THREE), (), None, kept)
