"""Data that attacks who reads a report, in each form: told as text, never obeyed."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from dsvc.render.findings_github import report_commands
from dsvc.render.findings_html import report_html
from dsvc.render.findings_junit import report_junit
from dsvc.render.findings_markdown import report_markdown
from dsvc.render.findings_sarif import report_sarif
from dsvc.render.safe_text import safe
from tests.hostile import HOSTILE, IN_REPORTS
from tests.validators.made_up import finding, report_on

if TYPE_CHECKING:
    from dsvc.validators.report import Report

TEXTS = {name: text for name, text in (HOSTILE | IN_REPORTS).items() if text}
MARK = "beginning "
"""Stands before each text, so that it is found again."""


@pytest.fixture(params=[*TEXTS.values()], ids=[*TEXTS])
def report(request: pytest.FixtureRequest) -> Report:
    """The text as message, path, file name and name of what was looked at."""
    text: str = request.param[:2000]
    made = report_on([finding(MARK + text, path=text, file=text.replace("\0", ""), severity="warning")])
    return type(made)(**{name: getattr(made, name) for name in made.__struct_fields__} | {"name": text[:50]})


def acts(text: str) -> bool:
    """Whether something in a text acts on a terminal, or shows it in another order."""
    return safe(text, newline="keep") != text


class Page(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_html(report: Report) -> None:
    text = report_html(report)
    page, empty = Page(text), Page(report_html(report_on([finding("x", severity="warning")])))
    assert not acts(text)
    assert page.tags <= empty.tags
    assert page.attributes <= empty.attributes
    assert any(MARK in each for each in page.texts)


def test_sarif(report: Report) -> None:
    (result,) = json.loads(report_sarif(report))["runs"][0]["results"]
    told = result["message"]["text"]
    assert told.startswith(MARK)
    assert not acts(told)
    assert re.search(r"(?<!\\)\[[^\[\]]*\]\(", told) is None, "no link"
    for location in result["locations"]:
        assert not any(acts(each["fullyQualifiedName"]) for each in location.get("logicalLocations", ()))
        assert location["physicalLocation"]["artifactLocation"]["uri"].isascii()


def test_junit(report: Report) -> None:
    text = report_junit(report)
    suites = ET.fromstring(text.encode("utf-8"))
    assert {each.tag for each in suites.iter()} <= {"testsuites", "testsuite", "testcase", "system-out", "failure"}
    assert not acts(text)
    assert MARK in "".join(suites.itertext())
    assert "]]>" not in text


def test_github(report: Report) -> None:
    told, summary = report_commands(report)
    assert "\n" not in told
    assert "\r" not in told
    assert re.fullmatch(r"::warning file=[^,:]*,line=1,title=dsvc shouting::row 1, .*", told)
    assert not acts(told)
    # As the runner reads a line: a command begins with '::' after white space, an old one is '##[name]' anywhere.
    assert not summary.lstrip().startswith("::")
    assert "##[" not in summary


def test_markdown(report: Report) -> None:
    text = report_markdown(report)
    assert not acts(text)
    tags = re.findall(r"<[^>]*>", text)
    assert set(tags) <= {"<details>", "<summary>", "</summary>", "</details>", "<code>", "</code>", "<!-- -->"}
    (row,) = [line for line in text.split("\n") if MARK in line]
    assert row.count("|") == 4, "three cells"
    plain = text.replace("<code>shouting</code>", "")
    assert not re.search(r"[`@\[\]]|(?<!&)#(?!#|\s)|www\.|https?:", plain.replace("## dsvc", ""))
    assert not re.search(r"&#(64|35);(?!<!-- -->)", text), "what would mention somebody is parted"
