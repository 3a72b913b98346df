"""Rules and findings that tests make up."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dsvc.record import RecordId
from dsvc.validators.finding import SEVERITIES, Finding, Place, Severity
from dsvc.validators.report import Collected, Report, Section
from dsvc.validators.rule import Example, Found, RecordCheck, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsvc.validators.checked import Checked


def shouting(record: Checked) -> Iterator[Found]:
    """Texts in capitals."""
    for steps, text in record.texts:
        if text.isupper():
            yield Found(f"'{text}' is in capitals", steps, "write it in small letters")


def rule(name: str = "shouting", severity: Severity = "error") -> Rule:
    return Rule(
        id=name,
        topic="structure",
        severity=severity,
        title="a text is in capitals",
        why="The model learns to shout.",
        example=Example(('{"a": "LOUD"}',), ('{"a": "Loud"}',)),
        make=lambda _: RecordCheck(shouting),
    )


def finding(
    message: str = "'LOUD' is in capitals",
    *,
    name: str = "shouting",
    severity: Severity = "error",
    row: int | None = 1,
    record: str | None = "0" * 32,
    path: str = "a",
    file: str = "data/问答.jsonl",
) -> Finding:
    place = Place(file, row, row) if row is not None else None
    return Finding(name, severity, message, place, RecordId(record) if record else None, path, "write it small")


def report_on(findings: Sequence[Finding], *, keep: int | None = None) -> Report:
    """A report on findings of made-up rules, which also has a rule that found nothing."""
    collected = Collected(keep)
    for each in findings:
        collected.add(each)
    names = dict.fromkeys([*(each.rule for each in findings), "quiet"])
    gravest: dict[str, Severity] = dict.fromkeys(names, "note")
    for severity in reversed(SEVERITIES):
        gravest |= {each.rule: severity for each in findings if each.severity == severity}
    rules = tuple(rule(name, gravest[name]) for name in names)
    lines = max((f.place.line for f in findings if f.place is not None), default=1)
    bins = Counter(f.place.line for f in findings if f.place is not None)
    sections = (Section("data/问答.jsonl", lines, tuple(bins[line] for line in range(1, min(lines, 60) + 1))),)
    return Report("data/问答.jsonl", 10, rules, collected.groups(rules), dict(collected.severities), sections)
