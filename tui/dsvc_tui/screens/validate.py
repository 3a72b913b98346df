"""Validate: what is wrong with a version or a working file, rule by rule, and the record that a finding is about."""

from __future__ import annotations

from functools import partial
from itertools import takewhile
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.containers import Container
from textual.widgets import Static

from dsvc.errors import UsageError
from dsvc.render.numbers import plural, rows_text
from dsvc.render.safe_text import safe
from dsvc.validators.registry import PROFILES, all_rules, profile_of
from dsvc.validators.selection import Selection
from dsvc_tui.actions import by_id, key_name
from dsvc_tui.checking import LastLook, baseline_of, chosen_profiles
from dsvc_tui.messages import Done, Open, Target
from dsvc_tui.records.row_findings import RowFindings
from dsvc_tui.screens.base import is_cancelled
from dsvc_tui.screens.browse_checked import note_of
from dsvc_tui.screens.validate_accepting import Accepting
from dsvc_tui.widgets.bars import TextBar
from dsvc_tui.widgets.dialogs import ChooseSeveral, Confirm
from dsvc_tui.widgets.finding_rows import FindingRows
from dsvc_tui.widgets.line_list import LineList
from dsvc_tui.widgets.record_pane import RecordPane
from dsvc_tui.work import StoppedError, Work

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.widget import Widget

    from dsvc.repository.fixing import Fixed
    from dsvc.repository.results import Outcome
    from dsvc.validators.finding import Finding
    from dsvc.validators.rule import Rule
    from dsvc.validators.runner import Validation
    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part

_TELL_EVERY: Final = 0.15
"""Seconds between two additions to the list."""


class ValidateScreen(Accepting):
    """The findings by rule, and below them the one under the cursor with its record."""

    NAME: ClassVar[str] = "validate"

    def body(self) -> Iterable[Widget]:
        """Findings, what the one under the cursor means, its record."""
        about = Static(id="about", markup=False)
        yield Container(FindingRows(id="findings"), about, RecordPane(id="record"), id="panes")
        yield TextBar(id="state")

    @property
    def pane(self) -> RecordPane:
        """The record."""
        return self.query_one("#record", RecordPane)

    def on_mount(self) -> None:
        """Look through what is to be shown."""
        self.revision = self.target.revision
        self.validation: Validation | None = None
        self._at_work: Work | None = None
        self._last = LastLook()
        self._complete = self._broken = False
        self.profiles = chosen_profiles(self.session.state)
        self.only: tuple[str, ...] = ()
        self.rows.focus()
        self.look_again()

    def on_unmount(self) -> None:
        """Nobody waits for it any more."""
        if self._at_work is not None:
            self._at_work.stop()

    def show_target(self, target: Target) -> None:
        """Look through something else."""
        self.revision = target.revision
        super().show_target(target)

    def look_again(self) -> None:
        """Look through it anew, with the rules that were chosen."""
        if self._at_work is not None:
            self._at_work.stop()
        self._complete = self._broken = False
        self.in_background(self._look, lambda _: None, group="validate")

    def _look(self) -> None:
        try:
            self._look_through()
        except Exception:
            if not is_cancelled():
                self.app.call_from_thread(self._gave_up)
            raise

    def _gave_up(self) -> None:
        """Nothing is at work any more, and it was not looked through; the error is told besides."""
        self._broken = self._complete = True
        if self.is_mounted:
            self._show_state()

    def _look_through(self) -> None:
        if self.revision is None:
            self.revision = self.session.repository.dataset(None).name
        asked = Selection(profiles=self.profiles, only=self.only)
        identity = self.session.identity(self.revision)
        validation = self.session.validation(self.revision, asked)
        work = Work("looking", sum(file.bytes for file in validation.snapshot.layout.files))
        validation.progress = work.report
        self.app.call_from_thread(self._begun, validation, work)
        found: list[Finding] = []
        by_row = RowFindings(validation.snapshot)
        self.baseline = baseline_of(self.session, self.revision)
        rules = [each.rule.id for each in validation.chosen]
        every = self._last.findings(identity, validation)
        not_accepted = self.baseline.new(every, rules) if self.baseline is not None else every
        told = monotonic()
        try:
            for finding in not_accepted:
                if is_cancelled():
                    return
                found.append(finding)
                by_row.add([finding])
                if monotonic() - told > _TELL_EVERY:
                    self.app.call_from_thread(self._found, validation, found)
                    found, told = [], monotonic()
            by_row.complete = True
        except StoppedError:
            pass  # what was found until then is shown
        if identity is not None and self.session.identity(self.revision) == identity:
            self.session.keep_findings(self.revision, identity, by_row)
        self.app.call_from_thread(self._found, validation, found)
        self.app.call_from_thread(self._ended, validation)

    def _begun(self, validation: Validation, work: Work) -> None:
        if not self.is_mounted:
            work.stop()
            return
        self.validation, self._at_work, self._complete = validation, work, False
        rules = {each.rule.id: each.rule for each in validation.chosen}
        self.rows.begin(rules, several_files=len(validation.snapshot.layout.files) > 1)
        self._show_finding()
        self._tick()

    def _tick(self) -> None:
        """Show how far it is."""
        if self.is_mounted and not self._complete:
            self._show_state()
            self.set_timer(_TELL_EVERY, self._tick)

    def _found(self, validation: Validation, findings: list[Finding]) -> None:
        if validation is self.validation and self.is_mounted and findings:
            before = self.rows.rule, self.rows.finding
            self.rows.add(findings)
            if before != (self.rows.rule, self.rows.finding):
                self._show_finding()

    def _ended(self, validation: Validation) -> None:
        if validation is self.validation and self.is_mounted:
            self._complete = True
            self._show_finding()
            self._show_state()

    # What is shown

    def heading(self) -> list[Part]:
        """What is looked through, and for whom."""
        parts: list[Part] = [("strong", self.revision or "…")]
        if self.profiles:
            parts.append(("dim", f"  for {', '.join(self.profiles)}"))
        if self.only:
            parts.append(("dim", f"  only {plural(len(self.only), 'rule')}"))
        return parts

    def names(self) -> Mapping[str, str]:
        """Revision and dataset as the command line knows them."""
        revision = self.revision or "REV"
        return {"revision": revision, "dataset": revision.partition("@")[0]}

    def place(self) -> Target:
        """The record that the finding under the cursor is about."""
        return Target(revision=self.revision, row=self._row())

    def _row(self) -> int | None:
        """The row of the record, counted over all files."""
        finding = self.rows.finding
        if finding is None or finding.place is None or self.validation is None:
            return None
        place = finding.place
        before = takewhile(lambda file: file.path != place.file, self.validation.snapshot.layout.files)
        return sum(file.records for file in before) + place.row

    def _show_finding(self) -> None:
        about = self.query_one("#about", Static)
        rule, finding = self.rows.rule, self.rows.finding
        known: Rule | None = all_rules().get(rule) if rule is not None else None
        if finding is not None:
            text = finding.message + (f"\nfix: {finding.fix}" if finding.fix else "")
        elif known is not None:
            text = f"{known.title}. {known.why}"
        else:
            text = rule or ""
        about.update(safe(text, newline="keep"))
        if finding is None or finding.place is None or self.validation is None:
            self.pane.show_record(None)
            return
        self.in_background(partial(self._read, self.validation, finding), self._show_record, group="record")

    @staticmethod
    def _read(validation: Validation, finding: Finding) -> tuple[Finding, bytes]:
        assert finding.place is not None
        snapshot = validation.snapshot
        return finding, snapshot.line(snapshot.layout.file(finding.place.file), finding.place.line - 1)

    def _show_record(self, read: tuple[Finding, bytes]) -> None:
        finding, content = read
        if self.is_mounted and finding is self.rows.finding:
            self.pane.show_record(content, len(content), [note_of(finding)])
            self.pane.go_to_field(finding.path)

    def _show_state(self) -> None:
        groups = self.rows.groups
        counts = [
            f"{count:,} {name}{'' if count == 1 else 's'}"
            for name in ("error", "warning", "note")
            if (count := groups.severities[name])
        ]
        nothing = "nothing was found" if self._complete and not self._broken else ""
        parts: list[Part] = [("", " · ".join(counts) or nothing)]
        if not self._complete and self._at_work is not None:
            parts += [("", "  "), *self._at_work.parts()]
        elif self._broken:
            parts.append(("warning", "  an error ended it"))
        elif self._at_work is not None and self._at_work.stopping:
            again = key_name(self.offered_key(by_id("app.reload")))
            parts.append(("warning", f"  stopped: only a part was looked at; {again} looks again"))
        elif self.validation is not None:
            parts.append(("dim", f"  in {plural(len(self.validation.snapshot), 'record')}"))
        if self.baseline is not None:
            parts.append(("dim", f"  {self.baseline.accepted:,} accepted"))
        self.query_one("#state", TextBar).show(parts)
        self.refresh_bars()

    @property
    def is_complete(self) -> bool:
        """Whether nothing is at work."""
        return self._complete

    @on(LineList.CursorMoved, "#findings")
    def _moved(self) -> None:
        self._show_finding()
        self.refresh_bars()

    @on(LineList.Chosen, "#findings")
    async def _opened(self) -> None:
        self.act_open()

    # Actions

    def why_not(self, action: Action) -> str | None:
        """Most need a finding."""
        if action.id in ("validate.open", "validate.fold") and not self.rows.count:
            return "nothing was found (yet)"
        if (reason := self.why_not_accept(action)) is not None:
            return reason
        if action.id == "validate.fix" and self.session.state_folder is None:
            return "outside of a repository nothing could take it back"
        if action.id == "validate.fix" and (self.revision is None or "@" in self.revision):
            return "only a working file can be mended"
        return super().why_not(action)

    def act_reload(self) -> None:
        """Look at everything, also at what lies beside the records."""
        self._last.forget()
        super().act_reload()

    def act_back(self) -> None:
        """Out of the record; stop what is at work; then to the screen before."""
        if self.focused is self.pane:
            self.rows.focus()
        elif self._at_work is not None and not self._complete and not self._at_work.stopping:
            self._at_work.stop()
            self._show_state()
        else:
            super().act_back()

    def act_open(self) -> None:
        """Unfold a rule; go to the record of a finding."""
        if self.rows.finding is None:
            self.rows.toggle()
            return
        if self._row() is None:
            self.notify("this is about all records")
            return
        self.post_message(Open("browse", self.place()))

    def act_fold(self) -> None:
        """Fold or unfold the rule."""
        self.rows.toggle()

    def act_read(self) -> None:
        """Into the record, to scroll through it."""
        self.pane.display = True
        self.pane.focus()

    def act_profiles(self) -> None:
        """Ask which consumers' rules run as well."""
        shown = {number for number, name in enumerate(PROFILES) if name in self.profiles}

        def chosen(indexes: list[int] | None) -> None:
            if indexes is not None:
                self.profiles = tuple(PROFILES[index] for index in indexes)
                self.session.state.keep(list(self.profiles), "validate", "profiles")
                self.look_again()

        self.app.push_screen(
            ChooseSeveral("What would it do to each record", [(n, "") for n in PROFILES], shown), chosen
        )

    def act_rules(self) -> None:
        """Ask which rules run."""
        rules = [rule for rule in all_rules().values() if (profile_of(rule) or "") in ("", *self.profiles)]
        running = set(self.only) or {rule.id for rule in rules if rule.by_default or profile_of(rule)}
        shown = {number for number, rule in enumerate(rules) if rule.id in running}

        def chosen(indexes: list[int] | None) -> None:
            if indexes:
                self.only = tuple(rules[index].id for index in indexes)
                self.look_again()

        self.app.push_screen(ChooseSeveral("Rules", [(rule.id, rule.title) for rule in rules], shown), chosen)

    def act_fix(self) -> None:
        """Look what can be mended without judgement, and ask whether."""
        revision = self.revision

        def look() -> Fixed:
            return self.session.repository.fix(revision, dry_run=True)

        self.in_background(look, self._ask_fix, group="fix")

    def _ask_fix(self, fixed: Fixed) -> None:
        made = [each for files in fixed.files.values() for each in files if each.records]
        if not made:
            raise UsageError("nothing here can be mended without judgement")
        statement: list[Part] = []
        for each in made:
            noun = "line" if each.repair == "line-ends" else "record"
            rows = rows_text(each.rows, each.records)
            statement += [("strong", f"{each.repair:<13}"), ("", f"{plural(each.records, noun)}, {rows}\n")]
        path = fixed.dataset.path
        statement.append(("dim", f"\nonly '{path}' is changed: the changes can be looked at (3), and taken back (z)"))

        def answered(answer: object) -> None:
            if answer:
                self.change(partial(self.session.repository.fix, path), self._mended)

        title = f"Mend {safe(path)}"
        self.app.push_screen(
            Confirm(title, statement, asked_with=self.asking_key("validate.fix"), verb="mend"), answered
        )

    def _mended(self, fixed: Fixed) -> None:
        outcome: Outcome | None = fixed.outcome
        if outcome is not None:
            self.post_message(Done(outcome))
