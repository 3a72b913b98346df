"""What ``dsvc validate`` makes of its options: a validation or a comparison, baseline and gates, one report."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

import dsvc
from dsvc.cli.plain_files import repository_or_file
from dsvc.errors import NotFoundError, UsageError
from dsvc.own_files import is_baseline
from dsvc.repository.accepting import Accepted, is_inside
from dsvc.repository.validating import plain_settings, plain_validation
from dsvc.validators.baseline import Baseline, baseline_at, read_baseline, write_baseline
from dsvc.validators.outcomes import Outcomes, profiles_of
from dsvc.validators.report import Collected, Report, report_of, with_keys
from dsvc.validators.rule import RecordCheck

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator

    from dsvc.repository.validating import Comparison
    from dsvc.validators.by_commits import FoundByCommit
    from dsvc.validators.comparison import Compared
    from dsvc.validators.finding import Finding
    from dsvc.validators.gates import GateSettings
    from dsvc.validators.runner import Validation
    from dsvc.validators.selection import Selection
    from dsvc.validators.settings import ValidateSettings


_SHIFTS: Final = 6
"""Features of the lines that differ that are told."""
_ENOUGH: Final = 20
"""Of fewer lines each is told by ``dsvc diff``, and shares of them say nothing."""


class Asked(msgspec.Struct, frozen=True):
    """The options, as far as they decide what is looked at and reported."""

    revision: str | None
    selection: Selection
    keep: int | None
    """Findings of each rule to be shown; None: all."""
    baseline: str | None = None
    severity: str = "error"
    gate: bool = False
    changed: bool = False
    against: str | None = None
    """A test set: no record should be of it."""
    shifts: bool = False
    """Whether it is told how the lines that differ between two versions differ as a whole."""


class Checking:
    """One run. ``report`` gives all of it; ``stopped`` what there was until it was stopped."""

    def __init__(self, asked: Asked, progress: Callable[[int], None]) -> None:
        self._asked = asked
        self._progress = progress
        self.repository = repository_or_file(asked.revision, progress)
        self._old, self._new = self._range()
        self._settings, self._gates = self._read_settings()
        self._collected = Collected(asked.keep)
        self._validation: Validation | None = None
        self._baseline = self._known_findings()
        self._has_errors_over_all = False
        self._outcomes = Outcomes(())
        self.changes: tuple[str, ...] = ()
        """What changed between the two versions that were compared, for a report."""

    def report(self) -> Report:
        """Look at everything that was asked for."""
        compared = comparison = None
        if self._old is not None:
            comparison, compared = self._compare(self._old, self._new, whole=not self._asked.changed)
        elif self._asked.changed:
            raise UsageError("--changed compares two versions", hint="name them: dsvc validate v1.0..v1.1 --changed")
        severities = None
        if self._old is None or (self._asked.gate and not self._asked.changed):
            self._validate(self._new)
            severities = self._collected.severities
        if self._old is not None:
            assert comparison is not None
            assert compared is not None
            report = self._introduced(comparison, compared)
        else:
            if self._asked.gate and self.repository is not None:
                earlier = self.repository.version_before(self._asked.revision)
                if earlier is not None:
                    # Only errors count here: where no rule over all records found one, none can be introduced.
                    whole = self._has_errors_over_all
                    comparison, compared = self._compare(earlier, self._asked.revision, whole=whole)
                    for finding in compared.introduced:
                        if finding.rule in comparison.of_versions:
                            self._collected.add(finding)
            report = self._with_kept(self.partial())
        if self._asked.gate:
            report = self._gated(report, severities, comparison, compared)
        return report

    def partial(self) -> Report:
        """What was found so far."""
        assert self._validation is not None
        rules = [each.rule for each in self._validation.chosen]
        report = report_of(self._collected, self._validation.snapshot, rules)
        outcomes = tuple(self._outcomes.tallies(report.records))
        groups = with_keys(report.groups, self._validation.snapshot, self._validation.key)
        return replace(self._with_baseline(report), groups=groups, fails_on=self._asked.severity, outcomes=outcomes)

    def stopped(self) -> Report:
        """What there was until it was stopped; it says nothing of what a baseline has or a consumer would do."""
        return replace(self.partial(), outcomes=(), gone=0, is_stopped=True)

    @property
    def can_tell(self) -> bool:
        """Whether there is something to tell of a run that was stopped."""
        return self._validation is not None and self._old is None

    def write_baseline(self, path: Path | None = None) -> Accepted:
        """Accept all that is found now."""
        if self._old is not None:
            raise UsageError("a baseline is of one version", hint="name it: dsvc validate v1.1 --write-baseline")
        old, self._baseline = self._baseline, None
        path = path or self._baseline_path()
        collected: list[Finding] = []
        self._validate(self._new, collected.append)
        assert self._validation is not None
        ran = [each.rule.id for each in self._validation.chosen]
        if self.repository is not None and is_inside(self.repository.root, path):
            return self.repository.accept(collected, self._new, rules=ran, baseline=path)
        return Accepted(path=path, count=write_baseline(path, collected, ran, old))

    def is_baseline(self, path: Path) -> bool:
        """Whether a file is a baseline, or would be taken for one."""
        return is_baseline(path) or path.resolve() == self._baseline_path().resolve()

    # Parts of it

    def _range(self) -> tuple[str | None, str | None]:
        revision = self._asked.revision
        if revision is None or self.repository is None or Path(revision).exists():
            return None, revision
        parts = self.repository.range_of(revision)
        if parts is None:
            return None, revision
        old, new = parts
        return old, new if new is not None else (old.rpartition("@")[0] or None)

    def _read_settings(self) -> tuple[ValidateSettings, GateSettings]:
        from dsvc.validators.gates import GateSettings

        if self.repository is None:
            return plain_settings(Path(self._asked.revision or ""), Path.cwd()), GateSettings()
        return self.repository.validate_settings(self._new)

    def _baseline_path(self) -> Path:
        return Path(self._asked.baseline or self._settings.baseline)

    def _known_findings(self) -> Baseline | None:
        """The baseline that was named, or that of the settings where there is one."""
        path = self._baseline_path()
        if self._asked.baseline is None:
            return baseline_at(path, path.name)
        try:
            return read_baseline(path, self._asked.baseline)
        except NotFoundError as error:
            if self._new is None or not error.hint:
                raise
            hint = error.hint.replace("dsvc validate", f"dsvc validate {quote(self._new)}", 1)
            raise NotFoundError(error.message, hint=hint) from None

    def _called(self, path: Path) -> str:
        return self._asked.baseline or path.name

    def _validate(self, revision: str | None, take: Callable[[Finding], None] | None = None) -> None:
        selection, against = self._asked.selection, self._asked.against
        if self.repository is not None:
            self._validation = self.repository.validate(revision, selection, against=against)
        else:
            assert revision is not None
            self._validation = plain_validation(dsvc.open_file(revision), selection, progress=self._progress)
            self._validation.against = dsvc.open_file(against) if against is not None else None
        rules = [each.rule.id for each in self._validation.chosen]
        over_all = {each.rule.id for each in self._validation.chosen if not isinstance(each.check, RecordCheck)}
        self._outcomes = Outcomes(profiles_of(self._validation.chosen))
        found: Iterable[Finding] = self._told_to_outcomes(self._validation)
        for finding in self._baseline.new(found, rules) if self._baseline is not None else found:
            (take or self._collected.add)(finding)
            self._has_errors_over_all |= finding.severity == "error" and finding.rule in over_all

    def _told_to_outcomes(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """The same findings: what a consumer does to a row it does also where that is known and accepted."""
        for finding in findings:
            self._outcomes.add(finding)
            yield finding

    def _compare(self, old: str, new: str | None, *, whole: bool) -> tuple[Comparison, Compared]:
        assert self.repository is not None
        if new is None:
            new = self.repository.dataset().name
        comparison = self.repository.compare_findings(
            old,
            new,
            self._asked.selection,
            whole=whole,
            history=not self._asked.changed,
            commits=self._old is not None,
        )
        self._require_run(comparison)
        compared = comparison.compare()
        self.changes = (*_changes(comparison), *(_shifts(comparison) if self._asked.shifts else ()))
        if self._baseline is not None:
            known = Baseline(self._baseline.known)
            compared = replace(compared, introduced=tuple(known.new(compared.introduced, ())))
        return comparison, compared

    def _require_run(self, comparison: Comparison) -> None:
        """Raise UsageError where a rule that was named cannot run: "no findings" of it would be no answer."""
        asked = self._asked
        cannot = [rule for rule in asked.selection.only if rule in comparison.left_out]
        if asked.changed and cannot:
            named = " ".join(f"--only {rule}" for rule in asked.selection.only)
            need = "needs" if len(cannot) == 1 else "need"
            raise UsageError(
                f"{' and '.join(cannot)} {need} all records, and --changed reads only lines that differ",
                hint=f"leave --changed out: dsvc validate {quote(asked.revision or '')} {named}",
            )

    def _introduced(self, comparison: Comparison, compared: Compared) -> Report:
        rules = [each.rule for each in comparison.chosen if each.rule.id in comparison.rules]
        collected, solved = Collected(self._asked.keep), Collected(self._asked.keep)
        for finding in compared.introduced:
            collected.add(finding)
        for finding in compared.solved:
            solved.add(finding)
        report = report_of(collected, comparison.new, rules)
        return replace(
            report,
            compared_with=comparison.old.name,
            groups=with_keys(report.groups, comparison.new, comparison.key),
            solved=with_keys(solved.groups(rules), comparison.old, comparison.key),
            fails_on=self._asked.severity,
            left_out=comparison.left_out,
            by_commits=tuple(told for told in comparison.found.by_commits if _is_told(told, comparison)),
            not_known=comparison.found.unknown if comparison.left_out else (),
        )

    def _with_kept(self, report: Report) -> Report:
        """For who lets gates decide: which of the errors somebody kept on purpose, and why."""
        errors = {group.rule.id for group in report.groups if group.severity == "error"}
        if not self._asked.gate or not errors or self.repository is None or self._is_pipe():
            return report
        kept = self.repository.kept_on_purpose(self._asked.revision)
        return replace(report, by_commits=tuple(told for told in kept if not errors.isdisjoint(told.findings)))

    def _is_pipe(self) -> bool:
        return self._new is not None and Path(self._new).is_fifo()

    def _with_baseline(self, report: Report) -> Report:
        known = self._baseline
        if known is None:
            return report
        return replace(report, baseline=self._called(self._baseline_path()), accepted=known.accepted, gone=known.gone)

    def _gated(
        self,
        report: Report,
        severities: Counter[str] | None,
        comparison: Comparison | None,
        compared: Compared | None,
    ) -> Report:
        from dsvc.repository.gating import measured, share_to_check
        from dsvc.validators.gates import verdicts

        old = comparison.old if comparison is not None else None
        new = self._validation.snapshot if self._validation is not None else None
        if new is None:
            assert comparison is not None
            new = comparison.new
        reviewed = annotated = None
        # nobody reviewed what comes out of a pipe
        if self.repository is not None and severities is not None and not self._is_pipe():
            reviewed = self.repository.reviews.figures(self._new, new, share=share_to_check(self._gates))
            annotated = self.repository.agreements.figures(self._new)
        left_out = _errors_left_out(comparison) if comparison is not None and self._asked.changed else ()
        figures = measured(self._gates, new, old, severities, compared, reviewed, annotated, left_out)
        return replace(report, gates=verdicts(self._gates, figures), fails_on=None)


def _errors_left_out(comparison: Comparison) -> tuple[str, ...]:
    """The rules that find errors and did not run."""
    errors = {each.rule.id for each in comparison.chosen if each.severity == "error"}
    return tuple(rule for rule in comparison.left_out if rule in errors)


def _is_told(told: FoundByCommit, comparison: Comparison) -> bool:
    """Whether it says more than what is found in the lines that differ: a reason, or what only all records show."""
    return told.reason is not None or not set(told.findings).isdisjoint(comparison.of_all)


def _changes(comparison: Comparison) -> tuple[str, ...]:
    """What changed, in words: records, bytes, and how long they are."""
    from dsvc.render.numbers import change_counts, size

    summary = comparison.diff.summary()
    counts = change_counts(
        added=summary.added,
        removed=summary.removed,
        modified=summary.modified,
        moved=summary.moved,
        reformatted=summary.reformatted,
    )
    old, new = (sum(file.bytes for file in side.layout.files) for side in (comparison.old, comparison.new))
    before, after = len(comparison.old), len(comparison.new)
    told = [
        f"{comparison.old.name} to {comparison.new.name}: {counts or 'no change of records'}",
        f"records: {before:,} to {after:,}",
        f"size: {size(old)} to {size(new)}",
    ]
    if before and after:
        told.append(f"bytes of a record on average: {old / before:,.0f} to {new / after:,.0f}")
    return tuple(told)


def _shifts(comparison: Comparison) -> Iterator[str]:
    """What the lines that differ are made of before and after, as far as it moved, what moved most first."""
    from dsvc.render.statistics_text import moved_text
    from dsvc.statistics import measure, shifts
    from dsvc.statistics.drift import SMALL

    differing = comparison.differing()
    if differing is None or min(map(len, differing)) < _ENOUGH:
        return
    more = measure(max(differing, key=len))  # which fields are labels is seen among many records
    old, new = (measure(side, like=more) for side in differing)
    for shift in sorted(shifts(old, new), key=lambda shift: -shift.figure)[:_SHIFTS]:
        is_known = shift.feature != "source" or "none" not in new.shares["source"].counts  # none: not committed yet
        if is_known and shift.figure >= SMALL and (moved := moved_text(old, new, shift)):
            yield f"of the lines that differ, {shift.feature}: {moved} (shift {shift.figure:.2f})"
