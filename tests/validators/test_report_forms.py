"""The same findings in every form: they agree with each other and with the exit status, whatever the data holds."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from msgspec.structs import replace

from dsvc.render.findings_github import report_commands
from dsvc.render.findings_html import report_html
from dsvc.render.findings_json import report_objects
from dsvc.render.findings_junit import report_junit
from dsvc.render.findings_markdown import report_markdown
from dsvc.render.findings_sarif import report_sarif
from dsvc.render.findings_text import report_lines
from dsvc.render.json_text import json_text
from dsvc.render.safe_text import cell_width, safe
from dsvc.render.style import PLAIN
from dsvc.validators.by_commits import FoundByCommit
from dsvc.validators.finding import SEVERITIES
from dsvc.validators.gates import GateSettings, Measured, verdicts
from tests import schemas
from tests.validators.made_up import finding, report_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsvc.validators.finding import Finding, Severity
    from dsvc.validators.report import Report

HOSTILE: Final = (
    "plain",
    "你好，世界",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "]]> -- &amp; &#x0;",
    "\x1b[2J\x07 wiped",
    "a\r\n::error::forged%0A",
    "\u202egnp.exe\u200b",
    "\ud800 alone",
    "| cell | `code` ![x](http://example.com/a.png) @everyone #1",
    "\x00\ufffe\x85\u2028",
    "💥👩‍👩‍👧",
)
texts = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec=None, exclude_categories=()), max_size=20))
findings = st.lists(
    st.builds(
        finding,
        texts.filter(bool),
        name=st.sampled_from(["shouting", "odd", "llamafactory/odd-turns"]),
        severity=st.sampled_from(["error", "warning", "note"]),
        row=st.one_of(st.none(), st.integers(1, 40)),
        record=st.one_of(st.none(), st.just("a" * 32)),
        path=texts,
        file=st.just("data/问答.jsonl"),
    ),
    max_size=8,
)

# The objects of SARIF 2.1.0 that dsvc writes, from the standard's text; nothing else may be in them.
_MESSAGE: Final = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string", "minLength": 1}},
}
_PHYSICAL: Final = {
    "type": "object",
    "required": ["artifactLocation"],
    "additionalProperties": False,
    "properties": {
        "artifactLocation": {
            "type": "object",
            "required": ["uri"],
            "additionalProperties": False,
            "properties": {"uri": {"type": "string", "pattern": r"^[!#$&-;=?-\[\]_a-z~%]+$"}},
        },
        "region": {
            "type": "object",
            "required": ["startLine"],
            "additionalProperties": False,
            "properties": {"startLine": {"type": "integer", "minimum": 1}},
        },
    },
}
_LEVEL: Final = {"enum": ["none", "note", "warning", "error"]}
_LOCATION: Final = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": -1},
        "physicalLocation": _PHYSICAL,
        "logicalLocations": {
            "type": "array",
            "uniqueItems": True,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"fullyQualifiedName": {"type": "string"}, "kind": {"type": "string"}},
            },
        },
    },
}
SARIF: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool"],
                "additionalProperties": False,
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "additionalProperties": False,
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {
                                    "name": {"type": "string"},
                                    "version": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "additionalProperties": False,
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": _MESSAGE,
                                                "fullDescription": _MESSAGE,
                                                "defaultConfiguration": {
                                                    "type": "object",
                                                    "properties": {"level": _LEVEL},
                                                },
                                                "properties": {
                                                    "type": "object",
                                                    "properties": {
                                                        "tags": {"type": "array", "items": {"type": "string"}}
                                                    },
                                                },
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": -1},
                                "level": _LEVEL,
                                "message": _MESSAGE,
                                "locations": {"type": "array", "items": _LOCATION},
                                "relatedLocations": {"type": "array", "uniqueItems": True, "items": _LOCATION},
                                "partialFingerprints": {
                                    "type": "object",
                                    "additionalProperties": {"type": "string"},
                                },
                                "baselineState": {"enum": ["new", "unchanged", "updated", "absent"]},
                                "properties": {"type": "object"},
                            },
                        },
                    },
                },
            },
        },
    },
}


@pytest.fixture(scope="session")
def sarif(published: Callable[[str], dict[str, Any]]) -> Draft7Validator:
    return Draft7Validator(published(schemas.SARIF))


def sarif_results(report: Report) -> list[dict[str, Any]]:
    log = json.loads(report_sarif(report))
    Draft7Validator(SARIF).validate(log)
    [run] = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    results: list[dict[str, Any]] = run["results"]
    return results


def json_objects(report: Report) -> list[dict[str, Any]]:
    lines = [json_text({"type": kind, **fields}) for kind, fields in report_objects(report)]
    return [json.loads(line) for line in lines]


@given(found=findings)
def test_sarif_is_as_its_published_schema_says(sarif: Draft7Validator, found: list[Finding]) -> None:
    log = json.loads(report_sarif(report_on(found)))
    assert [error.message for error in sarif.iter_errors(log)] == []


def test_the_published_schema_refuses_what_is_no_sarif(sarif: Draft7Validator) -> None:
    log = json.loads(report_sarif(report_on([finding("odd")])))
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not sarif.is_valid(log)


@given(findings, st.sampled_from(SEVERITIES))
def test_all_forms_and_the_exit_status_agree(found: list[Finding], level: Severity) -> None:
    """``level``: the lowest severity that is a reason to fail."""
    report = replace(report_on(found), fails_on=level)
    errors = sum(each.severity == "error" for each in found)
    objects, results = json_objects(report), sarif_results(report)
    suites = ET.fromstring(report_junit(report).encode("utf-8"))
    grave = {each.rule for each in found if SEVERITIES.index(each.severity) <= SEVERITIES.index(level)}
    assert report.failed == bool(grave)
    assert objects[-1]["errors"] == errors
    assert sum(each["type"] == "finding" and each["severity"] == "error" for each in objects) == errors
    assert sum(result["level"] == "error" for result in results) == errors
    failed = {case.get("name") for case in suites.iter("testcase") if case.find("failure") is not None}
    assert failed == grave
    assert suites.get("failures") == str(len(failed))
    assert suites.get("tests") == str(len(list(suites.iter("testcase")))) == str(len(report.rules))
    commands = [line for line in report_commands(report) if line.startswith("::")]
    assert sum(line.startswith("::error ") for line in commands) == errors
    assert len(commands) == len(results) == len(found)


@given(findings, texts)
@example([finding("plain", path="\x80" * 20)], "as collected")
def test_no_form_lets_the_data_control_anything(found: list[Finding], text: str) -> None:
    by_commits = (FoundByCommit(text, {text: 1}, text), FoundByCommit(text, {text: 1}))
    report = replace(report_on(found), left_out=(text,), by_commits=by_commits, not_known=(text,))
    table = [*report_lines(report, PLAIN, 80)]
    assert all(safe(line) == line for line in table), "no control character, and one row is one line"
    names = {safe(each.path) for each in found}
    wide = [line for line in table if line.startswith("    ") and cell_width(line) > 80]
    named = [re.fullmatch(r" {4}(?:dataset|row \d+) +(.+)", line) for line in wide]
    assert all(match and match[1] in names for match in named), "only a name goes beyond the screen, without a message"
    for line in report_commands(report):
        assert safe(line) == line
        if line.startswith("::"):
            assert re.fullmatch(r"::(error|warning|notice) (file=[^,:]*,line=\d+,)?title=[^,:]*::[^\r\n]*", line)
    page = _Tags(report_html(report))
    assert page.tags <= {
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "svg", "rect", "text", "line", "br"),
        *("table", "tr", "th", "td", "details", "summary", "code", "span"),
    }
    assert not [name for name in page.attributes if name.startswith("on") or name in ("href", "src")]
    markdown = report_markdown(report)
    inside = re.sub(r"</?(details|summary|code)>|<!-- -->", "", markdown)
    assert "<" not in inside
    assert "![" not in inside
    assert "@" not in inside


class _Tags(HTMLParser):
    """All tags and attributes that a browser would see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_a_page_has_its_charts_and_loads_nothing() -> None:
    report = report_on([finding(row=row, severity="warning") for row in (1, 2, 30)] + [finding(row=29, name="odd")])
    page = report_html(report)
    assert page.count("<svg") == 3
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    assert "http" not in page.replace('http-equiv="Content-Security-Policy"', "")
    assert ">3<" in page
    assert "from line 30" in page or "from line 29" in page


def test_a_finding_is_followed_when_its_record_moves() -> None:
    before, after = finding(row=3), finding(row=700)
    other = finding(row=3, path="b")
    prints = [
        result["partialFingerprints"]["dsvcFinding/v1"]
        for each in (before, after, other)
        for result in sarif_results(report_on([each]))
    ]
    assert prints[0] == prints[1] != prints[2]
    twice = sarif_results(report_on([finding(row=1), finding(row=2)]))
    assert len({result["partialFingerprints"]["dsvcFinding/v1"] for result in twice}) == 2, "equal records are two"


def test_where_gates_decide_they_decide_in_all_forms() -> None:
    gates = verdicts(GateSettings(), Measured(errors=1, introduced=0, class_share=0.5))
    report = replace(report_on([finding()]), gates=gates, fails_on=None)
    suites = ET.fromstring(report_junit(report).encode())
    assert report.failed
    assert suites.get("failures") == "1"
    failing = [case.get("name") for case in suites.iter("testcase") if case.find("failure") is not None]
    assert failing == ["errors"]
    assert [each["gate"] for each in json_objects(report) if each["type"] == "gate" and each["failed"]] == ["errors"]
    assert any("dsvc gate errors" in line for line in report_commands(report))
    passed = replace(report, gates=verdicts(GateSettings(errors=5.0), Measured(errors=1)))
    assert not passed.failed
    assert ET.fromstring(report_junit(passed).encode()).get("failures") == "0"


def test_workflow_commands_are_escaped_as_the_runner_reads_them() -> None:
    one = finding("50% off,\nas a:b", path="a,b", file="a,b:c.jsonl")
    [command, _] = report_commands(report_on([one]))
    assert command == (
        "::error file=a%2Cb%3Ac.jsonl,line=1,title=dsvc shouting::row 1, a,b: 50%25 off,%0Aas a:b; fix: write it small"
    )


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_the_table_keeps_to_its_width_with_chinese(columns: int) -> None:
    report = report_on(
        [finding("这一条记录的回答被截断了，请检查原文" * 5, path=f"messages[{row}].内容") for row in (1, 12)]
    )
    lines = [*report_lines(report, PLAIN, columns)]
    rows = [line for line in lines if line.startswith("    row")]
    assert len(rows) == 2
    assert all(cell_width(line) <= columns for line in rows)
    assert len({cell_width(row.partition("这")[0]) for row in rows}) == 1, "messages stand below each other"


@pytest.mark.parametrize("keep", [2, None])
def test_findings_of_a_rule_are_told_by_row(keep: int | None) -> None:
    """A rule that compares records tells them in whatever order it finds them."""
    found = [finding(row=row) for row in (11, 2, 9, 2, 30)]
    more = replace(finding(row=None), stands_for=7)
    [group] = report_on([more, *found, finding("all of it", row=None)], keep=keep).groups
    rows = [each.place.row if each.place is not None else each.message for each in group.findings]
    assert rows == ["all of it", 2, 2, 9, 11, 30, more.message][:keep]
    assert group.count == 13


def test_of_many_versions_that_kept_errors_the_newest_are_told() -> None:
    many = tuple(FoundByCommit(f"qa@v1.{number}", {"odd": 1}, "so be it") for number in range(30, 10, -1))
    report = replace(report_on([finding()]), by_commits=many)
    table = "\n".join(report_lines(report, PLAIN, 80))
    assert table.count("kept on purpose in qa@v1.") == 10
    assert "qa@v1.21: odd 1 (because: so be it)\nthe same of 10 older versions: dsvc log" in table
    assert len(json_objects(report)[-1]["by_commits"]) == 20
