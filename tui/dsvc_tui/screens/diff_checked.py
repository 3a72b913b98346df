"""The part of Diff that tells which findings a change introduced, and which it solved."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from textual.widgets import Static

from dsvc.errors import DsvcError
from dsvc.render.numbers import plural
from dsvc.validators.selection import Selection
from dsvc_tui.actions import key_name
from dsvc_tui.checking import baseline_of, chosen_profiles
from dsvc_tui.drawing import content_of
from dsvc_tui.records.row_findings import RowFindings
from dsvc_tui.screens.base import is_cancelled
from dsvc_tui.screens.browse_checked import note_of
from dsvc_tui.screens.diff_choosing import Choosing
from dsvc_tui.widgets.finding_rows import SIGNS
from dsvc_tui.work import StoppedError, Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dsvc.validators.finding import Finding
    from dsvc_tui.drawing import Part
    from dsvc_tui.records.change_list import Change, ChangeList

_UNASKED: Final = 50_000
"""Changes up to which their lines are looked at without being asked."""
_TELL_EVERY: Final = 0.15
"""Seconds between two looks at how far it is."""
_TOLD: Final = 3
"""Findings of a change that are told in words."""
SOLVED: Final = "✓"


class ComparedFindings(NamedTuple):
    """What the new side has and the old one had not, and the other way round."""

    introduced: RowFindings
    solved: RowFindings
    severities: Mapping[str, int]
    """How many were introduced, also of those about no record."""
    solved_count: int
    accepted: int
    """How many that were introduced are known and accepted: they are not among them."""
    whole: bool
    """Whether rules that compare all records ran, too."""
    left_out: int = 0
    """How many rules did not run, because they need all records."""

    @property
    def any(self) -> bool:
        """Whether anything was introduced or solved."""
        return bool(self.severities or self.solved_count)

    def of(self, change: Change) -> tuple[Sequence[Finding], Sequence[Finding]]:
        """The findings of a change."""
        introduced = self.introduced.of(change.new) if change.new is not None else ()
        return introduced, self.solved.of(change.old) if change.old is not None else ()


class Compared(Choosing):
    """Looks what is wrong on one side only, in the lines that differ, or in all of them."""

    compared: ComparedFindings | None = None
    _told: Sequence[tuple[str, str]] = ()
    _looking: Work | None = None
    """What is at work, or was stopped."""

    def on_unmount(self) -> None:
        """Nobody waits for it any more."""
        self.forget_findings()

    def forget_findings(self) -> None:
        """What is at work ends, and nothing is shown of it."""
        if self._looking is not None:
            self._looking.stop()
        self._looking = None

    def look_at_findings(self, changes: ChangeList, *, whole: bool = False) -> None:
        """Look for findings of one side; unasked only where that costs little."""
        if self.session.state_folder is None or (not whole and len(changes) > _UNASKED):
            return
        self.forget_findings()
        self._looking = work = Work("looking for findings")

        def ended(_: object) -> None:
            if work is self._looking and not work.stopping:
                self._looking = None
            self._show_looking()

        self.in_background(partial(self._compare_findings, changes, work, whole=whole), ended, group="findings")
        self._tick(work)

    def stop_findings(self) -> bool:
        """Let what looks for findings end; whether there was something to stop."""
        work = self._looking
        if work is None or work.stopping:
            return False
        work.stop()
        self._show_looking()
        return True

    def _tick(self, work: Work) -> None:
        """Show how far it is."""
        if self.is_mounted and work is self._looking and not work.stopping:
            self._show_looking()
            self.set_timer(_TELL_EVERY, partial(self._tick, work))

    def _show_looking(self) -> None:
        if self.is_mounted:
            self.show_marks()
            self.show_findings(self.compared)

    def looking_parts(self) -> list[Part]:
        """What looks for findings now."""
        work = self._looking
        return [("", "  "), *work.parts()] if work is not None and not work.stopping else []

    def _compare_findings(self, changes: ChangeList, work: Work, *, whole: bool) -> None:
        try:
            for compared in self._steps(changes, work, whole=whole):
                if not is_cancelled():
                    self.app.call_from_thread(self._take_findings, changes, work, compared)
        except StoppedError:  # what was found until then is shown
            return
        except DsvcError:  # files outside of a repository, or settings that cannot be read: told when it was asked for
            work.stop() if whole else self.app.call_from_thread(self._gave_up, work)
            if whole:
                raise

    def _gave_up(self, work: Work) -> None:
        if work is self._looking:
            self._looking = None

    def _steps(self, changes: ChangeList, work: Work, *, whole: bool) -> Iterator[ComparedFindings]:
        """What is found after each step, as ``dsvc validate OLD..NEW`` finds it."""
        repository, target = self.session.repository, self.target
        diff = changes.diff
        old, new = (target.revision, target.other) if target.revision else (diff.old.name, diff.new.name)
        profiles = chosen_profiles(self.session.state)
        comparison = repository.compare_findings(old, new, Selection(profiles=profiles), whole=whole, history=whole)

        def report(count: int) -> None:
            if is_cancelled():
                work.stop()
            work.report(count)

        comparison.progress = report
        for found in comparison.steps():
            known = baseline_of(self.session, diff.new.name)
            fresh = [*known.new(found.introduced, ())] if known is not None else found.introduced
            introduced, solved = RowFindings(comparison.new), RowFindings(comparison.old)
            introduced.add(fresh)
            solved.add(found.solved)
            accepted = known.accepted if known is not None else 0
            severities, left_out = Counter[str](finding.severity for finding in fresh), len(comparison.left_out)
            yield ComparedFindings(introduced, solved, severities, len(found.solved), accepted, whole, left_out)

    def _take_findings(self, changes: ChangeList, work: Work, compared: ComparedFindings) -> None:
        if changes is self.changes and work is self._looking and self.is_mounted:
            self.show_findings(compared)

    def show_findings(self, compared: ComparedFindings | None) -> None:
        """Mark the changes."""
        self.compared = compared
        self.rows.signs_of = self._signs if compared is not None and compared.any else None
        self.rows.refresh()
        self.show_findings_of_change()

    def _signs(self, change: Change) -> list[Part]:
        assert self.compared is not None
        introduced, solved = self.compared.of(change)
        sign, look = SIGNS[introduced[0].severity] if introduced else (" ", "")
        return [(look, f" {sign}"), ("added", SOLVED if solved else " ")]

    def counted_findings(self) -> list[Part]:
        """How many were introduced and solved; and whether somebody stopped it before all was looked at."""
        work = self._looking
        stopped: list[Part] = (
            [("warning", "  stopped: only a part of the rules ran")] if work is not None and work.stopping else []
        )
        if self.compared is None:
            return stopped
        return [*self._counted(self.compared, is_whole=work is None), *stopped, *self._untold(self.compared.left_out)]

    def _untold(self, left_out: int) -> list[Part]:
        """The rules that only a look at all records would answer, and the key for it."""
        if not left_out or not self.changes:
            return []
        key = key_name(self.asking_key("diff.findings"))
        return [("dim", f"  {plural(left_out, 'rule')} not asked yet: {key}")]

    @staticmethod
    def _counted(compared: ComparedFindings, *, is_whole: bool) -> list[Part]:
        known: list[Part] = [("dim", f"  {compared.accepted:,} accepted")] if compared.accepted else []
        if not compared.any:
            nothing: list[Part] = [("dim", "  no finding introduced or solved")]
            return [*(nothing if compared.whole and is_whole else []), *known]
        told = [
            (look, f"  {sign} {plural(count, severity)}")
            for severity, (sign, look) in SIGNS.items()
            if (count := compared.severities.get(severity))
        ]
        return [
            *told,
            *([(told[0][0], " introduced")] if told else []),
            *([("added", f"  {SOLVED} {compared.solved_count:,} solved")] if compared.solved_count else []),
            *known,
        ]

    def show_findings_of_change(self) -> None:
        """Tell those of the change under the cursor in words."""
        change, shown = self.rows.change, self.query_one("#findings", Static)
        introduced, solved = self.compared.of(change) if change is not None and self.compared is not None else ((), ())
        parts: list[tuple[str, str]] = [
            (note_of(each).look, f"introduced: {note_of(each).text}") for each in introduced
        ]
        parts += [("added", f"{SOLVED} solved: {note_of(each).text}") for each in solved]
        if parts == self._told:  # an update lays out the whole screen anew
            return
        self._told = parts
        more = len(parts) - _TOLD
        told: list[Part] = [part for look, text in parts[:_TOLD] for part in ((look, text), ("", "\n"))][:-1]
        shown.display = bool(parts)
        shown.update(content_of([*told, *([("dim", f"  and {more:,} more")] if more > 0 else [])]))

    def act_findings(self) -> None:
        """Look for findings of one side in all records."""
        assert self.changes is not None
        self.look_at_findings(self.changes, whole=True)
