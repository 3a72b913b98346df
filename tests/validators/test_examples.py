"""Every rule by its own examples, which stand in the docs: what it finds, and the near misses that it lets pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from dsvc.validators.registry import PROFILES, all_rules, profile_of
from tests.validators.looking import found

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.validators.finding import Finding
    from dsvc.validators.rule import Rule

RULES = list(all_rules().values())
by_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])


def in_example(rule: Rule, folder: Path, *, bad: bool) -> list[Finding]:
    example = rule.example
    return found(
        folder,
        example.bad if bad else example.good,
        rule.id,
        options={rule.id: example.options},
        beside=example.beside,
        against=example.against,
        sources=example.bad_sources if bad else example.good_sources,
        before=example.before,
    )


@by_rule
def test_it_finds_what_its_bad_example_has(rule: Rule, tmp_path: Path) -> None:
    findings = in_example(rule, tmp_path, bad=True)
    assert findings
    assert {finding.rule for finding in findings} == {rule.id}
    assert all(finding.message.strip() for finding in findings)


@by_rule
def test_it_lets_its_near_misses_pass(rule: Rule, tmp_path: Path) -> None:
    assert rule.example.good
    assert in_example(rule, tmp_path, bad=False) == []


@by_rule
def test_its_facts_are_complete(rule: Rule) -> None:
    consumer = profile_of(rule)
    assert re.fullmatch(r"([a-z-]+/)?[a-z0-9-]+", rule.id)
    assert (consumer in PROFILES) == (rule.topic == "profile")
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    if consumer is not None:
        assert rule.sources, "where it is known from that the consumer does so"
