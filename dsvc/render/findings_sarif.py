"""Findings as SARIF 2.1.0, for code hosts and editors: one run, a result a finding.

``partialFingerprints`` hold the rule, the record's id and the path, so that a tool follows a finding when its record
moves. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import dsvc
from dsvc.render.safe_text import safe
from dsvc.validators.identity import identity_of

if TYPE_CHECKING:
    from dsvc.validators.finding import Finding, Place
    from dsvc.validators.report import Report
    from dsvc.validators.rule import Rule

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LINK: Final = re.compile(r"\[(?=[^\[\]]*\]\()")
_FINGERPRINT: Final = "dsvcFinding/v1"


def report_sarif(report: Report) -> str:
    """The whole log as text: ASCII, so that it is valid whatever the data holds."""
    number = {rule.id: place for place, rule in enumerate(report.rules)}
    seen: Counter[str] = Counter()
    run = {
        "tool": {
            "driver": {
                "name": "dsvc",
                "version": dsvc.__version__,
                "rules": [_rule(rule) for rule in report.rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, number, report, seen) for finding in report.findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"tags": [rule.topic]},
    }


def _result(finding: Finding, numbers: dict[str, int], report: Report, seen: Counter[str]) -> dict[str, Any]:
    message = finding.message if not finding.fix else f"{finding.message}; fix: {finding.fix}"
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        "level": finding.severity,
        "message": {"text": _message(message)},
        "locations": _locations(finding, report),
        "partialFingerprints": {_FINGERPRINT: _fingerprint(finding, seen)},
    }
    if finding.related:
        related = [{"id": at, "physicalLocation": _physical(place)} for at, place in enumerate(finding.related)]
        result["relatedLocations"] = related
    if report.compared_with is not None:
        result["baselineState"] = "new"
    if finding.outcome is not None:
        result["properties"] = {"outcome": finding.outcome}
    return result


def _locations(finding: Finding, report: Report) -> list[dict[str, Any]]:
    """Where it is; a finding about all records stands at the first line, as tools show none without a file."""
    logical = [{"fullyQualifiedName": safe(finding.path), "kind": "member"}] if finding.path else []
    if finding.place is not None:
        location: dict[str, Any] = {"physicalLocation": _physical(finding.place)}
    elif report.sections:
        location = {"physicalLocation": {"artifactLocation": {"uri": _uri(report.sections[0].path)}}}
    else:
        return []
    return [{**location, **({"logicalLocations": logical} if logical else {})}]


def _physical(place: Place) -> dict[str, Any]:
    return {"artifactLocation": {"uri": _uri(place.file)}, "region": {"startLine": place.line}}


def _uri(path: str) -> str:
    return quote(path, errors="replace") if not path.startswith("/") else "file://" + quote(path, errors="replace")


def _fingerprint(finding: Finding, seen: Counter[str]) -> str:
    """Of what makes it the same finding; equal ones (of equal records) are numbered in their order."""
    text = "\0".join(identity_of(finding))
    seen[text] += 1
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{digest}:{seen[text]}"


def _message(text: str) -> str:
    """What could mislead a reader as marks; no links, which viewers make of ``[text](address)`` (section 3.11.6)."""
    return _LINK.sub(r"\\[", safe(text, newline="keep"))
