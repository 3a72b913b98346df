"""The part of Validate that accepts findings: into the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsvc.render.numbers import plural
from dsvc_tui.messages import Done
from dsvc_tui.screens.base import BaseScreen
from dsvc_tui.widgets.dialogs import Choose
from dsvc_tui.widgets.finding_rows import FindingRows

if TYPE_CHECKING:
    from dsvc.repository.accepting import Accepted
    from dsvc.validators.baseline import Baseline
    from dsvc.validators.finding import Finding
    from dsvc_tui.actions import Action


class Accepting(BaseScreen):
    """Knows what is accepted."""

    revision: str | None = None
    baseline: Baseline | None = None

    @property
    def rows(self) -> FindingRows:
        """The findings."""
        return self.query_one("#findings", FindingRows)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is at work."""
        return True

    def why_not_accept(self, action: Action) -> str | None:
        """Why nothing can be accepted now."""
        if action.id == "validate.accept" and not self.rows.count:
            return "nothing was found (yet)"
        if action.id == "validate.accept" and self.session.state_folder is None:
            return f"outside of a repository nothing takes it back: dsvc validate {self.revision} --write-baseline"
        if action.id == "validate.accept" and not self.is_complete:
            return "it is still being looked through"
        return None

    def act_accept(self) -> None:
        """Ask what is accepted: the finding, its rule, or all."""
        groups, rule, finding, seen = self.rows.groups, self.rows.rule, self.rows.finding, self.baseline
        assert rule is not None
        offers: list[tuple[str, list[Finding]]] = []
        if finding is not None:
            offers.append(("this finding", [finding]))
        if groups.is_whole(rule):
            offers.append((f"all of {rule}", groups.findings(rule)))
        if all(map(groups.is_whole, groups.counts)):
            offers.append(("everything", [each for name in groups.counts for each in groups.findings(name)]))
        if not offers:
            command = f"dsvc validate {self.revision} --only {rule} --write-baseline"
            self.notify(f"these are too many to accept them here: {command}", severity="warning")
            return

        def chosen(index: int | None) -> None:
            if index is not None:
                self._accept(offers[index][1], seen)

        title = "Accept, so that it is told no more"
        self.app.push_screen(Choose(title, [(name, plural(len(found), "finding")) for name, found in offers]), chosen)

    def _accept(self, findings: list[Finding], seen: Baseline | None) -> None:
        revision, repository = self.revision, self.session.repository
        self.change(lambda: repository.accept(findings, revision, seen=seen), self._was_accepted)

    def _was_accepted(self, accepted: Accepted) -> None:
        if accepted.outcome is None:
            self.tui.notify("that is accepted already")
        else:
            self.tui.post_message(Done(accepted.outcome))
