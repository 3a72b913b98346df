"""Wrong settings are told in the words of whoever wrote them, with a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dsvc.errors import UsageError
from dsvc.repository.settings import read_settings
from dsvc.validators.selection import Selection, choose
from dsvc.validators.settings import ValidateSettings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("content", "told", "hint"),
    [
        ("gate.errors = 1", "has an unknown setting 'gate'", "did you mean 'gates'?"),
        ("gates.spot_chek = 0.1", "has an unknown setting 'gates.spot_chek'", "did you mean 'spot_check'?"),
        (
            "gates.agreement = 'high'",
            "has a wrong setting: 'gates.agreement' is a text",
            "write agreement = 0.9, or agreement = {bound = 0.9, required = true}, or agreement = false",
        ),
        (
            "gates.accuracy = {required = true}",
            "has a wrong setting: 'gates.accuracy' lacks 'bound'",
            "write accuracy = 0.95, or accuracy = {bound = 0.95, required = true}, or accuracy = false",
        ),
        (
            "gates.accuracy = 1.5",
            "has a wrong setting: 'gates.accuracy': 1.5 is no share from 0 to 1",
            "write accuracy = 0.95",
        ),
        (
            "gates.spot_check = 15",
            "has a wrong setting: 'gates.spot_check': 15 is no share from 0 to 1",
            "write spot_check = 0.15",
        ),
        ("gates = 3", "has a wrong setting: 'gates' is a whole number", "it takes a table { }"),
        ("tags = 'some'", "has a wrong setting: 'tags' is 'some'", 'it takes one of "all", "releases", "none"'),
        ("validate.profile = 'trl'", "has a wrong setting: 'validate.profile' is a text", "it takes a list [ ]"),
        (
            "validate.ignore = ['a', 3]",
            "has a wrong setting: 'validate.ignore[2]' is a whole number",
            "it takes a text",
        ),
        (
            "validate.severity = {syntax = 'error', encoding = 'fatal'}",
            "has a wrong setting: 'validate.severity.encoding' is 'fatal'",
            'it takes one of "error", "warning", "note"',
        ),
        (
            'validate.datasets = {"问答" = {}, qa = {ignor = []}}',
            "has an unknown setting 'validate.datasets.qa.ignor'",
            "did you mean 'ignore'?",
        ),
    ],
)
def test_settings(tmp_path: Path, content: str, told: str, hint: str) -> None:
    (tmp_path / "dsvc.toml").write_text(content, "utf-8")
    with pytest.raises(UsageError) as raised:
        read_settings(tmp_path)
    assert (raised.value.message, raised.value.hint) == (f"'dsvc.toml:1' {told}", hint)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('tags = "all"\n\n[gates]\nerrors = 0\n# 比例\nspot_check = 15\n', 6),
        ('[validate]\nprofile = []\nignore = [\n    "encoding",\n    3,\n]\n', 3),
        ('[gates]\nerrors = 0\n[validate.datasets."问.答"]\n\nignor = []\n', 5),
        ('[tui.keys]\na = "x"\n\n[colours]\na = 1\n', 4),
        ("gates.errors = 0\r\ngates.accuracy = {required = true}\r\n", 2),
    ],
)
def test_the_line_of_a_wrong_setting_is_told(tmp_path: Path, content: str, line: int) -> None:
    (tmp_path / "dsvc.toml").write_bytes(content.encode())
    with pytest.raises(UsageError, match=rf"^'dsvc\.toml:{line}' has a"):
        read_settings(tmp_path)


def test_the_line_in_a_project_file_is_told(tmp_path: Path) -> None:
    project = '[project]\nname = "x"\n\n[tool.dsvc]\ntags = "all"\n\n[tool.dsvc.gates]\nerrors = "一"\n'
    (tmp_path / "pyproject.toml").write_text(project, "utf-8")
    with pytest.raises(UsageError, match=r"^'pyproject\.toml:8' has a wrong setting: 'gates\.errors'"):
        read_settings(tmp_path)


@pytest.mark.parametrize(
    ("rule", "options", "told"),
    [
        ("near-duplicate", {"alike": 1.5}, "has a wrong option: 'alike' is 1.5, no share from 0 to 1"),
        ("near-duplicate", {"alike": 0}, "has a wrong option: 'alike' is 0, it must be above 0"),
        ("near-duplicate", {"alik": 0.8}, "has no option 'alik'"),
        ("near-duplicate", {"alike": "much"}, "has a wrong option: 'alike' is a text"),
        ("class-share", {"most": 80}, "has a wrong option: 'most' is 80, no share from 0 to 1"),
        ("token-budget", {"tokens": -5}, "has a wrong option: 'tokens' is -5, it must be above 0"),
        ("label-drift", {"versions": -1}, "has a wrong option: 'versions' is -1, no such number can be"),
        ("syntax", {"strict": True}, "has no option 'strict'"),
    ],
)
def test_options_of_rules(rule: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError) as raised:
        choose(Selection(ValidateSettings(options={rule: options}, also=(rule,))))
    assert raised.value.message == f"rule '{rule}' {told}"
    assert raised.value.hint
    assert "`" not in raised.value.hint


def test_options_that_turn_something_off_are_taken() -> None:
    options = {"label-drift": {"versions": 0}, "class-share": {"most": 1}}
    assert choose(Selection(ValidateSettings(options=options)))
