"""Findings as JUnit XML: a test case for each rule and gate, failed where the exit status is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from dsvc.render.findings_text import finding_line
from dsvc.render.safe_text import safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.report import Group, Report

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped (section 2.2)."""


def report_junit(report: Report) -> str:
    """One test suite; rules that found what is no reason to fail pass, and tell it in ``system-out``."""
    groups = {group.rule.id: group for group in report.groups}
    failing = {group.rule.id for group in report.groups if report.fails(group)}
    failed = len(failing) + sum(gate.failed for gate in report.gates)
    skipped = sum(gate.outcome == "not measured" and not gate.failed for gate in report.gates)
    name, tests = _attribute(f"dsvc validate {report.name}"), len(report.rules) + len(report.gates)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    counts = f'tests="{tests}" failures="{failed}" errors="0"'
    lines.append(f"<testsuites name={name} {counts}>")
    lines.append(f'  <testsuite name={name} {counts} skipped="{skipped}" time="0">')
    for rule in report.rules:
        lines += _case(rule.id, rule.topic, groups.get(rule.id), failed=rule.id in failing)
    for gate in report.gates:
        told = _attribute(f"{gate.title}: {gate.measured}, bound {gate.bound}")
        inner = f"<failure message={told}/>" if gate.failed else f"<skipped message={told}/>"
        inner = "" if gate.outcome == "passed" else inner
        lines.append(f'    <testcase classname="dsvc.gate" name={_attribute(gate.gate)} time="0">{inner}</testcase>')
    return "\n".join([*lines, "  </testsuite>", "</testsuites>", ""])


def _case(name: str, topic: str, group: Group | None, *, failed: bool) -> Iterator[str]:
    head = f'    <testcase classname="dsvc.{topic}" name={_attribute(name)} time="0"'
    if group is None:
        yield f"{head}/>"
        return
    text = _text("\n".join(_listed(group)))
    if failed:
        message = _attribute(f"{group.rule.title}: {group.count:,}")
        yield f"{head}><failure type={_attribute(name)} message={message}>{text}</failure></testcase>"
    else:
        yield f"{head}><system-out>{text}</system-out></testcase>"


def _listed(group: Group) -> Iterator[str]:
    for finding in group.findings:
        place = finding.place
        yield f"{f'{safe(place.file)}:{place.line}: ' if place is not None else ''}{finding_line(finding)}"
    if group.count > len(group.findings):
        yield f"… and {group.count - len(group.findings):,} more"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("�", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("�", safe(text)))
