"""The page of the rules is that of the registry."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from dsvc.cli.rules_reference import page
from dsvc.repository.settings import read_settings
from dsvc.validators.checked import Checked
from dsvc.validators.finding import Place
from dsvc.validators.patterns import pattern_rules
from dsvc.validators.registry import all_rules, profile_of

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(), "python -m dsvc.cli.rules_reference > docs/rules.md"


def test_each_rule_has_its_place() -> None:
    text = page()
    for rule in (rule for rule in all_rules().values() if profile_of(rule) is None):
        assert text.count(f"### {rule.id}\n") == 1


def test_what_the_page_of_checks_shows_can_be_used(tmp_path: Path) -> None:
    text = (PAGE.parent / "checks.md").read_text("utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    settings = [block for block in blocks if re.match(r"\[(validate|gates)", block)]
    assert len(settings) == 7
    for block in settings:
        (tmp_path / "dsvc.toml").write_text(block, "utf-8")
        read_settings(tmp_path)
    [patterns] = [block for block in blocks if block.startswith("[[rule]]")]
    (tmp_path / "rules.toml").write_text(patterns, "utf-8")
    assert [rule.id for rule in pattern_rules(str(tmp_path / "rules.toml"))] == ["internal-names", "fees-need-a-date"]
    [code] = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    made: dict[str, Any] = {}
    exec(code, made)
    found = made["RULE"].make(None).check(Checked(made["RULE"].example.bad[0].encode(), Place("", 1, 1)))
    assert [each.message for each in found] == ["a text in capitals"]
