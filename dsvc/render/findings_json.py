"""Findings as JSON lines: ``finding`` (of a comparison with ``status``), ``gate``, and ``summary`` last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import to_builtins

from dsvc.validators.finding import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsvc.validators.by_commits import FoundByCommit
    from dsvc.validators.finding import Finding
    from dsvc.validators.report import Report
    from dsvc.validators.selection import Chosen

FORMAT: Final = "dsvc.validate/1"


def report_objects(report: Report) -> Iterator[tuple[str, dict[str, object]]]:
    """The ``type`` and the fields of each line."""
    introduced = {"status": "introduced"} if report.compared_with is not None else {}
    for group in report.groups:
        for finding in group.findings:
            yield "finding", {**finding_fields(finding), **introduced}
    for group in report.solved:
        for finding in group.findings:
            yield "finding", {**finding_fields(finding), "status": "solved"}
    for tally in report.outcomes:
        yield "outcomes", to_builtins(tally)
    for gate in report.gates:
        yield "gate", to_builtins(gate)
    yield "summary", summary_fields(report)


def finding_fields(finding: Finding) -> dict[str, object]:
    """A finding's fields; those that it lacks are null, or empty."""
    fields: dict[str, object] = to_builtins(finding)
    return fields


def summary_fields(report: Report) -> dict[str, object]:
    """The totals; ``findings`` counts by rule, also those that were not written for ``--limit``."""
    fields: dict[str, object] = {
        "name": report.name,
        "records": report.records,
        **{f"{severity}s": report.count(severity) for severity in SEVERITIES},
        "findings": {group.rule.id: group.count for group in report.groups},
        "rules": [rule.id for rule in report.rules],
    }
    if report.compared_with is not None:
        solved = {group.rule.id: group.count for group in report.solved}
        fields |= {"compared_with": report.compared_with, "solved": solved, "left_out": list(report.left_out)}
    if report.baseline is not None:
        fields |= {"baseline": report.baseline, "accepted": report.accepted, "gone": report.gone}
    if report.by_commits or report.not_known:
        fields |= {"by_commits": [by_commit_fields(told) for told in report.by_commits]}
        fields |= {"by_commits_not_known": list(report.not_known)}
    if report.gates:
        fields["gates_failed"] = sum(gate.failed for gate in report.gates)
    return fields


def by_commit_fields(told: FoundByCommit) -> dict[str, object]:
    """What a commit found in its new lines, and why it was kept."""
    return {"version": told.version, **found_fields(told)}


def found_fields(told: FoundByCommit | None) -> dict[str, object]:
    """The same without the version; ``findings`` is null where the commit did not look, or it is not known here."""
    if told is None:
        return {"findings": None, "allowed": None}
    return {"findings": dict(told.findings), "allowed": told.reason}


def rule_fields(chosen: Chosen) -> dict[str, object]:
    """A rule's facts."""
    rule = chosen.rule
    return {
        "id": rule.id,
        "topic": rule.topic,
        "severity": chosen.severity,
        "title": rule.title,
        "why": rule.why,
        "bad": list(rule.example.bad),
        "good": list(rule.example.good),
        "options": to_builtins(chosen.options),
        "sources": list(rule.sources),
        "asks": dict(rule.asks),
        "repair": rule.repair,
        "by_default": rule.by_default,
    }
