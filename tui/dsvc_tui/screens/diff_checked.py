"""The part of Diff that tells which findings a change introduced, and which it solved."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from textual.widgets import Static

from dsvc.errors import DsvcError
from dsvc.render.numbers import plural
from dsvc_tui.drawing import content_of
from dsvc_tui.records.row_findings import RowFindings
from dsvc_tui.screens.browse_checked import note_of
from dsvc_tui.screens.diff_choosing import Choosing
from dsvc_tui.widgets.finding_rows import SIGNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsvc.validators.finding import Finding
    from dsvc_tui.drawing import Part
    from dsvc_tui.records.change_list import Change, ChangeList

_UNASKED: Final = 50_000
"""Changes up to which their lines are looked at without being asked."""
_TOLD: Final = 3
"""Findings of a change that are told in words."""
SOLVED: Final = "✓"


class ComparedFindings(NamedTuple):
    """What the new side has and the old one had not, and the other way round."""

    introduced: RowFindings
    solved: RowFindings
    counts: tuple[int, int]
    """Also those about no record."""
    whole: bool
    """Whether rules that compare all records ran, too."""

    def of(self, change: Change) -> tuple[Sequence[Finding], Sequence[Finding]]:
        """The findings of a change."""
        introduced = self.introduced.of(change.new) if change.new is not None else ()
        return introduced, self.solved.of(change.old) if change.old is not None else ()


class Compared(Choosing):
    """Looks what is wrong on one side only, in the lines that differ, or in all of them."""

    compared: ComparedFindings | None = None
    _told: Sequence[tuple[str, str]] = ()

    def look_at_findings(self, changes: ChangeList, *, whole: bool = False) -> None:
        """Look for findings of one side; unasked only where that costs little."""
        if self.session.state_folder is None or (not whole and len(changes) > _UNASKED):
            return

        def found(compared: ComparedFindings | None) -> None:
            if compared is not None and changes is self.changes and self.is_mounted:
                self.show_findings(compared)

        self.in_background(partial(self._compare_findings, changes, whole=whole), found, group="findings")

    def _compare_findings(self, changes: ChangeList, *, whole: bool) -> ComparedFindings | None:
        diff, target = changes.diff, self.target
        old, new = (target.revision, target.other) if target.revision else (diff.old.name, diff.new.name)
        try:
            comparison = self.session.repository.compare_findings(old, new, whole=whole)
            compared = comparison.compare()
        except DsvcError:  # files outside of a repository, or settings that cannot be read: told when it was asked for
            if whole:
                raise
            return None
        introduced, solved = RowFindings(comparison.new), RowFindings(comparison.old)
        introduced.add(compared.introduced)
        solved.add(compared.solved)
        return ComparedFindings(introduced, solved, (len(compared.introduced), len(compared.solved)), whole)

    def show_findings(self, compared: ComparedFindings | None) -> None:
        """Mark the changes."""
        self.compared = compared
        self.rows.signs_of = self._signs if compared is not None and any(compared.counts) else None
        self.rows.refresh()
        self.show_findings_of_change()

    def _signs(self, change: Change) -> list[Part]:
        assert self.compared is not None
        introduced, solved = self.compared.of(change)
        sign, look = SIGNS[introduced[0].severity] if introduced else (" ", "")
        return [(look, f" {sign}"), ("added", SOLVED if solved else " ")]

    def counted_findings(self) -> list[Part]:
        """How many were introduced and solved."""
        if self.compared is None:
            return []
        introduced, solved = self.compared.counts
        if not introduced and not solved:
            return [("dim", "  no finding introduced or solved")] if self.compared.whole else []
        gravest = next((sign for sign in "EWN" if ord(sign) in self.compared.introduced.signs), "!")
        looks = dict(SIGNS.values())
        told = plural(introduced, "finding")
        return [
            *([(looks.get(gravest, "warning"), f"  {gravest} {told} introduced")] if introduced else []),
            *([("added", f"  {SOLVED} {solved:,} solved")] if solved else []),
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
        self.notify("looking at all records of both sides; the list will show it", timeout=3)
        self.look_at_findings(self.changes, whole=True)
