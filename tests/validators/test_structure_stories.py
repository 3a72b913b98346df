"""Structural rules as somebody meets them: what a file from elsewhere has in it, and what of that is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import dsvc
from dsvc.formats import NAMES
from dsvc.formats import shape as shape_of
from dsvc.formats.json_text import line_of
from dsvc.validators.registry import all_rules
from dsvc.validators.report import report
from dsvc.validators.rule import RecordCheck
from dsvc.validators.rules import columns
from dsvc.validators.runner import Validation
from dsvc.validators.selection import Selection
from dsvc.validators.settings import ValidateSettings
from tests.validators.looking import found, rows

if TYPE_CHECKING:
    from pathlib import Path

    from dsvc.validators.finding import Finding
    from dsvc.validators.rule import Rule

STRUCTURE = [rule for rule in all_rules().values() if rule.topic == "structure"]
OF_RECORDS = [rule for rule in STRUCTURE if isinstance(rule.make(rule.options()), RecordCheck)]


def all_of(path: Path, *also: str) -> list[Finding]:
    """What all structural rules find in a file."""
    selection = Selection(ValidateSettings(also=also), topics=("structure",))
    return list(Validation(dsvc.open_file(path), selection, processes=1))


def told(findings: list[Finding]) -> list[tuple[str, int]]:
    """Rules with the lines that they are about."""
    return [(each.rule, each.place.line if each.place is not None else 0) for each in findings]


@pytest.mark.parametrize("rule", OF_RECORDS, ids=[rule.id for rule in OF_RECORDS])
def test_each_line_of_a_bad_example_is_found_alone(rule: Rule, tmp_path: Path) -> None:
    for line in rule.example.bad:
        assert rows(found(tmp_path, ['{"other": 1}', line], rule.id)) == [2], line


@pytest.mark.parametrize("rule", OF_RECORDS, ids=[rule.id for rule in OF_RECORDS])
def test_a_near_miss_beside_bad_lines_is_still_none(rule: Rule, tmp_path: Path) -> None:
    good = [line for line in rule.example.good if line.strip()]
    findings = found(tmp_path, [*rule.example.bad, *good, *rule.example.bad], rule.id)
    bad = len(rule.example.bad)
    assert rows(findings) == [*range(1, bad + 1), *range(bad + len(good) + 1, 2 * bad + len(good) + 1)]


@pytest.mark.parametrize("name", NAMES)
def test_a_record_of_every_shape_has_no_errors(name: str, tmp_path: Path) -> None:
    file = tmp_path / "data.jsonl"
    for example in shape_of(name).examples:
        file.write_bytes(line_of(example))
        assert [(each.rule, each.message) for each in all_of(file) if each.severity == "error"] == []


def test_a_file_from_windows_has_its_mark_told_once_and_nothing_of_its_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "data.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"text": "a"}\r\n\r\n{"text": "b"}\r\n')
    assert told(all_of(file)) == [("byte-order-mark", 1)]


def test_files_put_together_have_a_mark_in_their_middle(tmp_path: Path) -> None:
    file = tmp_path / "data.jsonl"
    file.write_bytes(b'{"text": "a"}\n\xef\xbb\xbf{"text": "b"}\n')
    assert told(all_of(file)) == [("byte-order-mark", 2)]


def test_every_broken_line_is_told_by_one_rule_with_its_column(tmp_path: Path) -> None:
    file = tmp_path / "data.jsonl"
    gb = '{"text": "你好，世界"}'.encode("gb18030")
    file.write_bytes(b'{"text": "a",}\n' + gb + b'\n{"text": NaN}\n["text"]\n{"text": "a"}\n')
    findings = all_of(file)
    assert told(findings) == [("syntax", 1), ("encoding", 2), ("not-a-number", 3), ("syntax", 4)]
    assert "column" in findings[0].message
    assert "column 11" in findings[1].message
    assert "GB18030" in findings[1].fix
    assert findings[2].path == "text"


def test_latex_that_lost_its_backslash_is_told_with_the_command_it_was(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, [r'{"text": "so $\frac{1}{2}$"}'], "control-characters")
    assert r"'\frac'" in finding.fix


def test_a_typo_in_a_field_is_told_as_the_field_that_is_missing(tmp_path: Path) -> None:
    good = '{"instruction": "怎么还款？", "input": "", "output": "点“还款”。"}'
    findings = found(tmp_path, [good, good, good.replace("output", "ouput")], "missing-field", "mixed-shapes")
    assert [(each.rule, each.severity, each.place.row if each.place else 0) for each in findings] == [
        ("missing-field", "error", 3)
    ]
    assert "'output' is missing" in findings[0].message


def test_a_label_that_changes_its_type_names_the_usual_one_and_the_rows(tmp_path: Path) -> None:
    lines = [json.dumps({"text": "x", "label": label}) for label in ("a", "b", 3, "c", None, "d", 4.5)]
    findings = found(tmp_path, lines, "column-type")
    assert rows(findings) == [3, 7]
    assert {each.path for each in findings} == {"label"}
    assert "is a number here, a text in 4 records" in findings[0].message


def test_content_that_is_a_text_in_some_turns_and_parts_in_others(tmp_path: Path) -> None:
    plain = '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}'
    parts = plain.replace('"a"', '[{"type": "text", "text": "a"}]')
    findings = found(tmp_path, [plain, plain, parts], "column-type")
    assert [(each.path, each.place.row if each.place else 0) for each in findings] == [("messages[].content", 3)]
    assert findings[0].severity == "warning"  # OpenAI takes both, datasets does not


def test_each_row_of_another_type_is_told_in_order(tmp_path: Path) -> None:
    lines = ['{"a": 1}'] * 700 + ['{"a": "x"}', '{"a": "x", "b": 1}'] * 150
    assert rows(found(tmp_path, lines, "column-type")) == [*range(701, 1001)]


def test_where_a_column_is_wrong_everywhere_all_rows_count_though_not_all_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "_TOLD", 100)
    lines = ['{"a": 1}'] * 700 + ['{"a": "x"}'] * 300
    findings = found(tmp_path, lines, "column-type")
    assert len(findings) == 101
    assert findings[-1].place is None
    assert findings[-1].message.startswith("200 more rows: ")
    told = report(findings, dsvc.open_file(tmp_path / "data.jsonl"), [all_rules()["column-type"]])
    assert (told.groups[0].count, told.severities) == (300, {"error": 300})


def test_missing_pictures_are_looked_for_beside_the_file_when_asked(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "有.png").write_bytes(b"x")
    file = tmp_path / "set" / "data.jsonl"
    record = {"instruction": "<image>?", "output": "a", "images": ["有.png"]}
    lines = [record, {**record, "images": ["none.png"]}, {**record, "images": ["https://example.org/a.png"]}]
    file.write_text("".join(json.dumps(each) + "\n" for each in lines))
    assert all_of(file) == []
    findings = all_of(file, "media-missing")
    assert told(findings) == [("media-missing", 2)]
    assert findings[0].path == "images[0]"
