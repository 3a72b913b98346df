"""The part of Browse that shows what a validation found: marks in the list, notes in the record, the way from one to
the next.

Rules do not run here: some of them compare all records, and marks of a part of the rules would read as a clean record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.errors import UsageError
from dsvc.render.numbers import plural
from dsvc.textdiff.paths import steps_of
from dsvc_tui.actions import key_name
from dsvc_tui.screens.browse_session import EditSessions
from dsvc_tui.widgets.finding_rows import SIGNS
from dsvc_tui.widgets.record_pane import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.validators.finding import Finding
    from dsvc_tui.drawing import Part
    from dsvc_tui.records.fields import Steps
    from dsvc_tui.records.row_findings import RowFindings


class Checked(EditSessions):
    """Knows what was found in exactly what is shown."""

    checked: RowFindings | None = None

    def show_checked(self) -> None:
        """Look what is known of the content shown, and mark it."""
        known = self.session.findings_in(self.source.identity) if self.source is not None else None
        if known is not self.checked or (known is None) != (self.records.row_signs is None):
            self.checked = known
            self.records.row_signs = known.signs if known is not None else None
            self.records.refresh()
            self.show_record()
            self.show_state()

    def checked_parts(self) -> list[Part]:
        """What is found, in short; or that what was found is of another content."""
        if self.checked is not None:
            part = "" if self.checked.complete else " (a part was looked at)"
            return [("warning" if self.checked.rows else "dim", f"  {plural(self.checked.rows, 'finding row')}{part}")]
        if self.revision is None or not self.session.was_checked(self.revision):
            return []
        return [("warning", f"  findings are of other content: {self._validate_key()} looks again")]

    def notes(self, row: int) -> Sequence[Note]:
        """What was found in a record, field by field."""
        return tuple(note_of(finding) for finding in self.checked.of(row)) if self.checked is not None else ()

    def why_not_checked(self) -> str | None:
        """Why there is no way to another finding."""
        if self.checked is None:
            return f"this content was not validated; {self._validate_key()} does it"
        return None if self.checked.rows else "nothing was found in these records"

    def _validate_key(self) -> str:
        goes = next(action for action in self.tui.actions_on(self) if action.opens == "validate")
        return key_name(self.tui.keys_of(goes)[0])

    def act_next_finding(self) -> None:
        """To the next record with a finding."""
        self._step_finding(1)

    def act_previous_finding(self) -> None:
        """To the record before."""
        self._step_finding(-1)

    def _step_finding(self, by: int) -> None:
        assert self.checked is not None
        line, wrapped = self.checked.step(self.records.cursor, by, self.records.rows)
        if line is None or line >= self.records.count:
            self.notify("none of the records shown has a finding", severity="warning")
            return
        self.records.move_to(line, centre=True)
        if wrapped:
            self.notify(
                "from the last finding to the first" if by > 0 else "from the first finding to the last", timeout=3
            )
        self.show_record()
        row = self.records.row
        found = self.checked.of(row) if row is not None else ()
        if found:
            self.go_to_noted_field(found[0].path)

    def go_to_noted_field(self, path: str) -> None:
        """Put the record's cursor on a field."""


def note_of(finding: Finding) -> Note:
    """A finding as a remark about its field."""
    sign, look = SIGNS[finding.severity]
    outcome = f"{finding.outcome}: " if finding.outcome is not None else ""
    return Note(_steps(finding.path), look, f"{sign} {finding.rule}: {outcome}{finding.message}")


def _steps(path: str) -> Steps:
    """Where a field lies; no steps for all of the record, and for a path that cannot be read."""
    try:
        return tuple(steps_of(path)) if path else ()
    except UsageError:
        return ()
