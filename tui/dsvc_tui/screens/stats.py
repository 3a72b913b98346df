"""Stats: what a version is made of, or how far it is from another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from dsvc.render.statistics_text import shift_lines, statistics_lines
from dsvc.render.style import PLAIN
from dsvc.statistics import shifts
from dsvc_tui.messages import Target
from dsvc_tui.records.pages import lines_of
from dsvc_tui.screens.lines import LinesScreen
from dsvc_tui.widgets.dialogs import Choose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsvc.statistics import Statistics
    from dsvc_tui.actions import Action
    from dsvc_tui.drawing import Part

_BESIDE: Final = 2
"""Columns of the cursor's mark and of the scrollbar."""


class StatsScreen(LinesScreen):
    """Lengths, tokens, turns, labels, languages, sources; of two versions how far each has moved."""

    NAME: ClassVar[str] = "stats"

    def on_mount(self) -> None:
        """Measure what is to be shown."""
        self.revision, self.other = self.target.revision, self.target.other
        self._complete = False
        self._found: tuple[Statistics, Statistics | None] | None = None
        self.lines.focus()
        self.look_again()

    def show_target(self, target: Target) -> None:
        """Measure something else."""
        self.revision, self.other = target.revision, target.other
        super().show_target(target)

    def look_again(self) -> None:
        """Measure anew."""
        self._complete = False
        self._show_state()
        self.in_background(self._measured, self._show, group="stats")

    def _measured(self) -> tuple[Statistics, Statistics | None]:
        if self.revision is None:
            self.revision = self.session.repository.dataset(None).name
        first = self.session.statistics(self.revision)
        return first, self.session.statistics(self.other) if self.other is not None else None

    def _show(self, found: tuple[Statistics, Statistics | None]) -> None:
        if self.is_mounted:
            self._complete, self._found = True, found
            self._lay_out()
            self._show_state()

    def on_resize(self) -> None:
        """Charts are as wide as there is room."""
        self._lay_out()

    def _lay_out(self) -> None:
        if self._found is None:
            return
        (first, second), room = self._found, max(self.size.width - _BESIDE, 1)
        if second is None:
            self.lines.show(list(statistics_lines(first, PLAIN, room)))
        else:
            *told, last = shift_lines(first, second, shifts(first, second), PLAIN)
            self.lines.show([*told, *[f"  {line}" for line in lines_of(last.strip(), room - 2)]])

    def _show_state(self) -> None:
        self.show_state([("dim", "" if self._complete else "measuring …")])

    def heading(self) -> list[Part]:
        """What is measured."""
        parts: list[Part] = [("strong", self.revision or "…")]
        return parts if self.other is None else [*parts, ("dim", " .. "), ("strong", self.other)]

    def names(self) -> Mapping[str, str]:
        """Revisions as the command line knows them."""
        revision = self.revision or "REV"
        return {"revision": revision, "old": revision, "new": self.other or "REV"}

    def place(self) -> Target:
        """What is measured."""
        return Target(revision=self.revision, other=self.other)

    def why_not(self, action: Action) -> str | None:
        """There must be another version."""
        if action.id == "stats.compare" and (self.revision is None or self.session.dataset(self.revision) is None):
            return "this file is no dataset: it has no versions"
        return super().why_not(action)

    def act_compare(self) -> None:
        """Ask for the version that this one is compared with."""
        revision = self.other or self.revision
        assert revision is not None
        dataset = self.session.dataset(revision)
        assert dataset is not None

        def look_up() -> list[tuple[str, str]]:
            return [(entry.revision, entry.entry.reason) for entry in self.session.repository.log(dataset.name)]

        self.in_background(look_up, self._ask, group="compare")

    def _ask(self, versions: list[tuple[str, str]]) -> None:
        choices = [("(none)", "only this version"), *versions]

        def chosen(index: int | None) -> None:
            if index is None:
                return
            newest = self.other or self.revision
            pair = (newest, None) if index == 0 else (versions[index - 1][0], newest)
            self.show_target(Target(revision=pair[0], other=pair[1]))

        self.app.push_screen(Choose("How far is it from", choices), chosen)
