"""The part of Validate that accepts findings: into the baseline, and back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dsvc.render.numbers import plural
from dsvc.render.safe_text import safe
from dsvc_tui.accepting import Acceptance, baseline_path
from dsvc_tui.actions import key_name
from dsvc_tui.screens.base import BaseScreen
from dsvc_tui.widgets.dialogs import Choose
from dsvc_tui.widgets.finding_rows import FindingRows

if TYPE_CHECKING:
    from dsvc.validators.baseline import Baseline
    from dsvc.validators.finding import Finding
    from dsvc_tui.actions import Action


class Accepting(BaseScreen):
    """Knows what is accepted, and what was accepted here."""

    revision: str | None = None
    baseline: Baseline | None = None

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._accepted: list[Acceptance] = []

    @property
    def rows(self) -> FindingRows:
        """The findings."""
        return self.query_one("#findings", FindingRows)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is at work."""
        return True

    def why_not_accept(self, action: Action) -> str | None:
        """Why nothing can be accepted, or taken back, now."""
        if action.id == "validate.unaccept" and not self._accepted:
            return "nothing was accepted here; before that, git has the file of what is accepted"
        if action.id == "validate.accept" and not self.rows.count:
            return "nothing was found (yet)"
        if action.id == "validate.accept" and not self.is_complete:
            return "it is still being looked through"
        return None

    def act_accept(self) -> None:
        """Ask what is accepted: the finding, its rule, or all."""
        groups, rule, finding = self.rows.groups, self.rows.rule, self.rows.finding
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
                self._accept(offers[index][1])

        title = "Accept, so that it is told no more"
        self.app.push_screen(Choose(title, [(name, plural(len(found), "finding")) for name, found in offers]), chosen)

    def _accept(self, findings: list[Finding]) -> None:
        revision = self.revision
        assert revision is not None

        def write() -> Acceptance:
            return Acceptance.of(baseline_path(self.session.repository, revision), findings)

        self.change(write, partial(self._was_accepted, len(findings)))

    def _was_accepted(self, count: int, acceptance: Acceptance) -> None:
        self._accepted.append(acceptance)
        key = key_name(self.asking_key("validate.unaccept"))
        self.tui.notify(
            f"{plural(count, 'finding')} accepted in '{safe(acceptance.path.name)}'; {key} takes it back, "
            "a commit in git keeps it"
        )
        self.look_again()

    def act_unaccept(self) -> None:
        """Take back what was accepted last."""
        last = self._accepted[-1]
        self.change(last.take_back, lambda _: self._was_taken_back(last))

    def _was_taken_back(self, acceptance: Acceptance) -> None:
        if acceptance in self._accepted:
            self._accepted.remove(acceptance)
        self.tui.notify(f"'{safe(acceptance.path.name)}' is as it was before")
        self.look_again()
