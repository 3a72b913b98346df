"""A validation that is over: what was looked at, what was found, and how much of it is shown."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from dsvc.conditions.fields import MISSING, text_of, value_of
from dsvc.validators.finding import SEVERITIES, Finding
from dsvc.validators.identity import contents_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsvc.snapshot import Snapshot
    from dsvc.validators.by_commits import FoundByCommit
    from dsvc.validators.gates import Verdict
    from dsvc.validators.outcomes import Tally
    from dsvc.validators.rule import Rule

BINS: Final = 60
"""Parts of a file that findings are counted in."""


class Section(msgspec.Struct, frozen=True):
    """A file that was looked at; ``bins`` counts the findings in each of :data:`BINS` parts of its lines."""

    path: str
    lines: int
    bins: tuple[int, ...]


class Group(msgspec.Struct, frozen=True):
    """What one rule found: ``findings`` are some of them, ``count`` is how many there are in all.

    ``severity`` is the gravest of them, ``fixes`` what would mend them, each way once.
    """

    rule: Rule
    severity: str
    findings: tuple[Finding, ...]
    count: int
    fixes: tuple[str, ...]


class Report(msgspec.Struct, frozen=True):
    """What a validation found, the gravest rules first.

    ``rules`` ran. ``accepted`` findings are known from a baseline and not in ``groups``; ``gone`` are those of the
    baseline that are there no more. Of a comparison ``groups`` has what was introduced, ``solved`` what was solved.
    """

    name: str
    records: int
    rules: tuple[Rule, ...]
    groups: tuple[Group, ...]
    severities: dict[str, int]
    sections: tuple[Section, ...] = ()
    compared_with: str | None = None
    solved: tuple[Group, ...] = ()
    baseline: str | None = None
    accepted: int = 0
    gone: int = 0
    gates: tuple[Verdict, ...] = ()
    outcomes: tuple[Tally, ...] = ()
    """What each consumer would do to the rows."""
    fails_on: str | None = "error"
    """The lowest severity that makes the exit status 1; None where the gates alone decide."""
    left_out: tuple[str, ...] = ()
    """Rules that were asked for and did not run, because only lines that differ were read."""
    by_commits: tuple[FoundByCommit, ...] = ()
    """What commits found that is of use beside what was found here, the newest first."""
    not_known: tuple[str, ...] = ()
    """Versions of which it is not known here what their commits found by the rules that were left out."""
    is_stopped: bool = False
    """Whether somebody stopped it: only a part was looked at, so no findings do not mean that there are none."""

    @property
    def failed(self) -> bool:
        """What the exit status tells, and every form of the report with it."""
        return any(map(self.fails, self.groups)) or any(gate.failed for gate in self.gates)

    def fails(self, group: Group) -> bool:
        """Whether what a rule found is a reason to fail."""
        return self.fails_on is not None and SEVERITIES.index(group.severity) <= SEVERITIES.index(self.fails_on)

    @property
    def findings(self) -> Iterator[Finding]:
        """All findings that are kept, rule by rule."""
        for group in self.groups:
            yield from group.findings

    def count(self, severity: str) -> int:
        """How many findings of a severity there are."""
        return self.severities.get(severity, 0)


class Collected:
    """Takes findings as they come; keeps ``keep`` of each rule (None: all), those of the first rows."""

    def __init__(self, keep: int | None = None) -> None:
        self.severities: Counter[str] = Counter()
        self._keep = keep
        self._kept: dict[str, list[Finding]] = {}
        self._counts: Counter[str] = Counter()
        self._gravest: dict[str, str] = {}
        self._fixes: dict[str, dict[str, None]] = {}
        self._lines: dict[str, Counter[int]] = {}

    def add(self, finding: Finding) -> None:
        """One more."""
        rule = finding.rule
        self.severities[finding.severity] += finding.stands_for
        self._counts[rule] += finding.stands_for
        kept = self._kept.setdefault(rule, [])
        if self._keep is None:
            kept.append(finding)
        elif len(kept) < self._keep or (kept and _where(finding) < _where(kept[-1])):
            insort(kept, finding, key=_where)
            del kept[self._keep :]
        before = self._gravest.setdefault(rule, finding.severity)
        if SEVERITIES.index(finding.severity) < SEVERITIES.index(before):
            self._gravest[rule] = finding.severity
        fixes = self._fixes.setdefault(rule, {})
        if finding.fix and len(fixes) < 3:
            fixes[finding.fix] = None
        if finding.place is not None:
            self._lines.setdefault(finding.place.file, Counter())[finding.place.line] += 1

    def groups(self, rules: Sequence[Rule]) -> tuple[Group, ...]:
        """By rule, the gravest first, then those that found most."""
        known = {rule.id: rule for rule in rules}
        made = [
            Group(
                known[rule],
                self._gravest[rule],
                tuple(sorted(kept, key=_where)),
                self._counts[rule],
                tuple(self._fixes[rule]),
            )
            for rule, kept in self._kept.items()
        ]
        return tuple(sorted(made, key=_order))

    def sections(self, snapshot: Snapshot) -> tuple[Section, ...]:
        """The files of what was looked at, with where in them findings are."""
        return tuple(
            Section(file.path, file.lines, _binned(self._lines.get(file.path, Counter()), file.lines))
            for file in snapshot.layout.files
        )


def _where(finding: Finding) -> tuple[int, str, int]:
    """By rows; what is about no row comes first, what stands for more rows of a rule last."""
    place = finding.place
    if place is None:
        return (2 if finding.stands_for > 1 else 0, "", 0)
    return 1, place.file, place.line


def _order(group: Group) -> tuple[int, int, str]:
    return SEVERITIES.index(group.severity), -group.count, group.rule.id


def _binned(lines: Counter[int], total: int) -> tuple[int, ...]:
    bins = [0] * BINS
    for line, count in lines.items():
        bins[min(BINS - 1, (line - 1) * BINS // max(total, 1))] += count
    return tuple(bins)


def report(
    findings: Iterable[Finding], snapshot: Snapshot, rules: Sequence[Rule], *, keep: int | None = None
) -> Report:
    """All findings, put together."""
    collected = Collected(keep)
    for finding in findings:
        collected.add(finding)
    return report_of(collected, snapshot, rules)


def with_keys(groups: Iterable[Group], snapshot: Snapshot, key: Sequence[str]) -> tuple[Group, ...]:
    """The same groups; each finding that is kept tells its record by the key fields (none: the same)."""
    if not key:
        return tuple(groups)
    from dsvc.sampling.identities import named_fields, value_under  # numpy takes its time

    fields = named_fields(key)
    groups = tuple(groups)
    wanted: dict[str, set[int]] = {}
    for finding in (each for group in groups for each in group.findings):
        if finding.place is not None:
            wanted.setdefault(finding.place.file, set()).add(finding.place.line)
    told: dict[tuple[str, int], str] = {}
    for path, lines in wanted.items():
        for line, content in contents_of(snapshot, path, lines):
            value = value_of(content)
            values = [(each[0], value_under(value, each)) for each in fields]
            told[path, line] = ", ".join(f"{name}={text_of(inner)}" for name, inner in values if inner is not MISSING)

    def keyed(finding: Finding) -> Finding:
        place = finding.place
        return finding if place is None else replace(finding, key=told.get((place.file, place.line), ""))

    return tuple(replace(group, findings=tuple(map(keyed, group.findings))) for group in groups)


def report_of(collected: Collected, snapshot: Snapshot, rules: Sequence[Rule]) -> Report:
    """What was collected until now."""
    return Report(
        snapshot.name,
        len(snapshot),
        tuple(rules),
        collected.groups(rules),
        dict(collected.severities),
        collected.sections(snapshot),
    )
