"""Diff: what changed between two revisions; the summary on top, then change by change, word by word."""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.containers import Container
from textual.widgets import Static

from dsvc.render.diff_text import summary_lines
from dsvc.render.field_text import View
from dsvc.render.numbers import plural
from dsvc_tui.drawing import content_of
from dsvc_tui.messages import Open, Target
from dsvc_tui.records.change_list import SIGNS, ChangeList
from dsvc_tui.records.change_pages import Sides
from dsvc_tui.screens.base import is_cancelled
from dsvc_tui.screens.diff_checked import Compared
from dsvc_tui.widgets.bars import TextBar
from dsvc_tui.widgets.change_pane import ChangePane
from dsvc_tui.widgets.change_rows import MARK, ChangeRows
from dsvc_tui.widgets.dialogs import Choose
from dsvc_tui.widgets.line_list import LineList

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.widget import Widget

    from dsvc.diff.summary import Summary
    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part
    from dsvc_tui.records.source import RecordSource
    from dsvc_tui.screens.diff_checked import ComparedFindings

READ_BYTES: Final = 8 << 20
"""So much of a record is compared word by word here; of longer ones the first part, as text."""
_GROW_EVERY: Final = 0.1
_LOOKS: Final[Mapping[str, str]] = {"added": "added", "removed": "removed", "modified": "changed", "moved": "moved"}


class DiffScreen(Compared):
    """The changes, and the one under the cursor below or beside."""

    NAME: ClassVar[str] = "diff"

    def body(self) -> Iterable[Widget]:
        """Summary, changes, and one of them."""
        yield Static(id="summary")
        yield Container(ChangeRows(id="changes"), ChangePane(self.in_background, id="change"), id="panes")
        yield Static(id="findings")
        yield TextBar(id="state")

    @property
    def pane(self) -> ChangePane:
        """The change under the cursor."""
        return self.query_one("#change", ChangePane)

    def on_mount(self) -> None:
        """Compare."""
        self.changes = None
        self.sign: str | None = None
        self.field: str | None = None
        self._summary: Summary | None = None
        self._chosen: list[int] | None = None
        self._looked_through = 0
        kept = self.session.state.text("diff", "layout")
        self.pane.beside = None if kept is None else kept == "beside"
        self.rows.focus()
        self.look_again()

    def look_again(self) -> None:
        """Compare anew."""
        self.in_background(self._compare, lambda _: None, group="diff")

    def show_target(self, target: Target) -> None:
        """Compare something else."""
        self.sign = self.field = None
        super().show_target(target)

    def _compare(self) -> None:
        """Begin to read a diff, show it while it is read, and its summary at the end."""
        target = self.target
        changes = ChangeList(self.session.diff(target.revision, target.other))
        self.look_up_sides(changes)
        self.app.call_from_thread(self._begun, changes)
        told = monotonic()

        def report() -> bool:
            nonlocal told
            if monotonic() - told > _GROW_EVERY:
                told = monotonic()
                self.app.call_from_thread(self._grown, changes)
            return not is_cancelled()

        changes.read(report)
        if changes.complete:
            self.app.call_from_thread(self._ended, changes, changes.diff.summary())

    def _begun(self, changes: ChangeList) -> None:
        self.changes, self._summary = changes, None
        self.forget_findings()
        self.show_findings(None)
        self._choose()

    def _grown(self, changes: ChangeList) -> None:
        if changes is not self.changes or not self.is_mounted:
            return
        first = not self.rows.count
        if self._chosen is not None:
            self._chosen += changes.chosen(self.sign, self.field, self._looked_through)
            self._looked_through = len(changes)
        self.rows.grow()
        if first:
            self._show_change()
        self._show_state()

    def _ended(self, changes: ChangeList, summary: Summary) -> None:
        if changes is self.changes and self.is_mounted:
            self._summary = summary
            self._grown(changes)
            self._show_summary()
            self.look_at_findings(changes)

    def show_findings(self, compared: ComparedFindings | None) -> None:
        """Mark the changes, and count on top."""
        super().show_findings(compared)
        self._show_summary()

    # What is shown

    def heading(self) -> list[Part]:
        """What is compared with what."""
        if self.changes is None:
            return [
                ("strong", " .. ".join([name for name in (self.target.revision, self.target.other) if name]) or "…")
            ]
        diff = self.changes.diff
        return [("strong", diff.old.name), ("dim", " .. "), ("strong", diff.new.name)]

    def names(self) -> Mapping[str, str]:
        """Both sides as the command line knows them, and the row."""
        old, new = self._names()
        change = self.rows.change
        row = change.new if change is not None and change.new is not None else 0
        return {"old": old, "new": new, "revision": new, "dataset": new.partition("@")[0], "row": str(row + 1)}

    def _names(self) -> tuple[str, str]:
        if self.changes is None:
            return self.target.revision or "OLD", self.target.other or "NEW"
        return self.changes.diff.old.name, self.changes.diff.new.name

    def on_resize(self) -> None:
        """The summary is as wide as the screen."""
        self._show_summary()

    def _show_summary(self) -> None:
        shown = self.query_one("#summary", Static)
        if self._summary is None:
            shown.update(content_of([("dim", "  comparing …")]))
            return
        lines = list(summary_lines(self._summary, View(columns=self.size.width - 2)))
        counts = [(_LOOKS.get(name, "same"), getattr(self._summary, name), sign) for sign, name in SIGNS.items()]
        parts: list[Part] = [(look, f"  {sign} {n:,} {SIGNS[sign]}") for look, n, sign in counts if n]
        parts += self.counted_findings()
        body = "\n".join(lines[1:]) if parts else "\n".join(lines)
        shown.update(content_of([*parts, ("", "\n" if parts and body else ""), ("", body)]))

    def _show_state(self) -> None:
        if self.changes is None:
            return
        count = self.rows.count
        at = f"change {self.rows.cursor + 1:,} of {count:,}" if count else "no changes"
        parts: list[Part] = [("", at)]
        if not self.changes.complete:
            parts.append(("changed", "  reading …"))
        if self.sign is not None or self.field is not None:
            only = [*([SIGNS[self.sign]] if self.sign else []), *([f"in {self.field}"] if self.field else [])]
            parts.append(("match", f"  only {' '.join(only)} "))
            parts.append(("dim", f" of {plural(len(self.changes), 'change')}"))
        if self.rows.marked:
            parts.append(("key", f"  {MARK} {len(self.rows.marked):,} marked"))
        parts += self.looking_parts()
        parts.append(("dim", "  side by side" if self.pane.is_beside else "  one below the other"))
        self.query_one("#state", TextBar).show(parts)
        self.refresh_bars()

    def field_chosen(self) -> int | None:
        """The changed field under the cursor, when it is in the change."""
        change = self.rows.change
        inside = self.focused is self.pane and not self.rows.marked and change is not None and change.sign == "~"
        return self.pane.field if inside else None

    def show_marks(self) -> None:
        """How many changes are marked."""
        self._show_state()

    def _show_change(self) -> None:
        change = self.rows.change
        self.show_findings_of_change()
        if change is None or self.changes is None:
            self.pane.show_change("", None)
            return
        old, is_old_cut = _beginning(self.changes.old, change.old)
        new, is_new_cut = _beginning(self.changes.new, change.new)
        self.pane.show_change(change.sign, Sides(old, new, cut=is_old_cut or is_new_cut))

    def _choose(self) -> None:
        """Show what the filters let through; the cursor stays on its change if it can."""
        changes = self.changes
        if changes is None:
            return
        at = self.rows.number
        everything = self.sign is None and self.field is None
        self._chosen = None if everything else list(changes.chosen(self.sign, self.field))
        self._looked_through = len(changes)
        self.rows.show_changes(changes, self._chosen)
        place = at if self._chosen is None else self._chosen.index(at) if at in self._chosen else 0
        self.rows.move_to(place or 0, centre=True)
        self._show_change()
        self._show_summary()
        self._show_state()

    @on(LineList.CursorMoved, "#changes")
    def _moved(self) -> None:
        self._show_change()
        self._show_state()

    @on(LineList.Chosen, "#changes")
    def _opened(self) -> None:
        self.act_read()

    # Actions

    def why_not(self, action: Action) -> str | None:
        """Most need a change."""
        if action.id == "record.history":
            if self.session.state_folder is None:
                return "outside of a repository records have no history"
            return None if self._record_shown() is not None else "no change is shown"
        if not action.id.startswith("diff."):
            return super().why_not(action)
        if action.id == "diff.clear" and self.sign is None and self.field is None:
            return "all changes are shown"
        if action.id in ("diff.mark", "diff.mark_all", "diff.commit", "diff.take_back"):
            return self.why_not_choose(action)
        if action.id == "diff.findings" and self.session.state_folder is None:
            return "outside of a repository nothing is compared by findings"
        if action.id in ("diff.clear", "diff.swap", "diff.beside", "diff.summary"):
            return None
        if self.changes is None or not len(self.changes):
            return "there are no changes (yet)"
        if action.id != "diff.kind" and not self.rows.count:
            return "no change is shown"
        return None

    def act_back(self) -> None:
        """From the change into the list; stop what looks for findings; then to the screen before."""
        if self.focused is self.pane:
            self.rows.focus()
        elif not self.stop_findings():
            super().act_back()

    def act_read(self) -> None:
        """Into the change."""
        self.pane.display = True
        self.pane.focus()

    def act_next(self) -> None:
        """The next change."""
        self.rows.action_move(1)

    def act_previous(self) -> None:
        """The change before."""
        self.rows.action_move(-1)

    def act_next_field(self) -> None:
        """The next changed field of this record, else the next record."""
        if not self.pane.to_field(1):
            self.rows.action_move(1)

    def act_previous_field(self) -> None:
        """The changed field before, else the record before."""
        if not self.pane.to_field(-1):
            self.rows.action_move(-1)

    def act_kind(self) -> None:
        """Ask for a kind of change, and show only that."""
        assert self.changes is not None
        counts = self.changes.counts()
        signs: list[str | None] = [None, *counts]
        choices = [("all", plural(len(self.changes), "change"))]
        choices += [(f"{sign} {SIGNS[sign]}", f"{count:,}") for sign, count in counts.items()]

        def take(answer: int | None) -> None:
            if answer is not None:
                self.sign = signs[answer]
                self._choose()

        at = signs.index(self.sign) if self.sign in signs else 0
        self.app.push_screen(Choose("Show only changes that are", choices, at=at), take)

    def act_field(self) -> None:
        """Ask for a field, and show only changes that touch it."""
        assert self.changes is not None
        counts = self.changes.field_counts()
        names: list[str | None] = [None, *counts]
        choices = [("any field", ""), *((name, plural(count, "record")) for name, count in counts.items())]

        def take(answer: int | None) -> None:
            if answer is not None:
                self.field = names[answer]
                self._choose()

        at = names.index(self.field) if self.field in names else 0
        self.app.push_screen(Choose("Show only changes in", choices, at=at), take)

    def act_clear(self) -> None:
        """Show all changes again."""
        self.sign = self.field = None
        self._choose()

    def act_swap(self) -> None:
        """Compare the other way round."""
        old, new = self._names()
        self.show_target(Target(revision=new, other=old))

    def act_beside(self) -> None:
        """Side by side, or one below the other."""
        self.pane.beside = not self.pane.is_beside
        self.session.state.keep("beside" if self.pane.beside else "below", "diff", "layout")
        self.pane.lay_out()
        self._show_state()

    def act_whole(self) -> None:
        """Show or hide the fields that are the same."""
        self.pane.whole = not self.pane.whole
        self.pane.lay_out()

    def act_summary(self) -> None:
        """Show or hide the summary."""
        summary = self.query_one("#summary", Static)
        summary.display = not summary.display

    def act_browse(self) -> None:
        """Go to the record among its neighbours."""
        self.post_message(Open("browse", self._record_shown()))

    def act_history(self) -> None:
        """What each version did to the record."""
        self.post_message(Open("history", self._record_shown()))

    def _record_shown(self) -> Target | None:
        """The record of the change under the cursor: on the new side if it is there."""
        change = self.rows.change
        if change is None:
            return None
        old, new = self._names()
        name, row = (new, change.new) if change.new is not None else (old, change.old)
        return Target(revision=name, row=None if row is None else row + 1)

    def act_copy(self) -> None:
        """Copy the record as it is now; a removed one as it was."""
        change = self.rows.change
        assert change is not None
        assert self.changes is not None
        if change.new is not None:
            content = self.changes.new.content(change.new)
        else:
            content = self.changes.old.content(change.old or 0)
        copy = partial(self.tui.copy, content.decode("utf-8", "replace"), self.session.state_folder)
        self.in_background(copy, lambda said: self.notify(said, markup=False), group="copy")


def _beginning(source: RecordSource, row: int | None) -> tuple[bytes | None, bool]:
    """What is shown of a record, and whether it is not all of it; None where there is none."""
    if row is None:
        return None, False
    content, size = source.head(row, READ_BYTES)
    return content, len(content) < size
